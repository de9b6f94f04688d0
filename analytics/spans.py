"""Which days a dashboard is of, and with which they are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from django.utils import timezone
from django.utils.dateparse import parse_date

from config.lib import buckets
from config.models import Workspace

Compare = Literal["previous", "year", "none"]
COMPARES: tuple[Compare, ...] = get_args(Compare)
RANGES = (30, 90, 365)
# A year before by whole weeks, so that Mondays are compared with Mondays.
YEAR = timedelta(weeks=52)
MOST_DAYS = 3 * 366
FIRST_DAY = date(2000, 1, 1)


class InvalidSpan(ValueError):  # noqa: N818 named as the caller sees it
    """What is wrong with the days asked for, in words for whoever asked."""

    def __init__(self, parameter: str, said: str) -> None:
        super().__init__(said)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Span:
    """The days from first to last, both included, and with which days they are compared."""

    first: date
    last: date
    compare: Compare = "previous"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def back(self) -> timedelta | None:
        """How much earlier the days lie that these are compared with."""
        return {"previous": timedelta(days=self.days), "year": YEAR, "none": None}[self.compare]


def last_days(workspace: Workspace, days: int, compare: Compare = "previous") -> Span:
    """The last complete days of the workspace's zone."""
    today = _today(workspace)
    return Span(today - timedelta(days=days), today - timedelta(days=1), compare)


def span_of(workspace: Workspace, asked: Mapping[str, str], days: int = RANGES[0]) -> Span:
    """Of from, to and compare as a query string has them; what is missing is made of the last `days` complete days.

    Raises InvalidSpan.
    """
    compare = next((one for one in COMPARES if one == asked.get("compare", COMPARES[0])), None)
    if compare is None:
        raise InvalidSpan("compare", f"`compare` is one of {', '.join(COMPARES)}")
    today = _today(workspace)
    last = _day(asked, "to") or today - buckets.DAY
    if last > today:
        raise InvalidSpan("to", f"`to` is a day up to today, which is {today}")
    first = _day(asked, "from") or last - timedelta(days=days - 1)
    if first > last:
        raise InvalidSpan("from", f"`from` is {first}, which is after `to`, {last}")
    span = Span(first, last, compare)
    if span.days > MOST_DAYS:
        raise InvalidSpan("from", f"{span.days:,} days are asked for; at most {MOST_DAYS:,} are told at once")
    return span


def _day(asked: Mapping[str, str], name: str) -> date | None:
    text = asked.get(name, "")
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= date(9000, 1, 1):
        raise InvalidSpan(name, f"`{name}` must be a date such as 2026-01-31, from {FIRST_DAY} on")
    return day


def _today(workspace: Workspace) -> date:
    return buckets.day_of(timezone.now(), workspace.zone)
