"""Days of 23 and 25 hours, and another time zone for a workspace that has counted already."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from analytics import metrics, realtime, time_zones
from analytics.change_previews import preview
from analytics.metrics import METRICS
from analytics.models import HourlyMetrics, OpenBucket, Person, RollupState, Session, UserActivityDaily
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.lib.buckets import day_of
from config.lib.redis import client
from tests.analytics.community import Community, at

FILLS = ("hourly_metrics", "platform_daily")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Clocks of Berlin change on these days, which begin and end at these instants.
SHORT = date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
LONG = date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)


def told(community, key, day, grain="day"):
    return metrics.read(METRICS[key], community.workspace, day, day, grain)[0].value


@pytest.fixture
def berlin(db):
    yield Community("commons-berlin", "Europe/Berlin")
    for key in client().scan_iter("commons-berlin:metrics:*"):
        client().delete(key)


@pytest.mark.parametrize(("bounds", "hours"), [(SHORT, 23), (LONG, 25)])
def test_a_day_on_which_clocks_change_has_all_its_hours_and_no_others(berlin, bounds, hours):
    day, start, end = bounds
    moment = start - 3 * HOUR
    number = 0
    while moment < end + 3 * HOUR:
        berlin.happens("post_created", f"u{number}", moment)
        berlin.happens("page_view", "ada", moment + HOUR - timedelta(seconds=1))
        moment, number = moment + HOUR, number + 1
    berlin.fill()

    assert told(berlin, "posts_created", day) == hours
    assert told(berlin, "dau", day) == hours + 1
    assert told(berlin, "new_signups", day) == hours
    assert told(berlin, "pages_viewed", day) == hours
    assert told(berlin, "sessions", day) == 2 * hours
    assert [told(berlin, "posts_created", one) for one in (day - DAY, day + DAY)] == [3, 3]
    assert UserActivityDaily.objects.get(person_id=berlin.person("ada"), date=day).events == hours
    assert Person.objects.filter(workspace=berlin.workspace, signed_up_on=day).count() == hours
    rows = HourlyMetrics.objects.filter(workspace=berlin.workspace, hour__gte=start, hour__lt=end)
    assert [row.posts_created for row in rows] == [1] * hours
    # The week and the month that the day lies in have each post once.
    assert told(berlin, "posts_created", day, "week") == hours + (3 if day.weekday() else 0)
    assert told(berlin, "posts_created", day, "month") == hours + 6


@pytest.mark.parametrize("bounds", [SHORT, LONG])
def test_a_late_event_at_either_end_of_such_a_day_is_of_that_day(berlin, bounds):
    day, start, end = bounds
    berlin.happens("post_created", "ada", start + 12 * HOUR)
    berlin.fill()
    for moment in (start, end - timedelta(seconds=1), start - timedelta(seconds=1), end):
        berlin.happens("comment_created", "bob", moment)
    berlin.fill()

    assert [told(berlin, "comments_created", one) for one in (day - DAY, day, day + DAY)] == [1, 2, 1]
    assert [told(berlin, "dau", one) for one in (day - DAY, day, day + DAY)] == [1, 2, 1]


def test_a_session_over_the_hour_that_is_missing_or_twice_is_told_by_true_time(berlin):
    # 1:59 is followed by 3:01 two minutes later; 2:50 is followed by 2:10, twenty minutes later.
    for who, moments in {
        "ada": (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 1, tzinfo=UTC)),
        "bob": (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)),
    }.items():
        for moment in moments:
            berlin.happens("post_view", who, moment)
    berlin.fill()

    rows = Session.objects.filter(workspace=berlin.workspace).order_by("started_at")
    assert [(row.ended_at - row.started_at, row.events) for row in rows] == [
        (timedelta(minutes=2), 2),
        (timedelta(minutes=20), 2),
    ]


@pytest.mark.parametrize("bounds", [SHORT, LONG])
def test_live_counters_of_such_a_day_hold_its_first_and_last_hour(berlin, now_is, bounds):
    _, start, end = bounds
    for who, moment in (
        ("ada", start - HOUR),
        ("bob", start),
        ("cyd", end - HOUR),
        ("dan", end - timedelta(seconds=1)),
    ):
        now_is(moment)
        berlin.happens("post_created", who, moment)
    now_is(end - timedelta(seconds=1))
    assert realtime.live(berlin.workspace).dau == 3
    realtime.rebuild(berlin.workspace)
    assert realtime.live(berlin.workspace).dau == 3
    now_is(end)
    assert realtime.live(berlin.workspace).dau == 0


@pytest.mark.parametrize("bounds", [SHORT, LONG])
def test_such_a_day_closes_when_it_is_over(berlin, now_is, bounds):
    day, start, end = bounds
    type(berlin.workspace).objects.filter(pk=berlin.workspace.pk).update(created_at=start - DAY)
    berlin.workspace.refresh_from_db()
    states = []
    for moment in (end - timedelta(seconds=1), end + HOUR, end + 3 * HOUR):
        now_is(moment)
        berlin.fill()
        states.append(metrics.read(METRICS["dau"], berlin.workspace, day, day)[0].state)
    assert states == ["open", "settling", "closed"]


def contents(community):
    """Every row of every rollup of the workspace, but for keys of tables and when it was calculated."""
    found = {}
    with connection.cursor() as cursor:
        for rollup in ROLLUPS:
            cursor.execute(
                f"SELECT to_jsonb(r) - 'calculated_at' - 'id' FROM {rollup.table} r WHERE workspace_id = %s",
                [community.workspace.pk],
            )
            found[rollup.key] = sorted(str(row) for (row,) in cursor.fetchall())
    return found


def fill_from_nothing(community):
    with connection.cursor() as cursor:
        for rollup in ROLLUPS:
            cursor.execute(f"DELETE FROM {rollup.table} WHERE workspace_id = %s", [community.workspace.pk])
    RollupState.objects.filter(workspace=community.workspace).delete()
    engine.prepare(community.workspace, at(-3), at(60))
    community.fill()


@pytest.fixture
def lively(community):
    """Events at every third hour of some days, with sessions over every midnight there is."""
    for day in (0, 1, 2, 27, 28, 40):
        community.happens("user_registered", f"new-{day}", at(day, "22:30"))
        for hour in range(0, 24, 3):
            community.happens("post_created", "ada", at(day, f"{hour:02}:50"))
            community.happens("like_given", "bob", at(day, f"{hour:02}:55"), properties={"author_id": "ada"})
            community.happens("comment_created", "bob", at(day, f"{hour:02}:59"))
    community.fill()
    return community


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_after_a_change_all_is_as_if_the_workspace_had_always_had_the_zone(lively, zone):
    hours = contents(lively)["hourly_metrics"]
    time_zones.change(lively.workspace, zone)
    lively.fill()
    changed = contents(lively)
    fill_from_nothing(lively)

    assert changed == contents(lively)
    assert changed["hourly_metrics"] == hours
    expected = {}
    for day in (0, 1, 2, 27, 28, 40):
        for hour in range(0, 24, 3):
            on = day_of(at(day, f"{hour:02}:50"), lively.workspace.zone)
            expected[on] = expected.get(on, 0) + 1
    assert {row.date: row.posts_created for row in lively.workspace_days() if row.posts_created} == expected


def test_there_and_back_gives_what_was_there(lively):
    before = contents(lively)
    time_zones.change(lively.workspace, "Asia/Kathmandu")
    lively.fill()
    assert contents(lively) != before
    time_zones.change(lively.workspace, "UTC")
    lively.fill()
    assert contents(lively) == before


def test_old_numbers_are_served_as_settling_until_their_day_is_filled(lively):
    before = told(lively, "posts_created", at(0).date())
    assert lively.metric("posts_created", 0).state == "closed"
    time_zones.change(lively.workspace, "Asia/Kathmandu")

    value = lively.metric("posts_created", 0)
    assert (value.value, value.state) == (before, "settling")
    lively.fill()
    value = lively.metric("posts_created", 0)
    assert (value.value, value.state) == (6, "closed")


def test_a_day_that_has_begun_in_the_old_zone_alone_counts_nothing_any_more(db, now_is):
    now_is(at(0, "12:00"))
    kiritimati = Community("commons-kiritimati", "Pacific/Kiritimati")  # 14 hours ahead: there it is tomorrow
    kiritimati.happens("post_created", "ada", at(0, "11:00"))
    kiritimati.fill()
    assert [(str(row.date), row.dau) for row in kiritimati.workspace_days()] == [("2026-03-03", 1)]
    time_zones.change(kiritimati.workspace, "America/Los_Angeles")
    kiritimati.fill()
    days = {str(row.date): (row.dau, row.new_signups) for row in kiritimati.workspace_days()}
    assert days == {"2026-03-02": (1, 1), "2026-03-03": (0, 0)}


def test_a_preview_tells_what_moves_and_changes_nothing(lively):
    before = contents(lively)
    found = preview(lively.workspace, lambda: time_zones.change(lively.workspace, "Asia/Kathmandu"), seconds=600)

    assert lively.workspace.time_zone == "UTC"
    lively.workspace.refresh_from_db()
    assert lively.workspace.time_zone == "UTC"
    assert not OpenBucket.objects.exists()
    assert contents(lively) == before
    rows = {row.metric.key: {day: (old, new) for day, old, new in row.days} for row in found.rows}
    assert rows["posts_created"][at(0).date()] == (8, 6)
    assert {"dau", "new_signups", "posts_created"} <= set(rows)
    time_zones.change(lively.workspace, "Asia/Kathmandu")
    lively.fill()
    for key in ("dau", "new_signups", "posts_created"):
        assert {day: told(lively, key, day) for day in rows[key]} == {d: new for d, (_, new) in rows[key].items()}


def test_live_counters_are_built_again_by_the_new_days(community, now_is, django_capture_on_commit_callbacks):
    now_is(at(0, "19:00"))
    community.happens("post_created", "ada", at(0, "12:00"))
    community.happens("post_created", "bob", at(0, "18:30"))
    realtime.rebuild(community.workspace)
    assert realtime.live(community.workspace).dau == 2
    with django_capture_on_commit_callbacks(execute=True):
        time_zones.change(community.workspace, "Asia/Kathmandu")
    assert realtime.is_stale(community.workspace)
    realtime.rebuild(community.workspace)
    assert realtime.live(community.workspace).dau == 1


@pytest.mark.parametrize("name", ["UTC", "Europe/Atlantis", "", "x" * 500, "\x00"])
def test_what_is_no_other_zone_is_refused(community, name):
    with pytest.raises(ValidationError):
        time_zones.change(community.workspace, name)
    assert community.workspace.time_zone == "UTC"


def test_another_tenant_keeps_its_days(lively):
    other = Community("commons-other")
    other.happens("post_created", "ada", at(0, "23:00"))
    other.fill()
    before = contents(other)
    time_zones.change(lively.workspace, "Asia/Kathmandu")
    assert not OpenBucket.objects.filter(workspace=other.workspace).exists()
    lively.fill()
    other.fill()
    assert contents(other) == before
