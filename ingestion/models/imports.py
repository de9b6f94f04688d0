from django.db import models


class ImportedFile(models.Model):
    """A file read by import_events: how far it got, so that it resumes, and what makes a second import the same.

    Times of rows without one (received_at) and the shift of days are those of the first import.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("ingestion.Source", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the file's bytes.")
    name = models.CharField(max_length=255)
    mapping = models.CharField(
        max_length=500, blank=True, help_text="Of rows: the mapping by its name, or what each column was taken for."
    )
    shift_days = models.IntegerField(default=0, help_text="Days added to every time, a whole number of weeks.")
    received_at = models.DateTimeField()
    lines_done = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-received_at"]
        verbose_name = "imported file"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest", "mapping"], name="imported_file_once"),
        ]

    def __str__(self) -> str:
        return self.name
