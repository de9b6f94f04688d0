"""What can be taken out as a table: rows of people with pseudonyms for whoever may not see who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db import connection, transaction

from analytics import metrics
from analytics.metrics import METRICS
from config.lib import buckets
from config.lib.registry import Registry
from config.lib.sql import statement
from config.lib.table_files import Column, batched
from config.models import Workspace
from privacy.pseudonyms import Pseudonyms

# Rows that the database hands over at once.
FETCHED = 2_000
# How long the database may look for the next of them.
LONGEST = "5min"
# Metrics of which all days are held.
METRICS_AT_ONCE = 25
Rows = Callable[[Workspace, date, date, bool], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Dataset:
    """rows gets the workspace, the first and last day of its zone and whether bots are in, and gives values by column.

    hidden are the columns that say or could say who somebody is.
    """

    key: str
    title: str
    definition: str
    columns: Sequence[Column]
    rows: Rows
    hidden: frozenset[str] = frozenset()


EXPORTS: Registry[Dataset] = Registry("export")


def read(
    dataset: Dataset, workspace: Workspace, first: date, last: date, *, with_people: bool, with_bots: bool = False
) -> Iterator[tuple[Any, ...]]:
    """The rows, of which never more than FETCHED are held; ids of people only `with_people`."""
    rows = dataset.rows(workspace, first, last, with_bots)
    places = [place for place, column in enumerate(dataset.columns) if column.key in dataset.hidden]
    if with_people or not places:
        yield from rows
        return
    pseudonym = Pseudonyms(workspace.pk).of
    for row in rows:
        told = list(row)
        for place in places:
            if told[place] is not None:
                told[place] = pseudonym(told[place])
        yield tuple(told)


def of_statement(
    app: str,
    name: str,
    workspace: Workspace,
    first: date,
    last: date,
    with_bots: bool,  # noqa: FBT001 see Rows
) -> Iterator[tuple[Any, ...]]:
    """Rows of <app>/sql/<name>.sql by a cursor of the database."""
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "first": first,
        "last": last,
        "start": buckets.day_start(first, workspace.zone),
        "end": buckets.day_start(last + buckets.DAY, workspace.zone),
        "with_bots": with_bots,
    }
    with transaction.atomic(), connection.cursor() as settings, connection.chunked_cursor() as cursor:
        settings.execute("SELECT set_config('statement_timeout', %s, true)", [LONGEST])
        cursor.execute(statement(app, name), parameters)
        while rows := cursor.fetchmany(FETCHED):
            yield from rows


def _metrics(workspace: Workspace, first: date, last: date, with_bots: bool) -> Iterator[tuple[Any, ...]]:  # noqa: FBT001 see Rows
    for some in batched(metrics.of_platform(), METRICS_AT_ONCE):
        for key, values in metrics.read_many(some, workspace, first, last, with_bots=with_bots).items():
            for one in values:
                parts = (one.value, one.numerator, one.denominator, one.data_points, one.state, one.calculated_at)
                yield one.date, key, METRICS[key].unit, *parts


COUNTS = (
    *("events", "active_events", "posts_created", "comments_created", "likes_given", "likes_received", "shares"),
    *("follows_made", "unfollows_made", "messages_sent", "profile_views", "news_articles_viewed"),
    *("trending_items_viewed", "stories_viewed", "media_uploaded", "communities_joined", "communities_left"),
    *("community_posts", "posts_viewed", "pages_viewed", "collections_created", "votes_given", "sessions", "bounces"),
)

EXPORTS.register(
    Dataset(
        "metrics",
        "Metrics by day",
        "Every metric of the whole platform, a row a metric and day, with what it is divided from.",
        (
            Column("date", "day"),
            Column("metric"),
            Column("unit"),
            Column("value", "number"),
            Column("numerator", "number"),
            Column("denominator", "number"),
            Column("data_points", "whole"),
            Column("state"),
            Column("calculated_at", "instant"),
        ),
        _metrics,
    ),
    Dataset(
        "user-activity",
        "What people did by day",
        "A row a person and day on which they did anything: how often they did what, and their sessions.",
        (
            Column("date", "day"),
            Column("person"),
            *(Column(key, "whole") for key in COUNTS),
            Column("session_seconds", "number"),
        ),
        partial(of_statement, "analytics", "export_user_activity"),
        frozenset({"person"}),
    ),
    Dataset(
        "sessions",
        "Sessions",
        "A row a session that began in these days.",
        (
            Column("person"),
            Column("started_at", "instant"),
            Column("ended_at", "instant"),
            Column("events", "whole"),
            Column("pages", "whole"),
            Column("actions", "whole"),
            Column("is_bounce", "flag"),
        ),
        partial(of_statement, "analytics", "export_sessions"),
        frozenset({"person"}),
    ),
    Dataset(
        "events",
        "Events",
        "A row an event, without its properties and context: who did what to what and when.",
        (
            Column("occurred_at", "instant"),
            Column("received_at", "instant"),
            Column("event_id"),
            Column("event"),
            Column("category"),
            Column("person"),
            Column("object_id"),
            Column("object_author"),
            Column("community_id"),
            Column("session_id"),
            Column("value", "number"),
        ),
        partial(of_statement, "analytics", "export_events"),
        # What was acted on may be a person, a session may be named after one, and senders choose the ids of events.
        frozenset({"event_id", "person", "object_id", "object_author", "session_id"}),
    ),
)
