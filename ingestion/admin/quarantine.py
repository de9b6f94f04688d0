"""Events that could not be stored, with what was wrong; what they say of people is for those who may read it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from config.lib.admin import BigTableAdmin, OwnFilter, monospace
from config.permissions import Area, may
from ingestion.admin.quarantine_addresses import group_url
from ingestion.marking import marked_lines
from ingestion.masking import masked, masked_errors
from ingestion.models import QuarantinedEvent
from ingestion.quarantine import Selection

UNREADABLE = "Not shown: it cannot be read as JSON, so what is personal in it cannot be told from the rest."
COLOURS = {"waiting": "warning", "stored": "success", "duplicate": "success", "discarded": "default"}


def payload_shown(text: str, errors: list[dict[str, str]], *, unmasked: bool) -> SafeString:
    """A payload over several lines, those marked that the errors point at."""
    try:
        value = json.loads(text)
        lines = marked_lines(value if unmasked else masked(value), [error.get("path", "") for error in errors])
    except (ValueError, RecursionError):
        return monospace(text if unmasked else UNREADABLE)
    mark = '<mark class="agora-wrong">{}</mark>\n'
    body = format_html_join("", "{}", ((format_html(mark if line.marked else "{}\n", line.text),) for line in lines))
    return format_html('<pre class="agora-mono" tabindex="0">{}</pre>', body)


def errors_shown(errors: list[dict[str, str]], *, unmasked: bool) -> SafeString:
    rows = errors if unmasked else masked_errors(errors)
    lines = ((error.get("path") or "the event", error.get("message", "")) for error in rows)
    items = format_html_join("", "<li><code>{}</code> {}</li>", lines)
    return format_html('<ul class="agora-errors">{}</ul>', items) if errors else SafeString("")


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(BigTableAdmin):
    area = Area.QUARANTINE
    list_note = "Every event that could not be stored, those that were decided on as well."
    list_display = ("event_name", "reason", "status_label", "source", "occurrences", "received_at", "last_received_at")
    list_display_links = ("event_name", "reason")
    list_filter = ("status", "reason", ("source", OwnFilter))
    list_select_related = ("source",)
    search_fields = ("event_name__startswith",)
    search_help_text = "Beginning of the event's name"
    actions_detail = ("review", "edit_payload")
    fieldsets = (
        (None, {"fields": ("event_name", "reason", "workspace", "source", "status")}),
        ("How often", {"fields": ("occurrences", "received_at", "last_received_at")}),
        ("What was decided", {"fields": ("settled_at", "settled_by", "note", "event_id")}),
        ("What was wrong", {"fields": ("errors_shown",)}),
        ("As it was edited", {"fields": ("edited_shown",)}),
        ("As it was received", {"fields": ("payload_shown",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: QuarantinedEvent | None = None) -> Any:
        """Only those that have something to say of the row."""
        if obj is None:
            return super().get_fieldsets(request, obj)
        said = {
            "What was decided": not obj.is_waiting,
            "What was wrong": bool(obj.errors),
            "As it was edited": bool(obj.edited_payload),
            "As it was received": bool(obj.payload),
        }
        fieldsets = [fieldset for fieldset in super().get_fieldsets(request, obj) if said.get(str(fieldset[0]), True)]
        if obj.payload and obj.cut_from_bytes is not None:
            fieldsets[-1] = ("As it was received", {"fields": ("cut_from_bytes", "payload_shown")})
        return fieldsets

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> QuarantinedEvent | None:
        row: QuarantinedEvent | None = super().get_object(request, object_id, from_field)
        if row is not None:
            # The methods that show a field are told of the row, not of who is looking.
            row.__dict__["unmasked"] = may(request.user, "view", Area.PERSONAL_DATA, row.workspace_id)
        return row

    def _waiting(self, request: HttpRequest, object_id: str | None) -> QuarantinedEvent | None:
        row = None if object_id is None else self.get_object(request, object_id)
        return row if row is not None and row.is_waiting else None

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._waiting(request, object_id) is not None

    def has_edit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever edits a payload reads it."""
        row = self._waiting(request, object_id)
        return row is not None and row.__dict__["unmasked"] and self.has_operate_permission(request, object_id)

    @action(description="Preview and replay", permissions=["review"], icon="replay")
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        assert row is not None
        return HttpResponseRedirect(group_url(row.workspace, Selection(id=row.pk), preview=1))

    @action(description="Edit payload", permissions=["edit"], icon="edit")
    def edit_payload(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:quarantine_edit", args=[object_id]))

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, row: QuarantinedEvent) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description="Errors")
    def errors_shown(self, row: QuarantinedEvent) -> SafeString:
        return errors_shown(row.errors, unmasked=row.__dict__["unmasked"])

    @admin.display(description="Payload")
    def edited_shown(self, row: QuarantinedEvent) -> SafeString:
        return payload_shown(row.edited_payload, row.errors, unmasked=row.__dict__["unmasked"])

    @admin.display(description="Payload")
    def payload_shown(self, row: QuarantinedEvent) -> SafeString:
        return payload_shown(row.payload, row.errors, unmasked=row.__dict__["unmasked"])
