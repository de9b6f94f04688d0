"""Moderation in numbers: who carries how much of it, how well, and what comes of it. Counted in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from config.lib import buckets
from config.lib.sql import statement
from config.models import User, Workspace
from config.permissions import AnyUser, Area, may
from moderation import second_reviews
from moderation.agreement import Agreement, agreement
from moderation.models import Action, SecondReview

MODERATORS = statement("moderation", "moderators")
REPEAT_OFFENCES = statement("moderation", "repeat_offences")
REPORTERS = statement("moderation", "reporters")
REPORTERS_STAY = statement("moderation", "reporters_stay")
MOST_REPORTERS = 20
# Who is reported again, and found guilty again, so soon after an action did not learn from it.
REPEATED_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations; None where there are none."""

    number: int
    median: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True)
class Moderator:
    """user: of the desk; actor_id: of the team's own application. `decisions` of the time, `holds` now."""

    user: User | None
    actor_id: UUID | None
    holds: int
    decisions: int
    decisions_a_day: float
    to_claim: Spread
    to_decide: Spread
    appeals: int
    upheld: int

    @property
    def overturn_rate(self) -> float | None:
        return self.upheld / self.appeals if self.appeals else None


@dataclass(frozen=True, slots=True)
class Repeated:
    """Actions of a kind, and after how many of them the person was at it again."""

    kind: Action.Kind
    actions: int
    repeated: int

    @property
    def share(self) -> float:
        return self.repeated / self.actions


@dataclass(frozen=True, slots=True)
class Reporter:
    person_id: UUID
    decided: int
    upheld: int

    @property
    def quality(self) -> float:
        """Share upheld, as if one more had been upheld and one dismissed (Laplace's rule of succession), so that one
        report makes nobody perfect.
        """
        return (self.upheld + 1) / (self.decided + 2)


@dataclass(frozen=True, slots=True)
class Stay:
    """Reporters by whether what they reported was acted on, and how many of them were active within the days after."""

    acted_on: bool
    days: int
    people: int
    active: int

    @property
    def share(self) -> float:
        return self.active / self.people


@dataclass(frozen=True, slots=True)
class Differs:
    """What the first decided, what the second would have done, and how often."""

    first: str
    second: str
    times: int


def span_of(workspace: Workspace, days: int) -> tuple[datetime, datetime]:
    """The last `days` days up to now, today among them."""
    now = timezone.now()
    first = buckets.day_of(now, workspace.zone) - timedelta(days=days - 1)
    return buckets.day_start(first, workspace.zone), now


def moderators(workspace: Workspace, days: int) -> list[Moderator]:
    """Whoever decided, claimed or holds anything, those with most decisions first."""
    start, end = span_of(workspace, days)
    rows = _rows(MODERATORS, workspace, start=start, end=end, now=end)
    users = User.objects.in_bulk([int(who.split()[1]) for who, *_ in rows if who.startswith("user ")])
    found = []
    for who, holds, decisions, *rest in rows:
        kind, key = who.split()
        claims, claim_median, claim_p95, timed, decide_median, decide_p95, appeals, upheld = rest
        found.append(
            Moderator(
                user=users[int(key)] if kind == "user" else None,
                actor_id=UUID(key) if kind == "actor" else None,
                holds=holds,
                decisions=decisions,
                decisions_a_day=decisions / days,
                to_claim=Spread(claims, _duration(claim_median), _duration(claim_p95)),
                to_decide=Spread(timed, _duration(decide_median), _duration(decide_p95)),
                appeals=appeals,
                upheld=upheld,
            )
        )
    return found


def moderators_seen_by(user: AnyUser, workspace: Workspace, days: int) -> list[Moderator]:
    """All for whoever may change the rules, themselves alone for others."""
    found = moderators(workspace, days)
    if may(user, "change", Area.MODERATION_RULES, workspace.pk):
        return found
    return [one for one in found if one.user is not None and one.user.pk == user.pk]


def over(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The time as it is or, where it is too young, as long a one that ended REPEATED_WITHIN ago."""
    back = max(end - (timezone.now() - REPEATED_WITHIN), timedelta())
    return start - back, end - back


def repeat_offences(workspace: Workspace, start: datetime, end: datetime) -> list[Repeated]:
    """By kind of action, mildest first; of the actions of that time, once it is over()."""
    start, end = over(start, end)
    rows = _rows(REPEAT_OFFENCES, workspace, start=start, end=end, within=REPEATED_WITHIN)
    found = {kind: Repeated(Action.Kind(kind), actions, repeated) for kind, actions, repeated in rows}
    return [found[kind] for kind in Action.Kind if kind in found]


def reporters(workspace: Workspace, days: int) -> list[Reporter]:
    """Those with most reports decided in the time."""
    start, end = span_of(workspace, days)
    return [Reporter(*row) for row in _rows(REPORTERS, workspace, start=start, end=end, most=MOST_REPORTERS)]


def reporters_stay(workspace: Workspace, start: datetime, end: datetime) -> list[Stay]:
    """Of reports decided in that time."""
    today = buckets.day_of(timezone.now(), workspace.zone)
    rows = _rows(REPORTERS_STAY, workspace, start=start, end=end, time_zone=workspace.time_zone, today=today)
    return [Stay(*row) for row in rows]


def double_reviews(workspace: Workspace, days: int) -> tuple[Agreement, list[Differs]]:
    """How far second moderators agree with the first, and where not, the most frequent first."""
    pairs, labels = second_reviews.pairs(workspace.pk, *span_of(workspace, days)), dict(SecondReview.VERDICTS)
    differing = sorted(((-count, *pair) for pair, count in pairs.items() if pair[0] != pair[1]))
    return agreement(pairs), [Differs(labels[one], labels[other], -count) for count, one, other in differing]


def _rows(text: str, workspace: Workspace, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, {"workspace_id": workspace.pk, **parameters})
        return list(cursor.fetchall())


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=float(seconds))
