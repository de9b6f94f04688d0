from django.db import models


class SourceDatabase(models.Model):
    """The team's own database, whose outbox (manage.py cdc_sql) is read as a source of events."""

    source = models.OneToOneField("ingestion.Source", on_delete=models.CASCADE, related_name="database")
    sealed_dsn = models.TextField(editable=False, help_text="Its address with the password, sealed.")
    enabled = models.BooleanField(default=True, help_text="Events of a disabled one wait in its outbox.")
    created_at = models.DateTimeField(auto_now_add=True)

    # As the last look at it found it.
    polled_at = models.DateTimeField("last looked at", null=True, editable=False)
    answered_at = models.DateTimeField("last answered", null=True, editable=False)
    waiting = models.BigIntegerField("rows waiting", default=0, editable=False, help_text="Counted up to 10,000.")
    oldest_at = models.DateTimeField("oldest row waiting", null=True, editable=False)
    error = models.TextField("last error", blank=True, editable=False)
    failures = models.PositiveIntegerField("failures in a row", default=0, editable=False)
    next_poll_at = models.DateTimeField("left alone until", null=True, editable=False)
    accepted = models.BigIntegerField(default=0, editable=False)
    duplicates = models.BigIntegerField(default=0, editable=False)
    rejected = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["source"]
        verbose_name = "source database"

    def __str__(self) -> str:
        return str(self.source)
