"""The platform by week and month: distinct people, growth, retention, and what a late event opens again."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection

from analytics import hours, metrics
from analytics.metrics import METRICS, NoSuchGrain
from analytics.models import PlatformMonthly, PlatformWeekly, UnifiedUser
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls

FILLS = ("community_daily", "hourly_metrics", "person_latest", "platform_daily", "platform_monthly", "platform_weekly")


def told(community, key, first, last=None, grain="month", **more):
    values = metrics.read(METRICS[key], community.workspace, first, last or first, grain, **more)
    return [None if one.value is None else round(one.value, 4) for one in values]


def test_who_comes_on_many_days_is_one_person_of_the_week_and_month(community):
    for day in range(7):
        community.happens("post_created", "ada", at(day))
    community.happens("comment_created", "bob", at(3))
    community.fill()

    monday, month = at(0).date(), date(2026, 3, 1)
    assert told(community, "wau", monday, grain="week") == [2]
    assert told(community, "mau", month) == [2]
    assert told(community, "active_posters", month) == [1]
    assert told(community, "active_commenters", monday, grain="week") == [1]
    assert told(community, "social_people", month) == [2]
    assert told(community, "activities_per_user", month) == [4]
    assert told(community, "avg_dau", month) == [round(8 / 31, 4)]
    assert told(community, "avg_dau", monday, grain="week") == [round(8 / 7, 4)]


def test_retention_is_who_came_in_both_months(community):
    for who, days in {"ada": (0, 31), "bob": (1, 2), "cyd": (35,), "dan": (5, 95)}.items():
        for day in days:
            community.happens("post_created", who, at(day))
    community.fill()

    values = metrics.read(METRICS["retention"], community.workspace, date(2026, 2, 1), date(2026, 6, 1), "month")
    assert [(one.numerator, one.denominator) for one in values] == [(0, 0), (0, 0), (1, 3), (0, 2), (0, 0)]
    assert told(community, "retention", date(2026, 3, 1), date(2026, 4, 1)) == [None, 33.3333]


def test_two_months_in_a_row_are_told_apart_from_three_to_the_day(community):
    # The first day of July and the last of August are the farthest apart that two months have.
    for who, days in {
        "ada": (date(2026, 7, 1), date(2026, 8, 31)),
        "bob": (date(2026, 6, 30), date(2026, 8, 31)),
    }.items():
        for day in days:
            community.happens("post_created", who, at((day - at(0).date()).days))
    community.fill()

    assert told(community, "retention", date(2026, 7, 1), date(2026, 8, 1)) == [0, 100]
    (value,) = metrics.read(METRICS["retention"], community.workspace, *[date(2026, 8, 1)] * 2, "month")
    assert (value.numerator, value.denominator) == (1, 1)
    assert told(community, "mau", date(2026, 6, 1), date(2026, 8, 1)) == [1, 1, 2]


def test_growth_of_the_first_month_is_null_and_then_of_those_before(community):
    for who, day in (("ada", 0), ("bob", 1), ("cyd", 31), ("dan", 92)):
        community.happens("user_registered", who, at(day))
    community.fill()

    found = told(community, "growth_rate", date(2026, 2, 1), date(2026, 6, 1))
    assert found == [None, None, 50, 0, round(100 / 3, 4)]
    assert told(community, "growth_rate", at(1).date(), grain="day") == [100]


def test_a_week_begins_on_monday_and_a_month_on_its_first_in_the_zone_of_the_workspace(db):
    # New York: the clocks go forward on Sunday, 8 March 2026, the last day of a week.
    community = Community("commons-new-york", "America/New_York")
    zone = community.workspace.zone
    for who, moment in {
        "before": at(-1, "23:59:59", zone),
        "monday": at(0, "00:00", zone),
        "sunday": at(6, "23:59:59", zone),
        "after": at(7, "00:00", zone),
        "march": at(29, "23:59:59", zone),
        "april": at(30, "00:00", zone),
    }.items():
        community.happens("post_created", who, moment)
    community.fill()

    assert told(community, "wau", at(-1).date(), at(7).date(), "week") == [1, 2, 1]
    assert told(community, "mau", date(2026, 3, 1), date(2026, 4, 1)) == [5, 1]


def test_weeks_and_months_without_anybody_have_no_row_and_read_as_nothing(community):
    community.happens("post_created", "ada", at(0))
    community.fill()

    assert list(PlatformMonthly.objects.order_by("date").values_list("date", "mau", "previous_people")) == [
        (date(2026, 3, 1), 1, 0),
        (date(2026, 4, 1), 0, 1),
    ]
    assert list(PlatformWeekly.objects.order_by("date").values_list("wau", flat=True)) == [1, 0]
    assert told(community, "mau", date(2026, 6, 1)) == [0]
    assert told(community, "retention", date(2026, 4, 1)) == [0]
    assert told(community, "retention", date(2026, 6, 1)) == [None]
    assert told(community, "activities_per_user", date(2026, 6, 1)) == [None]


def test_an_event_80_days_late_opens_its_day_week_and_month_and_the_next_ones_and_no_other(community):
    for day in range(0, 120, 7):
        community.happens("post_created", "ada", at(day))
    community.fill()
    tables = ("platform_weekly", "platform_monthly", "platform_daily", "user_activity_daily")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"UPDATE {table} SET calculated_at = '2000-01-01'")

    community.happens("comment_created", "bob", at(20), received=at(100))
    community.fill()

    opened = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT DISTINCT date FROM {table} WHERE calculated_at > '2000-01-01' AND date < '2026-11-01'"
            )
            opened[table] = sorted(day for (day,) in cursor.fetchall())
    assert opened == {
        "user_activity_daily": [at(20).date()],
        "platform_daily": [at(day).date() for day in range(20, 50)],
        "platform_weekly": [at(14).date(), at(21).date()],
        "platform_monthly": [date(2026, 3, 1), date(2026, 4, 1)],
    }
    assert told(community, "mau", date(2026, 3, 1)) == [2]
    assert told(community, "retention", date(2026, 4, 1)) == [50]


def test_weeks_and_months_with_bots_have_people_of_their_own(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "ada", 0, clock="13:00")
    crawls(community, "robot", 1)
    community.happens("post_created", "bob", at(40))
    community.fill()

    months = (date(2026, 3, 1), date(2026, 5, 1))
    assert told(community, "mau", *months) == [1, 1, 0]
    assert told(community, "mau", *months, with_bots=True) == [2, 1, 0]
    assert told(community, "active_posters", *months, with_bots=True) == [2, 1, 0]
    assert told(community, "retention", date(2026, 4, 1), with_bots=True) == [0]
    assert list(PlatformMonthly.objects.filter(with_bots=True).values_list("date", flat=True)) == [
        date(2026, 3, 1),
        date(2026, 4, 1),
    ]


def test_another_workspace_is_neither_counted_nor_changed(community):
    other = Community("commons-other")
    community.happens("post_created", "ada", at(0))
    community.fill()
    for who in ("ada", "bob"):
        other.happens("post_created", who, at(0))
    other.fill()

    assert told(community, "mau", date(2026, 3, 1)) == [1]
    assert told(other, "mau", date(2026, 3, 1)) == [2]


def test_random_years_are_what_counting_by_hand_says_in_any_order_of_arrival(community):
    chance = random.Random(3)
    events = [(who, day) for day in range(100) for who in ("ada", "bob", "cyd", "dan") if chance.random() < 0.05]
    for number, (who, day) in enumerate(chance.sample(events, len(events))):
        community.happens("post_created", who, at(day))
        if number == len(events) // 2:
            community.fill()
    community.fill()

    def people(month):
        return {who for who, day in events if (at(day).year, at(day).month) == (2026, month)}

    def of_week(monday):
        return {who for who, day in events if monday <= at(day).date() < monday + timedelta(days=7)}

    for month in range(2, 8):
        value = metrics.read(METRICS["retention"], community.workspace, *[date(2026, month, 1)] * 2, "month")[0]
        both = people(month) & people(month - 1)
        assert (value.numerator, value.denominator) == (len(both), len(people(month - 1)))
        assert told(community, "active_posters", date(2026, month, 1)) == [len(people(month))]
    for week in range(16):
        monday = at(7 * week).date()
        assert told(community, "wau", monday, grain="week") == [len(of_week(monday))]


@pytest.mark.parametrize(
    ("key", "grain"), [("dau", "week"), ("mau", "week"), ("wau", "month"), ("engagement_rate", "month")]
)
def test_what_no_rollup_counts_in_a_grain_is_refused(community, key, grain):
    with pytest.raises(NoSuchGrain, match="cannot be added up"):
        metrics.read(METRICS[key], community.workspace, at(0).date(), at(0).date(), grain)


def wrote(community, who, day, post, name="post_created", **more):
    community.happens(name, who, at(day), properties={"post_id": post, **more})


def test_what_is_deleted_since_counts_nowhere_on_the_day_it_was_made(community):
    wrote(community, "ada", 0, "p1")
    wrote(community, "ada", 0, "p2")
    wrote(community, "bob", 0, "p3")
    wrote(community, "cyd", 0, "p3", "comment_created", comment_id="c1")
    community.fill()
    assert (community.day(0).posts, community.day(0).active_posters, community.day(0).social_people) == (3, 2, 3)

    wrote(community, "ada", 4, "p1", "post_deleted")
    wrote(community, "moderator", 20, "p3", "post_deleted", author_id="bob")
    community.happens("comment_deleted", "cyd", at(20), properties={"comment_id": "c1", "author_id": "cyd"})
    community.fill()

    row = community.day(0)
    assert (row.posts, row.comments, row.activities) == (1, 0, 1)
    assert (row.active_posters, row.active_commenters, row.social_people) == (1, 0, 1)
    # They were active all the same, and the acts themselves have happened.
    assert (row.dau, row.posts_created, row.comments_created) == (3, 3, 1)
    assert told(community, "active_posters", at(0).date(), grain="week") == [1]
    assert told(community, "active_posters", date(2026, 3, 1)) == [1]
    assert told(community, "social_people", date(2026, 3, 1)) == [1]
    assert told(community, "posts", date(2026, 3, 1)) == [1]
    assert (
        metrics.read(METRICS["activities_per_user"], community.workspace, *[date(2026, 3, 1)] * 2, "month")[0].numerator
        == 1
    )


def test_a_deletion_opens_the_day_week_and_month_of_what_it_deletes_however_long_ago(community):
    wrote(community, "ada", 0, "p1")
    wrote(community, "ada", 60, "p2")
    community.fill()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_daily SET calculated_at = '2000-01-01'")

    wrote(community, "ada", 90, "p1", "post_deleted")
    community.fill()

    assert [community.day(day).posts for day in (0, 60)] == [0, 1]
    refilled = community.workspace_days().filter(calculated_at__gt=at(0), date__lt=at(90).date())
    assert [row.date for row in refilled] == [at(0).date()]
    assert told(community, "active_posters", date(2026, 3, 1)) == [0]


def test_a_deletion_that_comes_before_its_creation_counts_the_same(community):
    wrote(community, "ada", 5, "p1", "post_deleted")
    community.fill()
    wrote(community, "ada", 0, "p1")
    community.fill()

    assert (community.day(0).posts, community.day(0).posts_created) == (0, 1)


def test_test_accounts_count_in_no_week_month_hour_community_or_list_of_users(community):
    for who in ("ada", "test", "eve@example.com"):
        community.happens("community_join", who, at(0), properties={"communityId": "chess"})
        community.happens("community_post", who, at(0), properties={"communityId": "chess", "postId": who})
    community.fill()

    march = date(2026, 3, 1)
    assert told(community, "mau", march) == told(community, "active_posters", march) == told(community, "posts", march)
    assert told(community, "posts", march) == [1]
    assert told(community, "wau", at(0).date(), grain="week") == [1]
    assert told(community, "activities_per_user", march) == [1]
    assert told(community, "community_members", at(0).date(), grain="day", of="chess") == [1]
    assert told(community, "community_total_interactions", march, of="chess") == [1]
    found = hours.read("community_posts", community.workspace, at(0).date(), at(0).date())
    assert sum(hour.value for hour in found) == 1
    assert [user.distinct_ids for user in UnifiedUser.objects.filter(workspace_id=community.workspace.pk)] == [["ada"]]
    assert told(community, "mau", march, with_bots=True) == [3]
    assert told(community, "posts", march, with_bots=True) == [3]
