"""Panels of points."""

from __future__ import annotations

from django.utils.formats import date_format

from analytics import metrics
from analytics.metrics import METRICS
from analytics.panels import PERSON, Asked, Cell, Column, Panel, Table
from economy import leaderboards
from economy.models import Transfer

LEADERS = 10
PERCENTILES = ("balance_p10", "balance_p25", "median_balance", "balance_p75", "balance_p90")


def kinds(asked: Asked) -> Table:
    """What moved points in the range, most points first."""
    keys = [(kind, f"{kind.value}_count", f"{kind.value}_points") for kind in Transfer.Kind]
    wanted = [METRICS[key] for _, *own in keys for key in own]
    found = metrics.read_many(wanted, asked.workspace, asked.span.first, asked.span.last)
    sums = {key: int(sum(one.numerator for one in values)) for key, values in found.items()}
    moved = [(str(kind.label), sums[count], sums[points]) for kind, count, points in keys if sums[count]]
    moved.sort(key=lambda one: (-one[2], one[0]))
    rows: list[tuple[Cell, ...]] = list(moved)
    return Table((Column("Kind"), Column("Transfers", "number"), Column("Points", "points", "bar")), rows)


def spread(asked: Asked) -> Table:
    """Balances at the end of the last day."""
    last = asked.span.last
    found = metrics.read_many([METRICS[key] for key in PERCENTILES], asked.workspace, last, last)
    values = [found[key][0].value for key in PERCENTILES]
    columns = (
        Column("Balances"),
        *(Column(name, "points") for name in ("10 %", "25 %", "Half", "75 %", "90 %")),
    )
    rows: list[tuple[Cell, ...]] = [("Points", *values)] if any(values) else []
    note = f"So many points or fewer has that share of the people at the end of {date_format(last, 'j M Y')}."
    return Table(columns, rows, note, found["median_balance"][0].state)


def leaders(asked: Asked) -> Table:
    found = leaderboards.leaders(asked.workspace, "points", "all", LEADERS)
    rows: list[tuple[Cell, ...]] = [(one.rank, one.person_id, one.value) for one in found.leaders]
    columns = (Column("Rank"), Column("Person", PERSON), Column("Points", "points", "bar"))
    return Table(columns, rows, f"Balances as of {date_format(found.as_of, 'j M Y, H:i')} UTC.")


KINDS = Panel(
    "kinds",
    "What moves points",
    "Transfers of each kind in the range, and the points that they moved.",
    kinds,
    ("point_economy_daily",),
)
SPREAD = Panel(
    "spread",
    "How balances are spread",
    "Percentiles of the balances of all people with an account who are not erased.",
    spread,
    ("point_economy_daily",),
    kind="box",
)
LEADING = Panel("leaders", "Who has most points", "People by balance; who has as many shares the rank.", leaders)
