"""Live counters: their names, their exactness, and Redis away."""

from datetime import UTC, timedelta
from uuid import UUID

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from analytics import realtime
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
    ):
        community.happens(name, who, now - timedelta(minutes=ago), properties={"action": "like"})
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
