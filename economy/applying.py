"""Events that wait for the rules, in batches: taking them and what they make of the ledger is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import Workspace
from economy import acts, evaluation, ledger, mirror, rules
from economy.acts import Act, Key
from economy.evaluation import REFUND, About, Asked, Done, Payment, Tallies
from economy.models import WaitingEvent
from economy.rules import Mode

TAKE = statement("economy", "take_waiting")
COUNT = statement("economy", "count_content_acts")
READ_TALLIES = statement("economy", "read_tallies")
WRITE_TALLIES = statement("economy", "write_tallies")
READ_PAYMENTS = statement("economy", "read_payments")
EVENTS_AT_ONCE = 2_500
MOST_COUNTED = 10_000
_ALWAYS = datetime.max.replace(tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def anything_waits(workspace: Workspace) -> bool:
    return WaitingEvent.objects.filter(workspace=workspace).exists()


def waiting(workspace: Workspace) -> str:
    """How many events wait, counted as far as it is of interest."""
    counted = WaitingEvent.objects.filter(workspace=workspace)[: MOST_COUNTED + 1].count()
    return f"{counted:,}" if counted <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def apply(workspace: Workspace, say: Callable[[str], None] = lambda _: None) -> Done:
    """Look at all events that wait. Whoever is killed has done some batches as a whole, and the next goes on."""
    done = Done()
    while (part := _apply_some(workspace)) is not None:
        done.add(part)
        if part.unusable:
            say(f"{part.unusable} events name no points that can be moved")
    return done


def _apply_some(workspace: Workspace) -> Done | None:
    """None when nothing waits."""
    with transaction.atomic():
        lock_in_transaction(f"waiting for rules:{workspace.pk}")
        keys = _take(workspace)
        if not keys:
            return None
        # What holds now counts: an operator who switches it off stops what waits as well.
        mode = rules.mode_of(workspace.pk)
        if mode == Mode.RULES:
            return _by_rules(workspace, keys)
        if mode == Mode.MIRROR:
            found = acts.of_keys(workspace, keys, mirror.EVENTS, mirror.EVENTS)
            return mirror.post(workspace, found)
        return Done(events=len(keys))


def _take(workspace: Workspace) -> list[Key]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"workspace": workspace.pk, "most": EVENTS_AT_ONCE})
        return [(actor, at, event) for actor, at, event in cursor.fetchall()]


def _by_rules(workspace: Workspace, keys: list[Key]) -> Done:
    held, memory = rules.of_workspace(workspace), Past(workspace)
    found: list[Act] = acts.of_keys(workspace, keys, held.events())
    proposals = evaluation.propose(workspace.uuid, held, found, memory)
    if not proposals:
        return Done(events=len(keys))
    with ledger.opened(workspace, evaluation.parties(proposals), {one.key for one in proposals}) as batch:
        done, tallies = evaluation.decide(proposals, held, batch, memory)
        _keep(workspace, tallies)
    done.events = len(keys)
    return done


def _keep(workspace: Workspace, tallies: Tallies) -> None:
    rows = [
        {"person_id": person, "rule": rule, "day": day, "times": tallies.times[rule, person][day]}
        for rule, person, day in tallies.changed
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE_TALLIES, {"workspace": workspace.pk, "tallies": _encode(rows).decode()})


@dataclass(frozen=True, slots=True)
class Past:
    """What the tables tell of the time before `until`; without one of all, and then it notes what it is asked."""

    workspace: Workspace
    until: datetime | None = None

    def content_acts(
        self, acts: dict[tuple[str, str, UUID], datetime], most: int
    ) -> tuple[dict[About, int], set[tuple[str, str, UUID]]]:
        events, subjects, people = (list(part) for part in zip(*acts, strict=True))
        parameters: dict[str, Any] = {
            "workspace": self.workspace.pk,
            "events": events,
            "subjects": subjects,
            "people": people,
            "times": list(acts.values()),
            "most": most,
            "until": self.until or _ALWAYS,
            "note": self.until is None,
        }
        with connection.cursor() as cursor:
            cursor.execute(COUNT, parameters)
            rows = cursor.fetchall()
        counts = {(event, subject): count for event, subject, person, count in rows if person is None}
        return counts, {(event, subject, person) for event, subject, person, _ in rows if person is not None}

    def tallies(self, pairs: Collection[tuple[str, UUID]], days: tuple[date, date]) -> Tallies:
        found = Tallies()
        if pairs:
            parameters: dict[str, Any] = {
                "workspace": self.workspace.pk,
                "people": list({person for _, person in pairs}),
                "rules": list({rule for rule, _ in pairs}),
                "first": days[0],
                "last": days[1],
            }
            with connection.cursor() as cursor:
                cursor.execute(READ_TALLIES, parameters)
                for rule, person, day, times in cursor.fetchall():
                    found.times[rule, person][day] = msgspec.json.decode(times, type=list[int])
        return found

    def payments(self, asked: Collection[Asked]) -> dict[Asked, list[Payment]]:
        found: dict[Asked, list[Payment]] = {}
        if asked:
            people, keys, subjects = (list(part) for part in zip(*asked, strict=True))
            parameters: dict[str, Any] = {
                "workspace": self.workspace.pk,
                "people": people,
                "rules": keys,
                "subjects": subjects,
                "until": self.until or _ALWAYS,
                "suffix": REFUND,
            }
            with connection.cursor() as cursor:
                cursor.execute(READ_PAYMENTS, parameters)
                for person, rule, subject, key, amount in cursor.fetchall():
                    found.setdefault((person, rule, subject), []).append((key, amount))
        return found
