from django.db import models
from django.db.models.functions import Now


class AccessRecord(models.Model):
    """One read over the API: who asked for what, and how much they were told. Appended; the database refuses to change
    it, and to take it out before its time (privacy.access_log).

    It names users and workspaces without a foreign key, as it outlives both.
    """

    at = models.DateTimeField(db_default=Now())
    workspace = models.ForeignKey(
        "config.Workspace",
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    who = models.CharField(max_length=300, help_text="E-mail of the user, or the source of the key.")
    user = models.ForeignKey(
        "config.User", on_delete=models.DO_NOTHING, related_name="+", null=True, db_constraint=False, db_index=False
    )
    token_id = models.BigIntegerField(null=True, help_text="Of the personal token, where one was used.")
    source_id = models.BigIntegerField(null=True, help_text="Of the source whose key was used.")
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    filters = models.JSONField(help_text="What was asked for.")
    status = models.PositiveSmallIntegerField(help_text="Of the answer: 200 told, 304 had it already, 4xx refused.")
    rows = models.PositiveIntegerField(help_text="How many rows were told.")
    query_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-at"], name="access_by_workspace"),
            models.Index(fields=["-at"], name="access_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.path}"
