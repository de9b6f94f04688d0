"""Events that could not be stored, with what was wrong; what they say of people is for those who may read it."""

from __future__ import annotations

import json

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from config.lib.admin import BigTableAdmin, OwnFilter, monospace, pretty
from config.permissions import Area, may
from ingestion.masking import masked, masked_errors
from ingestion.models import QuarantinedEvent

UNREADABLE = "Not shown: it cannot be read as JSON, so what is personal in it cannot be told from the rest."


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(BigTableAdmin):
    area = Area.QUARANTINE
    list_note = "An event that is sent again after its cause is mended is stored; the same event here counts up."
    list_display = ("event_name", "reason", "source", "occurrences", "received_at", "last_received_at")
    list_display_links = ("event_name", "reason")
    list_filter = ("reason", ("source", OwnFilter))
    list_select_related = ("source",)
    search_fields = ("event_name__startswith",)
    search_help_text = "Beginning of the event's name"
    fieldsets = (
        (None, {"fields": ("event_name", "reason", "workspace", "source")}),
        ("How often", {"fields": ("occurrences", "received_at", "last_received_at")}),
        ("What was wrong", {"fields": ("errors_shown",)}),
        ("As it was received", {"fields": ("payload_shown",)}),
    )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> QuarantinedEvent | None:
        row: QuarantinedEvent | None = super().get_object(request, object_id, from_field)
        if row is not None:
            # The methods that show a field are told of the row, not of who is looking.
            row.__dict__["unmasked"] = may(request.user, "view", Area.PERSONAL_DATA, row.workspace_id)
        return row

    @admin.display(description="Errors")
    def errors_shown(self, row: QuarantinedEvent) -> SafeString:
        return pretty(row.errors if row.__dict__["unmasked"] else masked_errors(row.errors))

    @admin.display(description="Payload")
    def payload_shown(self, row: QuarantinedEvent) -> SafeString:
        unmasked = row.__dict__["unmasked"]
        try:
            payload = json.loads(row.payload)
            return pretty(payload if unmasked else masked(payload))
        except (ValueError, RecursionError):
            return monospace(row.payload if unmasked else UNREADABLE)
