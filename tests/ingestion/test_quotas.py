"""Quotas a minute, of a source and of an address, in a Redis of the test's own."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from config.lib.redis import client as redis_client
from ingestion import keys, quotas
from ingestion.models import WriteKey
from tests.factories.ingestion import SourceFactory

from .conftest import KEY, event

pytestmark = pytest.mark.django_db
HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def _within_a_minute(monkeypatch):
    """Nobody's minute ends while a test counts."""
    now = 1_800_000_030.0
    monkeypatch.setattr(quotas.time, "time", lambda: now)
    redis_client().delete(*redis_client().keys("ingestion:quota:*") or ["none"])


@pytest.fixture
def context(sender):
    sender.scope = WriteKey.Scope.CLIENT
    return replace(sender.context, quota=10, quota_by_address=None)


@pytest.fixture
def post(client, write_key):
    numbers = itertools.count()

    def send(path, count=1, address=HERE, **headers):
        sent = [event(messageId=f"message {next(numbers)}") for _ in range(count)]
        body = {"batch": sent} if path == "/v1/batch" else sent
        headers = {"Authorization": f"Bearer {KEY}", **headers}
        return client.post(path, body, "application/json", headers=headers, REMOTE_ADDR=address)

    return send


def limit(sender, **limits):
    type(sender.source).objects.filter(pk=sender.source.pk).update(**limits)
    keys.forget()


def test_a_source_without_quotas_asks_redis_nothing(context, monkeypatch):
    monkeypatch.setattr(quotas, "client", lambda: pytest.fail("asked"))
    assert quotas.take(replace(context, quota=None), HERE, 10**9) is None
    assert quotas.take(replace(context, quota=None, quota_by_address=1), None, 10**9) is None


def test_beyond_the_quota_the_sender_is_told_how_long_to_wait(context, monkeypatch):
    assert [quotas.take(context, HERE, 4) for _ in range(4)] == [None, None, None, 30]
    assert quotas.take(context, THERE, 1) == 30
    monkeypatch.setattr(quotas.time, "time", lambda: 1_800_000_060.0)
    assert quotas.take(context, HERE, 4) is None


def test_a_batch_larger_than_the_quota_is_not_refused_for_ever(context):
    assert quotas.take(context, HERE, 2_500) is None
    assert quotas.take(context, HERE, 1) == 30


def test_the_quota_of_an_address_leaves_the_others_alone(context):
    source = replace(context, quota=None, quota_by_address=5)
    asked = [(HERE, 5), (HERE, 1), (THERE, 5)]
    assert [quotas.take(source, *one) for one in asked] == [None, 30, None]


def test_whoever_is_refused_for_their_address_uses_up_nothing_of_the_source(context):
    source = replace(context, quota=10, quota_by_address=2)
    quotas.take(source, HERE, 2)
    assert [quotas.take(source, HERE, 1) for _ in range(20)] == [30] * 20
    assert quotas.take(source, THERE, 2) is None


def test_sources_are_counted_apart(context):
    other = replace(context, source_id=SourceFactory().pk)
    quotas.take(context, HERE, 10)
    assert quotas.take(context, HERE, 1) == 30
    assert quotas.take(other, HERE, 1) is None


def test_many_at_once_get_no_more_than_there_is(context):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: quotas.take(context, HERE, 1), range(50)))
    assert answers.count(None) == 10


def test_no_address_stands_in_redis(context):
    quotas.take(replace(context, quota_by_address=5), HERE, 1)
    names = redis_client().keys("ingestion:quota:*")
    assert names
    assert not any(HERE.encode() in name for name in names)


def test_what_was_refused_is_counted_by_day(context, sender):
    quotas.take(context, HERE, 10)
    quotas.take(context, HERE, 7)
    quotas.take(context, HERE, 3)
    assert quotas.refused(sender.source.pk, datetime.fromtimestamp(1_800_000_030, UTC)) == 10


@pytest.mark.parametrize("path", ["/api/events", "/v1/batch"])
def test_a_sender_over_the_quota_is_answered_429_and_loses_nothing_it_was_promised(post, sender, path):
    limit(sender, quota=3)
    answers = [post(path, 2) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "quota_exceeded"
    assert answers[2]["Retry-After"] == "30"
    assert len(sender.stored("event_id")) == 4


def test_segment_clients_also_learn_when_the_minute_ends(post, sender):
    limit(sender, quota=1)
    post("/v1/batch")
    answer = post("/v1/batch")
    assert answer["X-RateLimit-Reset"] == "1800000060"
    assert answer["Access-Control-Allow-Origin"]


@pytest.mark.parametrize("path", ["/api/events", "/v1/batch"])
def test_the_quota_of_an_address_is_of_the_callers(post, sender, path):
    limit(sender, quota_by_address=1)
    assert [post(path).status_code, post(path).status_code, post(path, address=THERE).status_code] == [200, 429, 200]


def test_a_server_key_speaks_for_many_people_and_is_not_held_to_an_address(sender):
    limit(sender, quota_by_address=1, quota=7)
    sender.source.refresh_from_db()
    server, browser = (keys.context_of(sender.source, scope) for scope in ("server", "client"))
    assert (server.quota, server.quota_by_address) == (7, None)
    assert (browser.quota, browser.quota_by_address) == (7, 1)


def test_without_redis_nobody_is_refused(context, monkeypatch):
    quotas.take(context, HERE, 10)
    away = redis_client().__class__.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(quotas, "client", lambda: away)
    assert quotas.take(context, HERE, 1) is None
    assert quotas.refused(context.source_id, timezone.now()) is None
