"""Statements that live as .sql files beside the code that runs them, and how their plans are kept."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

ROOT = Path(__file__).resolve().parents[2]
# Executions of a statement before its plan is kept.
PREPARE_AFTER = 2
_own = threading.local()


@cache
def statement(app: str, name: str) -> str:
    """The text of <app>/sql/<name>.sql. Raises FileNotFoundError, at import, when there is none."""
    return (ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def without_comments(text: str) -> str:
    """For a statement that runs all the time: psycopg takes one of over 4,096 bytes apart anew each time."""
    return re.sub(r"^ *--.*\n", "", text, flags=re.MULTILINE)


@contextmanager
def kept_plans() -> Iterator[None]:
    """Plans are kept for the statements in the block, as planning takes a fifth of the time of a batch's insert.

    For those alone that run all the time on little: a rollup's range decides which of its plans is good.
    """
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = PREPARE_AFTER
    try:
        yield
    finally:
        raw.prepare_threshold = None


def rows_of(query: str, parameters: dict[str, Any]) -> list[Any]:
    """What a statement returns that runs all the time; its plan is kept (kept_plans says why not all are).

    By psycopg's own cursor, one of each thread: Django's, made anew each time, takes as long as a small statement does.
    It is used where somebody records statements.
    """
    # Looked up once: each look goes through the memory of the thread.
    database = connections[DEFAULT_DB_ALIAS]
    if database.queries_logged or database.execute_wrappers:
        with kept_plans(), database.cursor() as recorded:
            recorded.execute(query, parameters)
            return recorded.fetchall() if recorded.description else []
    database.ensure_connection()
    database.validate_no_broken_transaction()
    raw = database.connection
    if getattr(_own, "connection", None) is not raw:
        _own.connection, _own.cursor = raw, raw.cursor()
    cursor = _own.cursor
    before = raw.prepare_threshold
    raw.prepare_threshold = PREPARE_AFTER
    try:
        with database.wrap_database_errors:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.pgresult.nfields else []
    finally:
        raw.prepare_threshold = before
