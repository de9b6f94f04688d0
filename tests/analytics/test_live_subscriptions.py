"""What a subscription tells and when: the latest numbers, never more often than asked for."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.utils import timezone

from analytics import live_subscriptions
from analytics.live_subscriptions import BadFrame, Refused, Subscription
from analytics.realtime import Live


@pytest.fixture
def watch():
    return SimpleNamespace(latest=None)


@pytest.fixture
def subscription(watch):
    return Subscription("a", watch, ["dau", "online"], interval=2)


def told(frame):
    return frame and (frame["type"], frame["seq"], {one["name"]: one["value"] for one in frame["metrics"]})


def test_nothing_is_told_before_there_are_numbers(subscription):
    assert (subscription.frame(0), subscription.news()) == (None, {})


def test_a_snapshot_comes_first_and_then_what_is_other_than_before(subscription, watch):
    watch.latest = Live(timezone.now(), dau=1, online=1)
    assert told(subscription.frame(0)) == ("snapshot", 1, {"dau": 1, "online": 1})
    assert subscription.frame(10) is None

    watch.latest = replace(watch.latest, dau=2)
    assert told(subscription.frame(20)) == ("delta", 2, {"dau": 2})


def test_what_changes_is_told_once_within_the_interval_as_it_is_then(subscription, watch):
    watch.latest = Live(timezone.now(), dau=1, online=1)
    subscription.frame(0)
    for dau in (2, 3, 4):
        watch.latest = replace(watch.latest, dau=dau)
        assert subscription.frame(1.6) is None
    assert told(subscription.frame(1.7)) == ("delta", 2, {"dau": 4})


def test_redis_away_is_told_as_null_and_its_return_as_well(subscription, watch):
    watch.latest = Live(timezone.now(), dau=1, online=1)
    subscription.frame(0)
    watch.latest = Live(timezone.now())
    assert told(subscription.frame(2)) == ("delta", 2, {"dau": None, "online": None})
    watch.latest = Live(timezone.now(), dau=1, online=0)
    assert told(subscription.frame(4)) == ("delta", 3, {"dau": 1, "online": 0})


@pytest.mark.parametrize("text", [None, "", "{", "[]", "null", '{"type":"sing"}', '{"type":"ping"}' + " " * 5_000])
def test_what_is_no_message_is_said_to_be_none(text):
    with pytest.raises(BadFrame):
        live_subscriptions.read(text)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type":"subscribe"}', "id_needed"),
        ('{"type":"subscribe","id":"a","interval":0.99}', "bad_interval"),
        ('{"type":"subscribe","id":"a","interval":1e300}', "bad_interval"),
        ('{"type":"subscribe","id":"a","metrics":["dua"]}', "unknown_metric"),
    ],
    ids=["no-id", "too-often", "too-seldom", "unknown"],
)
def test_what_cannot_be_subscribed_to_has_a_code(message, code):
    with pytest.raises(Refused) as refused:
        live_subscriptions.asked(live_subscriptions.read(message))
    assert refused.value.code == code
