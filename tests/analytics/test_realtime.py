"""Live counters: their names, their exactness, and Redis away."""

from datetime import UTC, timedelta
from uuid import UUID

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from analytics import realtime
from analytics.models import DefinitionVersion
from config.lib.redis import client
from tests.analytics.community import Community
from tests.servers import wait_for


def keys(community):
    """Every counter of the workspace with its value, by name without the workspace."""
    found = {}
    start = f"{community.workspace.slug}:"
    for key in client().scan_iter(f"{start}metrics:*"):
        name = key.decode().removeprefix(start)
        kind = client().type(key)
        if kind == b"set":
            found[name] = {member.decode() for member in client().smembers(key)}
        elif kind == b"zset":
            found[name] = {member.decode() for member in client().zrange(key, 0, -1)}
        else:
            found[name] = client().get(key).decode()
    return found


def person(community, name):
    return str(community.person(name))


def test_every_counter_has_the_agreed_name_and_life(community):
    now = timezone.now().replace(microsecond=0)
    community.happens("post_like", "ada", now, properties={"action": "like"})

    day, hour, minute = f"{now:%Y%m%d}", f"{now:%Y%m%d%H}", f"{now:%Y%m%d%H%M}"
    ada = person(community, "ada")
    assert keys(community) == {
        f"metrics:dau:{day}": {ada},
        f"metrics:user:{ada}:online": "1",
        "metrics:online": {ada},
        f"metrics:post_like:hourly:{hour}": "1",
        f"metrics:events:minute:{minute}": "1",
        "metrics:likes:count": "1",
    }
    life = {name: client().ttl(f"commons:metrics:{name}") for name in (f"dau:{day}", f"user:{ada}:online")}
    assert 8 * 86_400 - 5 <= life[f"dau:{day}"] <= 8 * 86_400
    assert 295 <= life[f"user:{ada}:online"] <= 300
    assert 48 * 3600 - 5 <= client().ttl(f"commons:metrics:post_like:hourly:{hour}") <= 48 * 3600


def test_a_duplicate_counts_nowhere(community):
    now = timezone.now()
    for _ in range(2):
        community.happens("post_created", "ada", now, event_id="7e57ab1e-0000-4000-8000-000000000001")

    assert keys(community)[f"metrics:post_created:hourly:{now:%Y%m%d%H}"] == "1"


def test_a_like_taken_back_is_taken_off(community):
    now = timezone.now()
    for who, action in (("ada", "like"), ("bob", "like"), ("ada", "unlike")):
        community.happens("post_like", who, now, properties={"action": action})

    assert keys(community)["metrics:likes:count"] == "1"


def test_people_of_machine_events_of_bots_and_of_nobody_are_not_active(community):
    now = timezone.now()
    community.happens("probe", "ada", now, event_category="performance")
    community.happens("post_created", None, now)
    bot = {"type": "track", "event": "post_view", "messageId": "b", "userId": "bob", "timestamp": now.isoformat()}
    community.store([bot | {"context": {"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}}], now)

    assert not any(name.startswith(("metrics:dau", "metrics:user", "metrics:online")) for name in keys(community))


def test_the_day_is_that_of_the_workspaces_zone(db):
    community = Community("commons-auckland", "Pacific/Auckland")
    now = timezone.now()
    community.happens("post_created", "ada", now)

    assert f"metrics:dau:{now.astimezone(community.workspace.zone):%Y%m%d}" in keys(community)


def test_whoever_turns_out_to_be_somebody_else_is_counted_once(community):
    now = timezone.now()
    community.happens("post_created", None, now, anonymous_id="visitor")
    community.happens("post_created", "ada", now)
    assert realtime.live(community.workspace).dau == 2

    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
    community.store([identify | {"timestamp": now.isoformat()}], now)
    community.happens("post_created", None, now + timedelta(seconds=1), anonymous_id="visitor")

    live = realtime.live(community.workspace)
    assert (live.dau, live.online) == (1, 1)
    assert client().ttl(f"commons:metrics:dau:{now:%Y%m%d}") > 0


def test_the_snapshot_says_who_is_here_and_how_fast_events_come(community, now_is):
    start = timezone.now().replace(second=30, microsecond=0)
    now_is(start)
    for name in ("ada", "bob"):
        community.happens("post_created", name, start)
    now_is(start + timedelta(minutes=1))

    live = realtime.live(community.workspace)
    assert (live.dau, live.online, live.events_per_minute) == (2, 2, 2)


def test_what_is_gathered_comes_to_what_is_written_with_each_batch(community, settings):
    now = timezone.now()

    def story(of):
        """Two hours of arrival, a link, and more people than one call of the script takes."""
        for moment in (now - timedelta(hours=1), now):
            of.happens("post_view", None, moment, anonymous_id="visitor")
            of.happens("post_like", "ada", moment, properties={"action": "like"})
        identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
        of.store([identify | {"timestamp": now.isoformat()}], now)
        for name in ("login", "logout"):
            crowd = [{"event_name": name, "user_id": f"{name}{n}", "timestamp": now.isoformat()} for n in range(2_000)]
            of.store(crowd, now)

    def arrived(of):
        hours = [client().hgetall(key) for key in client().scan_iter(f"{of.workspace.slug}:arrivals:2*")]
        return sorted((int(one[b"received"]), int(one[b"stored"])) for one in hours)

    def counted(of):
        names = {of.person(name): name for name in ("ada", "visitor")}
        return {
            name: sorted(names.get(UUID(one), "crowd") for one in value) if isinstance(value, set) else value
            for name, value in keys(of).items()
            if not name.startswith("metrics:user:")
        }

    # No other test has counted anything under its name.
    at_once = Community("counted-at-once")
    story(at_once)
    settings.LIVE_COUNTERS_MILLISECONDS = 300
    story(community)
    wait_for(lambda: arrived(community) == [(2, 2), (4_003, 4_003)], "the counters")
    assert arrived(at_once) == [(2, 2), (4_003, 4_003)]
    assert counted(community) == counted(at_once)
    assert counted(community)["metrics:online"].count("ada") == 1
    assert len(counted(community)["metrics:online"]) == 4_001


def test_a_rebuild_writes_what_counting_wrote(community):
    now = timezone.now()
    for name, who, ago in (
        ("post_created", "ada", 0),
        ("post_like", "bob", 1),
        ("post_like", "ada", 50),
        ("post_created", "cyd", 60 * 30),
        ("post_created", "old", 60 * 24 * 3),
        ("microact_created", "ada", 0),
        ("wave_joined", "ada", 10),
        ("activation_started", "bob", 20),
        ("activation_completed", "bob", 15),
        ("activation_started", "ada", 5),
    ):
        properties = {"action": "like", "wave_id": "w", "activation_id": "a"}
        community.happens(name, who, now - timedelta(minutes=ago), properties=properties)
    counted = {name: value for name, value in keys(community).items() if ":minute:" not in name}
    for key in client().scan_iter("commons:*"):
        client().delete(key)

    call_command("rebuild_realtime", workspace="commons")

    rebuilt = {name: value for name, value in keys(community).items() if ":minute:" not in name}
    assert rebuilt.pop("metrics:rebuilt")
    assert rebuilt == counted


def test_a_rebuild_takes_out_who_is_not_in_the_events(community):
    now = timezone.now()
    client().sadd(f"commons:metrics:dau:{now.astimezone(UTC):%Y%m%d}", "somebody-gone")
    community.happens("post_created", "ada", now)
    realtime.rebuild(community.workspace)

    assert keys(community)[f"metrics:dau:{now:%Y%m%d}"] == {person(community, "ada")}


def test_redis_away_harms_no_event_and_the_counters_are_called_stale_when_it_is_back(community, monkeypatch):
    realtime.rebuild(community.workspace)
    assert not realtime.is_stale(community.workspace)

    with monkeypatch.context() as away:
        away.setattr(realtime, "client", lambda: redis.Redis.from_url("unix:///nowhere/redis.sock"))
        community.happens("post_created", "ada", timezone.now())
        assert realtime.live(community.workspace).dau is None
    community.happens("post_created", "bob", timezone.now())

    assert realtime.is_stale(community.workspace)
    realtime.rebuild(community.workspace)
    assert realtime.live(community.workspace).dau == 2


@pytest.mark.parametrize("day", [-9, -400])
def test_events_of_long_ago_touch_no_live_counter(community, day):
    community.happens("post_created", "ada", timezone.now() + timedelta(days=day))

    assert keys(community) == {}


def under_way(community):
    live = realtime.live(community.workspace)
    return live.live_waves, live.activations_in_progress, live.micro_acts_today


def test_waves_activations_and_micro_acts_are_counted_as_they_go_on(community):
    now = timezone.now()

    def happens(name, who, minutes_ago, **properties):
        community.happens(name, who, now - timedelta(minutes=minutes_ago), properties=properties)

    happens("wave_joined", "ada", 50, wave_id="w1")
    happens("wave_interaction", "bob", 1, wave_id="w1")
    happens("wave_joined", "bob", 70, wave_id="long over")
    happens("wave_left", "cyd", 1, wave_id="only left")
    happens("microact_created", "ada", 0)
    happens("activation_started", "ada", 20, activation_id="a")
    assert under_way(community) == (1, 1, 1)

    happens("wave_joined", "ada", 5, wave_id="w2")
    happens("activation_started", "bob", 10, activation_id="a")
    happens("activation_started", "cyd", 61, activation_id="given up")
    happens("activation_completed", "ada", 2, activation_id="a")
    assert under_way(community) == (2, 1, 1)


def test_a_start_that_comes_after_its_completion_is_not_under_way(community):
    now = timezone.now()
    for name, minutes in (("activation_completed", 1), ("activation_started", 9)):
        community.happens(name, "ada", now - timedelta(minutes=minutes), properties={"activation_id": "a"})
    assert under_way(community)[1] == 0

    community.happens("activation_started", "ada", now, properties={"activation_id": "a"})
    assert under_way(community)[1] == 1


def test_micro_acts_are_those_of_the_day_of_the_zone(db, now_is):
    community = Community("commons-kathmandu", "Asia/Kathmandu")
    midnight = timezone.now().astimezone(community.workspace.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for seconds in (-1, 0, 1):
        community.happens("microact_created", "ada", midnight + timedelta(seconds=seconds))
    assert under_way(community)[2] == 2
    now_is(midnight + timedelta(days=1))
    assert under_way(community)[2] == 0


def test_a_session_is_active_as_long_as_the_gap_of_the_workspace(community):
    now = timezone.now()
    for who, minutes in (("ada", 1), ("bob", 29), ("cyd", 31)):
        community.happens("post_view", who, now - timedelta(minutes=minutes))
    live = realtime.live(community.workspace)
    assert (live.online, live.active_sessions) == (1, 2)

    realtime._known_gaps.clear()
    DefinitionVersion.objects.create(
        workspace=community.workspace, key="session_gap_minutes", valid_from=now.date(), value={"minutes": 45}
    )
    assert realtime.live(community.workspace).active_sessions == 3


def test_bots_nobody_and_others_are_in_no_live_number(community):
    now = timezone.now()
    Community("commons-beside").happens("microact_created", "ada", now)
    community.happens("microact_created", None, now)
    bot = {"type": "track", "event": "microact_created", "messageId": "b", "userId": "b", "timestamp": now.isoformat()}
    community.store([bot | {"context": {"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}}], now)

    assert under_way(community) == (0, 0, 0)


def test_who_is_gone_from_the_events_is_under_way_no_more_after_a_rebuild(community):
    now = timezone.now()
    for key in ("online", "waves", "activations"):
        client().zadd(f"commons:metrics:{key}", {"gone": now.timestamp()})
    client().set(f"commons:metrics:micro_acts:{now:%Y%m%d}", 5)
    realtime.rebuild(community.workspace)

    assert realtime.live(community.workspace).active_sessions == 0
    assert under_way(community) == (0, 0, 0)


def test_counters_of_an_older_form_are_built_again(community):
    realtime.rebuild(community.workspace)
    client().set("commons:metrics:rebuilt", "2026-01-01T00:00:00+00:00")
    assert realtime.is_stale(community.workspace)


def test_who_shows_numbers_is_told_that_they_changed_once_a_batch(community):
    with client().pubsub(ignore_subscribe_messages=True) as told:
        told.subscribe("commons:metrics:changed")
        now = timezone.now()
        envelopes = [{"event_name": "post_view", "user_id": str(n), "timestamp": now.isoformat()} for n in range(50)]
        community.store(envelopes, now)
        told.get_message(timeout=5)
        assert told.get_message(timeout=5)["channel"] == b"commons:metrics:changed"
        assert told.get_message(timeout=0) is None
