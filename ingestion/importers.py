"""Events from files and generators: the same pipeline as the doors, in chunks, resumable, twice is once."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from config.models import Workspace
from ingestion import clock, keys, partitions
from ingestion.drafts import Rejection
from ingestion.mappings import MAPPINGS, Row
from ingestion.models import ImportedFile, Source, WriteKey
from ingestion.payload import GZIP_MAGIC, Item, read_item
from ingestion.pipeline import Result, ingest

CHUNK = 2_500
# Fields of the envelopes that carry a time, moved by --rebase-to-yesterday.
TIME_FIELDS = ("timestamp", "originalTimestamp")
Progress = Callable[[int], object]


class ImportRefused(Exception):  # noqa: N818 named as the person at the keyboard sees it
    """The file as a whole cannot be imported; the message says why."""


@dataclass(slots=True)
class ImportTotals:
    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

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
    mapping: str = "",
    rebase: bool = False,
    progress: Progress | None = None,
) -> ImportTotals:
    """Store a file of JSON lines, or of CSV with a mapping; .gz is known by its magic bytes.

    A file whose import was cut short goes on where its last committed chunk ended, one that is whole is read again and
    finds its events there. rebase moves all times by whole weeks, so that the last event is of yesterday or up to six
    days earlier; a file keeps its shift for ever, so that its events stay the same ones. progress is told of every
    chunk's length, lines that an earlier import had done included. Raises ImportRefused.
    """
    if mapping and mapping not in MAPPINGS:
        raise ImportRefused(f"There is no mapping {mapping!r} (there are: {', '.join(sorted(MAPPINGS))})")
    if not mapping and (columns := _columns(path)):
        raise ImportRefused(
            f"{path.name} looks like CSV with the columns {', '.join(columns)}: say with --mapping how a row becomes "
            f"an event ({', '.join(sorted(MAPPINGS))}), or add a mapping of your own to ingestion/mappings.py, as "
            "docs/howto/import-a-file.md tells"
        )
    source = source_for(workspace, "Import")
    state = _state(workspace, source, path, mapping, rebase=rebase)
    if state.finished_at is not None:
        state.lines_done = state.accepted = state.duplicates = state.rejected = 0
    totals = ImportTotals(accepted=state.accepted, duplicates=state.duplicates, rejected=state.rejected)
    totals.received = state.accepted + state.duplicates + state.rejected
    shift = timedelta(days=state.shift_days)
    with closing(_items(path, mapping, shift)) as items:
        if done := sum(1 for _ in islice(items, state.lines_done)):
            _tell(progress, done)
        while chunk := list(islice(items, CHUNK)):
            _make_partitions(chunk)
            # A line further down arrived later, which tells apart what happened at one instant.
            received_at = state.received_at + timedelta(microseconds=state.lines_done)
            totals.add(ingest([item for item in chunk if item is not None], source, received_at))
            _keep(state, totals, len(chunk))
            _tell(progress, len(chunk))
    state.finished_at = timezone.now()
    state.save()
    return totals


def count_lines(path: Path) -> int:
    """Lines of the unpacked file, for a progress bar. Raises OSError or ImportRefused."""
    with _open(path) as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def _columns(path: Path) -> list[str]:
    """Of a file that is CSV and no lines of JSON the names in its first line, else none. Raises ImportRefused."""
    try:
        with _open(path) as stream:
            lines = (line.removeprefix(codecs.BOM_UTF8).strip() for line in stream)
            first = next(filter(None, lines), b"").decode(errors="replace")
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}") from None
    if first.startswith(("{", "[")):
        return []
    names = [name.strip(' "') for name in re.split("[,;\t]", first)]
    return names if len(names) > 1 or ".csv" in path.suffixes else []


def _tell(progress: Progress | None, lines: int) -> None:
    if progress is not None:
        progress(lines)


def _keep(state: ImportedFile, totals: ImportTotals, lines: int) -> None:
    state.lines_done += lines
    for field in fields(totals):
        if field.name != "received":
            setattr(state, field.name, getattr(totals, field.name))
    state.save()


def _state(workspace: Workspace, source: keys.SourceContext, path: Path, mapping: str, *, rebase: bool) -> ImportedFile:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}") from None
    known = ImportedFile.objects.filter(workspace=workspace, digest=digest.hexdigest(), mapping=mapping).first()
    if known is not None:
        return known
    return ImportedFile.objects.create(
        workspace=workspace,
        source_id=source.source_id,
        digest=digest.hexdigest(),
        name=path.name[:255],
        mapping=mapping,
        shift_days=_shift_days(workspace, path, mapping) if rebase else 0,
        received_at=timezone.now(),
    )


def _shift_days(workspace: Workspace, path: Path, mapping: str) -> int:
    """Days, a whole number of weeks, that bring the last event of the file to yesterday or up to six days earlier.

    Files of one workspace belong together: all take the shift of the first.
    """
    last = latest = None
    tomorrow = timezone.now() + timedelta(days=1)
    with closing(_items(path, mapping, timedelta(0))) as items:
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
    for field in TIME_FIELDS:
        try:
            moment = clock.parse(value.get(field))
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


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """The file, unpacked where it is packed. Raises ImportRefused when it cannot be unpacked to its end."""
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP_MAGIC
        stream.seek(0)
        if not packed:
            yield stream
            return
        try:
            with gzip.open(stream) as unpacked:
                yield unpacked  # type: ignore[misc]  # all that is asked of it is to be read
        except EOFError:
            raise ImportRefused(f"{path.name} is cut short: the end of the packed file is missing") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ImportRefused(f"{path.name} cannot be unpacked: {error}") from None


def _items(path: Path, mapping: str, shift: timedelta) -> Generator[Item | None]:
    """One a line (None for a blank one), so that the count of lines done says where to go on."""
    with _open(path) as stream:
        if mapping:
            for item in _mapped(path, stream, mapping):
                yield _prepared(item, shift)
            return
        for line in stream:
            stripped = line.removeprefix(codecs.BOM_UTF8).strip()
            yield _prepared(read_item(stripped), shift) if stripped else None


def _mapped(path: Path, stream: IO[bytes], mapping: str) -> Iterator[Item]:
    """Rows of CSV as events; one that does not fit the mapping goes to the quarantine."""
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        try:
            for row in rows:
                yield _convert(row, mapping)
        except KeyError as error:
            raise ImportRefused(f"The mapping {mapping!r} needs a column {error}") from None
        except (csv.Error, UnicodeDecodeError) as error:
            raise ImportRefused(f"{path.name} is no CSV in UTF-8 after line {rows.line_num}: {error}") from None


def _convert(row: Row, mapping: str) -> Item:
    try:
        return read_item(json.dumps(MAPPINGS[mapping](row)).encode())
    except ValueError as error:
        rejection = Rejection("invalid_envelope", f"The row does not fit the mapping {mapping!r}: {error}")
        return Item(json.dumps(row, ensure_ascii=False).encode(), None, rejection)


def _prepared(item: Item, shift: timedelta) -> Item:
    """The item with its times moved; a time that cannot be read or moved stays for the pipeline to judge.

    When it was sent long ago says nothing about a clock: it is not when it is received now.
    """
    if item.value is None:
        return item
    item.value.pop("sentAt", None)
    if not shift:
        return item
    for field in TIME_FIELDS:
        with suppress(ValueError, OverflowError):
            moment = clock.parse(item.value.get(field))
            if moment is not None:
                item.value[field] = (moment + shift).isoformat()
    return item
