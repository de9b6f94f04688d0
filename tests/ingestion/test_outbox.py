"""Addresses of databases: what they may say, and that they are never said again."""

import psycopg
import pytest
from django.db import connection

from config.lib import sealing
from ingestion import outbox, source_databases
from ingestion.outbox import DsnRefused
from tests.factories.ingestion import SourceDatabaseFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "dsn",
    [
        *("", "sesame", "mysql://a:sesame@b/c", "postgresql://a:sesame@/c", "postgresql://a:sesame@b", "host=b"),
        *("postgresql://a:sesame@b,c/d", "postgresql://a:sesame@b:x/c", "service=sesame", "host='sesame"),
        "postgresql://a:sesame@b/c?hostaddr=127.0.0.1",
        "postgresql://a:sesame@b/c?sslkey=/etc/passwd",
        "postgresql://a:sesame@b/c?passfile=/etc/passwd",
        "postgresql://a:sesame@b/c?service=x",
        "postgresql://a:sesame@b/c?options=-csearch_path",
    ],
)
def test_what_is_none_or_asks_for_more_is_refused_without_quoting_it(dsn):
    with pytest.raises(DsnRefused) as refused:
        outbox.read_dsn(dsn)
    assert "sesame" not in str(refused.value)


def test_it_is_shown_without_its_password():
    database = SourceDatabaseFactory.build(dsn="postgresql://ada:open%20sesame@db.example.org/forum?sslmode=require")
    assert source_databases.shown_dsn(database) == "postgresql://ada:••••@db.example.org:5432/forum"


def test_no_column_and_no_log_holds_the_password(database, caplog):
    source_databases.set_dsn(database, "postgresql://ada:open%20sesame@db.invalid/forum")
    database.save()
    with pytest.raises(source_databases.Away) as away:
        source_databases.poll(database)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM ingestion_sourcedatabase AS row")
        text = str(cursor.fetchall())
    assert "sesame" not in text + caplog.text + str(away.value)
    assert sealing.unseal(database.sealed_dsn, source_databases.PURPOSE).endswith("forum")


def test_a_private_address_is_never_connected_to_unless_it_is_allowed(database, settings, monkeypatch):
    settings.PRIVATE_NETWORKS = []
    asked = []
    monkeypatch.setattr(psycopg, "connect", lambda *words, **_: asked.append(words))
    with pytest.raises(source_databases.Away, match="PRIVATE_NETWORKS"):
        source_databases.poll(database)
    source_databases.set_dsn(database, "postgresql://ada@169.254.169.254/forum")
    database.save()
    with pytest.raises(source_databases.Away, match="private network"):
        source_databases.poll(database)
    assert asked == []


def test_the_address_that_was_looked_at_is_the_one_connected_to(settings):
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8", "::1"]
    parts = outbox.reach("postgresql://ada@localhost:5433/forum")
    assert set(parts["host"].split(",")) == {"localhost"}
    assert set(parts["hostaddr"].split(",")) <= {"127.0.0.1", "::1"}
