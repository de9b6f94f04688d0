"""Churn by day, and the metrics of retention (metrics.md, 4)."""

import random

import pytest
from django.db import connection

from analytics import metrics
from analytics.metrics import METRICS
from analytics.models import ActivityGap, ChurnDaily
from analytics.rollups import engine
from ingestion import merging
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls
from tests.analytics.test_cohorts import signs_up
from tests.analytics.test_engine import contents

FILLS = ("churn_daily", "cohort_retention", "user_cohorts")

# Ids -> days on which they were active.
PEOPLE = {
    "ada": [0, 10, 29, 30, 59, 60, 95],
    "bob": [0],
    "cyd": [5, 64],
    "dan": [5, 65],
    "eve": [29, 31, 90, 149, 150],
    "flo": [100],
}


def active(community, people):
    for name, days in people.items():
        for day in days:
            community.happens("post_view", name, at(day))


def churn(people, day):
    """(churned, active before), straight from the definition."""
    before = {name for name, days in people.items() if any(day - 59 <= one <= day - 30 for one in days)}
    since = {name for name, days in people.items() if any(day - 29 <= one <= day for one in days)}
    return len(before - since), len(before)


def told(community, day, *, with_bots=False):
    return told_of(community, day, day, with_bots=with_bots)[0]


def told_of(community, first, last, *, with_bots=False):
    """What `churn` says, of each day from the first to the last."""
    days = at(first).date(), at(last).date()
    values = metrics.read(METRICS["churn_rate"], community.workspace, *days, with_bots=with_bots)
    return [(value.numerator, value.denominator) for value in values]


def test_whoever_was_active_30_to_59_days_before_and_not_since_is_lost(community):
    community.happens("post_view", "ada", at(0))
    community.fill()

    found = {day: told(community, day) for day in (29, 30, 59, 60)}
    assert found == {29: (0, 0), 30: (1, 1), 59: (1, 1), 60: (0, 0)}
    assert community.metric("churn_rate", 29).value is None
    assert community.metric("churn_rate", 30).value == 1


def test_every_day_is_as_the_definition_says(community):
    active(community, PEOPLE)
    community.fill()

    days = range(-1, 215)
    assert told_of(community, days[0], days[-1]) == [churn(PEOPLE, day) for day in days]


def test_a_late_event_opens_the_sixty_days_it_reaches_and_no_others(community):
    active(community, PEOPLE)
    community.fill()
    for table in ("churn_daily", "activity_gaps"):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET calculated_at = '2000-01-01'")
    community.happens("post_view", "bob", at(20), received=at(100))
    community.fill()

    later = {**PEOPLE, "bob": [0, 20]}
    assert told_of(community, 0, 149) == [churn(later, day) for day in range(150)]
    days = [(day - at(0).date()).days for day in refilled_days(ChurnDaily)]
    assert days
    assert set(days) <= set(range(20, 80))
    assert {(day - at(0).date()).days for day in refilled_days(ActivityGap)} <= set(range(20, 82))


def refilled_days(model):
    return model.objects.filter(calculated_at__gt=at(0)).values_list("date", flat=True)


def test_bots_are_counted_in_only_where_asked_for(community):
    active(community, PEOPLE)
    for who, days in {"bob": [3, 40], "robot": [0, 50, 140]}.items():
        for day in days:
            crawls(community, who, day)
    community.fill()
    both = {**PEOPLE, "bob": [0, 3, 40], "robot": [0, 50, 140]}

    days = range(215)
    assert told_of(community, days[0], days[-1]) == [churn(PEOPLE, day) for day in days]
    assert told_of(community, days[0], days[-1], with_bots=True) == [churn(both, day) for day in days]


def test_merged_people_are_lost_once(community):
    active(community, {"ada": [0], "bob": [0, 20]})
    community.fill()
    assert told(community, 40) == (1, 2)
    merging.merge(
        community.workspace, community.person("ada"), community.person("bob"), by=None, reason="The same person"
    )
    community.fill()

    assert told(community, 40) == (0, 1)


def test_another_tenant_is_neither_seen_nor_changed(community):
    other = Community("commons-other")
    active(other, {"ada": [0, 40]})
    active(community, {"ada": [0], "bob": [1]})
    other.fill()
    community.fill()

    assert (told(community, 40), told(other, 40)) == ((2, 2), (0, 1))


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_filling_gives_the_same_tables(db, seed):
    chance = random.Random(seed)
    days = {f"p{number}": sorted(chance.sample(range(160), 6)) for number in range(6)}
    doings = [(name, day, chance.random() < 0.3) for name, those in days.items() for day in those]
    found = []
    for order in (doings, chance.sample(doings, len(doings))):
        community = Community(f"commons-{seed}-{len(found)}")
        for name, day, is_bot in order:
            if is_bot:
                crawls(community, name, day)
            else:
                community.happens("post_view", name, at(day))
            if found and chance.random() < 0.2:
                community.fill()
        community.fill()
        tables = contents(community)
        engine.prepare(community.workspace, at(-60), at(300))
        community.fill()
        assert contents(community) == tables
        found.append([told_of(community, 0, 219, with_bots=bots) for bots in (False, True)])
    assert found[0] == found[1]


def test_retention_is_told_of_the_day_of_sign_up_and_added_up_by_month(community):
    signs_up(community, "ada", 0, 1, 7, 95)
    signs_up(community, "bob", 0, 7)
    signs_up(community, "cyd", 4, 30)
    community.fill()

    value = community.metric("retention_day_7", 0)
    assert (value.value, value.numerator, value.denominator, value.state) == (1, 2, 2, "closed")
    assert community.metric("retention_day_1", 0).value == 0.5
    assert community.metric("rolling_retention_90", 0).value == 0.5
    assert community.metric("retention_day_90", 0).value == 0
    assert community.metric("retention_day_7", 1).value is None
    for key, month in (("retention_day_30", (1, 3)), ("rolling_retention_7", (3, 3))):
        (value,) = metrics.read(METRICS[key], community.workspace, at(0).date(), at(4).date(), "month")
        assert (value.numerator, value.denominator) == month, key


def test_retention_is_null_and_open_until_the_day_is_over(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    signs_up(community, "ada", 0, 1, 7)
    now_is(at(7, "23:00"))
    community.fill()
    assert community.metric("retention_day_1", 0).value == 1
    value = community.metric("retention_day_7", 0)
    assert (value.value, value.data_points, value.state) == (None, 0, "open")

    now_is(at(8, "02:30"))
    community.fill()
    value = community.metric("retention_day_7", 0)
    assert (value.value, value.data_points, value.state) == (1, 1, "closed")


def test_posts_and_comments_are_per_active_person_of_the_day_of_sign_up(community):
    signs_up(community, "ada", 0)
    signs_up(community, "bob", 0)
    for day in (0, 3, 40):
        community.happens("post_created", "ada", at(day, "15:00"))
    community.happens("comment_created", "bob", at(9))
    community.fill()

    assert community.metric("avg_posts_per_user", 0).value == 1.5
    assert community.metric("avg_comments_per_user", 0).value == 0.5
