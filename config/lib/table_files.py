"""Tables as files: CSV and JSON piece by piece, XLSX and Parquet by way of the disk. None holds all rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any, Literal, TypeVar

import msgspec

from config.lib.csv_text import csv_text

Kind = Literal["text", "whole", "number", "flag", "instant", "day"]
Row = Sequence[Any]
One = TypeVar("One")
# Rows of a piece of text, and of a row group of Parquet.
PIECE, GROUP = 1_000, 20_000
# Of a sheet, the first row of which names the columns.
SHEET_ROWS = 1_048_576
# Of a cell: Excel refuses a file with more.
CELL_LETTERS = 32_767
FILE_BYTES = 64 * 1024


def batched(rows: Iterable[One], size: int) -> Iterator[list[One]]:
    """Lists of so many, the last of the rest (itertools has it from Python 3.12 on)."""
    remaining = iter(rows)
    while piece := list(islice(remaining, size)):
        yield piece


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Format:
    """write gives the file's bytes, piece by piece."""

    key: str
    content_type: str
    write: Callable[[Sequence[Column], Iterable[Row]], Iterator[bytes]]


def write_csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, with what a spreadsheet would take for a formula made text."""
    yield csv_text([column.key for column in columns], []).encode()
    for piece in batched(rows, PIECE):
        yield _rows_of_csv(piece)


def _rows_of_csv(rows: Iterable[Row]) -> bytes:
    told = ([value.isoformat() if isinstance(value, date) else value for value in row] for row in rows)
    # The first line is of the heads, and there are none here.
    return csv_text([], told).partition("\r\n")[2].encode("utf-8", "backslashreplace")


def write_json(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """One array of objects, an object a line."""
    keys = [column.key for column in columns]
    encode = msgspec.json.Encoder().encode
    yield b"["
    before = b"\n"
    for piece in batched(rows, PIECE):
        yield before + b",\n".join(encode(dict(zip(keys, row, strict=True))) for row in piece)
        before = b",\n"
    yield b"\n]\n"


def write_xlsx(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """A workbook, with another sheet for each million rows. Texts are never formulas or links."""
    from xlsxwriter import Workbook

    with TemporaryFile() as file:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "remove_timezone": True,
            "nan_inf_to_errors": True,
        }
        with Workbook(file, options) as book:
            looks = {"instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
            looks["day"] = book.add_format({"num_format": "yyyy-mm-dd"})
            formats = [looks.get(column.kind) for column in columns]
            remaining = iter(rows)
            for first in chain([next(remaining, None)], remaining):
                sheet = book.add_worksheet()
                sheet.freeze_panes(1, 0)
                sheet.write_row(0, 0, [column.key for column in columns])
                of_sheet = islice(chain([] if first is None else [first], remaining), SHEET_ROWS - 1)
                for number, row in enumerate(of_sheet, 1):
                    for place, (value, look) in enumerate(zip(row, formats, strict=True)):
                        sheet.write(number, place, _cell(value), look)
        yield from _bytes_of(file)


def _cell(value: Any) -> Any:
    return value[:CELL_LETTERS] if isinstance(value, str) else value


def write_parquet(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Apache Parquet, compressed, with a type for each column; instants in UTC."""
    # It is large, and nothing else needs it.
    import pyarrow as pa
    from pyarrow import parquet

    types = {
        "text": pa.string(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "instant": pa.timestamp("us", tz="UTC"),
        "day": pa.date32(),
    }
    schema = pa.schema([(column.key, types[column.kind]) for column in columns])
    with TemporaryFile() as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for piece in batched(rows, GROUP):
                values = zip(*piece, strict=True)
                arrays = [pa.array(of_one, kind) for of_one, kind in zip(values, schema.types, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
        yield from _bytes_of(file)


def _bytes_of(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(FILE_BYTES):
        yield piece


FORMATS = {
    one.key: one
    for one in (
        Format("csv", "text/csv; charset=utf-8", write_csv),
        Format("json", "application/json", write_json),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
        Format("parquet", "application/vnd.apache.parquet", write_parquet),
    )
}
