"""The engine: open buckets, late events, links, kills and failures."""

import random
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.models import OpenBucket, RollupState, TouchedHour
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS, Rollup, in_order
from tests.analytics.community import Community, at

TABLES = {rollup.key: rollup.table for rollup in ROLLUPS}


def contents(community):
    """Every row of every rollup of the workspace, but for when it was calculated."""
    found = {}
    with connection.cursor() as cursor:
        for key, table in TABLES.items():
            cursor.execute(
                f"SELECT to_jsonb(r) - 'calculated_at' FROM {table} r WHERE workspace_id = %s", [community.workspace.pk]
            )
            found[key] = sorted(str(row) for (row,) in cursor.fetchall())
    return found


def busy(community, day):
    for name, who, clock in (
        ("user_registered", "ada", "09:00"),
        ("post_created", "ada", "09:10"),
        ("like_given", "bob", "23:50"),
        ("post_view", "bob", "23:59"),
    ):
        community.happens(name, who, at(day, clock), properties={"author_id": "ada"} if name == "like_given" else {})


def test_filling_twice_changes_nothing(community):
    busy(community, 0)
    community.fill()
    once = contents(community)
    engine.prepare(community.workspace, at(-40), at(40))
    community.fill()

    assert contents(community) == once
    assert once["platform_daily"]


def test_nothing_is_left_open_when_it_returns(community):
    busy(community, 0)
    community.fill()

    assert not OpenBucket.objects.exists()
    assert not TouchedHour.objects.exists()
    assert set(RollupState.objects.values_list("rollup", flat=True)) == set(TABLES)


def test_a_late_event_refills_its_day_and_what_depends_on_it_and_nothing_else(community):
    busy(community, 0)
    busy(community, 40)
    community.fill()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_daily SET calculated_at = '2000-01-01'")
        cursor.execute("UPDATE user_activity_daily SET calculated_at = '2000-01-01'")

    community.happens("comment_created", "cyd", at(5))
    community.fill()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT date FROM platform_daily WHERE calculated_at > '2000-01-01' AND date < '2026-11-01' ORDER BY date"
        )
        refilled = [day for (day,) in cursor.fetchall()]
        cursor.execute("SELECT date FROM user_activity_daily WHERE calculated_at > '2000-01-01'")
        people_days = {day for (day,) in cursor.fetchall()}
    assert refilled == [at(day).date() for day in range(5, 35)]
    assert people_days == {at(5).date()}
    assert (community.metric("mau", 5).value, community.metric("mau", 34).value) == (3, 1)


def test_an_event_of_an_hour_that_is_not_over_touches_nothing(community, now_is):
    now_is(at(0, "12:30"))
    community.happens("post_created", "ada", at(0, "12:29"))
    assert not TouchedHour.objects.exists()

    now_is(at(0, "13:00:59"))
    community.happens("post_created", "ada", at(0, "12:59"))
    assert not TouchedHour.objects.exists()

    now_is(at(0, "13:01"))
    community.happens("post_created", "ada", at(0, "12:58"))
    assert [row.hour for row in TouchedHour.objects.all()] == [at(0, "12:00")]


def test_live_events_are_counted_without_touching_and_the_day_closes_when_it_is_over(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()

    now_is(at(0, "12:30"))
    community.happens("post_created", "ada", at(0, "12:30"))
    community.fill()
    assert (community.metric("dau", 0).value, community.metric("dau", 0).state) == (1, "open")
    assert RollupState.objects.get(rollup="platform_daily").filled_to == at(0, "00:00")

    now_is(at(0, "23:59:59"))
    community.happens("post_created", "bob", at(0, "23:59:59"))
    now_is(at(1, "00:30"))
    assert community.metric("dau", 0).state == "settling"
    community.fill()
    assert community.metric("dau", 0).value == 2

    now_is(at(1, "02:01"))
    assert community.metric("dau", 0).state == "closed"
    assert RollupState.objects.get(rollup="platform_daily").filled_to == at(1, "00:00")


def test_a_late_event_makes_its_day_settle_again(community):
    busy(community, 0)
    community.fill()
    assert community.metric("dau", 0).state == "closed"

    community.happens("post_created", "cyd", at(0))
    assert community.metric("dau", 0).state == "settling"
    community.fill()
    assert (community.metric("dau", 0).state, community.metric("dau", 0).value) == ("closed", 3)


def test_a_killed_run_leaves_nothing_half_done_and_the_next_one_goes_on(community, monkeypatch):
    for day in range(0, 120, 3):
        busy(community, day)
    whole = Community("commons-whole")
    for day in range(0, 120, 3):
        busy(whole, day)
    whole.fill()

    class Killed(BaseException):
        pass

    real, calls = engine._open_dependents, iter(range(100))

    def die(*arguments):
        real(*arguments)
        if next(calls) == 6:
            raise Killed

    monkeypatch.setattr(engine, "_open_dependents", die)
    with pytest.raises(Killed):
        engine.bring_up_to_date(community.workspace)
    assert OpenBucket.objects.filter(workspace=community.workspace).exists()
    monkeypatch.setattr(engine, "_open_dependents", real)
    community.fill()

    totals = {
        name: [c.metric(name, day).value for day in range(120)]
        for name in ("dau", "mau", "total_users")
        for c in [community]
    }
    assert totals == {name: [whole.metric(name, day).value for day in range(120)] for name in totals}


def test_a_failing_rollup_stops_those_that_depend_on_it_and_not_its_neighbours(community, monkeypatch):
    busy(community, 0)
    real = engine.fill_chunk

    def fail(rollup, *rest):
        if rollup.key == "user_activity_daily":
            raise RuntimeError("no")
        return real(rollup, *rest)

    monkeypatch.setattr(engine, "fill_chunk", fail)
    fill = engine.bring_up_to_date(community.workspace)

    assert set(fill.failed) == {"user_activity_daily"}
    waiting = {"user_activity_daily"}
    for rollup in in_order():
        if waiting & set(rollup.depends_on):
            waiting.add(rollup.key)
    assert {"people", "bots", "platform_daily", "platform_monthly"} <= waiting
    assert {"user_activity_daily", *fill.skipped} == waiting
    assert contents(community)["sessions"]
    assert contents(community)["hourly_metrics"]

    monkeypatch.setattr(engine, "fill_chunk", real)
    community.fill()
    assert community.metric("dau", 0).value == 2


def test_a_link_moves_the_past_of_an_actor_to_its_person(community):
    community.happens("post_created", None, at(0), anonymous_id="visitor")
    community.happens("post_created", "ada", at(0, "18:00"))
    community.happens("post_created", None, at(3), anonymous_id="visitor")
    community.fill()
    assert [community.metric("dau", day).value for day in (0, 3)] == [2, 1]
    assert community.metric("total_users", 3).value == 2

    identify = {
        "type": "identify",
        "messageId": "i",
        "anonymousId": "visitor",
        "userId": "ada",
        "timestamp": at(9).isoformat(),
    }
    community.store([identify], at(9))
    community.fill()

    assert [community.metric("dau", day).value for day in (0, 3)] == [1, 1]
    assert community.activity("ada", 3).posts_created == 1
    assert community.activity("visitor", 3) is None
    assert community.metric("total_users", 3).value == 1


def test_a_rollup_that_comes_with_a_release_is_filled_from_the_first_day_on(community):
    elsewhere = Community("plaza")
    busy(community, -40)
    busy(elsewhere, -40)
    community.fill()
    elsewhere.fill()
    filled, untouched = contents(community), contents(elsewhere)
    for key in ("platform_daily", "platform_monthly", "sessions"):
        RollupState.objects.filter(workspace=community.workspace, rollup=key).delete()
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLES[key]} WHERE workspace_id = %s", [community.workspace.pk])
    assert contents(community) != filled

    community.fill()
    assert contents(community) == filled
    assert contents(elsewhere) == untouched
    assert not OpenBucket.objects.exists()


def test_every_rollup_comes_after_those_it_depends_on():
    seen = set()
    for rollup in in_order():
        assert set(rollup.depends_on) <= seen
        seen.add(rollup.key)


def test_a_circle_of_rollups_is_refused(monkeypatch):
    circle = {
        key: Rollup(key=key, title="", table="", grain="day", depends_on={other: 0})
        for key, other in (("a", "b"), ("b", "a"))
    }
    monkeypatch.setattr(ROLLUPS, "_entries", circle)
    with pytest.raises(ValueError, match="wait for each other"):
        in_order()


# Without the shrinking phase: each example takes the database seconds.
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 10**6),
    moments=st.lists(
        st.tuples(
            st.integers(0, 40 * 24 * 12),
            st.sampled_from(["ada", "bob", "cyd"]),
            st.sampled_from(["post_created", "page_view", "like_given", "user_registered"]),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_any_order_of_arrival_and_any_number_of_fills_gives_the_same_tables(db, seed, moments):
    chance = random.Random(seed)
    events = [(name, who, at(0, "00:00") + timedelta(minutes=5 * step)) for step, who, name in moments]
    tables = []
    for order in (events, chance.sample(events, len(events))):
        community = Community(f"commons-{uuid.uuid4()}")
        for number, (name, who, moment) in enumerate(order):
            community.happens(name, who, moment, properties={"author_id": "ada"} if name == "like_given" else {})
            if tables and chance.random() < 0.3 and number:
                community.fill()
        community.fill()
        tables.append(
            [
                (
                    row.date,
                    row.dau,
                    row.wau,
                    row.mau,
                    row.new_signups,
                    row.sessions,
                    row.session_seconds,
                    row.bounces,
                    row.likes_received,
                )
                for row in community.workspace_days()
            ]
        )
    assert tables[0] == tables[1]


def test_a_day_that_ends_within_an_hour_is_not_over_before_that_hour_is(db, now_is):
    community = Community("commons-kathmandu", "Asia/Kathmandu")  # midnight there is 18:15 in UTC
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    now_is(at(0, "18:30"))
    community.fill()
    now_is(at(0, "18:45"))
    community.happens("post_created", "ada", at(0, "18:10"))
    now_is(at(0, "19:30"))
    community.fill()

    assert community.metric("dau", 0).value == 1


def test_the_fill_at_five_past_closes_the_hour_before(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    now_is(at(0, "14:05"))
    community.fill()

    assert RollupState.objects.get(rollup="hourly_metrics").filled_to == at(0, "14:00")
