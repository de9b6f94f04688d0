"""Alerts of the point economy: those that go on, and those that are over."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from config.lib.admin import ReadOnlyAdmin
from config.permissions import Area
from economy.health import CHECKS
from economy.models import PointAlert

COLOURS = {"medium": "info", "high": "warning", "critical": "danger"}


@admin.register(PointAlert)
class PointAlertAdmin(ReadOnlyAdmin):
    area = Area.POINTS
    list_note = (
        "Checks of the point economy that failed, each once from when it began until it was over. They are looked at "
        "every night; their thresholds are the definition “Health of the point economy”. "
        "Now: Run now of the schedule “check the point economy”."
    )
    list_display = ("title", "severity_label", "said", "opened_at", "seen_at", "closed_at")
    list_filter = ("check_key", "severity")
    fields = ("workspace", "title", "severity", "said", "opened_at", "seen_at", "closed_at")
    readonly_fields = ("title",)

    @admin.display(description="Check", ordering="check_key")
    def title(self, row: PointAlert) -> str:
        return CHECKS[row.check_key].title if row.check_key in CHECKS else row.check_key

    @display(description="Severity", ordering="severity", label=COLOURS)
    def severity_label(self, row: PointAlert) -> tuple[str, str]:
        return row.severity, row.get_severity_display()
