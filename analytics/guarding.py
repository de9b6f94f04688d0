"""Questions that read events and not rollups: for some seconds at most, and never with a right to write.

Where it may be made (`manage.py reader_role`), they are asked as a role of PostgreSQL that may read what they need
and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg import sql
from psycopg.errors import QueryCanceled

from config.lib.sql import statement

GUARD = statement("analytics", "guard")
MAKE_ROLE = statement("analytics", "reader_role")
ROLE = "agora_reader"
# All that they read.
NEEDS = ["ingestion_person_event", "ingestion_context"]
LONGEST = "30s"


class TookTooLong(Exception):  # noqa: N818 named as the caller sees it
    pass


@contextmanager
def guarded(longest: str = LONGEST) -> Iterator[None]:
    """What is asked of the database within. Raises TookTooLong."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(GUARD, {"longest": longest, "needs": NEEDS})
            yield
            # So that the limits end here where this is part of a longer transaction.
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from None
        raise


def role_statements() -> list[str]:
    """SQL that makes the role ready for the user as whom Agora is logged in; it may be said again."""
    role, tables = sql.Identifier(ROLE), sql.SQL(", ").join(map(sql.Identifier, NEEDS))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
        user, may_anyway = cursor.fetchone()
    found = [MAKE_ROLE.strip(), sql.SQL("GRANT SELECT ON {} TO {}").format(tables, role).as_string()]
    if not may_anyway:
        found.append(sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(user)).as_string())
    return found


def make_role() -> None:
    """Raises ProgrammingError where Agora's user may not."""
    with transaction.atomic(), connection.cursor() as cursor:
        for one in role_statements():
            cursor.execute(one)
