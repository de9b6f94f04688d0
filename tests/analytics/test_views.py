"""The views for reading with SQL: which there are, what they say, and that nobody waits for them."""

import uuid
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, connections
from django.utils import timezone

from analytics import (
    metrics,
    reference_views,
    tasks,  # noqa: F401 importing registers the jobs
)
from analytics.models import (
    ActiveUser,
    DailyActiveUsers,
    Leaderboard,
    MonthlyActiveUsers,
    UserActivityDaily,
    WeeklyActiveUsers,
)
from config.runs import JOBS
from tests.analytics.community import Community

NAMES = {
    *("v_trending_posts", "v_leaderboard", "v_active_users", "daily_active_users", "weekly_active_users"),
    *("monthly_active_users", "activation_stats", "wave_participation_stats", "community_engagement", "unified_users"),
}
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def rows(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def acts(community, name, who, days_ago, **properties):
    moment = timezone.now() - timedelta(days=days_ago, seconds=5)
    community.happens(name, who, moment, properties={"post_id": "p1", "author_id": "ada"} | properties)


@pytest.fixture
def two(db):
    """A workspace with something of every period, and another one."""
    community, other = Community(), Community("elsewhere")
    for days_ago in (0, 5, 20, 45):
        acts(community, "post_created", "ada", days_ago, post_id=f"p{days_ago}")
        acts(community, "like_given", "bob", days_ago)
    acts(community, "like_given", "ada", 0)
    acts(community, "comment_created", "cyd", 10)
    envelope = {"type": "track", "event": "post_created", "userId": "spider", "timestamp": timezone.now().isoformat()}
    community.store([envelope | {"context": {"userAgent": CRAWLER}}], timezone.now())
    acts(other, "post_created", "zoe", 0)
    for place in (community, other):
        place.fill()
    return community, other


def test_every_view_of_the_agreement_is_there_and_tells_its_workspace(db):
    with_workspace = rows(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'workspace_id'"
        " WHERE relkind IN ('v', 'm')"
    )
    assert NAMES - {name for (name,) in with_workspace} == set()


def test_every_view_is_documented_with_each_of_its_columns(db):
    there = rows("SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace")
    found = {view._meta.db_table: view for view in reference_views.views()}
    assert set(found) == {name for (name,) in there}
    for name in NAMES:
        columns = rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", name
        )
        fields = found[name]._meta.concrete_fields
        assert {column for (column,) in columns} == {field.column for field in fields}, name
        assert [field.column for field in fields if not reference_views.meaning_of(field)] == [], name


def test_every_materialised_view_can_be_refreshed_beside_its_readers(db):
    bare = rows(
        "SELECT matviewname FROM pg_matviews WHERE NOT EXISTS (SELECT FROM pg_index"
        " WHERE indrelid = matviewname::regclass AND indisunique AND indpred IS NULL)"
    )
    assert bare == []


def test_active_users_are_those_of_the_metrics(two):
    for place in two:
        today = timezone.now().date()
        for view, key, grain in (
            (DailyActiveUsers, "dau", "day"),
            (WeeklyActiveUsers, "wau", "week"),
            (MonthlyActiveUsers, "mau", "month"),
        ):
            told = dict(view.objects.filter(workspace_id=place.workspace.pk).values_list("date", "active_users"))
            values = metrics.read(metrics.METRICS[key], place.workspace, today - timedelta(days=90), today, grain)
            assert {day: number for day, number in told.items() if number} == {
                value.date: value.value for value in values if value.value
            }
        people = ActiveUser.objects.filter(workspace_id=place.workspace.pk)
        day = DailyActiveUsers.objects.get(workspace_id=place.workspace.pk, date=today)
        assert people.count() == day.active_users_30_days
        assert people.filter(active_days_7__gt=0).count() == day.active_users_7_days
        assert people.filter(active_today=True).count() == day.active_users
    ada = ActiveUser.objects.get(workspace_id=two[0].workspace.pk, person_id=two[0].person("ada"))
    assert (ada.active_days_7, ada.active_days_30, ada.posts) == (2, 3, 3)


def test_the_leaderboard_has_people_by_period_without_bots(two):
    community, other = two
    assert JOBS["analytics.refresh_views"].run().status == "succeeded"

    def board(period):
        found = Leaderboard.objects.filter(workspace_id=community.workspace.pk, period=period)
        names = {community.person(name): name for name in ("ada", "bob", "cyd")}
        return {names[row.person_id]: (row.likes_received, row.posts, row.engagement) for row in found}

    assert board("7_days") == {"ada": (2, 2, 3), "bob": (0, 0, 2)}
    assert board("30_days") == {"ada": (3, 3, 4), "bob": (0, 0, 3), "cyd": (0, 0, 1)}
    assert board("all_time") == {"ada": (4, 4, 5), "bob": (0, 0, 4), "cyd": (0, 0, 1)}
    today = timezone.now().date()
    for period, days in (("7_days", 7), ("30_days", 30), ("all_time", 90)):
        for key, column in (("likes_received", 0), ("posts_created", 1)):
            values = metrics.read(
                metrics.METRICS[key], community.workspace, today - timedelta(days=days - 1), today, "day"
            )
            assert sum(row[column] for row in board(period).values()) == sum(value.value for value in values)
    first = Leaderboard.objects.get(
        workspace_id=community.workspace.pk, period="7_days", person_id=community.person("ada")
    )
    assert (first.likes_rank, first.posts_rank, first.engagement_rank) == (1, 1, 1)
    assert first.engagement_score > 0
    (zoe,) = Leaderboard.objects.filter(workspace_id=other.workspace.pk, period="all_time")
    assert (zoe.person_id, zoe.posts) == (other.person("zoe"), 1)


@pytest.mark.django_db(transaction=True)
def test_a_reader_with_a_transaction_neither_waits_for_a_refresh_nor_holds_it_up(two):
    failed = []

    def refresh():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            failed.append(JOBS["analytics.refresh_views"].run().status != "succeeded")
        finally:
            connections.close_all()

    reader = connection.copy()
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN; SET LOCAL lock_timeout = '1s'")
            cursor.execute("SELECT count(*) FROM v_leaderboard")
            assert cursor.fetchone() == (0,)
            thread = Thread(target=refresh)
            thread.start()
            while thread.is_alive():
                cursor.execute("SELECT count(*) FROM v_leaderboard, (SELECT count(*) FROM v_trending_posts) AS other")
            cursor.execute("COMMIT")
    finally:
        reader.close()
    thread.join()
    assert failed == [False]
    assert Leaderboard.objects.count() > 0


def test_each_board_ends_with_its_last_place(community):
    today = timezone.now().date()
    UserActivityDaily.objects.bulk_create(
        batch_size=500,
        objs=(
            UserActivityDaily(
                workspace=community.workspace,
                person_id=uuid.UUID(int=number + 1),
                date=today,
                excluded=False,
                likes_received=max(number - 1_000, 0),
                comments_created=1 if number < 1_500 else 0,
                calculated_at=timezone.now(),
            )
            for number in range(2_000)
        ),
    )
    assert JOBS["analytics.refresh_views"].run().status == "succeeded"
    board = Leaderboard.objects.filter(workspace_id=community.workspace.pk, period="7_days")
    # 999 with likes; the first 1,000 of those who have one comment each, all in the first place.
    assert board.filter(likes_received__gt=0).count() == 999
    assert board.filter(engagement_rank=1).count() == 1_000 + 499
    assert board.get(likes_rank=1).person_id == uuid.UUID(int=2_000)
