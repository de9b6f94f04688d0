"""Queries: several metrics over a range, by bucket and by what they are per, asked of the one reader."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Any, Literal

from analytics import hours
from analytics.groups import DIMENSIONS, Dimension
from analytics.metrics import GRAINS, METRICS, Metric, bucket_starts, tells_bots
from analytics.spans import Span
from config.lib import buckets
from config.models import Workspace

Granularity = Literal["hour", "day", "week", "month"]
GRANULARITIES: tuple[Granularity, ...] = ("hour", *GRAINS)
BOTS = "bots"
FIELDS = ("metrics", "dimensions", "filters", "time_range", "granularity", "compare", "limit")
MOST_METRICS, MOST_NAMES, MOST_ROWS, ROWS = 20, 50, 10_000, 1_000
LONGEST_NAME = 512
# Of the range that is asked for. Where each community (or whatever it is) is told, there may be thousands of them.
MOST_BUCKETS: dict[Granularity, int] = {"hour": 24 * 92, "day": 3_660, "week": 1_040, "month": 240}
MOST_BUCKETS_OF_EACH = 92


class InvalidQuery(ValueError):  # noqa: N818 named as the caller sees it
    """What is wrong with a query, in words; near: what may have been meant."""

    def __init__(self, code: str, message: str, near: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.code, self.near = code, list(near)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for, checked. filters: by dimension the names to tell of, where not each is."""

    metrics: tuple[Metric, ...]
    dimensions: tuple[str, ...]
    filters: dict[str, tuple[str, ...]]
    with_bots: bool
    first: date
    last: date
    granularity: Granularity
    compare: bool
    limit: int

    @property
    def asked(self) -> list[Any]:
        """What it says as JSON: the same for the same query."""
        return [[metric.key for metric in self.metrics], *(getattr(self, one) for one in self.__slots__[1:])]

    def group_dimension(self, metric: Metric) -> Dimension | None:
        """By which groups of people a metric of everybody is told."""
        found = (one for one in (*self.dimensions, *self.filters) if one in DIMENSIONS and not metric.per)
        return next((DIMENSIONS[one] for one in found), None)

    def by(self, metric: Metric) -> str:
        """What its rows are of; "" for everybody."""
        dimension = self.group_dimension(metric)
        return dimension.key if dimension else dimension_of(metric)

    @property
    def bots(self) -> tuple[bool, ...]:
        """Without bots and test accounts, with them, or one after the other."""
        return (False, True) if BOTS in self.dimensions else (self.with_bots,)


def dimension_of(metric: Metric) -> str:
    """What a row of its rollup is of, as queries name it: community, feature, field; "" for none."""
    return metric.per.removesuffix("_id")


def granularities_of(metric: Metric) -> tuple[Granularity, ...]:
    return ("hour", *metric.grains) if metric.key in hours.KEYS else metric.grains


def dimensions_of(metric: Metric, granularity: Granularity | None = None) -> tuple[str, ...]:
    """What it can be told by; in its shortest grain where none is named."""
    own: tuple[str, ...] = (dimension_of(metric),) if metric.per else ()
    grain = granularity or metric.grains[0]
    # Groups are counted by day, and people of two days are no sum.
    if grain == "day" and not metric.per:
        own = tuple(one.key for one in DIMENSIONS if one.tells(metric))
    # Each community is read without bots, and hours are counted without.
    return (*own, BOTS) if grain != "hour" and not metric.per and tells_bots(metric, grain) else own


def all_dimensions() -> list[str]:
    own = {dimension_of(metric) for metric in METRICS} - {""}
    return [*sorted(own | {one.key for one in DIMENSIONS}), BOTS]


def parse(body: Any) -> Query:
    """The query that a JSON body asks. Raises InvalidQuery."""
    if not isinstance(body, dict):
        raise InvalidQuery("invalid_query", "A query is a JSON object")
    for name in body:
        known("field", name, FIELDS)
    granularity = body.get("granularity", "day")
    if granularity not in GRANULARITIES:
        raise InvalidQuery("invalid_granularity", f"`granularity` is one of {', '.join(GRANULARITIES)}")
    found = tuple(METRICS[key] for key in _texts(body, "metrics", MOST_METRICS, "metric", _keys()))
    if not found:
        raise InvalidQuery("invalid_metrics", "`metrics` names at least one")
    dimensions = tuple(_texts(body, "dimensions", len(all_dimensions()), "dimension", all_dimensions()))
    filters, with_bots = _filters(body.get("filters", {}))
    first, last = range_of(body.get("time_range"))
    query = Query(
        metrics=found,
        dimensions=dimensions,
        filters=filters,
        with_bots=with_bots,
        first=first,
        last=last,
        granularity=granularity,
        compare=flag_of(body, "compare"),
        limit=limit_of(body.get("limit", ROWS)),
    )
    for metric in found:
        _fits(metric, query)
    _short_enough(query)
    return query


def _keys() -> list[str]:
    return [metric.key for metric in METRICS]


def known(noun: str, name: Any, names: Iterable[str]) -> str:
    """The name, which is one of them. Raises InvalidQuery with those that may have been meant."""
    there = list(names)
    if isinstance(name, str) and name in there:
        return name
    near = difflib.get_close_matches(name[:100], there, 3, 0.5) if isinstance(name, str) else []
    meant = f"; did you mean {' or '.join(near)}?" if near else f"; there are: {', '.join(there[:12])}"
    meant += " …" if not near and len(there) > 12 else ""  # noqa: PLR2004 more is nobody's to read
    raise InvalidQuery(f"unknown_{noun}", f"There is no {noun} {str(name)[:100]!r}{meant}", near)


def _texts(body: dict[str, Any], field: str, most: int, noun: str, names: list[str]) -> list[str]:
    said = body.get(field, [])
    if not isinstance(said, list) or len(said) > most:
        raise InvalidQuery(f"invalid_{field}", f"`{field}` is a list of at most {most}")
    return list(dict.fromkeys(known(noun, one, names) for one in said))


def _filters(said: Any) -> tuple[dict[str, tuple[str, ...]], bool]:
    """(names by dimension, whether bots and test accounts are counted in)."""
    if not isinstance(said, dict):
        raise InvalidQuery("invalid_filters", "`filters` is an object of dimensions")
    filters: dict[str, tuple[str, ...]] = {}
    for name, value in said.items():
        known("dimension", name, all_dimensions())
        if name == BOTS:
            continue
        names = value if isinstance(value, list) else [value]
        if not 0 < len(names) <= MOST_NAMES or not all(map(_is_name, names)):
            raise InvalidQuery("invalid_filters", f"`{name}` is a text, or a list of 1 to {MOST_NAMES}")
        filters[name] = tuple(dict.fromkeys(names))
    return filters, flag_of(said, BOTS)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and "\0" not in value


def flag_of(body: dict[str, Any], name: str) -> bool:
    """Whether it says so; false where it says nothing. Raises InvalidQuery."""
    said = body.get(name, False)
    if not isinstance(said, bool):
        raise InvalidQuery(f"invalid_{name}", f"`{name}` is true or false")
    return said


def limit_of(said: Any, most: int = MOST_ROWS, name: str = "limit") -> int:
    """How many rows, or of whatever the name says. Raises InvalidQuery."""
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= most:
        raise InvalidQuery(f"invalid_{name}", f"`{name}` is a whole number, 1 to {most:,}")
    return said


def range_of(said: Any) -> tuple[date, date]:
    """First and last day. Raises InvalidQuery."""
    if not isinstance(said, dict) or set(said) != {"from", "to"}:
        raise InvalidQuery("invalid_time_range", '`time_range` is {"from": DATE, "to": DATE}, both included')
    first, last = (_date(name, said[name]) for name in ("from", "to"))
    if first > last:
        raise InvalidQuery("invalid_time_range", "`from` is later than `to`")
    return first, last


def _date(name: str, said: Any) -> date:
    try:
        day = date.fromisoformat(said)
    except (TypeError, ValueError):
        day = None
    # Room for the period before, and for the end of the last bucket.
    if day is None or not MINYEAR + 100 < day.year < MAXYEAR - 100:
        raise InvalidQuery("invalid_time_range", f"`{name}` is a date such as 2026-01-31")
    return day


def _fits(metric: Metric, query: Query) -> None:
    """Whether the metric can be told in that granularity and by those dimensions."""
    told = granularities_of(metric)
    if query.granularity not in told:
        raise InvalidQuery(
            "invalid_granularity", f"{metric.key} cannot be told by {query.granularity}, but by {', '.join(told)}"
        )
    asked = set(query.dimensions) | set(query.filters) | ({BOTS} if query.with_bots else set())
    possible = set(dimensions_of(metric, query.granularity))
    own = dimension_of(metric)
    if foreign := sorted(asked - possible):
        those = f"; it has {', '.join(sorted(possible))}" if possible else ""
        raise InvalidQuery("invalid_dimension", f"{metric.key} has no dimension {foreign[0]}{those}")
    groups = sorted(asked & {one.key for one in DIMENSIONS})
    if not own and len(groups) > 1:
        raise InvalidQuery("invalid_dimension", f"Of {' and '.join(groups)} one can be asked for at a time")
    if not own and groups and BOTS in asked:
        raise InvalidQuery("invalid_dimension", f"By {groups[0]} bots and test accounts are never counted in")
    if own and own not in asked:
        raise InvalidQuery("dimension_needed", f"{metric.key} is of one {own}: name it among dimensions or filters")


def _short_enough(query: Query) -> None:
    days = (query.last - query.first).days + 1
    most = MOST_BUCKETS[query.granularity]
    if any(query.by(metric) and query.by(metric) not in query.filters for metric in query.metrics):
        most = min(most, MOST_BUCKETS_OF_EACH)
    length = {"hour": timedelta(hours=1), "week": timedelta(days=7), "month": timedelta(days=30)}
    if days * buckets.DAY / length.get(query.granularity, buckets.DAY) > most + 1:
        raise InvalidQuery("range_too_long", f"A range of this query is of {most:,} {query.granularity}s at most")


def check_names(workspace: Workspace, query: Query) -> None:
    """Raises InvalidQuery for groups that are not there or too small to be told of."""
    dimension = next((one for metric in query.metrics if (one := query.group_dimension(metric))), None)
    if dimension is not None:
        names = dimension.names(workspace, Span(query.first, query.last))
        for name in query.filters.get(dimension.key, ()):
            known(dimension.key, name, names)


def starts_of(query: Query) -> tuple[list[date], list[date]]:
    """First days of the buckets asked for, and of as many before them where they are compared."""
    grain = query.granularity
    assert grain != "hour"
    starts = bucket_starts(query.first, query.last, grain)
    if not query.compare:
        return starts, []
    back = starts[0] - timedelta(days=len(starts) * {"day": 1, "week": 7, "month": 31}[grain])
    return starts, bucket_starts(back, starts[0] - buckets.DAY, grain)[-len(starts) :]
