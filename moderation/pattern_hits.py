"""Hits of patterns on live events: each once, as a row and as a report that nobody but the pattern made."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone
from psycopg.errors import QueryCanceled

from config.lib.buckets import HOUR, hour_start, ranges
from config.models import Workspace
from ingestion.models import Actor
from moderation import pattern_search, patterns, reports
from moderation.models import Pattern, PatternHit, PatternHour, Target
from moderation.pattern_hours import SETTLES_FOR
from moderation.pattern_search import Found
from moderation.reports import Draft, ids_of

TIMEOUT = timedelta(minutes=2)
# Hours in a row are searched together, up to a day.
MOST_HOURS = 24


@dataclass(slots=True)
class Done:
    """found: new hits; grown: hits that were there and are longer now; failed: titles of patterns."""

    found: int = 0
    grown: int = 0
    failed: list[str] = field(default_factory=list)


def anything_waits(workspace: Workspace) -> bool:
    return PatternHour.objects.filter(workspace=workspace).exists() or _settling(workspace, timezone.now())


def _settling(workspace: Workspace, now: datetime) -> bool:
    return Pattern.objects.filter(workspace=workspace, enabled=True, enabled_at__gt=now - SETTLES_FOR).exists()


def find(workspace: Workspace, say: Callable[[str], None] = lambda _: None) -> Done:
    """Search the hours that have news. Whoever is killed has kept what was found, and the next goes on."""
    done, now = Done(), timezone.now()
    touched = list(PatternHour.objects.filter(workspace=workspace).order_by("hour"))
    hours = {row.hour for row in touched}
    if _settling(workspace, now):
        hours |= {hour_start(now - SETTLES_FOR), hour_start(now)}
    for pattern in Pattern.objects.filter(workspace=workspace, enabled=True).select_related("workspace"):
        for start, end in ranges(hours, HOUR, MOST_HOURS):
            try:
                _search(pattern, start, end, done)
            except (OperationalError, ValueError) as error:
                # It would fail again with every minute. What another time may do is tried again: the hours stay.
                if isinstance(error, OperationalError) and not isinstance(error.__cause__, QueryCanceled):
                    raise
                done.failed.append(pattern.title)
                _remember(pattern, f"Hours from {start:%Y-%m-%d %H:%M}: {error}".strip())
                say(f"{pattern.title}: {pattern.error}")
                break
        else:
            _remember(pattern, "")
    # Only those that were seen before the search.
    PatternHour.objects.filter(pk__in=[row.pk for row in touched]).delete()
    return done


def _search(pattern: Pattern, start: datetime, end: datetime, done: Done) -> None:
    """An event of the range may complete what is complete up to a window later."""
    assert pattern.enabled_at is not None
    until = end + patterns.window_of(pattern)
    if until <= pattern.enabled_at:
        return
    with transaction.atomic():
        for found in pattern_search.search(pattern, start, until, TIMEOUT, pattern.enabled_at):
            if found.hit_id is None:
                _open(pattern, found)
                done.found += 1
            else:
                done.grown += _grow(PatternHit.objects.get(pk=found.hit_id), found)


def _remember(pattern: Pattern, error: str) -> None:
    if pattern.error != error:
        pattern.error = error
        pattern.save(update_fields=["error"])


def _grow(hit: PatternHit, found: Found) -> bool:
    """Whether more is known of a hit than before."""
    before = hit.started_at, hit.at, hit.last_at, hit.events
    hit.started_at, hit.at = min(hit.started_at, found.started_at), min(hit.at, found.at)
    hit.last_at = max(hit.last_at, found.last_at)
    if found.events > hit.events:
        hit.events, hit.people, hit.evidence = found.events, found.people, found.evidence
    if before == (hit.started_at, hit.at, hit.last_at, hit.events):
        return False
    hit.save(update_fields=["started_at", "at", "last_at", "events", "people", "evidence"])
    return True


def people_of(pattern: Pattern, found: Found) -> tuple[UUID | None, UUID | None]:
    """Whom a hit is about, and the other of two."""
    if pattern.per == Pattern.Per.PAIR:
        return found.person_id, found.author_id
    return (found.person_id if pattern.per == Pattern.Per.ACTOR else found.author_id), None


def _open(pattern: Pattern, found: Found) -> None:
    person_id, other_id = people_of(pattern, found)
    hit = PatternHit(
        id=uuid.uuid4(),
        pattern=pattern,
        subject=found.subject,
        person_id=person_id,
        other_person_id=other_id,
        started_at=found.started_at,
        at=found.at,
        last_at=found.last_at,
        events=found.events,
        people=found.people,
        evidence=found.evidence,
    )
    hit.report, _ = reports.submit(pattern.workspace_id, _draft(pattern, hit, found))
    hit.save(force_insert=True)


def _draft(pattern: Pattern, hit: PatternHit, found: Found) -> Draft:
    is_content = pattern.per == Pattern.Per.OBJECT
    text = f"{pattern.title}: {hit.events} events by {hit.people}, from {hit.started_at:%Y-%m-%d %H:%M:%S} UTC on."
    if hit.other_person_id is not None:
        text += f" The other person: {name_of(pattern.workspace_id, hit.other_person_id)}."
    return Draft(
        key=f"pattern:{hit.pk}",
        reporter_id=None,
        target=Target.CONTENT if is_content else Target.PERSON,
        content_type=found.object_type if is_content else "",
        target_id=found.object_id or "" if is_content else name_of(pattern.workspace_id, hit.person_id),
        person_id=hit.person_id,
        community_id="",
        reason=pattern.reason,
        text=text,
        submitted_at=hit.at,
        priority=pattern.priority,
    )


def name_of(workspace_id: int, person_id: UUID | None) -> str:
    """The id that a person is reported under: a user id, where they have one."""
    actors = Actor.objects.filter(workspace=workspace_id, actor_id__in=ids_of(workspace_id, person_id))
    named = sorted(actors, key=lambda actor: (actor.kind != Actor.Kind.USER, actor.distinct_id))
    return named[0].distinct_id if named else str(person_id)


def facts_of(pattern: Pattern, found: Found) -> dict[str, Any]:
    """A hit in words, for whoever tests a pattern."""
    person_id, other_id = people_of(pattern, found)
    if pattern.per == Pattern.Per.OBJECT:
        subject = found.subject
    else:
        subject = " and ".join(name_of(pattern.workspace_id, one) for one in (person_id, other_id) if one is not None)
    return {
        "subject": subject,
        "started_at": found.started_at,
        "at": found.at,
        "last_at": found.last_at,
        "events": found.events,
        "people": found.people,
        "evidence": found.evidence,
    }
