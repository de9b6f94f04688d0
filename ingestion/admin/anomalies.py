"""Impossible rates: what was found, and whether it was one."""

from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from config.lib.admin import OwnFilter, ReadOnlyAdmin
from config.permissions import Area
from ingestion import anomalies
from ingestion.models import Anomaly


@admin.register(Anomaly)
class AnomalyAdmin(ReadOnlyAdmin):
    area = Area.SOURCES
    list_note = (
        "Minutes in which one person sent more events than a person can; the limit stands with each source. "
        "The events are stored and counted, and carry a flag."
    )
    list_display = ("at", "state", "events", "source", "person_id", "found_at")
    list_filter = (("source", OwnFilter), "minute")
    list_select_related = ("source", "cleared_by")
    search_fields = ("person_id",)
    fields = ("at", "state", "events", "source", "workspace", "person_id", "found_at", "cleared_at", "cleared_by")
    actions = ("clear", "restore")

    @admin.display(description="Minute (UTC)", ordering="minute")
    def at(self, anomaly: Anomaly) -> datetime:
        return anomaly.minute

    @display(description="State", ordering="cleared_at", label={"flagged": "warning", "cleared": "success"})
    def state(self, anomaly: Anomaly) -> str:
        return "flagged" if anomaly.cleared_at is None else "cleared"

    @admin.action(description="No anomaly: take the flag off their events", permissions=["operate"])
    def clear(self, request: HttpRequest, queryset: QuerySet[Anomaly]) -> None:
        cleared = anomalies.clear(self.changeable(request, queryset), request.user)  # type: ignore[arg-type]  # logged in
        self.message_user(request, f"Cleared: {cleared}. They are not flagged again.")

    @admin.action(description="An anomaly after all: flag their events again", permissions=["operate"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Anomaly]) -> None:
        restored = anomalies.restore(self.changeable(request, queryset))
        self.message_user(request, f"Flagged again: {restored}.")
