from django.db import models


class SpansField(models.Field):  # type: ignore[type-arg]  # generic in its stubs only
    """Stretches of time, apart and in order: a multirange of PostgreSQL."""

    def db_type(self, connection: object) -> str:
        return "tstzmultirange"


class ExcludedActor(models.Model):
    """A distinct id of a test account, whose events are kept apart from every count where they lie in the spans.

    Derived from the patterns that operators set (analytics.test_accounts) and written by it alone; events stay as they
    are, so that a pattern can be taken back.
    """

    actor_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    spans = SpansField()

    class Meta:
        ordering = ["actor_id"]

    def __str__(self) -> str:
        return str(self.actor_id)
