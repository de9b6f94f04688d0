from django.db import models


class StoredDay(models.Model):
    """A UTC day of which a process has stored events, and the day on which it did.

    Appended once by each process, workspace and day, so nobody waits for anybody; the sweep reads which days to look at
    and deletes what is older than its reach.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="UTC day of the events.")
    stored_on = models.DateField(help_text="UTC day on which they came.")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.day} on {self.stored_on}"
