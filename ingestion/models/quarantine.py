from typing import Any

from django.conf import settings
from django.db import models


class Replay(models.Model):
    """One asked-for try to store quarantined events after a fix, and what came of it so far.

    Written by ingestion.replays. A row that has not ended is taken up again, so that nothing asked for is forgotten.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    run = models.ForeignKey("config.Run", on_delete=models.SET_NULL, null=True, related_name="+")
    selection = models.JSONField(default=dict, help_text="Which events: reason, event_name, source, id, up_to.")
    changes = models.TextField(blank=True, help_text="Changes to fields before storing, as in ingestion.remapping.")
    events = models.PositiveIntegerField(default=0, help_text="That waited when it was asked for.")
    looked_at = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0, help_text="Were stored already.")
    refused = models.PositiveIntegerField(default=0, help_text="Their person does not agree: kept nowhere.")
    failing = models.JSONField(default=dict, help_text="Those that wait on, by their reason now.")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "id"], name="replay_unfinished", condition=models.Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"Replay of {self.started_at:%Y-%m-%d %H:%M:%S}"


class QuarantinedEvent(models.Model):
    """An event that could not be stored, kept with its reason until somebody decides. Sent again it counts up, and one
    that was decided on waits anew.
    """

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

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        STORED = "stored", "Stored"
        DUPLICATE = "duplicate", "Was stored already"
        DISCARDED = "discarded", "Discarded"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("ingestion.Source", on_delete=models.CASCADE, related_name="+")
    fingerprint = models.UUIDField(editable=False, help_text="Hash of source and payload: the same again counts up.")
    reason = models.CharField(max_length=30, choices=Reason.choices)
    event_name = models.CharField(max_length=200, blank=True)
    errors = models.JSONField(default=list, help_text="What was wrong, each with its path.")
    payload = models.TextField(blank=True, help_text="As it was received, JSON text; empty once it is decided on.")
    cut_from_bytes = models.PositiveIntegerField(
        "size in bytes", null=True, help_text="Where only its beginning was kept: it can be stored once it is edited."
    )
    request = models.JSONField(
        default=dict, help_text="What its request said: scope of the key, sent_at, user_agent. A replay needs them."
    )
    event_id = models.UUIDField(null=True, help_text="What the sender was answered; a replay stores it under this id.")
    edited_payload = models.TextField(blank=True, help_text="What an operator made of the payload.")
    occurrences = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(help_text="When it came first.")
    last_received_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    replay = models.ForeignKey(Replay, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True, help_text="When it was decided on.")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, help_text="Why it was discarded.")

    class Meta:
        ordering = ["-last_received_at", "-id"]
        verbose_name = "quarantined event"
        constraints = [models.UniqueConstraint(fields=["workspace", "fingerprint"], name="quarantined_once")]
        indexes = [
            # Groups and their days are counted, and a group walked through in order, without reading payloads.
            models.Index(
                fields=["workspace", "status", "reason", "event_name", "id"],
                include=["received_at", "last_received_at", "occurrences"],
                name="quarantine_by_group",
            ),
            models.Index(fields=["-last_received_at", "-id"], name="quarantine_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.event_name or 'event'}: {self.get_reason_display()}"

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING

    @property
    def asked(self) -> dict[str, Any]:
        """What its request said, also of events that were kept before that was."""
        asked: dict[str, Any] = {"scope": "client", "sent_at": None, "user_agent": None} | self.request
        return asked
