"""The outbox in the team's own database (manage.py cdc_sql): connecting to it, its rows, and taking them.

A row is locked, its event is stored or quarantined here, and only then the row is removed there: whoever is killed in
between leaves the row, whose event falls on its own key when it is read again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from django.utils import timezone
from psycopg import conninfo

from config.lib import addresses
from config.lib.sql import statement
from ingestion import outcomes
from ingestion.keys import SourceContext
from ingestion.payload import Item, read_item
from ingestion.pipeline import Result

BEGIN = statement("ingestion", "outbox_begin")
READ = statement("ingestion", "outbox_read")
DELETE = statement("ingestion", "outbox_delete")
STATE = statement("ingestion", "outbox_state")
ROWS_AT_ONCE = 1_000
BYTES_AT_ONCE = 5_000_000
COUNTED = 10_000
CONNECT_SECONDS = 5
# No password of this machine's own user is sent anywhere. libpq complains aloud of a file that is no plain one.
NO_FILE = f"{os.devnull}/none"
# Nothing that reads files of this machine, or says again where to connect to.
PARAMETERS = {"host", "port", "dbname", "user", "password", "sslmode", "channel_binding", "target_session_attrs"}
_encode = msgspec.json.Encoder().encode


class DsnRefused(ValueError):  # noqa: N818 named as whoever typed it sees it
    """The address is none of a database, or asks for what is not allowed. The message holds no part of it."""


@dataclass(frozen=True, slots=True)
class State:
    """waits_seconds: of the oldest row; None where nothing waits."""

    waiting: int
    waits_seconds: float | None


def read_dsn(dsn: str) -> dict[str, str]:
    """The parts of a DSN. Raises DsnRefused."""
    try:
        parts = {name: str(value) for name, value in conninfo.conninfo_to_dict(dsn).items() if value is not None}
    except psycopg.ProgrammingError:
        # What it says quotes the DSN, which holds a password.
        raise DsnRefused("It must be of the form postgresql://user:password@host:5432/name") from None
    if unknown := sorted(set(parts) - PARAMETERS):
        raise DsnRefused(f"It may not set {', '.join(unknown)}")
    host = parts.get("host", "")
    if not host or "," in host or not parts.get("dbname"):
        raise DsnRefused("It must name one host and one database")
    if not parts.get("port", "5432").isdecimal():
        raise DsnRefused("Its port must be a number")
    return parts


def masked(dsn: str) -> str:
    """A DSN as it may be shown: without the password."""
    parts = read_dsn(dsn)
    user = f"{parts['user']}:••••@" if "password" in parts else f"{parts.get('user', '')}@"
    return f"postgresql://{user}{parts['host']}:{parts.get('port', '5432')}/{parts['dbname']}"


def reach(dsn: str) -> dict[str, str]:
    """The parts of a DSN with the addresses that may be connected to. Raises DsnRefused or AddressRefused."""
    parts = read_dsn(dsn)
    host = parts["host"]
    if host.startswith(("/", "@")):
        addresses.check_socket(host)
        return parts
    found = addresses.resolve(host, int(parts.get("port", "5432")))
    # The name stays beside the addresses for the check of the certificate.
    return parts | {"host": ",".join([host] * len(found)), "hostaddr": ",".join(found)}


@contextmanager
def connected(dsn: str) -> Iterator[psycopg.Connection]:
    """Raises DsnRefused, AddressRefused or psycopg.Error."""
    fixed = {"passfile": NO_FILE, "client_encoding": "utf8", "application_name": "agora"}
    with psycopg.connect(
        conninfo.make_conninfo(**reach(dsn), **fixed, connect_timeout=CONNECT_SECONDS),
        autocommit=True,
        # Kept plans do not survive a pool that hands out connections by transaction.
        prepare_threshold=None,
    ) as connection:
        yield connection


@contextmanager
def _transaction(connection: psycopg.Connection) -> Iterator[None]:
    with connection.transaction():
        connection.execute(BEGIN)
        yield


def state(connection: psycopg.Connection) -> State:
    with _transaction(connection):
        row = connection.execute(STATE, [COUNTED]).fetchone()
    assert row is not None
    return State(*row)


def take(connection: psycopg.Connection, source: SourceContext) -> list[Result]:
    """Store the next rows and remove them; what became of each, in their order, [] when none is left.

    Raises psycopg.Error when that database, and django.db.Error when ours is away; the rows stay then.
    """
    with _transaction(connection):
        rows = connection.execute(READ, {"rows": ROWS_AT_ONCE, "bytes": BYTES_AT_ONCE}).fetchall()
        if not rows:
            return []
        # Their clock, as of a batch that was just sent: a wrong one is corrected as any client's is.
        results = outcomes.settle([_item(*row[1:-1]) for row in rows], source, timezone.now(), sent_at=rows[0][-1])
        connection.execute(DELETE, [[row[0] for row in rows]])
    return results


def _item(event_id: str, occurred_at: str, name: str, user_id: str | None, properties: str, context: str) -> Item:
    """A row as an event of the Segment envelope, judged as any other is."""
    event: dict[str, Any] = {
        "type": "track",
        "event": name,
        "messageId": event_id,
        "timestamp": occurred_at,
        "properties": msgspec.Raw(properties.encode()),
        "context": msgspec.Raw(context.encode()),
    }
    if user_id is not None:
        event["userId"] = user_id
    return read_item(_encode(event))
