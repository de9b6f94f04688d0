"""Sessions at a glance: how many, how long, how many bounced. From the one reader, like every number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from analytics import metrics
from analytics.metrics import METRICS, State, Value
from config.models import Workspace

KEYS = ("sessions", "session_duration", "bounce_rate", "pages_per_session", "time_to_first_interaction")


@dataclass(frozen=True, slots=True)
class Figures:
    """Sessions that start on the days from first to last. What is divided is null where there is nothing to divide by.

    total_seconds adds the durations up; interactive sessions have an action that is no page.
    """

    first: date
    last: date
    count: int
    mean_seconds: float | None
    total_seconds: float
    bounces: int
    bounce_rate: float | None
    pages: int
    pages_per_session: float | None
    interactive: int
    time_to_first_interaction: float | None
    state: State
    confidence: str
    calculated_at: datetime | None


def figures(workspace: Workspace, first: date, last: date, *, with_bots: bool = False) -> Figures:
    """Of all days together."""
    found = metrics.read_many([METRICS[key] for key in KEYS], workspace, first, last, with_bots=with_bots)
    count, seconds, bounces, pages, waits = (found[key] for key in KEYS)
    sessions = sum(value.numerator for value in count)
    state = _state(count)
    calculated = [value.calculated_at for value in count if value.calculated_at is not None]
    return Figures(
        first=first,
        last=last,
        count=int(sessions),
        mean_seconds=_ratio(seconds),
        total_seconds=_sum(seconds),
        bounces=int(_sum(bounces)),
        bounce_rate=_ratio(bounces),
        pages=int(_sum(pages)),
        pages_per_session=_ratio(pages),
        interactive=int(sum(value.denominator or 0 for value in waits)),
        time_to_first_interaction=_ratio(waits),
        state=state,
        confidence=metrics.confidence_of(int(sessions), state),
        calculated_at=max(calculated) if calculated else None,
    )


def _sum(values: list[Value]) -> float:
    return sum(value.numerator for value in values)


def _ratio(values: list[Value]) -> float | None:
    below = sum(value.denominator or 0 for value in values)
    return _sum(values) / below if below else None


def _state(values: list[Value]) -> State:
    """That of the day that is least final."""
    states = {value.state for value in values}
    return next(state for state in ("open", "settling", "closed") if state in states)
