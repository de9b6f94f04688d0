"""Streaks: consecutive days with a completed activation, as of each day."""

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.models import OpenBucket, Streak, UserWellbeingDaily
from analytics.rollups import engine, reopen
from config.models import Workspace
from ingestion.models import Event
from tests.analytics.community import TIME_ZERO, Community, at
from tests.analytics.wellbeing import practises, streaks

FILLS = ("user_wellbeing_daily",)


def runs(community, who="ada"):
    found = Streak.objects.filter(workspace=community.workspace, person_id=community.person(who)).order_by("started_on")
    return [((run.started_on - TIME_ZERO.date()).days, (run.ended_on - TIME_ZERO.date()).days) for run in found]


def filled_again(community):
    """Days of the rows that the next fill writes, counted from time zero."""
    UserWellbeingDaily.objects.update(calculated_at=at(0))
    community.fill()
    rows = UserWellbeingDaily.objects.exclude(calculated_at=at(0))
    return sorted({(date - TIME_ZERO.date()).days for date in rows.values_list("date", flat=True)})


def test_a_missed_day_begins_anew(community):
    for day in (0, 1, 2, 4, 5):
        practises(community, "ada", day)
    practises(community, "ada", 3, end=None)
    community.fill()

    assert streaks(community, "ada", range(7)) == [1, 2, 3, 0, 1, 2, 0]
    assert runs(community) == [(0, 2), (4, 5)]


def test_a_late_session_joins_two_runs_and_changes_the_days_after_it_alone(community):
    for day in (0, 1, 3, 4, 6):
        practises(community, "ada", day)
    practises(community, "bob", 5)
    community.fill()

    practises(community, "ada", 2, received=at(9))
    assert filled_again(community) == [2, 3, 4]
    assert streaks(community, "ada", range(7)) == [1, 2, 3, 4, 5, 0, 1]
    assert runs(community) == [(0, 4), (6, 6)]


def test_a_session_taken_out_parts_a_run(community):
    for day in range(5):
        practises(community, "ada", day)
    community.fill()

    Event.objects.filter(workspace=community.workspace, occurred_at__date=at(2).date()).delete()
    reopen.removed(community.workspace, [at(2, "08:00")])
    assert filled_again(community) == [3, 4]
    assert streaks(community, "ada", range(5)) == [1, 2, 0, 1, 2]


def test_another_persons_streak_is_not_joined(community):
    practises(community, "ada", 0)
    practises(community, "bob", 1)
    practises(community, "ada", 2)
    community.fill()
    assert [streaks(community, who, range(3)) for who in ("ada", "bob")] == [[1, 0, 1], [0, 1, 0]]


def test_days_with_23_and_25_hours_are_days_like_any_other(db):
    """Clocks in Vienna went forward on 29 March 2026 (day 27) and back on 25 October (day 237)."""
    vienna = ZoneInfo("Europe/Vienna")
    community = Community("commons-vienna", time_zone="Europe/Vienna")
    for change in (27, 237):
        for day, clock in ((change - 1, "00:05"), (change, "23:50"), (change + 1, "00:05"), (change + 2, "23:50")):
            practises(community, "ada", day, clock=clock, minutes=5, zone=vienna)
    community.fill()
    for change in (27, 237):
        assert streaks(community, "ada", range(change - 1, change + 4)) == [1, 2, 3, 4, 0]


def test_another_zone_makes_other_days_of_the_same_sessions(community):
    """Every 24 hours at 22:30 UTC: in Vienna before midnight, and from summer time on after it, so a day is missed."""
    for day in range(25, 30):
        practises(community, "ada", day, clock="22:30", minutes=5)
    community.fill()
    assert streaks(community, "ada", range(25, 31)) == [1, 2, 3, 4, 5, 0]

    Workspace.objects.filter(pk=community.workspace.pk).update(time_zone="Europe/Vienna")
    community.workspace.refresh_from_db()
    engine.prepare(community.workspace, at(20), at(35))
    community.fill()
    assert streaks(community, "ada", range(25, 31)) == [1, 2, 0, 1, 2, 3]
    assert runs(community) == [(25, 26), (28, 30)]


@pytest.mark.parametrize("seed", range(3))
def test_days_filled_in_any_order_and_any_number_of_times_have_the_streaks_that_counting_gives(community, seed):
    chance = random.Random(seed)
    practised = {who: {day for day in range(12) if chance.random() < 0.65} for who in ("ada", "bob")}
    for who, days in practised.items():
        for day in sorted(days, key=lambda _: chance.random()):
            practises(community, who, day)
    engine.collect(community.workspace, at(40))
    waiting = list(
        OpenBucket.objects.filter(rollup="wellbeing_activity_daily").values("workspace_id", "rollup", "bucket")
    )
    OpenBucket.objects.all().delete()
    order = [bucket for bucket in waiting for _ in range(chance.randint(1, 2))]
    chance.shuffle(order)
    for bucket in order:
        OpenBucket.objects.get_or_create(**bucket)
        community.fill()

    for who, days in practised.items():
        expected, length = [], 0
        for day in range(12):
            length = length + 1 if day in days else 0
            expected.append(length)
        assert streaks(community, who, range(12)) == expected
        ends = [(day - length + 1, day) for day, length in enumerate(expected) if length and day + 1 not in days]
        assert runs(community, who) == ends


def test_another_workspaces_streaks_are_neither_seen_nor_changed(community):
    other = Community("commons-other")
    for day in range(3):
        practises(other, "ada", day)
    other.fill()
    practises(community, "ada", 3)
    community.fill()
    assert (runs(other), runs(community)) == ([(0, 2)], [(3, 3)])
    assert streaks(other, "ada", range(4)) == [1, 2, 3, 0]


def test_a_session_that_ends_after_midnight_counts_for_the_day_it_began(community):
    practises(community, "ada", 0, clock="23:55")
    practises(community, "ada", 1, clock="23:55")
    community.fill()
    assert streaks(community, "ada", range(3)) == [1, 2, 0]


def test_two_ids_of_one_person_make_one_streak(community):
    practises(community, "ada", 0)
    practises(community, "visitor", 1)
    practises(community, "ada", 2)
    community.fill()
    assert streaks(community, "ada", range(3)) == [1, 0, 1]

    merge = {"type": "alias", "previousId": "visitor", "userId": "ada", "messageId": "m1"}
    community.store([merge | {"timestamp": at(3).isoformat()}], at(3) + timedelta(minutes=1))
    community.fill()
    assert streaks(community, "ada", range(3)) == [1, 2, 3]
