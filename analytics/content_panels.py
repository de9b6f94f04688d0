"""Panels of content, communities and clients."""

from __future__ import annotations

from datetime import date
from functools import partial

from django.utils import timezone
from django.utils.formats import date_format

from analytics import clients, metrics, rankings, small_groups
from analytics.metrics import METRICS, DayStates, Value
from analytics.models import ClientSignalDaily
from analytics.panels import PERSON, Asked, Cell, Column, Panel, Table
from analytics.rankings import Ranking
from analytics.small_groups import least_people
from analytics.spans import InvalidSpan, Span
from analytics.trending import trending
from config.lib.buckets import DAY, day_start
from config.models import Workspace

SHOWN = 10
MOST_COMMUNITIES = 50
OF_COMMUNITY = ("community_new_members", "community_active_members", "community_total_interactions")


def trends(asked: Asked) -> Table:
    """As of the end of the last day, or of now where that is not over."""
    at = min(timezone.now(), day_start(asked.span.last + DAY, asked.workspace.zone))
    rows: list[tuple[Cell, ...]] = [
        (one.content_id, one.author_id, one.likes, one.comments, round(one.score, 2))
        for one in trending(asked.workspace, at, SHOWN, with_bots=asked.with_bots)
    ]
    columns = (
        *(Column("Post"), Column("By", PERSON), Column("Likes", "number"), Column("Comments", "number")),
        Column("Score", "number", "bar"),
    )
    return Table(columns, rows, f"As of {date_format(at, 'j M Y, H:i')} UTC.")


def leading(ranking: Ranking, asked: Asked) -> Table:
    found = rankings.ranked(asked.workspace, ranking, asked.span.first, asked.span.last, SHOWN)
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.objects, one.views, one.likes, one.comments, one.shares, one.value) for one in found
    ]
    names = ("Content", "Views", "Likes", "Comments", "Shares")
    first = Column("Channel" if ranking == "top_channels" else "Tag")
    value = Column("Engagement" if ranking == "top_channels" else "Activity", "number", "bar")
    return Table((first, *(Column(name, "number") for name in names), value), rows)


def members(workspace: Workspace, day: date) -> dict[str, Value]:
    """Communities of enough members to be told of, the largest first, with how many they have at the end of the day."""
    least = least_people(workspace)
    found = metrics.read_each(METRICS["community_members"], workspace, day, day)
    large = {name: value for name, (value,) in found.items() if value.numerator >= least}
    return dict(sorted(large.items(), key=lambda one: (-one[1].numerator, one[0])))


def community_of(workspace: Workspace, span: Span, name: str) -> str:
    """The community that is asked for. Raises InvalidSpan where there is none of that name, or it is too small."""
    if name not in members(workspace, span.last):
        least = least_people(workspace)
        raise InvalidSpan("community", f"There is no community {name[:50]!r} of {least} members or more on {span.last}")
    return name


def communities(asked: Asked) -> Table:
    workspace, first, last = asked.workspace, asked.span.first, asked.span.last
    standing = members(workspace, last)
    shown = list(standing)[:MOST_COMMUNITIES]
    new, active, done = (metrics.read_each(METRICS[key], workspace, first, last) for key in OF_COMMUNITY)
    least, sizes = least_people(workspace), small_groups.sizes(workspace, "community_id", first, last)
    assert sizes is not None

    def added(name: str, values: list[Value]) -> int:
        return int(sum(one.numerator for one in values if sizes[name, one.date] >= least))

    rows: list[tuple[Cell, ...]] = [
        (
            name,
            int(standing[name].numerator),
            added(name, new[name]),
            int(active[name][-1].numerator),
            added(name, done[name]),
        )
        for name in shown
    ]
    columns = (
        *(Column("Community"), Column("Members", "people", "bar"), Column("New members", "people")),
        *(Column("Active on the last day", "people"), Column("Interactions", "number", "bar")),
    )
    note = f"The largest {MOST_COMMUNITIES}. Of those of fewer than {least} members, and of days on which they were,"
    return Table(columns, rows, f"{note} nothing is told.")


def slow_pages(asked: Asked) -> Table:
    """Measurements by page of the last day."""
    day = asked.span.last
    found = clients.signals(asked.workspace, day, ClientSignalDaily.Dimension.PAGE)
    measured = sorted((one for one in found if one.p95 is not None), key=lambda one: -(one.p95 or 0))[:SHOWN]
    rows: list[tuple[Cell, ...]] = [(one.value, one.signal, one.events, one.p50, one.p95) for one in measured]
    columns = (
        *(Column("Page"), Column("Measure"), Column("Measured", "number"), Column("Median", "number")),
        Column("95 of 100 under", "number", "bar"),
    )
    return Table(columns, rows, f"Of {date_format(day, 'j M Y')}.", _state_of(asked))


def errors(asked: Asked) -> Table:
    """By page of the last day."""
    day = asked.span.last
    found = clients.signals(asked.workspace, day, ClientSignalDaily.Dimension.PAGE, "errors")
    rows: list[tuple[Cell, ...]] = [(one.value, one.events, one.people) for one in found[:SHOWN]]
    columns = (Column("Page"), Column("Errors", "number", "bar"), Column("People", "people"))
    return Table(columns, rows, f"Of {date_format(day, 'j M Y')}.", _state_of(asked))


def browsers(asked: Asked) -> Table:
    day = asked.span.last
    found = clients.signals(asked.workspace, day, ClientSignalDaily.Dimension.BROWSER)
    rows: list[tuple[Cell, ...]] = [(one.value, one.signal, one.events, one.p50, one.p95) for one in found[: 2 * SHOWN]]
    columns = (
        *(Column("Browser"), Column("Signal"), Column("Events", "number", "bar")),
        *(Column("Median", "number"), Column("95 of 100 under", "number")),
    )
    return Table(columns, rows, f"Of {date_format(day, 'j M Y')}.", _state_of(asked))


def _state_of(asked: Asked) -> metrics.State:
    return DayStates(asked.workspace, "client_signal_daily").of(asked.span.last, asked.span.last + DAY)


TRENDS = Panel(
    "trends",
    "What trends",
    "Points of the likes and comments of posts of the last days, divided by the hours since they were created.",
    trends,
    ("content",),
)
CHANNELS = Panel(
    "channels",
    "Channels by engagement",
    "Likes, comments and shares of what stands in a community, group or channel.",
    partial(leading, "top_channels"),
    ("content_performance_daily", "content"),
)
TAGS = Panel(
    "tags",
    "Tags by activity",
    "What was created with a tag, and likes, comments and shares of it.",
    partial(leading, "active_tags"),
    ("content_performance_daily", "content"),
)
COMMUNITIES = Panel(
    "communities",
    "Communities",
    "Members at the end of the last day, who joined in the range, who did something on the last day, and all that was "
    "done in the range.",
    communities,
    ("community_daily",),
)
SLOW_PAGES = Panel(
    "pages",
    "Slowest pages",
    "Measurements of clients by page, such as page loads in milliseconds.",
    slow_pages,
    ("client_signal_daily",),
)
ERRORS = Panel(
    "errors_by_page", "Errors by page", "Events of the category error by page.", errors, ("client_signal_daily",)
)
BROWSERS = Panel(
    "browsers",
    "Browsers",
    "Errors and measurements of clients by browser.",
    browsers,
    ("client_signal_daily",),
)
