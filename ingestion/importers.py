"""Events from files and generators: the same pipeline as the doors, in chunks, resumable, twice is once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils import timezone

from config.models import Workspace
from ingestion import clock, files, keys, partitions
from ingestion.columns import ImportRefused
from ingestion.files import Reading
from ingestion.identity import usable
from ingestion.models import ImportedFile, Source, WriteKey
from ingestion.payload import Item, read_item
from ingestion.pipeline import Result, ingest

CHUNK = 2_500
# Fields of the envelopes that carry a time, moved by --rebase-to-yesterday.
TIME_FIELDS = ("timestamp", "originalTimestamp")
# Those that name a person.
USER_FIELDS = ("user_id", "userId")
Progress = Callable[[int], object]


@dataclass(slots=True)
class ImportTotals:
    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    # Ids in the file that stand for nobody, such as 0, and of how many events.
    nobody: dict[str, int] = field(default_factory=dict)

    def add(self, results: Iterable[Result]) -> None:
        for result in results:
            self.received += 1
            if result.status == "accepted":
                self.accepted += 1
            elif result.status == "duplicate":
                self.duplicates += 1
            else:
                self.rejected += 1


def source_for(workspace: Workspace, name: str) -> keys.SourceContext:
    """The workspace's source of that name, made when it is missing."""
    source, _ = Source.objects.get_or_create(workspace=workspace, name=name)
    return keys.context_of(source, WriteKey.Scope.SERVER)


def import_envelopes(
    workspace: Workspace,
    envelopes: Iterable[dict[str, Any]],
    *,
    source_name: str,
    progress: Progress | None = None,
) -> ImportTotals:
    """Store decoded envelopes of any form, as if they were received now. progress is told of every chunk's length."""
    source = source_for(workspace, source_name)
    totals = ImportTotals()
    items = (read_item(json.dumps(envelope).encode()) for envelope in envelopes)
    while chunk := list(islice(items, CHUNK)):
        totals.add(ingest(chunk, source, timezone.now()))
        if progress is not None:
            progress(len(chunk))
    return totals


def import_file(
    workspace: Workspace,
    path: Path,
    *,
    mapping: Reading = "",
    rebase: bool = False,
    shift_days: int = 0,
    progress: Progress | None = None,
) -> ImportTotals:
    """Store a file of JSON lines, or of any lines or rows with a mapping or columns; .gz is known by its magic bytes.

    A file whose import was cut short goes on where its last committed chunk ended, one that is whole is read again and
    finds its events there. rebase moves all times by whole weeks, so that the last event is of yesterday or up to six
    days earlier, shift_days by so many days; a file keeps its shift for ever, so that its events stay the same ones.
    progress is told of every chunk's length, lines that an earlier import had done included. Raises ImportRefused.
    """
    files.check(path, mapping)
    source = source_for(workspace, "Import")
    state = _state(workspace, source, path, mapping, rebase=rebase, shift_days=shift_days)
    if state.finished_at is not None:
        state.lines_done = state.accepted = state.duplicates = state.rejected = 0
    totals = ImportTotals(accepted=state.accepted, duplicates=state.duplicates, rejected=state.rejected)
    totals.received = state.accepted + state.duplicates + state.rejected
    shift = timedelta(days=state.shift_days)
    with closing(_items(path, mapping, state.digest, shift)) as items:
        if done := sum(1 for _ in islice(items, state.lines_done)):
            _tell(progress, done)
        while chunk := list(islice(items, CHUNK)):
            _make_partitions(chunk)
            # A line further down arrived later, which tells apart what happened at one instant.
            received_at = state.received_at + timedelta(microseconds=state.lines_done)
            there = [item for item in chunk if item is not None]
            _note_nobody(totals, there, source)
            totals.add(ingest(there, source, received_at))
            _keep(state, totals, len(chunk))
            _tell(progress, len(chunk))
    state.finished_at = timezone.now()
    state.save()
    return totals


def _tell(progress: Progress | None, lines: int) -> None:
    if progress is not None:
        progress(lines)


def _keep(state: ImportedFile, totals: ImportTotals, lines: int) -> None:
    state.lines_done += lines
    state.accepted, state.duplicates, state.rejected = totals.accepted, totals.duplicates, totals.rejected
    state.save()


def _note_nobody(totals: ImportTotals, items: list[Item], source: keys.SourceContext) -> None:
    """Ids are counted that the file means somebody by, perhaps: of data sets that number people from 0 on."""
    for item in items:
        for name in USER_FIELDS:
            given = None if item.value is None else item.value.get(name)
            if given is None or not (text := str(given).strip()):
                continue
            if usable(text, source.ignored_ids) is None:
                totals.nobody[text] = totals.nobody.get(text, 0) + 1


def _state(
    workspace: Workspace, source: keys.SourceContext, path: Path, mapping: Reading, *, rebase: bool, shift_days: int
) -> ImportedFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    known = ImportedFile.objects.filter(workspace=workspace, digest=digest, mapping=str(mapping)).first()
    if known is not None and not (known.accepted or known.duplicates):
        # Nothing of it is anywhere: it may be moved by other days than it was.
        known.delete()
    elif known is not None:
        if shift_days not in (0, known.shift_days):
            raise ImportRefused(
                f"{path.name} was imported with its times moved by {known.shift_days} days, and keeps them"
            )
        return known
    return ImportedFile.objects.create(
        workspace=workspace,
        source_id=source.source_id,
        digest=digest,
        name=path.name[:255],
        mapping=str(mapping),
        shift_days=_shift_days(workspace, path, mapping) if rebase else shift_days,
        received_at=timezone.now(),
    )


def _shift_days(workspace: Workspace, path: Path, mapping: Reading) -> int:
    """Days, a whole number of weeks, that bring the last event of the file to yesterday or up to six days earlier.

    Files of one workspace belong together: all take the shift of the first.
    """
    last = latest = None
    tomorrow = timezone.now() + timedelta(days=1)
    with closing(_items(path, mapping, "", timedelta(0))) as items:
        for item in items:
            moment = _moment(item)
            if moment is not None:
                latest = moment if latest is None else max(latest, moment)
                # 9999-12-31 is how some databases say "no date".
                if moment < tomorrow:
                    last = moment if last is None else max(last, moment)
    last = last or latest
    if last is None:
        return 0
    room = (timezone.now().date() - timedelta(days=1) - last.date()).days
    earlier = ImportedFile.objects.filter(workspace=workspace).exclude(shift_days=0).order_by("received_at").first()
    if earlier is None:
        return room - room % 7
    if earlier.shift_days > room:
        raise ImportRefused(
            f"{path.name} ends later than {earlier.name}, whose shift of {earlier.shift_days} days would carry it "
            "past yesterday: import the file that ends last first"
        )
    return earlier.shift_days


def _moment(item: Item | None) -> datetime | None:
    value = {} if item is None or item.value is None else item.value
    for name in TIME_FIELDS:
        try:
            moment = clock.parse(value.get(name))
        except ValueError:
            continue
        if moment is not None:
            return moment
    return None


def _make_partitions(chunk: list[Item | None]) -> None:
    """Partitions of a chunk at once instead of a few with each statement."""
    days = {moment.date() for item in chunk if (moment := _moment(item)) is not None and moment > clock.EARLIEST}
    latest = timezone.now().date() + timedelta(days=1)
    partitions.ensure(day for day in days if day <= latest)


def _items(path: Path, reading: Reading, digest: str, shift: timedelta) -> Generator[Item | None]:
    for item in files.items(path, reading, digest):
        yield None if item is None else _prepared(item, shift)


def _prepared(item: Item, shift: timedelta) -> Item:
    """The item with its times moved; a time that cannot be read or moved stays for the pipeline to judge.

    When it was sent long ago says nothing about a clock: it is not when it is received now.
    """
    if item.value is None:
        return item
    item.value.pop("sentAt", None)
    if not shift:
        return item
    for name in TIME_FIELDS:
        with suppress(ValueError, OverflowError):
            moment = clock.parse(item.value.get(name))
            if moment is not None:
                item.value[name] = (moment + shift).isoformat()
    return item
