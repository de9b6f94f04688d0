"""Panels of how events come in and become numbers."""

from __future__ import annotations

from django.utils.formats import date_format

from analytics import metrics, recount
from analytics.metrics import METRICS
from analytics.panels import Asked, Cell, Column, Panel, Table
from analytics.rollups.explain import lines
from config.models import Run
from config.permissions import Area

SHOWN = 10


def null_rates(asked: Asked) -> Table:
    """Of the last day, most often missing first."""
    day = asked.span.last
    each = metrics.read_each(METRICS["null_rate"], asked.workspace, day, day)
    found = sorted(
        ((name, value) for name, (value,) in each.items() if value.numerator),
        key=lambda one: (-(one[1].value or 0), one[0]),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, value.value, int(value.numerator), value.data_points) for name, value in found[:SHOWN]
    ]
    columns = (
        *(Column("Field"), Column("Missing", "ratio", "bar")),
        *(Column("Events without", "number"), Column("Events", "number")),
    )
    return Table(columns, rows, f"Of {date_format(day, 'j M Y')}; fields that are always there are left out.")


def rollups(asked: Asked) -> Table:
    """As of now, those that are not well first."""
    order = {"broken": 0, "late": 1, "never filled": 2, "fresh": 3}
    found = sorted(lines(asked.workspace), key=lambda one: (one.failure is None, order[one.fresh], -one.open_buckets))
    rows: list[tuple[Cell, ...]] = [
        (
            one.rollup.title,
            "failed" if one.failure else one.fresh,
            "" if one.state is None else date_format(one.state.filled_to, "j M, H:i"),
            one.open_buckets,
        )
        for one in found
    ]
    columns = (
        *(Column("Rollup"), Column("State"), Column("Filled to (UTC)")),
        Column("Waiting", "number"),
    )
    return Table(columns, rows, "As of now. Waiting: days, or hours, to be filled again.")


def jobs(asked: Asked) -> Table:
    """The latest run of every job in the workspace."""
    latest = Run.objects.filter(workspace=asked.workspace).order_by("name", "-started_at").distinct("name")
    rows: list[tuple[Cell, ...]] = [
        (
            run.name,
            run.get_status_display().lower(),
            date_format(run.started_at, "j M, H:i"),
            None if run.duration is None else run.duration.total_seconds(),
        )
        for run in latest
    ]
    columns = (Column("Job"), Column("Ended as"), Column("Started (UTC)"), Column("Took", "seconds"))
    return Table(columns, rows, "The latest run of each.")


def truth(asked: Asked) -> Table:
    """What the truth meter found last."""
    found = recount.latest(asked.workspace)
    columns = (Column("Counted anew"), Column("Numbers", "number"), Column("Other than before", "number"))
    if found is None:
        return Table(columns, [])
    return Table(columns, [(date_format(found.ran_at, "j M Y, H:i"), found.checked, found.drifted)])


NULLS = Panel("nulls", "What is missing in events", "", null_rates, metric="null_rate")
ROLLUPS_TABLE = Panel(
    "rollups",
    "Rollups",
    "How far each is filled, and what waits to be filled again.",
    rollups,
    area=Area.ROLLUPS,
)
JOBS = Panel("jobs", "Jobs", "The latest run of every job in this workspace.", jobs, area=Area.RUNS)
TRUTH = Panel(
    "truth", "Truth meter", "A sample of the numbers, counted anew from the events.", truth, area=Area.ROLLUPS
)
