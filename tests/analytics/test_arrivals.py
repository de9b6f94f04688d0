"""How much came in, what became of it and how late it was: counted as it comes, whatever Redis does."""

import json
from io import StringIO

import pytest
import redis
from django.core.management import call_command

from analytics import (
    arrivals,
    realtime,
    tasks,  # noqa: F401 importing registers the jobs
)
from analytics.models import ArrivalDaily, ArrivalHour
from config.lib.redis import client
from config.runs import JOBS
from ingestion import outcomes, payload, registry, sinks
from ingestion.pipeline import ingest
from tests.analytics.community import Community, at
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory
from tests.ingestion.replaying import replayed

FILLS = ("arrival_daily",)


@pytest.fixture(autouse=True)
def clean():
    arrivals._owed.clear()
    for key in client().scan_iter("commons*:arrivals:*"):
        client().delete(key)


def envelope(number, moment, name="post_created"):
    return {"event_name": name, "event_id": f"m{number}", "user_id": "ada", "timestamp": moment.isoformat()}


def send(community, *envelopes, received):
    items = [payload.read_item(json.dumps(value).encode()) for value in envelopes]
    return [result.status for result in ingest(items, community.source, received)]


def test_what_came_is_told_by_rates_and_percentiles(community, now_is):
    now_is(at(0, "12:00:02"))
    good = [envelope(number, at(0, "11:59")) for number in range(95)]
    late = [envelope(number, at(0, "02:00")) for number in range(95, 100)]
    send(community, *good, *late, {"bad": 1}, {"bad": 2}, received=at(0))
    now_is(at(0, "13:00:40"))
    send(community, good[0], good[1], good[2], envelope(200, at(0, "12:58")), {"bad": 3}, received=at(0, "13:00"))
    now_is(at(1, "06:00"))
    arrivals.keep(community.workspace)
    community.fill()

    row = ArrivalDaily.objects.get(workspace=community.workspace)
    assert (row.received, row.stored, row.duplicates, row.rejected, row.refused) == (107, 101, 3, 3, 0)
    told = {
        key: community.metric(key, 0)
        for key in ("events_received", "throughput", "error_rate", "duplicate_rate", "lag_p50", "lag_p95")
    }
    assert (told["error_rate"].value, told["duplicate_rate"].value) == (pytest.approx(3 / 107), pytest.approx(3 / 107))
    assert (told["throughput"].value, told["throughput"].denominator) == (pytest.approx(107 / 1440), 1440)
    assert (told["lag_p50"].value, told["lag_p95"].value) == (pytest.approx(2, rel=0.1), pytest.approx(2, rel=0.1))
    assert told["lag_p50"].data_points == 101
    assert community.metric("arrival_delay_p50", 0).value == pytest.approx(60, rel=0.1)
    assert community.metric("arrival_delay_p95", 0).value == pytest.approx(120, rel=0.1)
    assert told["lag_p95"].state == "closed"


def test_a_day_on_which_nothing_came_has_no_rates_and_a_throughput_of_0(community, now_is):
    send(community, envelope(1, at(0)), received=at(0))
    now_is(at(3))
    arrivals.keep(community.workspace)
    community.fill()
    assert [community.metric(key, 1).value for key in ("error_rate", "duplicate_rate", "lag_p95", "throughput")] == [
        *(None, None, None, 0)
    ]


def received(community):
    return list(ArrivalHour.objects.filter(workspace=community.workspace).values_list("received", flat=True))


def test_counts_are_kept_once_however_often_they_are_copied(community, now_is):
    now_is(at(0, "12:30"))
    send(community, envelope(1, at(0)), received=at(0))
    assert [arrivals.keep(community.workspace) for _ in range(2)] == [1, 0]
    send(community, envelope(2, at(0)), received=at(0))
    assert JOBS["analytics.keep_arrivals"].run(community.workspace).status == "succeeded"
    assert received(community) == [2]


def test_hours_are_off_the_list_once_they_are_long_over_and_on_it_again_with_what_comes_late(community, now_is):
    now_is(at(0, "12:30"))
    send(community, envelope(1, at(0)), received=at(0))
    now_is(at(0, "16:00"))
    arrivals.keep(community.workspace)
    assert not arrivals.any_to_keep(community.workspace)
    # As the spool does, which kept it while PostgreSQL was away.
    send(community, envelope(2, at(0)), received=at(0, "12:50"))
    assert arrivals.keep(community.workspace) == 1
    assert received(community) == [2]


def test_a_redis_that_lost_its_data_begins_a_count_of_its_own(community, now_is):
    now_is(at(0, "12:01"))
    send(community, envelope(1, at(0)), envelope(2, at(0)), received=at(0))
    arrivals.keep(community.workspace)
    client().delete("commons:arrivals:2026030212", "commons:arrivals:hours")
    now_is(at(0, "12:02"))
    send(community, envelope(3, at(0)), received=at(0))
    now_is(at(1, "06:00"))
    arrivals.keep(community.workspace)
    community.fill()
    assert sorted(received(community)) == [1, 2]
    assert community.metric("events_received", 0).value == 3


def test_what_came_while_redis_was_away_is_counted_when_it_is_back(community, now_is, monkeypatch):
    now_is(at(0, "12:01"))
    with monkeypatch.context() as patch:

        def away():
            raise redis.ConnectionError("away")

        patch.setattr(realtime, "client", away)
        assert send(community, envelope(1, at(0)), received=at(0)) == ["accepted"]
    send(community, envelope(2, at(0)), received=at(0))
    arrivals.keep(community.workspace)
    assert received(community) == [2]


def test_another_workspace_has_counts_of_its_own(community, now_is):
    other = Community("commons-other")
    now_is(at(0, "12:01"))
    send(community, envelope(1, at(0)), received=at(0))
    send(other, envelope(1, at(0)), {"bad": 1}, received=at(0))
    now_is(at(1, "06:00"))
    for place in (community, other):
        arrivals.keep(place.workspace)
        place.fill()
    assert [place.metric("events_received", 0).value for place in (community, other)] == [1, 2]
    assert [place.metric("error_rate", 0).value for place in (community, other)] == [0, 0.5]


def test_the_command_tells_them(community, now_is):
    now_is(at(0, "12:01"))
    send(community, envelope(1, at(0)), {"bad": 1}, received=at(0))
    now_is(at(1, "06:00"))
    arrivals.keep(community.workspace)
    community.fill()
    for key, value in (("error_rate", 0.5), ("duplicate_rate", 0.0), ("lag_p95", pytest.approx(60, rel=0.1))):
        out = StringIO()
        call_command("metric", key, "--workspace", "commons", "--at", "2026-03-02", "--json", stdout=out)
        assert json.loads(out.getvalue())["value"] == value


@pytest.mark.parametrize(("seconds", "step"), [(-5, -40), (0, -40), (1, 0), (1.2, 1), (2, 4), (3600, 47)])
def test_steps_are_four_to_each_doubling(seconds, step):
    assert arrivals.step_of(seconds) == step


def test_a_replay_is_not_received_once_more(community, now_is, django_capture_on_commit_callbacks):
    strict = EventTypeFactory(workspace=community.workspace, name="poll_closed")
    version = EventTypeVersionFactory(event_type=strict, schema={"type": "object", "required": ["poll_id"]})
    registry.forget(community.workspace.pk)
    now_is(at(0, "12:01"))
    assert send(community, envelope(1, at(0), "poll_closed"), received=at(0)) == ["rejected"]
    version.delete()
    registry.forget(community.workspace.pk)
    with django_capture_on_commit_callbacks(execute=True):
        assert replayed(community.workspace).stored == 1
    arrivals.keep(community.workspace)
    assert ArrivalHour.objects.values_list("received", "stored", "rejected").get() == (1, 0, 1)


def test_an_event_that_cannot_be_stored_is_received_and_rejected(community, now_is, monkeypatch):
    def fail(stored):
        raise ValueError("wrong")

    now_is(at(0, "12:01"))
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [fail])
    item = payload.read_item(json.dumps(envelope(1, at(0))).encode())
    outcomes.settle([item], community.source, at(0))
    arrivals.keep(community.workspace)
    assert ArrivalHour.objects.values_list("received", "stored", "rejected").get() == (1, 0, 1)
