"""What every test of the project may count on."""

import hashlib
import os
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client, TransactionTestCase
from django.test.client import ClientHandler

from config.models import Workspace
from economy import arrivals
from ingestion import consent, contexts, doors, keys, partitions, registry, store, sweep
from moderation import pattern_hours

ROOT = Path(__file__).resolve().parents[1]
# What migrations write and no test changes.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
TABLES = """
    SELECT quote_ident(relname)
    FROM pg_class
    WHERE
        relnamespace = current_schema()::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL(%s)
"""
_flush = TransactionTestCase._fixture_teardown


def empty_tables(case):
    """In place of Django's flush, which truncates all tables, makes all permissions and writes all views anew."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Without the triggers that keep ledgers and logs, and that look for rows of other tables.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(TABLES, [list(KEPT)])
            cursor.execute("; ".join(f"DELETE FROM {table}" for (table,) in cursor.fetchall()))
    except ProgrammingError:
        # A user of one's own server who may not.
        _flush(case)


TransactionTestCase._fixture_teardown = empty_tables


@pytest.fixture(scope="session")
def django_db_keepdb():
    """Making the tables takes longer than most runs: a database of the tests' own PostgreSQL is kept for the next."""
    return "DATABASE_URL" not in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker, django_db_keepdb):
    """One for each set of migrations, and no others, in the PostgreSQL that a process has for itself."""
    if not django_db_keepdb:
        return
    written = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.*")):
        written.update(path.name.encode() + path.read_bytes())
    ours = connection.settings_dict["TEST"]["NAME"] = f"tests_{written.hexdigest()[:16]}"
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test%%' AND datname <> %s", [ours])
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_keepdb):
    """What the run before left is taken away: partitions, and the rows of one that was killed."""
    if django_db_keepdb:
        with django_db_blocker.unblock():
            empty_tables(None)
            with connection.cursor() as cursor:
                cursor.execute("SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relispartition")
                for (partition,) in cursor.fetchall():
                    cursor.execute(f"DROP TABLE {partition}")
            connection.close()


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget()


def forget():
    """A test's rows are rolled back or truncated, so what a process remembers of them must go as well."""
    keys.forget()
    partitions.forget()
    store.forget()
    consent.forget()
    doors.forget()
    contexts.forget()
    registry._known.clear()
    sweep.forget()
    arrivals.forget()
    pattern_hours.forget()


@pytest.fixture(scope="module")
def lasting_db(django_db_setup, django_db_blocker):
    """Rows for all tests of a module, each of which undoes its own: for what is dear to fill and only read.

    A test that asks for it takes `db` after it.
    """
    forget()
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_ledger(transactional_db):
    """For tests that commit transfers, which no test can empty: ledgers go with their workspaces."""
    yield
    Workspace.objects.all().delete()


@pytest.fixture(scope="session")
def _handler():
    """Loaded once: the middleware for static files looks for them on the disk."""
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()
    return handler


@pytest.fixture
def client(_handler):
    """Django's test client, with cookies of its own."""
    made = Client()
    made.handler = _handler
    return made
