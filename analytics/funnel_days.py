"""Funnels saved as rows, and their days, which the engine fills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from analytics import funnel_steps, funnels, metrics
from analytics.funnels import StepResult
from analytics.models import Funnel, FunnelDay
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

ENGAGEMENT = "engagement"
ENGAGEMENT_STEPS = ["signups", "posts_created", "comments_created", "likes_given", "level_up"]


def statements(workspace: Workspace, parameters: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """sql/funnel_daily.sql with its parameters for each funnel of the workspace; parameters are the engine's."""
    insert = statement("analytics", "funnel_daily")
    for funnel in Funnel.objects.filter(workspace=workspace).order_by("pk"):
        steps = resolved(funnel)
        own = funnels.parameters_of(steps, window_of(funnel), parameters["bucket_end"])
        own |= {"funnel_id": funnel.pk, "by_day": True, "with_bots": False}
        yield insert.format(funnel=funnels.query(steps)), parameters | own


def resolved(funnel: Funnel) -> list[funnel_steps.Resolved]:
    return funnel_steps.resolve(funnel.workspace, map(funnel_steps.parse_step, funnel.steps))


def window_of(funnel: Funnel) -> timedelta:
    return timedelta(seconds=funnel.window_seconds)


def create_default(workspace: Workspace) -> None:
    """The engagement funnel of metrics.md, which operators may change or delete."""
    Funnel.objects.get_or_create(
        workspace=workspace, key=ENGAGEMENT, defaults={"title": "Engagement", "steps": ENGAGEMENT_STEPS}
    )


def read(funnel: Funnel, first: date, last: date) -> list[StepResult]:
    """A result for each step, of the people who entered on the days from first to last, each day's added.

    Whoever entered on two of them is in both; medians of days cannot be added, so there are none.
    """
    rows = FunnelDay.objects.filter(funnel=funnel, workspace=funnel.workspace_id, date__gte=first, date__lte=last)
    sums = rows.order_by().values("step").annotate(e=Sum("entered"), b=Sum("people_before"), p=Sum("people"))
    found = {row["step"]: row for row in sums}
    return [
        StepResult(number, text, row["p"], row["e"], row["b"], None)
        for number, text in enumerate(funnel.steps, 1)
        if (row := found.get(number, {"p": 0, "e": 0, "b": 0}))
    ]


def refill(workspace: Workspace) -> int:
    """Open every day for the next fill, as after a change of a funnel; how many."""
    rollup = ROLLUPS["funnel_daily"]
    first, now = metrics.first_day(workspace), timezone.now()
    if first is None:
        return 0
    days = set(rollup.between(buckets.day_start(first, workspace.zone), now, workspace))
    engine.open_buckets(workspace, {rollup.key: days})
    return len(days)


ROLLUPS.register(
    Rollup(
        key="funnel_daily",
        title="Funnels by day of entering",
        table="funnel_daily",
        grain="day",
        reads_events=True,
        statements=statements,
        widen="funnel_daily_widen",
    )
)
