"""Answers are kept until a refill, for a minute at most; one reads anew and others get the last one meanwhile."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_redis.cache import RedisCache

from analytics import caching
from analytics.caching import How, answered
from config.lib import redis
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.analytics import RollupStateFactory
from tests.factories.config import MemberFactory, WorkspaceFactory

FILLS = ("platform_daily",)
SUMMARY, QUERY = "/api/metrics/platform-summary?date=2026-03-02", "/api/metrics/query"
EXECUTIVE = "/api/analytics/executive-dashboard?date=2026-03-02"


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


@pytest.fixture
def numbers():
    """Returns 1, 2, 3 and so on: how often something was read."""
    found = iter(range(1, 100))
    return lambda: next(found)


def ask(workspace, numbers, **more):
    found = answered(workspace, "test", ["x"], numbers, **more)
    return found.body, found.how


def test_an_answer_is_kept_until_a_rollup_is_filled_again(workspace, numbers):
    state = RollupStateFactory(workspace=workspace)
    assert ask(workspace, numbers) == (b"1", How.MISS)
    assert ask(workspace, numbers) == (b"1", How.HIT)
    state.filled_at = timezone.now()
    state.save()
    assert ask(workspace, numbers) == (b"2", How.MISS)


def test_a_fill_of_another_rollup_or_workspace_changes_nothing(workspace, numbers):
    RollupStateFactory(workspace=workspace, rollup="platform_daily")
    ask(workspace, numbers, rollups=["platform_daily"])
    RollupStateFactory(workspace=workspace, rollup="community_daily")
    RollupStateFactory()
    assert ask(workspace, numbers, rollups=["platform_daily"]) == (b"1", How.HIT)


def test_every_workspace_and_question_has_its_own(workspace, numbers):
    ask(workspace, numbers)
    assert ask(WorkspaceFactory(), numbers) == (b"2", How.MISS)
    assert answered(workspace, "test", ["y"], numbers).body == b"3"


def test_after_a_minute_it_is_read_anew(workspace, numbers, monkeypatch):
    ask(workspace, numbers)
    monkeypatch.setattr(caching, "FRESH_SECONDS", 0)
    assert ask(workspace, numbers) == (b"2", How.MISS)


def test_while_one_reads_the_others_get_the_last_answer(workspace, numbers, monkeypatch):
    ask(workspace, numbers)
    monkeypatch.setattr(caching, "FRESH_SECONDS", 0)
    meanwhile = []

    def read():
        meanwhile.append(ask(workspace, numbers))
        return "new"

    assert answered(workspace, "test", ["x"], read).body == b'"new"'
    assert meanwhile == [(b"1", How.STALE)]
    assert ask(workspace, numbers) == (b"2", How.MISS)


@pytest.fixture
def reading_with_another(workspace, numbers, monkeypatch):
    """Reads with read() while another request for the same waits; -> what each got."""
    waits = threading.Event()
    monkeypatch.setattr(caching, "AGAIN_SECONDS", 0.001)

    def ask_meanwhile():
        try:
            return ask(workspace, numbers)
        finally:
            connection.close()

    def reading(read):
        def read_slowly():
            others.append(pool.submit(ask_meanwhile))
            assert waits.wait(10)
            return read()

        def sleep(_, sleep=time.sleep):
            waits.set()
            sleep(0.001)

        monkeypatch.setattr(caching.time, "sleep", sleep)
        others = []
        with ThreadPoolExecutor(1) as pool:
            with suppress(ZeroDivisionError):
                others.insert(0, answered(workspace, "test", ["x"], read_slowly))
            return [(one.body, one.how) if isinstance(one, caching.Answered) else one.result(10) for one in others]

    return reading


def test_where_there_is_none_yet_one_reads_and_the_others_wait(reading_with_another):
    assert reading_with_another(lambda: "new") == [(b'"new"', How.MISS)] * 2


def test_whoever_waits_for_what_fails_reads(reading_with_another):
    assert reading_with_another(lambda: 1 / 0) == [(b"1", How.MISS)]


def test_nobody_waits_long_for_one_that_was_killed(reading_with_another, monkeypatch):
    monkeypatch.setattr(caching, "PATIENCE_SECONDS", 0.1)
    others = []

    def read():
        # Not before the other has given up and read.
        assert asked.wait(10)
        return "late"

    asked = threading.Event()
    monkeypatch.setattr(caching, "_counted", lambda found: asked.set() or others.append(found) or found)
    assert reading_with_another(read) == [(b'"late"', How.MISS), (b"1", How.MISS)]
    assert [one.body for one in others] == [b"1", b'"late"']


def test_what_was_begun_before_a_fill_is_not_for_those_who_came_after(reading_with_another, monkeypatch):
    states = iter([["before"], ["after"]])
    monkeypatch.setattr(caching, "_fill_state", lambda *_: next(states))
    assert reading_with_another(lambda: "old") == [(b'"old"', How.MISS), (b"1", How.MISS)]


def test_what_fails_is_not_kept_and_the_next_one_reads(workspace, numbers):
    with pytest.raises(ZeroDivisionError):
        answered(workspace, "test", ["x"], lambda: 1 / 0)
    assert ask(workspace, numbers) == (b"1", How.MISS)


def test_without_redis_everything_is_read(workspace, numbers, monkeypatch):
    nowhere = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(caching, "cache", RedisCache(nowhere, settings.CACHES["default"] | {"LOCATION": nowhere}))
    assert ask(workspace, numbers) == (b"1", How.MISS)
    assert ask(workspace, numbers) == (b"2", How.MISS)


def test_hits_are_counted_and_the_command_tells_them(workspace, numbers):
    redis.client().delete(caching._counts_key(timezone.now().date()))
    for _ in range(4):
        ask(workspace, numbers)
    told = StringIO()
    call_command("cache", "--json", stdout=told)
    today = json.loads(told.getvalue())[0]
    assert (today["hits"], today["stale"], today["misses"], today["hit_rate"]) == (3, 0, 1, 0.75)
    call_command("cache", stdout=told)
    assert "75.0%  3 kept" in told.getvalue()


class TestOverHttp:
    @pytest.fixture
    def forum(self, community, client):
        community.happens("post_created", "ada", at(0))
        community.fill()
        client.force_login(MemberFactory(workspace=community.workspace, role=Role.VIEWER).user)
        return community

    @pytest.mark.parametrize(
        "path", [SUMMARY, EXECUTIVE, "/api/dashboard/executive-summary?from=2026-03-02&to=2026-03-03"]
    )
    def test_the_same_again_is_not_sent_again(self, forum, client, path):
        first = client.get(path)
        assert first["X-Cache"] == "miss"
        second = client.get(path)
        assert (second["X-Cache"], second["ETag"], second.content) == ("hit", first["ETag"], first.content)
        third = client.get(path, headers={"If-None-Match": first["ETag"]})
        assert (third.status_code, third.content) == (304, b"")
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_a_refill_is_seen_at_once(self, forum, client):
        def dau():
            asked = {"metrics": ["dau"], "time_range": {"from": "2026-03-02", "to": "2026-03-02"}}
            answer = client.post(QUERY, asked, content_type="application/json").json()
            return client.get(SUMMARY).json()["data"]["dau"], answer["data"][0]["value"], answer["metadata"]["cached"]

        assert dau() == (1, 1, False)
        assert dau() == (1, 1, True)
        forum.happens("post_created", "bob", at(0))
        forum.fill()
        assert dau() == (2, 2, False)

    def test_nobody_gets_the_answer_of_another_tenant(self, forum, client):
        client.get(SUMMARY)
        client.force_login(MemberFactory(workspace=Community("commons-kept").workspace).user)
        answer = client.get(SUMMARY)
        assert (answer["X-Cache"], answer.json()["data"]["dau"]) == ("miss", 0)
