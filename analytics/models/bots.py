from django.db import models


class Bot(models.Model):
    """One row a bot or test account: an id with events, none of which counts; when first seen, when signed up."""

    person_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    first_seen_at = models.DateTimeField(help_text="Time of the first event.")
    signed_up_on = models.DateField(help_text="Day, in the workspace's time zone, of the sign-up as people have it.")

    class Meta:
        ordering = ["person_id"]
        indexes = [
            models.Index(fields=["workspace", "signed_up_on"], name="bot_by_signup"),
            models.Index(fields=["workspace", "first_seen_at"], name="bot_by_first_seen"),
        ]

    def __str__(self) -> str:
        return str(self.person_id)
