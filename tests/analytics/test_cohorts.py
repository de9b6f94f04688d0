"""Cohorts and their retention: who of those who signed up came back, and when (metrics.md, 4)."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from analytics import cohorts
from analytics.models import CohortRetention, PersonLatest, UserCohort
from analytics.rollups import engine
from ingestion import merging
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls
from tests.analytics.test_engine import contents

FILLS = ("cohort_retention", "user_cohorts")

TABLES = ("person_latest", "user_cohorts", "cohort_retention")


def days(community, grain="month", **more):
    """{day: (eligible, retained, still active)} of the only cohort."""
    (cohort,) = cohorts.retention(community.workspace, grain, **more)
    return {cell.number: (cell.eligible, cell.retained, cell.still_active) for cell in cohort.cells}


def signs_up(community, name, day, *active, zone=None):
    community.happens("user_registered", name, at(day, "09:00"))
    for later in active:
        community.happens("post_view", name, at(day + later, "10:00"))


def of(community):
    found = contents(community)
    return {key: found[key] for key in TABLES}


def test_classic_retention_asks_for_the_very_day_and_rolling_for_it_or_later(community):
    signs_up(community, "ada", 0, 1, 7, 30, 90)
    signs_up(community, "bob", 0, 7)
    signs_up(community, "cyd", 3, 8)
    signs_up(community, "dan", 4)
    community.fill()

    found = days(community)
    assert len(found) == 91
    assert {day: found[day] for day in (0, 1, 6, 7, 8, 9, 30, 31, 90)} == {
        0: (4, 4, 4),
        1: (4, 1, 3),
        6: (4, 0, 3),
        7: (4, 2, 3),
        8: (4, 1, 2),
        9: (4, 0, 1),
        30: (4, 1, 1),
        31: (4, 0, 1),
        90: (4, 1, 1),
    }


def test_whoever_comes_back_after_90_days_stayed_the_whole_time(community):
    signs_up(community, "ada", 0, 200)
    community.fill()

    assert days(community)[90] == (1, 0, 1)


def test_people_never_active_again_or_at_all_are_in_the_size(community):
    signs_up(community, "ada", 0)
    community.happens("probe", "bob", at(0), event_category="system")
    community.fill()

    (cohort,) = cohorts.retention(community.workspace, "month")
    assert (cohort.size, cohort.active_people) == (2, 1)
    assert days(community)[0] == (2, 1, 1)
    assert days(community)[1] == (2, 0, 0)


def test_activity_before_the_sign_up_is_no_retention(community):
    community.happens("post_created", "ada", at(-5))
    signs_up(community, "ada", 0, 2)
    community.fill()

    assert [days(community)[day] for day in (0, 1, 2)] == [(1, 1, 1), (1, 0, 1), (1, 1, 1)]
    (cohort,) = cohorts.retention(community.workspace, "month")
    assert (cohort.active_people, cohort.avg_posts_per_user) == (1, 1)


def test_a_day_that_is_not_over_is_not_in_the_denominator_and_nobody_eligible_is_not_yet(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    signs_up(community, "ada", 0, 1, 7)
    signs_up(community, "bob", 6, 1)
    now_is(at(7, "23:00"))
    community.fill()

    # Day 7 of ada, and day 1 of bob, are under way.
    assert {day: days(community)[day] for day in (0, 1, 2, 6, 7, 8)} == {
        0: (2, 2, 2),
        1: (1, 1, 1),
        2: (1, 0, 1),
        6: (1, 0, 1),
        7: (0, None, None),
        8: (0, None, None),
    }
    now_is(at(8, "00:10"))
    # Over, and not filled since.
    assert days(community)[7] == (0, None, None)
    now_is(at(8, "01:05"))
    community.fill()
    assert (days(community)[1], days(community)[7]) == ((2, 2, 2), (1, 1, 1))


def test_weeks_are_seven_days_from_the_own_sign_up(community, now_is):
    now_is(at(400))
    signs_up(community, "ada", 2, 6, 7, 8, 13, 14)
    signs_up(community, "bob", 4, 13)
    signs_up(community, "cyd", 4, 20, 364 + 6, 364 + 7)
    community.fill()

    (cohort,) = cohorts.retention(community.workspace, "week", by="week", at=at(4 + 364 + 7).date())
    assert len(cohort.cells) == 53
    assert [cell.retained for cell in cohort.cells] == [3, 2, 2, *[0] * 49, 1]
    assert {cell.eligible for cell in cohort.cells} == {3}
    assert {cell.still_active for cell in cohort.cells} == {None}


def test_a_week_is_eligible_when_all_of_it_is_over_and_the_cumulative_share_is_of_everybody(community):
    signs_up(community, "ada", 0, 8)
    signs_up(community, "bob", 1, 8)
    community.fill()

    (cohort,) = cohorts.retention(community.workspace, "week", by="week", at=at(13).date())
    second = cohort.cells[1]
    assert (second.eligible, second.retained, second.retention, cohort.cumulative_share(second)) == (1, 1, 1, 0.5)
    assert (cohort.cells[2].retained, cohort.cumulative_share(cohort.cells[2])) == (None, None)


def test_an_earlier_day_tells_what_was_known_when_it_ended(community):
    signs_up(community, "ada", 0, 1, 3)
    signs_up(community, "bob", 2)
    community.fill()

    then = at(2).date()
    assert {day: days(community, at=then)[day] for day in (0, 1, 2, 3)} == {
        0: (2, 2, None),
        1: (1, 1, None),
        2: (1, 0, None),
        3: (0, None, None),
    }
    assert days(community, at=at(3).date())[1] == (2, 1, 1)
    assert cohorts.retention(community.workspace, "month", at=at(-1).date()) == []


def test_days_are_those_of_the_zone(db):
    community = Community("commons-kathmandu", "Asia/Kathmandu")  # midnight there is 18:15 in UTC
    community.happens("user_registered", "ada", at(0, "18:14"))
    community.happens("post_view", "ada", at(1, "18:14"))
    community.happens("user_registered", "bob", at(0, "18:15"))
    community.happens("post_view", "bob", at(1, "18:14"))
    community.fill()

    assert list(UserCohort.objects.values_list("signed_up_on", "people")) == [(at(0).date(), 1), (at(1).date(), 1)]
    assert days(community)[1] == (2, 1, 1)


def test_people_without_a_sign_up_event_sign_up_by_trait_or_when_first_seen(community):
    trait = {"type": "identify", "messageId": "i", "userId": "ada", "traits": {"created_at": at(1).isoformat()}}
    community.store([trait | {"timestamp": at(8).isoformat()}], at(8))
    for name, day in (("ada", 8), ("bob", 1), ("bob", 8)):
        community.happens("post_view", name, at(day))
    community.fill()

    assert days(community)[7] == (2, 2, 2)


def test_averages_are_per_active_person_of_the_cohort(community):
    signs_up(community, "ada", 0)
    signs_up(community, "bob", 1)
    for day in (0, 5, 120):
        community.happens("post_created", "ada", at(day, "15:00"))
    community.happens("comment_created", "bob", at(9))
    community.happens("probe", "cyd", at(0), event_category="system")
    community.fill()

    (cohort,) = cohorts.retention(community.workspace, "month")
    assert (cohort.size, cohort.avg_posts_per_user, cohort.avg_comments_per_user) == (3, 1.5, 0.5)


def test_an_event_80_days_late_opens_the_rows_that_it_changes_and_no_others(community):
    for number, name in enumerate(("ada", "bob", "cyd")):
        signs_up(community, name, 10 * number, 1, 60)
    community.fill()
    with connection.cursor() as cursor:
        for table in ("user_cohorts", "cohort_retention"):
            cursor.execute(f"UPDATE {table} SET calculated_at = '2000-01-01'")

    # Day 22 is after the latest day of nobody.
    community.happens("post_view", "bob", at(22), received=at(102))
    community.fill()
    assert list(UserCohort.objects.filter(calculated_at__gt=at(0), people__gt=0).values_list("signed_up_on")) == []
    refilled = CohortRetention.objects.filter(calculated_at__gt=at(0)).values_list("date", "signed_up_on")
    assert set(refilled) == {(at(22).date(), at(10).date())}

    # And day 75 is of bob, within his 90.
    community.happens("post_view", "bob", at(75), received=at(155))
    community.fill()
    (cohort,) = UserCohort.objects.filter(calculated_at__gt=at(0))
    assert (cohort.signed_up_on, cohort.still_active[65], cohort.still_active[66]) == (at(10).date(), 1, 0)


def test_a_sign_up_that_turns_out_earlier_moves_all_days_of_the_person(community):
    signs_up(community, "ada", 0)
    community.happens("post_view", "bob", at(9))
    community.happens("post_view", "bob", at(30))
    community.fill()
    assert days(community)[21] == (2, 1, 1)

    community.happens("post_view", "bob", at(2))
    community.fill()

    found = days(community)
    assert (found[7], found[21], found[28]) == ((2, 1, 1), (2, 0, 1), (2, 1, 1))
    assert of(community) == refilled(community)


def refilled(community):
    """The same tables when every day is filled again."""
    engine.prepare(community.workspace, at(-60), at(300))
    community.fill()
    return of(community)


def test_a_merge_and_its_undo_change_the_rows_of_both(community):
    signs_up(community, "ada", 0, 1, 40)
    signs_up(community, "bob", 20, 3, 70)
    community.fill()
    before = of(community)
    ids = community.person("ada"), community.person("bob")
    record = merging.merge(community.workspace, *ids, by=None, reason="The same person")
    community.fill()

    assert of(community) == refilled(community)
    found = days(community)
    assert [found[day] for day in (0, 1, 20, 23, 40, 90)] == [(1, 1, 1)] * 6
    assert PersonLatest.objects.get().last_active_on == at(90).date()
    merging.undo(record, by=None, reason="Wrong")
    community.fill()
    assert of(community) == before


def test_bots_are_counted_in_only_where_asked_for(community):
    signs_up(community, "ada", 0, 1)
    crawls(community, "ada", 5)
    crawls(community, "robot", 0)
    crawls(community, "robot", 1)
    community.fill()

    assert {day: days(community)[day] for day in (0, 1, 5)} == {0: (1, 1, 1), 1: (1, 1, 1), 5: (1, 0, 0)}
    found = days(community, with_bots=True)
    assert {day: found[day] for day in (0, 1, 5, 6)} == {0: (2, 2, 2), 1: (2, 2, 2), 5: (2, 1, 1), 6: (2, 0, 0)}
    (cohort,) = cohorts.retention(community.workspace, "week", by="week", with_bots=True)
    assert [cell.retained for cell in cohort.cells[:2]] == [2, 0]


def test_a_bot_that_turns_out_to_be_a_person_takes_its_days_along(community):
    crawls(community, "ada", 0)
    crawls(community, "ada", 4)
    community.fill()
    assert days(community, with_bots=True)[4] == (1, 1, 1)

    community.happens("post_view", "ada", at(2))
    community.fill()

    assert [days(community)[day] for day in (0, 1, 2)] == [(1, 1, 1), (1, 0, 0), (1, 0, 0)]
    assert [days(community, with_bots=True)[day] for day in (0, 1, 2, 4)] == [
        (1, 1, 1),
        (1, 0, 1),
        (1, 1, 1),
        (1, 0, 0),
    ]
    assert of(community) == refilled(community)


def test_another_tenant_is_neither_seen_nor_changed(community):
    other = Community("commons-other")
    signs_up(other, "ada", 0, 1)
    other.fill()
    before = of(other)
    signs_up(community, "ada", 0)
    community.fill()

    assert of(other) == before
    assert (days(community)[1], days(other)[1]) == ((1, 0, 0), (1, 1, 1))


@pytest.mark.parametrize("seed", range(2))
def test_any_order_of_arrival_and_filling_gives_the_same_tables(db, seed):
    chance = random.Random(seed)
    people = [f"p{number}" for number in range(6)]
    events = [
        (
            chance.choice(["post_created", "post_view", "user_registered", "crawl"]),
            chance.choice(people),
            at(0, "00:00") + timedelta(hours=chance.randrange(24 * 130)),
        )
        for _ in range(60)
    ]
    found = []
    for order in (events, chance.sample(events, len(events))):
        community = Community(f"commons-{seed}-{len(found)}")
        for name, who, moment in order:
            if name == "crawl":
                day = (moment.date() - at(0).date()).days
                crawls(community, who, day, clock=f"{moment:%H:%M}")
            else:
                community.happens(name, who, moment)
            if found and chance.random() < 0.2:
                community.fill()
        community.fill()
        found.append(
            [
                [
                    (cohort.start, cohort.size, cohort.active_people, cohort.posts_created, cohort.cells)
                    for by in ("day", "week")
                    for cohort in cohorts.retention(community.workspace, "week", by=by, with_bots=with_bots)
                ]
                for with_bots in (False, True)
            ]
        )
        assert of(community) == refilled(community)
    assert found[0] == found[1]
