"""Quarantined events through the pipeline again after a fix, as they came: same time, same request, same id.

The events of one request are one transaction: their rows are locked, what passes is stored, and the rows say so.
Whoever replays the same events at the same moment skips those rows, and a killed replay has decided on nothing that is
not stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from uuid import UUID

import msgspec
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from config.lib.sql import statement
from config.models import User, Workspace
from config.runs import Recorder
from ingestion import outcomes, partitions, registry, remapping, sinks, store
from ingestion.models import QuarantinedEvent, Replay
from ingestion.quarantine import Selection
from ingestion.remapping import Step
from ingestion.rereading import CHUNK, Part, prepare, requests, waiting

SETTLE_QUARANTINE = statement("ingestion", "settle_quarantine")
DEADLOCK, ATTEMPTS = "40P01", 3
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


def ask(workspace: Workspace, selection: Selection, by: User | None = None, changes: str = "") -> Replay:
    """Write down what is to be replayed: what waits now, not what will come. run() or the job does it.

    Raises ValueError where the changes cannot be read.
    """
    remapping.parse(changes)
    found = selection.waiting(workspace).aggregate(last=Max("pk"), events=Count("pk"))
    return Replay.objects.create(
        workspace=workspace,
        asked_by=by,
        selection=selection.facts() | {"up_to": found["last"] or 0},
        events=found["events"],
        changes=changes,
    )


def unfinished(workspace: Workspace) -> QuerySet[Replay]:
    """Asked for and not done, oldest first."""
    return Replay.objects.filter(workspace=workspace, finished_at=None).order_by("pk")


def run(recorder: Recorder, workspace: Workspace) -> None:
    """Do all that was asked for, and what is asked for meanwhile.

    Raises django.db.Error while PostgreSQL is away; what was done before stays, and the rest is taken up again.
    """
    while done := unfinished(workspace).first():
        try:
            _replay(done, recorder)
        except Exception as error:
            if not outcomes.is_away(error):
                # It would fail again, and those behind it wait.
                Replay.objects.filter(pk=done.pk).update(finished_at=timezone.now())
            raise


def _replay(done: Replay, recorder: Recorder) -> None:
    workspace, selection, changes = done.workspace, Selection(**done.selection), remapping.parse(done.changes)
    registry.forget(workspace.pk)
    done.run = recorder.run
    done.save()
    last, before = 0, (recorder.rows_in, recorder.rows_out)
    while ids := list(
        selection.waiting(workspace).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        last = ids[-1]
        for rows in requests(waiting(workspace, ids)):
            _replay_request(workspace, rows, changes, done)
        recorder.rows_in, recorder.rows_out = before[0] + done.looked_at, before[1] + done.stored
        recorder.flush()
    done.finished_at = timezone.now()
    done.save()
    recorder.say(f"{done}: {summary(done)}")


def summary(done: Replay) -> str:
    """Such as "12 stored, 1 already there, 2 refused by consent, 3 still failing (schema 3)"."""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(done.failing.items()))
    parts = [f"{done.stored:,} stored"]
    parts += [f"{done.duplicates:,} already there"] if done.duplicates else []
    parts += [f"{done.refused:,} refused by consent"] if done.refused else []
    failing = sum(done.failing.values())
    parts += [f"{failing:,} still failing ({reasons})"] if failing else []
    return ", ".join(parts)


def _replay_request(workspace: Workspace, rows: list[QuarantinedEvent], changes: list[Step], done: Replay) -> None:
    """A door that turns the same event away at this moment locks what this does in another order: one of them gives way
    and, if that is this one, tries again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _try_request(workspace, rows, changes, done)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != DEADLOCK or attempt == ATTEMPTS:
                raise
            done.refresh_from_db()
        else:
            return


def _try_request(workspace: Workspace, rows: list[QuarantinedEvent], changes: list[Step], done: Replay) -> None:
    """One transaction, so that it holds no more locks than the request itself would have."""
    part = _prepare_ahead(rows, changes)
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
            verdicts = _pass(locked, changes, part)
            _count(verdicts, done)
            _settle(workspace, _unchanged(verdicts, locked) if changes else verdicts, done)


def _unchanged(verdicts: list[Verdict], rows: list[QuarantinedEvent]) -> list[Verdict]:
    """What waits on does so with its payload as it is, and so with its reason: the changes were not kept."""
    by_id = {row.pk: row for row in rows}
    return [_waits_on(by_id[one.id]) if one.status == Status.WAITING else one for one in verdicts]


def _waits_on(row: QuarantinedEvent) -> Verdict:
    return Verdict(row.pk, Status.WAITING, row.reason, row.event_name, row.event_id, row.errors)


def _prepare_ahead(rows: list[QuarantinedEvent], changes: list[Step]) -> Part | None:
    """What is committed by itself comes before the transaction: new event types, and partitions of unexpected days.

    None where an event breaks a stage; _pass finds out which.
    """
    try:
        part = prepare(rows, changes)
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


def _pass(rows: list[QuarantinedEvent], changes: list[Step], part: Part | None = None) -> list[Verdict]:
    """Store what passes. An event that makes the others fail is found by halves, and waits on alone."""
    try:
        with transaction.atomic():
            return _store(part or prepare(rows, changes))
    except Exception as error:
        if outcomes.is_away(error):
            raise
        # It may know event types that were rolled back.
        registry.forget(rows[0].workspace_id)
        if len(rows) == 1:
            errors = [{"path": "", "message": f"{type(error).__name__}: {str(error)[:300]}"}]
            return [Verdict(rows[0].pk, Status.WAITING, "unstorable", rows[0].event_name, rows[0].event_id, errors)]
        half = len(rows) // 2
        return _pass(rows[:half], changes) + _pass(rows[half:], changes)


def _store(part: Part) -> list[Verdict]:
    rows, batch = part.rows, part.batch
    rejected, batch.rejected = batch.rejected, []
    accepted: set[int] = set()
    if batch.drafts or batch.refused:
        stored = store.store(batch, part.source, part.received_at)
        accepted = stored.accepted
        transaction.on_commit(partial(sinks.after_commit, replace(stored.told, received_at=None)))
    found = {row.pk: _waits_on(row) for row in rows}
    for refused in batch.refused:
        found[rows[refused.position].pk].status = None
    for one in rejected:
        row = rows[one.position]
        name = one.name or row.event_name
        found[row.pk] = Verdict(row.pk, Status.WAITING, one.reason, name, one.event_id or row.event_id, one.errors)
    for draft in batch.drafts:
        row = rows[draft.position]
        status = Status.STORED if draft.position in accepted else Status.DUPLICATE
        found[row.pk] = Verdict(row.pk, status, row.reason, row.event_name, draft.event_id)
    return list(found.values())


def _settle(workspace: Workspace, verdicts: list[Verdict], done: Replay) -> None:
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
                "by": done.asked_by_id,
            },
        )
