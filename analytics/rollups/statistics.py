"""What the planner believes of the tables that are filled.

Autovacuum comes too late: where the planner knows of other workspaces only, it takes a new one for empty.
"""

from __future__ import annotations

from django.db import connection
from psycopg import sql

# New rows of a table, and their share of it, after which it is analysed.
ANALYSE_AFTER, ANALYSE_SHARE = 2_000, 0.1
# Of the tables of events, about 4 million of them: what four months of them need is in memory.
FEW_EVENTS_BYTES = 1_000_000_000


def is_news(table: str, rows: int) -> bool:
    """Whether so many new rows change what the planner should believe of the table, of which it may know nothing."""
    if not rows:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        (known,) = cursor.fetchone()
    return bool(known < 0 or rows > ANALYSE_AFTER + ANALYSE_SHARE * known)


def analyse(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def are_few_events() -> bool:
    """Whether the events of all workspaces together are few, by the size of their tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_table_size(inhrelid)), 0) < %s FROM pg_inherits"
            " WHERE inhparent = 'ingestion_event'::regclass",
            [FEW_EVENTS_BYTES],
        )
        (few,) = cursor.fetchone()
    return bool(few)
