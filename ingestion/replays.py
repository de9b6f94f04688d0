"""Quarantined events through the pipeline again after a fix, as they came: same time, same request, same id.

The events of one request are one transaction: their rows are locked, what passes is stored, and the rows say so.
Whoever replays the same events at the same moment skips those rows, and a killed replay has decided on nothing that is
not stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from config.lib.sql import statement
from config.models import User, Workspace
from config.runs import Recorder
from ingestion import keys, outcomes, partitions, pipeline, registry, sinks, store
from ingestion.drafts import Batch, Rejection
from ingestion.keys import SourceContext
from ingestion.models import QuarantinedEvent, Replay
from ingestion.payload import Item, read_item
from ingestion.quarantine import Selection

SETTLE_QUARANTINE = statement("ingestion", "settle_quarantine")
FIND_STORED = statement("ingestion", "find_stored")
CHUNK = 200
MOST_PREVIEWED = 2_000
Status = QuarantinedEvent.Status
_encode = msgspec.json.Encoder().encode


class Verdict(msgspec.Struct):
    """What became of a row: a status, or None where nothing may be kept of it."""

    id: int
    status: str | None
    reason: str
    event_name: str
    event_id: UUID | None
    errors: list[dict[str, str]] = []


@dataclass(slots=True)
class Forecast:
    """What a replay would do now to the first `looked_at` of `waiting` events. failing is by reason."""

    waiting: int
    looked_at: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    failing: Counter[str] = field(default_factory=Counter)

    @property
    def passing(self) -> int:
        return self.stored + self.duplicates

    def facts(self) -> dict[str, Any]:
        return {name.name: getattr(self, name.name) for name in fields(self)}


@dataclass(slots=True)
class _Part:
    """Rows of one request, on their way through the pipeline."""

    rows: list[QuarantinedEvent]
    source: SourceContext
    received_at: datetime
    batch: Batch


def replay(workspace: Workspace, selection: Selection, recorder: Recorder) -> Replay:
    """Store what passes now of the selected events; the rest waits on with its reason of today.

    Raises django.db.Error while PostgreSQL is away; the chunks before stay done.
    """
    registry.forget(workspace.pk)
    done = Replay.objects.create(workspace=workspace, run=recorder.run, selection=selection.facts())
    last = 0
    while ids := list(
        selection.waiting(workspace).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        last = ids[-1]
        for rows in _requests(_waiting(workspace, ids)):
            _replay_request(workspace, rows, done, recorder.run.started_by)
        recorder.rows_in, recorder.rows_out = done.looked_at, done.stored
        recorder.flush()
    recorder.say(summary(done))
    return done


def summary(done: Replay | Forecast) -> str:
    """Such as "12 stored, 1 already there, 2 refused by consent, 3 still failing (schema 3)"."""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(done.failing.items()))
    parts = [f"{done.stored:,} stored"]
    parts += [f"{done.duplicates:,} already there"] if done.duplicates else []
    parts += [f"{done.refused:,} refused by consent"] if done.refused else []
    failing = sum(done.failing.values())
    parts += [f"{failing:,} still failing ({reasons})"] if failing else []
    return ", ".join(parts)


def preview(workspace: Workspace, selection: Selection, most: int = MOST_PREVIEWED) -> Forecast:
    """What a replay would do now; nothing is written. Looks at the `most` that came first."""
    registry.forget(workspace.pk)
    found = Forecast(selection.waiting(workspace).count())
    ids = list(selection.waiting(workspace).order_by("pk").values_list("pk", flat=True)[:most])
    for start in range(0, len(ids), CHUNK):
        for rows in _requests(_waiting(workspace, ids[start : start + CHUNK])):
            _foresee(_prepare(rows, discovers=False), found)
    return found


def _foresee(part: _Part, found: Forecast) -> None:
    accepts = part.rows[0].source.unknown_types == "accept" and part.source.enabled
    there = _stored_keys(part)
    found.looked_at += len(part.rows)
    found.refused += len(part.rows) - len(part.batch.drafts) - len(part.batch.rejected)
    for rejected in part.batch.rejected:
        if rejected.reason == "unknown_type" and accepts:
            # The replay will discover it, which a preview must not.
            found.stored += 1
        else:
            found.failing[rejected.reason] += 1
    for draft in part.batch.drafts:
        assert draft.row is not None
        key = (draft.row.actor_id, draft.row.occurred_at, draft.row.event_id)
        found.duplicates += key in there
        found.stored += key not in there


def _stored_keys(part: _Part) -> set[tuple[UUID, datetime, UUID]]:
    rows = [draft.row for draft in part.batch.drafts if draft.row is not None]
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            FIND_STORED,
            {
                "workspace": part.source.workspace_id,
                "actors": [row.actor_id for row in rows],
                "moments": [row.occurred_at for row in rows],
                "events": [row.event_id for row in rows],
            },
        )
        return set(cursor.fetchall())


def _waiting(workspace: Workspace, ids: Sequence[int]) -> list[QuarantinedEvent]:
    rows = QuarantinedEvent.objects.filter(workspace=workspace, status=Status.WAITING, pk__in=ids)
    return list(rows.select_related("source__workspace").order_by("pk"))


def _requests(rows: list[QuarantinedEvent]) -> Iterator[list[QuarantinedEvent]]:
    """Rows of one request have one time and one sender: they go through the stages together, as they came."""

    def request(row: QuarantinedEvent) -> tuple[Any, ...]:
        return row.received_at, row.source_id, sorted((key, str(value)) for key, value in row.asked.items())

    for _, several in groupby(sorted(rows, key=request), key=request):
        yield list(several)


def _prepare(rows: list[QuarantinedEvent], *, discovers: bool = True) -> _Part:
    """Rows through all stages up to storing."""
    first = rows[0]
    source = keys.context_of(first.source, first.asked["scope"])
    if not discovers:
        source = replace(source, accepts_unknown_types=False)
    batch = pipeline.read([_item(row) for row in rows], source, first.asked["sent_at"])
    for draft in batch.drafts:
        # Edited or without its address, it would get another id than the sender's own copy.
        draft.event_id = rows[draft.position].event_id or draft.event_id
    pipeline.advance(batch, source, first.received_at, first.asked["user_agent"])
    return _Part(rows, source, first.received_at, batch)


def _item(row: QuarantinedEvent) -> Item:
    if row.cut_from_bytes is not None and not row.edited_payload:
        rejection = Rejection("too_large", f"Of its {row.cut_from_bytes:,} bytes only the beginning was kept")
        return Item(b"", None, rejection)
    return read_item((row.edited_payload or row.payload).encode("utf-8", "replace"))


def _replay_request(workspace: Workspace, rows: list[QuarantinedEvent], done: Replay, by: User | None) -> None:
    """One transaction, so that it holds no more locks than the request itself would have."""
    part = _prepare_ahead(rows)
    with transaction.atomic():
        waiting = QuarantinedEvent.objects.filter(
            workspace=workspace, status=Status.WAITING, pk__in=[row.pk for row in rows]
        )
        locked = list(
            waiting.select_related("source__workspace").select_for_update(of=("self",), skip_locked=True).order_by("pk")
        )
        as_read = [(row.pk, row.edited_payload, row.received_at) for row in rows]
        if [(row.pk, row.edited_payload, row.received_at) for row in locked] != as_read:
            part = None
        if locked:
            verdicts = _pass(locked, part)
            _settle(workspace, verdicts, done, by)
            _count(verdicts, done)


def _prepare_ahead(rows: list[QuarantinedEvent]) -> _Part | None:
    """What is committed by itself comes before the transaction: new event types, and partitions of unexpected days.

    None where an event breaks a stage; _pass finds out which.
    """
    try:
        part = _prepare(rows)
    except Exception as error:
        if outcomes.is_away(error):
            raise
        return None
    partitions.ensure({draft.row.occurred_at.date() for draft in part.batch.drafts if draft.row is not None})
    return part


def _count(verdicts: list[Verdict], done: Replay) -> None:
    failing = Counter(done.failing)
    for verdict in verdicts:
        done.looked_at += 1
        done.stored += verdict.status == Status.STORED
        done.duplicates += verdict.status == Status.DUPLICATE
        done.refused += verdict.status is None
        if verdict.status == Status.WAITING:
            failing[verdict.reason] += 1
    done.failing = dict(failing)
    done.save()


def _pass(rows: list[QuarantinedEvent], part: _Part | None = None) -> list[Verdict]:
    """Store what passes. An event that makes the others fail is found by halves, and waits on alone."""
    try:
        with transaction.atomic():
            return _store(part or _prepare(rows))
    except Exception as error:
        if outcomes.is_away(error):
            raise
        # It may know event types that were rolled back.
        registry.forget(rows[0].workspace_id)
        if len(rows) == 1:
            errors = [{"path": "", "message": f"{type(error).__name__}: {str(error)[:300]}"}]
            return [Verdict(rows[0].pk, Status.WAITING, "unstorable", rows[0].event_name, rows[0].event_id, errors)]
        half = len(rows) // 2
        return _pass(rows[:half]) + _pass(rows[half:])


def _store(part: _Part) -> list[Verdict]:
    rows, batch = part.rows, part.batch
    rejected, batch.rejected = batch.rejected, []
    accepted: set[int] = set()
    if batch.drafts or batch.refused:
        stored = store.store(batch, part.source, part.received_at)
        accepted = stored.accepted
        transaction.on_commit(partial(sinks.after_commit, stored.told))
    found = {row.pk: Verdict(row.pk, None, row.reason, row.event_name, None) for row in rows}
    for one in rejected:
        row = rows[one.position]
        name = one.name or row.event_name
        found[row.pk] = Verdict(row.pk, Status.WAITING, one.reason, name, one.event_id or row.event_id, one.errors)
    for draft in batch.drafts:
        row = rows[draft.position]
        status = Status.STORED if draft.position in accepted else Status.DUPLICATE
        found[row.pk] = Verdict(row.pk, status, row.reason, row.event_name, draft.event_id)
    return list(found.values())


def _settle(workspace: Workspace, verdicts: list[Verdict], done: Replay, by: User | None) -> None:
    if gone := [verdict.id for verdict in verdicts if verdict.status is None]:
        QuarantinedEvent.objects.filter(workspace=workspace, pk__in=gone).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE_QUARANTINE,
            {
                "workspace": workspace.pk,
                "verdicts": _encode([verdict for verdict in verdicts if verdict.status is not None]).decode(),
                "replay": done.pk,
                "now": timezone.now(),
                "by": None if by is None else by.pk,
            },
        )
