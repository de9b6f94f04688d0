"""Statements that live as .sql files beside the code that runs them, and how their plans are kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Executions of a statement before its plan is kept.
PREPARE_AFTER = 2


@cache
def statement(app: str, name: str) -> str:
    """The text of <app>/sql/<name>.sql. Raises FileNotFoundError, at import, when there is none."""
    return (ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")


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
