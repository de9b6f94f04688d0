"""SQL for the team's own database: an outbox, and a trigger on a table that writes what happens to its rows there.

Nothing of it runs here: an operator looks at it and runs it. source_databases.py reads the outbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from config.lib.sql import statement
from ingestion.envelopes import LONGEST_NAME

OUTBOX = statement("ingestion", "cdc_outbox")
TRIGGER = statement("ingestion", "cdc_trigger")
REMOVE = "DROP TRIGGER IF EXISTS agora_capture ON {table};\n"
# What PostgreSQL keeps of a name; it would cut a longer one without a word.
LONGEST_IDENTIFIER_BYTES = 63
# Columns that are left out where none are named, also those that the table gets later. In both Python and PostgreSQL.
PERSONAL = (
    "passw|secret|token|salt|e_?mail|phone|mobile|street|address|postcode|zip_?code|birth|iban"
    "|(first|last|full|sur|real)_?name|(^|_)(ip|ssn|dob|pwd|latitude|longitude)($|_)"
)


class NotPrintable(ValueError):  # noqa: N818 named as the person at the keyboard sees it
    """No SQL can be made of what was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Which changes of which table become which events. Without columns, all but the excluded and the personal ones."""

    table: str
    schema: str = "public"
    # Events are called <event_name>_created, _updated and _deleted; the table's name where it is left out.
    event_name: str = ""
    # Columns that tell rows apart: joined by ":" they are the property object_id.
    key: tuple[str, ...] = ()
    # The column that says whose event it is.
    person: str = ""
    columns: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    # Who reads the outbox.
    role: str = ""


def install(capture: Capture) -> str:
    """A script that makes outbox and trigger; running it again changes nothing but the trigger's arguments.

    Raises NotPrintable.
    """
    table = _table(capture)
    name = capture.event_name or capture.table
    if len(name) + len("_created") > LONGEST_NAME:
        raise NotPrintable(f"An event name has at most {LONGEST_NAME} characters")
    for column in (*capture.key, capture.person, *capture.columns, *capture.exclude):
        _check(column)
    if both := sorted({*capture.columns} & {*capture.exclude}):
        raise NotPrintable(f"Columns cannot be both taken and left out: {', '.join(both)}")
    arguments = [
        name,
        _json(capture.key),
        capture.person,
        _json(capture.columns) if capture.columns else "null",
        _json(capture.exclude),
        PERSONAL,
    ]
    trigger = _filled(TRIGGER, table, arguments=sql.SQL(", ").join(map(sql.Literal, arguments)))
    return f"BEGIN;\n\n{OUTBOX}\n{trigger}\n{_grants(capture.role)}COMMIT;\n"


def remove(capture: Capture) -> str:
    """A statement that takes the trigger away; the outbox stays, so that what waits in it is still read."""
    return _filled(REMOVE, _table(capture))


def personal(columns: Iterable[str]) -> list[str]:
    """Those whose names look like personal data."""
    return [column for column in columns if re.search(PERSONAL, column, re.IGNORECASE)]


def _grants(role: str) -> str:
    if not role:
        return ""
    _check(role)
    # To lock a row asks for the right to change it.
    grants = "GRANT USAGE ON SCHEMA agora TO {role};\nGRANT SELECT, UPDATE, DELETE ON agora.outbox TO {role};\n\n"
    return sql.SQL(grants).format(role=sql.Identifier(role)).as_string(None)


def _table(capture: Capture) -> sql.Identifier:
    if not capture.table or not capture.schema:
        raise NotPrintable("Give the table a name and a schema")
    _check(capture.table)
    _check(capture.schema)
    return sql.Identifier(capture.schema, capture.table)


def _check(name: str) -> None:
    if "\x00" in name or len(name.encode("utf-8", "surrogatepass")) > LONGEST_IDENTIFIER_BYTES:
        raise NotPrintable(f"PostgreSQL has no name such as {name!r}: at most {LONGEST_IDENTIFIER_BYTES} bytes")


def _json(names: tuple[str, ...]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _filled(template: str, table: sql.Identifier, **parts: sql.Composable) -> str:
    return sql.SQL(template).format(table=table, **parts).as_string(None)
