"""`manage.py` and the pages where the database is behind the code, and where nobody reads what is printed."""

import subprocess
import sys

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config import upgrades
from tests.factories.config import UserFactory
from tests.servers import ROOT, environment


def manage(*words, **more):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT, **streams, **more)


def test_a_reader_who_has_seen_enough_ends_a_command_without_a_word():
    command = manage("help")
    command.stdout.close()
    said = command.stderr.read()
    command.stderr.close()
    assert (command.wait(), said) == (141, "")


@pytest.fixture
def empty_database(db):
    """The environment of a process whose database has no tables yet."""
    found = environment(connection)
    name = connection.settings_dict["NAME"]
    with psycopg.connect(found["DATABASE_URL"], dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}_empty"')
        server.execute(f'CREATE DATABASE "{name}_empty"')
        yield found | {"DATABASE_URL": found["DATABASE_URL"].replace(f"/{name}?", f"/{name}_empty?")}
        server.execute(f'DROP DATABASE "{name}_empty" WITH (FORCE)')


@pytest.mark.parametrize("words", ["metric dau --workspace w", "rollup --workspace w", "quarantine list --workspace w"])
def test_a_command_says_that_the_tables_are_to_be_migrated(empty_database, words):
    command = manage(*words.split(), env=empty_database)
    assert command.communicate() == ("", f"{upgrades.WHAT_TO_DO}\n")
    assert command.returncode == 1


@pytest.fixture
def behind(transactional_db):
    """A client of a release whose last migration has not run, and whose tables are not as the code has them."""
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(superuser=True))
    last = MigrationRecorder.Migration.objects.filter(app="analytics").latest("id")
    kept = (last.app, last.name, last.applied)
    last.delete()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE config_workspace RENAME TO config_workspace_of_before")
        yield client
        cursor.execute("ALTER TABLE config_workspace_of_before RENAME TO config_workspace")
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", kept)


def test_pages_the_api_and_readiness_say_that_the_tables_are_to_be_migrated(behind):
    page = behind.get("/admin/", follow=True)
    answer = behind.get("/api/metrics/platform-summary?workspace=commons")

    assert (page.status_code, answer.status_code) == (503, 503)
    assert b"manage.py migrate" in page.content
    assert answer.json() == {"code": "database_behind", "message": upgrades.WHAT_TO_DO, "details": {}}
    assert behind.get("/readyz").json()["checks"]["database"] == upgrades.WHAT_TO_DO


def test_a_door_keeps_senders_waiting_until_the_tables_are_migrated(behind):
    answer = behind.post("/api/events", {"event_name": "e"}, "application/json", headers={"x-write-key": "k"})
    assert (answer.status_code, bool(answer["Retry-After"])) == (503, True)


def test_the_database_of_the_tests_is_not_behind(db):
    assert not upgrades.database_is_behind()
