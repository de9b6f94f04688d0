"""The engine that fills every rollup.

What has to be filled is rows (OpenBucket): buckets that go on, buckets touched by late events, buckets whose inputs
were filled again. A fill of a range is delete + insert + close its buckets + open those that depend on it, in one
transaction under a named lock: running it twice changes nothing, killing it leaves the buckets open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg import sql

from analytics import definitions, session_gap, test_accounts
from analytics.models import OpenBucket, RollupState
from analytics.rollups import failures, lanes, reopen, statistics
from analytics.rollups.extent import first_instant
from analytics.rollups.reopen import OVER_AFTER
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from config.lib import buckets
from config.lib.locks import lock_in_transaction
from config.lib.sql import kept_plans, statement
from config.models import Workspace
from config.runs import Recorder
from ingestion.models import EventType

# How long a session that goes on after the range is followed (sql/sessions.sql).
SESSION_LONGEST = timedelta(days=2)
NEAR = timedelta(days=1)
OPEN_BUCKETS = statement("analytics", "open_buckets")
TAKE_TOUCHED_HOURS = statement("analytics", "take_touched_hours")
TAKE_BUCKETS = statement("analytics", "take_buckets")
WHAT_HOLDS = statement("analytics", "what_holds")
REOPEN_LINKED = statement("analytics", "reopen_linked")


@dataclass(slots=True)
class Fill:
    """What a call of bring_up_to_date did. failed holds rollup keys with their errors."""

    buckets: int
    rows: int
    failed: dict[str, str]
    skipped: list[str]
    # Of one lane at a time.
    telling: Lock = field(default_factory=Lock, repr=False, compare=False)


def bring_up_to_date(
    workspace: Workspace,
    *,
    recorder: Recorder | None = None,
    progress: Callable[[int], object] | None = None,
    only: Iterable[str] | None = None,
) -> Fill:
    """Fill every open bucket of the workspace, in dependency order; when it returns, all is filled up to now.

    Several rollups at a time (lanes.py). recorder and progress are told by one at a time, maybe from another thread.

    A rollup that fails keeps its buckets open and stops those that depend on it, not its neighbours. progress is told
    the number of buckets of every chunk. `only` names rollups; those they depend on are not filled with them, and
    one that depends on a rollup with open buckets stays open, as it may be told too little to be opened again.
    """
    now = timezone.now()
    collect(workspace, now)
    fill = Fill(0, 0, {}, [])
    wanted = None if only is None else set(only)
    filled = []

    def bring(rollup: Rollup) -> None:
        if wanted is not None and _opened(workspace, rollup.depends_on):
            return
        if any(key in fill.failed or key in fill.skipped for key in rollup.depends_on):
            fill.skipped.append(rollup.key)
            return
        # Each its own: it is given the zone of its days (_what_holds).
        own = copy(workspace)
        try:
            _fill_rollup(rollup, own, now, fill, recorder, progress)
            filled.append(rollup.key)
        except Exception as error:  # noqa: BLE001 whatever it is must not stop the neighbours; it is reported
            fill.failed[rollup.key] = f"{type(error).__name__}: {error}"
            if recorder is not None:
                with fill.telling:
                    recorder.say(f"{rollup.key} failed: {error}")

    lanes.each((one for one in in_order() if wanted is None or one.key in wanted), bring)
    failures.note(workspace, filled, fill.failed, fill.skipped)
    return fill


def _opened(workspace: Workspace, keys: Iterable[str]) -> bool:
    return OpenBucket.objects.filter(workspace=workspace, rollup__in=list(keys)).exists()


def collect(workspace: Workspace, now: datetime) -> None:
    """Open the buckets that time, late events and new links ask for."""
    rollups = in_order()
    with transaction.atomic():
        # Two engines may collect at once (beat and a command): the second sees what the first has opened.
        lock_in_transaction(f"rollup.collect:{workspace.pk}")
        touched, since_when = _touched(workspace), reopen.take_since(workspace)
        states = {state.rollup: state for state in RollupState.objects.filter(workspace=workspace)}
        since = workspace.created_at
        if states and any(rollup.key not in states for rollup in rollups):
            # It came with a release: what was imported from before there was the workspace is its to fill as well.
            since = min(since, first_instant(workspace) or since)
        wanted = {}
        for rollup in rollups:
            wanted[rollup.key] = _going_on(rollup, states.get(rollup.key), workspace, since, now)
            if rollup.reads_events:
                wanted[rollup.key] |= reached(rollup, workspace, touched)
            if rollup.key in since_when:
                first = rollup.bucket_of(since_when[rollup.key], workspace)
                wanted[rollup.key] |= set(rollup.between(first, now, workspace))
        open_buckets(workspace, wanted)


def prepare(workspace: Workspace, start: datetime | None, end: datetime | None, *, keep: bool = True) -> int:
    """Open what has to be filled, and all buckets of [start, end) besides where a range is given; how many are open.

    keep=False looks only: nothing stays opened. Filling them may open more, of rollups that depend on them.
    """
    now = timezone.now()
    with transaction.atomic():
        collect(workspace, now)
        if start is not None and end is not None:
            until = min(end, now)
            open_buckets(
                workspace,
                {one.key: set(one.between(one.bucket_of(start, workspace), until, workspace)) for one in in_order()},
            )
        count = OpenBucket.objects.filter(workspace=workspace).count()
        transaction.set_rollback(not keep)
    return count


def open_buckets(workspace: Workspace, wanted: dict[str, set[datetime]]) -> None:
    """wanted: buckets by the key of their rollup."""
    if any(wanted.values()):
        # In one order, so that two writers never wait in a circle. Not as arrays: psycopg takes them up item by item.
        ordered = {key: sorted(found) for key, found in wanted.items()}
        with kept_plans(), connection.cursor() as cursor:
            cursor.execute(OPEN_BUCKETS, [workspace.pk, msgspec.json.encode(ordered).decode()])


def _touched(workspace: Workspace) -> list[tuple[datetime, datetime]]:
    """Ranges of hours whose events changed or count otherwise, taken off their lists."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TOUCHED_HOURS, [workspace.pk])
        hours = {hour for (hour,) in cursor.fetchall()}
        cursor.execute(REOPEN_LINKED, {"workspace_id": workspace.pk})
        moved = [person for (person,) in cursor.fetchall()]
    hours |= reopen.hours_of(workspace, reopen.days_of(workspace, moved))
    hours |= test_accounts.take_effect(workspace).hours
    return list(buckets.ranges(hours, buckets.HOUR, 31 * 24))


def _going_on(
    rollup: Rollup, state: RollupState | None, workspace: Workspace, since: datetime, now: datetime
) -> set[datetime]:
    """Buckets from the last gapless one, or of a rollup that was never filled from `since`, to the one under way."""
    start = rollup.bucket_of(since if state is None else state.filled_to, workspace)
    wanted = set(rollup.between(start, now, workspace))
    if state is not None and rollup.widen:
        # What was still going on at the last fill may have gone on since, into a bucket that was over by then.
        gap = _gap(rollup, workspace)
        going_on = {"gap_before_start": buckets.hour_start(state.filled_at - OVER_AFTER) - gap, "going_on": True}
        wanted |= _widened(rollup, workspace, _parameters(workspace, start, now, gap) | going_on)
    return wanted


def reached(rollup: Rollup, workspace: Workspace, touched: Iterable[tuple[datetime, datetime]]) -> set[datetime]:
    """Buckets of a rollup that changes of events in these ranges touch, those it reaches back to included."""
    spill, gap = rollup.spill_in(workspace), _gap(rollup, workspace)
    wanted: set[datetime] = set()
    for start, end in touched:
        wanted.update(rollup.between(rollup.bucket_of(start, workspace), end + spill, workspace))
        if rollup.widen:
            wanted |= _widened(rollup, workspace, _parameters(workspace, start, end, gap))
    return wanted


def _widened(rollup: Rollup, workspace: Workspace, parameters: dict[str, Any]) -> set[datetime]:
    """Buckets before `bucket_start` that the rollup's `widen` statement names."""
    with connection.cursor() as cursor:
        cursor.execute(statement(rollup.app, rollup.widen), parameters)
        return {rollup.bucket_of(moment, workspace) for (moment,) in cursor.fetchall()}


def _fill_rollup(
    rollup: Rollup,
    workspace: Workspace,
    now: datetime,
    fill: Fill,
    recorder: Recorder | None,
    progress: Callable[[int], object] | None,
) -> None:
    opened = OpenBucket.objects.filter(workspace=workspace, rollup=rollup.key).order_by("bucket")
    waiting = list(opened.values_list("bucket", flat=True))
    of_few = len(waiting) > rollup.most_buckets() and statistics.are_few_events()
    unknown_rows = 0
    for chunk in chunks(rollup, waiting, of_few=of_few):
        rows = fill_chunk(rollup, workspace, chunk, now)
        unknown_rows += rows
        if statistics.is_news(rollup.table, unknown_rows):
            statistics.analyse(rollup.table)
            unknown_rows = 0
        with fill.telling:
            fill.buckets += len(chunk)
            fill.rows += rows
            if recorder is not None:
                recorder.rows_out += rows
                recorder.window(chunk[0], rollup.after(chunk[-1], workspace))
                recorder.say(f"{rollup.key}: {len(chunk)} buckets from {chunk[0]:%Y-%m-%d %H:%M}, {rows} rows")
                if recorder.expected:
                    recorder.progress(fill.buckets, recorder.expected)
            if progress is not None:
                progress(len(chunk))
    _advance(rollup, workspace, now)


def chunks(rollup: Rollup, waiting: list[datetime], *, of_few: bool = False) -> Iterable[list[datetime]]:
    """Buckets that lie near each other together, so that a year of days is a dozen statements, or three.

    What lies between two of them is filled as well, which changes nothing and is cheaper than one more statement.
    """
    chunk: list[datetime] = []
    for bucket in waiting:
        far = bool(chunk) and bucket - chunk[-1] > max(NEAR, rollup.step)
        if chunk and (far or bucket - chunk[0] >= rollup.step * rollup.most_buckets(of_few=of_few)):
            yield chunk
            chunk = []
        chunk.append(bucket)
    if chunk:
        yield chunk


def fill_chunk(rollup: Rollup, workspace: Workspace, chunk: list[datetime], now: datetime) -> int:
    """Fill all from the first to the last bucket of a chunk in one transaction; the number of rows written."""
    with transaction.atomic(), connection.cursor() as cursor:
        for key in (rollup.key, *rollup.also_writes):
            lock_in_transaction(f"rollup:{key}:{workspace.pk}")
        # Taken off first: whoever opens one of them from now on waits for us and is not overlooked. What they were
        # opened for is read after that: a definition, or the zone of the days.
        taken: dict[str, Any] = {
            "workspace_id": workspace.pk,
            "rollup": rollup.key,
            "buckets": chunk,
            "now": timezone.now(),
        }
        with kept_plans():
            cursor.execute(TAKE_BUCKETS, taken)
            held = _what_holds(rollup, workspace)
        # A bucket that was opened before the workspace changed its zone begins within one of today's.
        start, end = rollup.bucket_of(chunk[0], workspace), rollup.after(chunk[-1], workspace)
        parameters = _parameters(workspace, start, end, _gap(rollup, workspace)) | held
        parameters |= {"reach_start": start - rollup.reach, "reach_end": end + rollup.reach}
        parameters |= _event_types(rollup, workspace)
        if not (rollup.own_delete or rollup.tells):
            cursor.execute(_delete(rollup), parameters)
        rows = 0
        for text, own in rollup.statements_for(workspace, parameters):
            cursor.execute(text, own)
            rows += int(cursor.rowcount)
        changed = set(rollup.between(start, end, workspace))
        named: dict[str, set[datetime]] = {}
        if cursor.description is not None:
            for value, *keys in cursor.fetchall():
                if value is None:
                    rows = keys[1]
                    continue
                buckets_of = named.setdefault(keys[0], set()) if keys and keys[0] is not None else changed
                buckets_of.add(_bucket(rollup, workspace, value))
        _open_dependents(rollup, workspace, changed, named, now)
    return rows


def _bucket(rollup: Rollup, workspace: Workspace, value: date | datetime) -> datetime:
    return (
        rollup.bucket_of(value, workspace) if isinstance(value, datetime) else buckets.day_start(value, workspace.zone)
    )


def _delete(rollup: Rollup) -> sql.Composed:
    bounds = ("bucket_start", "bucket_end") if rollup.bucket_is_instant else ("date_start", "date_end")
    return sql.SQL("DELETE FROM {} WHERE workspace_id = {} AND {} >= {} AND {} < {}").format(
        sql.Identifier(rollup.table),
        sql.Placeholder("workspace_id"),
        sql.Identifier(rollup.bucket_column),
        sql.Placeholder(bounds[0]),
        sql.Identifier(rollup.bucket_column),
        sql.Placeholder(bounds[1]),
    )


def _open_dependents(
    rollup: Rollup, workspace: Workspace, changed: set[datetime], named: dict[str, set[datetime]], now: datetime
) -> None:
    """named: buckets of the dependents of these keys, which change themselves and reach no further."""
    opened = {}
    for dependent in ROLLUPS:
        if rollup.key not in dependent.depends_on:
            continue
        reach = dependent.depends_on[rollup.key]
        buckets_named = {dependent.bucket_of(bucket, workspace) for bucket in named.get(dependent.key, ())}
        wanted = {bucket for bucket in buckets_named if bucket <= now}
        if reach is not None and dependent.key not in rollup.tells:
            wanted |= _following(dependent, workspace, changed, reach, now)
        opened[dependent.key] = wanted
    open_buckets(workspace, opened)


def _following(
    dependent: Rollup, workspace: Workspace, changed: set[datetime], reach: int, now: datetime
) -> set[datetime]:
    """The dependent's buckets of the changed ones and `reach` after each; each looked at once."""
    wanted: set[datetime] = set()
    later, left = now, 0
    for start in [*sorted({dependent.bucket_of(bucket, workspace) for bucket in changed}), None]:
        # Goes on from the changed bucket before to this one, or as far as that reached.
        while left and later <= now and (start is None or later < start):
            wanted.add(later)
            later, left = dependent.after(later, workspace), left - 1
        if start is not None:
            later, left = start, reach + 1
    return wanted


def _advance(rollup: Rollup, workspace: Workspace, now: datetime) -> None:
    """Move filled_to past every bucket that was over when it was filled."""
    # Writers report by the UTC hour: a day that ends within one is not over before that hour is.
    over = rollup.bucket_of(buckets.hour_start(now - OVER_AFTER), workspace)
    RollupState.objects.bulk_create(
        [RollupState(workspace=workspace, rollup=rollup.key, filled_to=over, filled_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["workspace", "rollup"],
        update_fields=["filled_to", "filled_at"],
    )


def _what_holds(rollup: Rollup, workspace: Workspace) -> dict[str, str]:
    """The definitions of a rollup as parameters; the workspace gets the time zone that it has by now."""
    with connection.cursor() as cursor:
        cursor.execute(WHAT_HOLDS, {"workspace_id": workspace.pk, "definitions": list(rollup.definitions)})
        workspace.time_zone, versions = cursor.fetchone()
    rows: dict[str, list[tuple[date, dict[str, Any]]]] = {key: [] for key in rollup.definitions}
    for key, since, value in msgspec.json.decode(versions or "[]"):
        rows[key].append((date.fromisoformat(since), value))
    # All versions: statements also look at days outside their range.
    return {key: definitions.as_json(definitions.spans(key, found)) for key, found in rows.items()}


def _event_types(rollup: Rollup, workspace: Workspace) -> dict[str, list[int]]:
    types = EventType.objects.filter(workspace=workspace).order_by("pk")
    return {
        key: list(
            types.filter(Q(name__in=words) | Q(counts_as__in=words) | Q(kind__in=words)).values_list("pk", flat=True)
        )
        for key, words in rollup.event_types.items()
    }


def _gap(rollup: Rollup, workspace: Workspace) -> timedelta:
    """Those that look beyond their range are about what goes on, which sessions tell."""
    return session_gap.longest(workspace) if rollup.widen else timedelta(0)


def _parameters(workspace: Workspace, start: datetime, end: datetime, gap: timedelta) -> dict[str, Any]:
    zone = workspace.zone
    return {
        "workspace_id": workspace.pk,
        "bucket_start": start,
        "bucket_end": end,
        "date_start": buckets.day_of(start, zone),
        "date_end": buckets.day_of(end, zone),
        "time_zone": workspace.time_zone,
        # Computed here because the planner cannot: the partitions of `$1 - $2` are only known when it runs.
        "gap_before_start": start - gap,
        "gap_before_end": end - gap,
        "sessions_end": end + SESSION_LONGEST,
        # Whether a `widen` statement is asked for what time opens, and not for what late events do.
        "going_on": False,
    }
