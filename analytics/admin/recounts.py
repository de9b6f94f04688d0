"""The truth meter: whether the numbers are as the events say, night by night."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from analytics.metrics import METRICS
from analytics.models import Drift, Recount
from config.lib.admin import ChildTable, ReadOnlyAdmin
from config.permissions import Area


class DriftTable(ChildTable):
    model = Drift
    area = Area.ROLLUPS
    read_only = True
    verbose_name_plural = "Numbers that are not as the events say"
    fields = readonly_fields = ("title", "date", "who", "stored", "counted")

    @admin.display(description="Metric")
    def title(self, drift: Drift) -> str:
        return METRICS[drift.metric].title if drift.metric in METRICS else drift.metric

    @admin.display(description="Of")
    def who(self, drift: Drift) -> str:
        return "everybody" if drift.person_id is None else f"the person {drift.person_id}"

    @admin.display(description="As the rollup has it")
    def stored(self, drift: Drift) -> str:
        return _shown(drift.numerator, drift.denominator)

    @admin.display(description="As the events say")
    def counted(self, drift: Drift) -> str:
        return _shown(drift.counted_numerator, drift.counted_denominator)


@admin.register(Recount)
class RecountAdmin(ReadOnlyAdmin):
    area = Area.ROLLUPS
    list_note = (
        "Every night numbers are drawn at random and counted anew from the events, by statements that share nothing "
        "with the rollups. Any drift is a bug: the page of the night shows the numbers. "
        "Now: manage.py recount --workspace SLUG, or Run now of the schedule “recount a sample”."
    )
    list_display = ("ran_at", "drift", "checked", "drifted", "left_out", "days")
    fields = ("workspace", "ran_at", "days", "drift", "checked", "drifted", "left_out")
    readonly_fields = ("ran_at", "days", "drift")
    inlines = (DriftTable,)

    @display(
        description="Drift", ordering="drifted", label={"right": "success", "wrong": "danger", "unknown": "warning"}
    )
    def drift(self, row: Recount) -> tuple[str, str]:
        ppm = row.drift_ppm
        if ppm is None:
            return "unknown", "nothing compared"
        return ("wrong" if row.drifted else "right"), f"{ppm:,} ppm"

    @admin.display(description="Days drawn from")
    def days(self, row: Recount) -> str:
        return f"{row.first} to {row.last}"


def _shown(numerator: float, denominator: float | None) -> str:
    return f"{numerator:,g}" if denominator is None else f"{numerator:,g} / {denominator:,g}"
