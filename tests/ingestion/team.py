"""The team's own database: a second one on the tests' server, as an app would have it."""

from dataclasses import dataclass
from io import StringIO
from urllib.parse import quote

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories.ingestion import SourceDatabaseFactory

TABLES = """
CREATE TABLE posts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id bigint, title text, score numeric, email text
);
CREATE SCHEMA "Odd ""fine"" place";
CREATE TABLE "Odd ""fine"" place"."it's; DROP" ("Id'" int, "a ""b"" c" text, part int);
"""


@dataclass
class Team:
    """Who works on the team's database; `dsn` is what Agora is told of it."""

    name: str
    dsn: str
    connection: psycopg.Connection

    def run(self, statement, *parameters):
        cursor = self.connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else None

    def follow(self, table="posts", *words):
        """Run what cdc_sql prints for a table."""
        self.run(script(table, *words))

    def waiting(self, *columns):
        return self.run(f"SELECT {', '.join(columns or ['event_name'])} FROM agora.outbox ORDER BY id")

    def put(self, count=1, name="post_created", **columns):
        """Rows that somebody wrote into the outbox without a trigger."""
        names = ["event_name", *columns]
        rows = ", ".join(["%s"] * len(names))
        for _ in range(count):
            self.run(f"INSERT INTO agora.outbox ({', '.join(names)}) VALUES ({rows})", name, *columns.values())


def script(*words):
    out = StringIO()
    call_command("cdc_sql", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def team(db):
    facts = connection.settings_dict
    # Of the tests' own: on one's own server several processes run tests at once.
    name = f"{facts['NAME']}_team"
    server = {"host": facts["HOST"], "port": facts["PORT"] or None, "user": facts["USER"]}
    server |= {"password": facts["PASSWORD"] or None}
    with psycopg.connect(dbname=facts["NAME"], autocommit=True, **server) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        # From the bare template: it takes no lock that another test's connection holds.
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        query = f"host={quote(facts['HOST'], safe='')}" + (f"&port={facts['PORT']}" if facts["PORT"] else "")
        dsn = f"postgresql://{quote(facts['USER'])}:{quote(facts['PASSWORD'])}@/{name}?{query}"
        with psycopg.connect(dbname=name, autocommit=True, **server) as own:
            own.execute(TABLES)
            yield Team(name, dsn, own)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(team, settings):
    """A source database that reads the team's outbox, which follows posts."""
    settings.PRIVATE_NETWORKS = [connection.settings_dict["HOST"]]
    team.follow("posts", "--event-name", "post", "--key", "id", "--person", "author_id")
    return SourceDatabaseFactory(dsn=team.dsn)
