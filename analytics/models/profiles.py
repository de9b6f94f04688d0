from django.db import models


class ProfileEntriesDaily(models.Model):
    """One row a person and day on which the person added or removed an experience or an education."""

    pk = models.CompositePrimaryKey("person_id", "date")
    person_id = models.UUIDField()
    date = models.DateField(help_text="Day in the workspace's time zone.")
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    experiences = models.IntegerField(help_text="Experiences added, without those removed.")
    educations = models.IntegerField(help_text="Educations added, without those removed.")

    class Meta:
        db_table = "profile_entries_daily"
        ordering = ["date", "person_id"]
        indexes = [models.Index(fields=["workspace", "date"], name="profile_entries_by_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"
