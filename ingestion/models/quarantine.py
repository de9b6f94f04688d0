from django.db import models


class QuarantinedEvent(models.Model):
    """An event that could not be stored, kept with its reason until somebody decides. Sent again it counts up."""

    class Reason(models.TextChoices):
        NOT_AN_OBJECT = "not_an_object", "Not a JSON object"
        INVALID_JSON = "invalid_json", "Not readable as JSON"
        INVALID_TEXT = "invalid_text", "Text that cannot be stored (NUL or half a surrogate pair)"
        NUMBER_OUT_OF_RANGE = "number_out_of_range", "A number outside the range of a 64-bit float"
        TOO_DEEP = "too_deep", "Nested too deeply"
        TOO_LARGE = "too_large", "Larger than 32 KB"
        UNKNOWN_ENVELOPE = "unknown_envelope", "None of the known envelopes"
        INVALID_ENVELOPE = "invalid_envelope", "A field of the envelope has the wrong type"
        MISSING_NAME = "missing_name", "Without an event name"
        UNKNOWN_TYPE = "unknown_type", "Event type not in the registry"
        SCHEMA = "schema", "Properties do not pass the schema"
        INVALID_TIME = "invalid_time", "Time unreadable or before 2000"
        TOO_OLD = "too_old", "Older than the source allows"
        UNSTORABLE = "unstorable", "Could not be stored"
        SOURCE_DISABLED = "source_disabled", "Source was disabled"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("ingestion.Source", on_delete=models.CASCADE, related_name="+")
    fingerprint = models.UUIDField(editable=False, help_text="Hash of reason and payload: the same again counts up.")
    reason = models.CharField(max_length=30, choices=Reason.choices)
    event_name = models.CharField(max_length=200, blank=True)
    errors = models.JSONField(default=list, help_text="What was wrong, each with its path.")
    payload = models.TextField(help_text="As it was received, JSON text.")
    occurrences = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(help_text="When it came first.")
    last_received_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_received_at", "-id"]
        verbose_name = "quarantined event"
        constraints = [models.UniqueConstraint(fields=["workspace", "fingerprint"], name="quarantined_once")]
        indexes = [
            models.Index(fields=["workspace", "reason", "event_name"], name="quarantine_by_reason"),
            models.Index(fields=["-last_received_at", "-id"], name="quarantine_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name or 'event'}: {self.get_reason_display()}"
