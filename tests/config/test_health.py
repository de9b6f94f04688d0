"""/healthz and /readyz."""

from datetime import UTC, datetime

import pytest
import redis
from django.db import DatabaseError

from config import health
from config.lib.redis import client as redis_client
from ingestion import partitions


@pytest.fixture
def everything_runs(db):
    partitions.ensure_ahead(datetime.now(UTC).date())
    health.beat()
    yield
    redis_client().delete(health.HEARTBEAT_KEY)


def test_a_process_that_answers_is_alive_without_any_database(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_when_database_cache_partitions_and_workers_are(client, everything_runs):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "cache": "ok", "partitions": "ok", "workers": "ok"},
    }


def test_not_ready_without_a_heartbeat_of_the_workers(client, everything_runs):
    redis_client().delete(health.HEARTBEAT_KEY)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["workers"]) == (503, "no heartbeat for 120 s")


def test_not_ready_without_a_partition_for_today(client, everything_runs, monkeypatch):
    monkeypatch.setattr(partitions, "existing", set)
    assert client.get("/readyz").json()["checks"]["partitions"] == "no partition for today"


def test_not_ready_without_redis_and_without_postgresql_and_never_an_error(client, everything_runs, monkeypatch):
    nowhere = redis.Redis.from_url("unix:///nowhere/redis.sock")
    monkeypatch.setattr(health, "client", lambda: nowhere)

    def gone():
        raise DatabaseError("gone")

    with monkeypatch.context() as away:
        away.setattr(health.connection, "cursor", gone)
        away.setattr(partitions, "existing", gone)
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "unreachable",
        "cache": "unreachable",
        "partitions": "unknown",
        "workers": "unknown",
    }
