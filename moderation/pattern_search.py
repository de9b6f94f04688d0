"""Where a pattern was met: one statement a pattern and range, over events and reports alike (sql/pattern.sql)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from analytics import funnels
from analytics.funnel_steps import Resolved
from config.lib.sql import statement
from moderation import patterns
from moderation.models import Pattern
from moderation.patterns import REPORT_TYPE, Same

FRAME, COUNT = statement("moderation", "pattern"), statement("moderation", "pattern_count")
SETTINGS = "SELECT set_config('statement_timeout', %s, true), set_config('enable_nestloop', %s, true)"
# More of one range are no news to anybody, and a pattern that has them asks for too little.
MOST_HITS = 1_000
SUBJECTS = {
    Pattern.Per.ACTOR: "event.person_id::text",
    Pattern.Per.AUTHOR: "CASE WHEN author_id <> person_id THEN author_id::text END",
    Pattern.Per.OBJECT: "object_type || ':' || object_id",
    Pattern.Per.PAIR: "CASE WHEN author_id <> person_id THEN "
    "least(author_id, person_id)::text || ' ' || greatest(author_id, person_id)::text END",
}
FIELDS = {"actor": "person_id::text", "author": "author_id::text", "object": "object_id", "community": "community_id"}
DIFFERENT = {"": "evidence", "actor": "person_id", "author": "author_id", "object": "object_type || ':' || object_id"}
# Whether a known hit's subject has become the one that was found, by a merge of people.
PERSON = "coalesce(link.person_id, one.person_id)"
OTHER = "coalesce(other.person_id, one.other_person_id)"
KNOWN = {
    Pattern.Per.ACTOR: f"{PERSON}::text = told.subject",
    Pattern.Per.AUTHOR: f"{PERSON}::text = told.subject",
    Pattern.Per.OBJECT: "false",
    Pattern.Per.PAIR: f"least({PERSON}, {OTHER})::text || ' ' || greatest({PERSON}, {OTHER})::text = told.subject",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as the statement tells it. hit_id is the row's that is there already."""

    subject: str
    started_at: datetime
    at: datetime
    last_at: datetime
    events: int
    people: int
    evidence: list[str]
    person_id: UUID
    author_id: UUID | None
    object_type: str
    object_id: str | None
    hit_id: UUID | None


def search(
    pattern: Pattern, start: datetime, end: datetime, timeout: timedelta, since: datetime | None = None
) -> list[Found]:
    """The hits in a range, the first first. Raises django.db.OperationalError where it takes longer than `timeout`."""
    steps, sames = patterns.resolved(pattern), patterns.sames_of(pattern)
    if not all(one.types for one in steps):
        return []
    parameters = _parameters(pattern, steps, sames) | {"bucket_start": start, "bucket_end": end, "since": since}
    with transaction.atomic(), connection.cursor() as cursor:
        milliseconds = str(round(timeout.total_seconds() * 1000))
        # The planner knows nothing of the statement's parts and would go through them in circles: 6 s instead of 0.06 s
        # for a sequence in an hour of 416,667 events.
        cursor.execute(SETTINGS, [milliseconds, "off"])
        cursor.execute(_query(pattern, steps, sames), parameters)
        found = [Found(*row) for row in cursor.fetchall()]
        cursor.execute(SETTINGS, ["0", "on"])
    return found


def _query(pattern: Pattern, steps: list[Resolved], sames: list[Same]) -> str:
    per = Pattern.Per(pattern.per)
    if len(steps) == 1:
        candidates = COUNT.format(different=DIFFERENT[pattern.distinct_by])
    else:
        candidates = "\n".join(_chain(number, sames, len(steps)) for number in range(1, len(steps) + 1))
    return FRAME.format(
        subject=SUBJECTS[per],
        known=KNOWN[per],
        same="".join(f"nullif({_field(n, same)}, '') AS same_{n},\n        " for n, same in enumerate(sames)),
        steps=",\n        ".join(f"{funnels.match(n, one)} AS step_{n}" for n, one in enumerate(steps, 1)),
        matched=" OR ".join(funnels.match(n, one) for n, one in enumerate(steps, 1)),
        candidates=candidates,
    )


def _field(number: int, same: Same) -> str:
    return FIELDS.get(same.field, f"properties ->> %(same_{number})s")


def _chain(number: int, sames: list[Same], last: int) -> str:
    """The subquery of all beginnings of so many steps; of those that end in a step on which no later one depends, only
    the earliest is kept. The last is what candidates are read from.
    """
    mine = [n for n, same in enumerate(sames) if number in same.steps]
    bound = [n for n, same in enumerate(sames) if same.steps[0] <= number]
    carried = [f"{'event.same' if sames[n].steps[0] == number else 'chain.bound'}_{n} AS bound_{n}" for n in bound]
    fixed = [f"event.same_{n} IS NOT NULL" for n in mine if sames[n].steps[0] == number]
    equal = [f"event.same_{n} = chain.bound_{n}" for n in mine if sames[n].steps[0] < number]
    if number == 1:
        columns = ["event.subject", "event.occurred_at AS at", "event.occurred_at AS begun_at"]
        columns += ["ARRAY[event.evidence] AS chain", *carried]
        where = " AND ".join(["event.step_1", *fixed])
        return f"chain_1 AS (SELECT {', '.join(columns)} FROM events AS event WHERE {where}),\n"  # noqa: S608 our own words
    is_free = not any(number in same.steps and same.steps[-1] > number for same in sames)
    columns = ["chain.subject", "event.occurred_at AS at", "chain.begun_at"]
    columns += ["chain.chain || event.evidence AS chain", *carried]
    where = " AND ".join(
        [
            f"event.step_{number}",
            "event.occurred_at >= chain.at",
            "event.occurred_at <= chain.begun_at + %(reach)s::interval",
            "event.evidence <> ALL(chain.chain)",
            *fixed,
            *equal,
        ]
    )
    name = "candidate" if number == last else f"chain_{number}"
    only = "DISTINCT ON (chain.chain) " if is_free else ""
    order = "ORDER BY chain.chain, event.occurred_at, event.evidence" if is_free else ""
    return (
        f"{name} AS (SELECT {only}{', '.join(columns)} FROM chain_{number - 1} AS chain "  # noqa: S608 our own words
        f"INNER JOIN events AS event ON event.subject = chain.subject AND {where} {order}),\n"
    )


def _parameters(pattern: Pattern, steps: list[Resolved], sames: list[Same]) -> dict[str, Any]:
    types = sorted({pk for one in steps for pk in one.types})
    younger = pattern.younger_than_days
    found: dict[str, Any] = {
        "workspace_id": pattern.workspace_id,
        "pattern_id": pattern.pk,
        "reach": patterns.window_of(pattern),
        "types": [pk for pk in types if pk != REPORT_TYPE],
        "with_reports": REPORT_TYPE in types,
        "younger": None if younger is None else timedelta(days=younger),
        "most": MOST_HITS,
    }
    found |= funnels.step_parameters(steps)
    if len(steps) == 1:
        found |= {
            "count": pattern.count,
            "least": pattern.distinct_least,
            "most_different": pattern.distinct_most,
        }
    found |= {f"same_{n}": same.field for n, same in enumerate(sames) if same.field not in FIELDS}
    return found


def history(pattern: Pattern, days: int, timeout: timedelta) -> list[Found]:
    """The hits it would have had in the last days, whether it is on or not. Raises django.db.OperationalError."""
    now = timezone.now()
    return search(pattern, now - timedelta(days=days), now, timeout)
