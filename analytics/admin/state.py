"""How far the rollups are filled, and what waits to be filled again."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.timesince import timesince
from unfold.decorators import display

from analytics.models import OpenBucket, RollupState
from analytics.rollups import explain
from analytics.rollups.rollup import ROLLUPS
from config.lib.admin import ReadOnlyAdmin
from config.models import Workspace
from config.permissions import Area


def freshness(state: RollupState, workspace: Workspace) -> str:
    """fresh, late or broken, by the limits of the rollup's declaration; unknown when nothing declares it any more."""
    if state.rollup not in ROLLUPS:
        return "unknown"
    return explain.freshness(ROLLUPS[state.rollup], state, workspace)


@admin.register(RollupState)
class RollupStateAdmin(ReadOnlyAdmin):
    area = Area.ROLLUPS
    list_note = (
        "Open buckets wait to be filled (again): by the next fill, at five past the hour, or now on the page “Rollups”."
    )
    list_display = ("title", "fresh", "filled_to", "behind", "filled_at", "open_buckets")
    list_filter = ("rollup",)
    fields = ("title", "rollup", "workspace", "fresh", "filled_to", "filled_at", "open_buckets", "limits")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RollupState]:
        buckets = OpenBucket.objects.filter(workspace=OuterRef("workspace"), rollup=OuterRef("rollup"))
        counted = buckets.order_by().values("rollup").annotate(number=Count("*")).values("number")
        queryset: QuerySet[RollupState] = super().get_queryset(request)
        return queryset.annotate(open_bucket_count=Coalesce(Subquery(counted), 0))

    @admin.display(description="Rollup", ordering="rollup")
    def title(self, state: RollupState) -> str:
        return ROLLUPS[state.rollup].title if state.rollup in ROLLUPS else state.rollup

    @display(description="Freshness", label={"fresh": "success", "late": "warning", "broken": "danger"})
    def fresh(self, state: RollupState) -> str:
        return freshness(state, state.workspace)

    @admin.display(description="Behind", ordering="-filled_to")
    def behind(self, state: RollupState) -> str:
        return timesince(state.filled_to, depth=1)

    @admin.display(description="Open buckets", ordering="open_bucket_count")
    def open_buckets(self, state: RollupState) -> int:
        number: int = state.open_bucket_count  # type: ignore[attr-defined]  # get_queryset adds it
        return number

    @admin.display(description="Limits")
    def limits(self, state: RollupState) -> str:
        if state.rollup not in ROLLUPS:
            return "no longer declared"
        rollup = ROLLUPS[state.rollup]
        limits = f"late when {rollup.late_hours:g} h behind, broken when {rollup.broken_hours:g} h behind"
        return limits + rollup.limits_from
