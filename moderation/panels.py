"""Panels of moderation: of nobody in particular."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.formats import date_format

from analytics.panels import Asked, Cell, Column, Panel, Table
from analytics.small_groups import least_people
from config.lib import buckets
from moderation import numbers


def _time(asked: Asked) -> tuple[datetime, datetime]:
    """The instants of the days asked for."""
    zone = asked.workspace.zone
    return buckets.day_start(asked.span.first, zone), buckets.day_start(asked.span.last + buckets.DAY, zone)


def _part(of: int, part: int, least: int) -> tuple[Cell, Cell, Cell]:
    """How many, how many of them, and the share; None where so few would be told of that one could know who."""
    few = 0 < part < least or 0 < of - part < least
    return (None, None, None) if of < least else (of, None, None) if few else (of, part, part / of)


def again(asked: Asked) -> Table:
    """Of the range or, where its last actions are younger, of as many days as long ago as they have to be."""
    start, end = numbers.over(*_time(asked))
    least = least_people(asked.workspace)
    rows: list[tuple[Cell, ...]] = [
        (str(one.kind.label), *_part(one.actions, one.repeated, least))
        for one in numbers.repeat_offences(asked.workspace, start, end)
    ]
    columns = (
        *(Column("After"), Column("Times", "number", "bar")),
        *(Column("Again", "number"), Column("Share", "ratio")),
    )
    zone, within = asked.workspace.zone, numbers.REPEATED_WITHIN.days
    first, last = (date_format(buckets.day_of(one, zone), "j M Y") for one in (start, end - timedelta(microseconds=1)))
    note = f"Actions from {first} to {last}: {within} days have passed since. Fewer than {least} are not told."
    return Table(columns, rows, note)


def stay(asked: Asked) -> Table:
    least = least_people(asked.workspace)
    rows: list[tuple[Cell, ...]] = [
        ("acted on" if one.acted_on else "dismissed", f"{one.days} days", *_part(one.people, one.active, least))
        for one in numbers.reporters_stay(asked.workspace, *_time(asked))
    ]
    columns = (
        *(Column("Their report was"), Column("Active again within"), Column("Reporters", "people")),
        *(Column("Active", "people", "bar"), Column("Share", "ratio")),
    )
    note = f"Reports decided in the range, as far as the days after are over. Fewer than {least} are not told."
    return Table(columns, rows, note)


AGAIN = Panel(
    "again",
    "Again after an action",
    f"How often a case about the same person was opened within {numbers.REPEATED_WITHIN.days} days of an action and "
    "decided against them.",
    again,
)
STAY = Panel(
    "stay",
    "Do reporters stay?",
    "Reporters by whether what they reported was acted on, and how many were active in the days after.",
    stay,
)
