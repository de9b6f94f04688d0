"""What is in a file of events: lines of JSON or rows of CSV, packed or not, each as one item."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ingestion.columns import Columns, ImportRefused
from ingestion.drafts import Rejection
from ingestion.envelopes import to_draft
from ingestion.mappings import MAPPINGS, Row
from ingestion.payload import GZIP_MAGIC, Item, read_item

# What stands between the columns of a row; blanks where there is none of them.
DELIMITERS = ",;\t|"
# So many lines are looked at before anything is stored.
LOOKED_AT = 100
# How a file is read: by columns, by the mapping of that name, or, where it is "", as envelopes.
Reading = str | Columns


def count_lines(path: Path) -> int:
    """Lines of the unpacked file, for a progress bar. Raises OSError or ImportRefused."""
    with _open(path) as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def reading_of(path: Path) -> Reading:
    """Columns for a file that has what an event needs under the usual names; otherwise it is taken for envelopes."""
    first = _first_line(path)
    if not _is_json(first):
        names = _names(first)
    else:
        value = read_item(first.encode()).value
        names = list(value) if value and _is_strange(value) else []
    try:
        Columns().check(names)
    except ImportRefused:
        return ""
    return Columns()


def check(path: Path, reading: Reading) -> None:
    """Raises ImportRefused where the file cannot be read in that way: before anything is stored."""
    if isinstance(reading, str):
        _check_named(path, reading)
        return
    names = None if _is_json(first := _first_line(path)) else [*(reading.header or _names(first))]
    if names is not None:
        reading.check(names)
    with closing(items(path, reading, "")) as found:
        looked_at = [item for item in islice(found, LOOKED_AT) if item is not None]
    if looked_at and all(item.rejection for item in looked_at):
        raise ImportRefused(f"None of the first rows of {path.name} is an event. {looked_at[0].rejection}")


def _check_named(path: Path, mapping: str) -> None:
    if mapping:
        if mapping not in MAPPINGS:
            raise ImportRefused(f"There is no mapping {mapping!r} (there are: {', '.join(sorted(MAPPINGS))})")
        return
    if _is_json(first := _first_line(path)):
        with closing(items(path, "", "")) as found:
            looked_at = [item.value for item in islice(found, LOOKED_AT) if item is not None and item.value]
        if not looked_at or not all(map(_is_strange, looked_at)):
            return
        looks, names = "has lines of JSON in none of the envelopes, with the fields", list(looked_at[0])
    else:
        looks, names = "looks like CSV with the columns", _names(first)
        # Words may be a line that is no JSON as well.
        if _delimiter(first) not in first.replace(" ", "") and ".csv" not in path.suffixes:
            return
    raise ImportRefused(
        f"{path.name} {looks} {', '.join(names)}: say which is what of an event, as in --column timestamp={names[0]} "
        f"--column user_id=... --column event=..., or with --mapping how a row becomes one "
        f"({', '.join(sorted(MAPPINGS))}); docs/howto/import-a-file.md tells more"
    )


def _is_strange(value: dict[str, Any]) -> bool:
    try:
        to_draft(value, b"")
    except Rejection as rejection:
        return rejection.reason == "unknown_envelope"
    return False


def items(path: Path, reading: Reading, digest: str) -> Generator[Item | None]:
    """One a line (None for a blank one), so that the count of lines done says where to go on."""
    with _open(path) as stream:
        if reading and not (isinstance(reading, Columns) and _is_json(_first_line(path))):
            yield from _of_rows(path, stream, reading, digest)
            return
        for number, line in enumerate(stream):
            stripped = line.removeprefix(codecs.BOM_UTF8).strip()
            item = read_item(stripped) if stripped else None
            if item is not None and item.value is not None and isinstance(reading, Columns):
                item = _convert(item.value, reading, f"{digest}-{number}")
            yield item


def _of_rows(path: Path, stream: IO[bytes], reading: Reading, digest: str) -> Iterator[Item]:
    """Rows of CSV as events; one that does not fit goes to the quarantine."""
    columns = reading if isinstance(reading, Columns) else Columns()
    encoding = "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding
    delimiter = _delimiter(_first_line(path))
    with io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        # Columns between which there are blanks may have any number of them.
        lines = text if delimiter != " " else (" ".join(line.split()) + "\n" for line in text)
        rows = csv.DictReader(lines, fieldnames=columns.header or None, delimiter=delimiter)
        try:
            for number, row in enumerate(rows):
                yield _convert(row, reading, f"{digest}-{number}")
        except KeyError as error:
            raise ImportRefused(f"The mapping {reading!r} needs a column {error}") from None
        except (csv.Error, UnicodeDecodeError) as error:
            wanted = columns.encoding.upper()
            raise ImportRefused(f"{path.name} is no CSV in {wanted} after line {rows.line_num}: {error}") from None


def _convert(row: Row | dict[str, Any], reading: Reading, line: str) -> Item:
    try:
        value = reading.envelope(row, line) if isinstance(reading, Columns) else MAPPINGS[reading](row)
        return read_item(json.dumps(value).encode())
    except ValueError as error:
        what = "its columns" if isinstance(reading, Columns) else f"the mapping {reading!r}"
        rejection = Rejection("invalid_envelope", f"The row does not fit {what}: {error}")
        return Item(json.dumps(row, ensure_ascii=False, default=str).encode(), None, rejection)


def _first_line(path: Path) -> str:
    """The first that is not blank. Raises ImportRefused."""
    try:
        with _open(path) as stream:
            lines = (line.removeprefix(codecs.BOM_UTF8).strip() for line in stream)
            return next(filter(None, lines), b"").decode(errors="replace")
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}") from None


def _is_json(first: str) -> bool:
    return first.startswith(("{", "["))


def _names(first: str) -> list[str]:
    """The columns that a first line names."""
    return next(csv.reader([first], delimiter=_delimiter(first)), [])


def _delimiter(first: str) -> str:
    often = max(DELIMITERS, key=first.count)
    if often in first:
        return often
    return " " if " " in first else ","


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
