"""Which days are not final: what touched them, what that reaches, and nothing beside it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from analytics.metrics import DayStates
from analytics.models import OpenBucket, PlatformDaily, TouchedHour, UserActivityDaily
from analytics.rollups import engine, reopen
from analytics.rollups.rollup import ROLLUPS, Rollup
from analytics.rollups.waiting import Waiting, read_once, waiting
from tests.analytics.community import Community, at
from tests.factories.analytics import OpenBucketFactory
from tests.factories.config import WorkspaceFactory

FILLS = ("hourly_metrics", "platform_daily")


@pytest.fixture(scope="module")
def filled(lasting_db):
    """90 days on each of which ada posts, all filled."""
    community = Community()
    for day in range(0, 90, 2):
        community.happens("post_created", "ada", at(day))
    community.fill()
    return community


@pytest.fixture
def long_past(filled, as_filled):
    return as_filled(filled)


def days_written_since(model, workspace):
    found = model.objects.filter(workspace=workspace, calculated_at__gt="2001-01-01T00:00Z").values_list(
        "date", flat=True
    )
    return sorted(set(found))


def forget_when_calculated(*models):
    for model in models:
        model.objects.update(calculated_at="2000-01-01T00:00:00Z")


def test_spans_know_what_they_touch():
    found = Waiting([(date(2026, 3, 2), date(2026, 3, 4)), (date(2026, 3, 10), date(2026, 3, 10))])

    def touched(first, end):
        return found.touches(date(2026, 3, first), date(2026, 3, end))

    assert [touched(day, day + 1) for day in (1, 2, 4, 5, 9, 10, 11)] == [False, True, True, False, False, True, False]
    assert touched(1, 3)
    assert touched(5, 20)
    assert not touched(5, 10)
    assert (found.before(date(2026, 3, 4)), found.before(date(2026, 4, 1)), found.before(date(2026, 3, 1))) == (2, 4, 0)
    assert not Waiting([]).touches(date.min, date.max)


def test_the_mau_of_the_29_days_after_a_late_event_is_not_final_before_the_next_fill(long_past):
    long_past.happens("post_created", "bob", at(10), received=at(90))

    states = {day: long_past.metric("mau", day).state for day in (9, 10, 11, 39, 40)}
    assert states == {9: "closed", 10: "settling", 11: "settling", 39: "settling", 40: "closed"}

    long_past.fill()
    assert {long_past.metric("mau", day).state for day in range(60)} == {"closed"}


def test_a_total_is_not_final_as_long_as_any_day_before_it_waits(long_past):
    long_past.happens("post_created", "bob", at(10), received=at(90))

    assert [long_past.metric("total_users", day).state for day in (9, 10, 80)] == ["closed", "settling", "settling"]
    assert long_past.metric("new_signups", 80).state == "closed"


def test_an_event_80_days_late_reopens_its_day_and_what_stands_on_it_and_only_that(long_past):
    forget_when_calculated(PlatformDaily, UserActivityDaily)
    long_past.happens("comment_created", "bob", at(5), received=at(85))
    waits = {day for day in range(90) if long_past.metric("mau", day).state == "settling"}
    long_past.fill()

    assert days_written_since(UserActivityDaily, long_past.workspace) == [at(5).date()]
    assert days_written_since(PlatformDaily, long_past.workspace) == [at(day).date() for day in range(5, 35)]
    # What was said to wait is what was filled.
    assert waits == set(range(5, 35))


def test_an_hour_touched_at_midnight_reaches_a_session_of_the_day_before(long_past):
    long_past.happens("post_created", "ada", at(21, "00:10"), received=at(90))

    assert long_past.metric("sessions", 20).state == "settling"
    assert long_past.metric("sessions", 19).state == "closed"


def test_a_merge_makes_the_days_of_whoever_moved_settle_and_only_those(long_past):
    for day in (3, 50):
        long_past.happens("post_created", None, at(day), received=at(90), anonymous_id="visitor")
    long_past.fill()
    forget_when_calculated(UserActivityDaily)
    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
    long_past.store([identify | {"timestamp": at(89).isoformat()}], at(89))

    # The 29 days after each have another MAU; a session of the day before may go on in it.
    waits = {day for day in range(90) if long_past.metric("mau", day).state == "settling"}
    assert waits == {*range(2, 34), *range(49, 81), 89}
    long_past.fill()
    # Only what is not as before is written.
    assert days_written_since(UserActivityDaily, long_past.workspace) == [at(day).date() for day in (3, 50, 89)]
    assert {long_past.metric("mau", day).state for day in range(60)} == {"closed"}


def test_days_of_people_are_opened_by_whoever_changes_what_they_did(long_past):
    long_past.happens("like_given", "bob", at(7), properties={"author_id": "cyd"})
    long_past.happens("post_created", "cyd", at(40))
    long_past.fill()
    forget_when_calculated(UserActivityDaily)
    before = PlatformDaily.objects.filter(workspace=long_past.workspace).count()

    with transaction.atomic():
        assert reopen.people(long_past.workspace, [long_past.person("cyd")]) == 2

    assert [long_past.metric("dau", day).state for day in (5, 7, 40)] == ["closed", "settling", "settling"]
    long_past.fill()
    assert [long_past.metric("dau", day).state for day in (5, 7, 40)] == ["closed", "closed", "closed"]
    # Nothing of it is other than before.
    assert days_written_since(UserActivityDaily, long_past.workspace) == []
    assert PlatformDaily.objects.filter(workspace=long_past.workspace).count() == before


def test_people_of_others_and_nobody_open_nothing(long_past):
    other = Community("commons-other")
    assert reopen.people(other.workspace, [long_past.person("ada")]) == 0
    assert reopen.people(long_past.workspace, []) == 0
    assert not TouchedHour.objects.exists()


def test_what_waits_elsewhere_leaves_a_workspace_closed(long_past):
    other = Community("commons-other")
    other.happens("post_created", "bob", at(10))

    assert long_past.metric("dau", 10).state == "closed"
    assert waiting(long_past.workspace, "platform_daily").spans == []


def test_a_week_that_stands_on_days_waits_from_monday_to_sunday(db, monkeypatch):
    community = Community("commons-new")
    weekly = Rollup(key="weekly", title="W", table="w", grain="week", depends_on={"platform_daily": 1})
    monkeypatch.setattr(ROLLUPS, "_entries", ROLLUPS._entries | {"weekly": weekly})
    # Wednesday 4 March 2026.
    engine.open_buckets(community.workspace, {"platform_daily": {at(2, "00:00")}})

    assert waiting(community.workspace, "weekly").spans == [(date(2026, 3, 2), date(2026, 3, 15))]
    assert waiting(community.workspace, "platform_daily").spans == [(date(2026, 3, 4), date(2026, 3, 4))]
    assert waiting(community.workspace, "people").spans == []


def test_an_open_bucket_of_something_else_closes_no_day(long_past):
    engine.open_buckets(long_past.workspace, {"hourly_metrics": {at(2)}})
    OpenBucket.objects.create(workspace=long_past.workspace, rollup="gone", bucket=at(2))

    assert long_past.metric("dau", 2).state == "closed"


def test_the_watermark_is_where_the_last_fill_found_everything_over(long_past, now_is):
    assert DayStates(Community("commons-new").workspace).watermark is None
    now_is(at(400, "14:30"))
    long_past.fill()

    assert long_past.metric("dau", 0).watermark == at(400, "00:00")
    assert DayStates(long_past.workspace, "hourly_metrics").watermark == at(400, "14:00")
    now_is(at(401) + timedelta(hours=1))
    assert long_past.metric("dau", 400).state == "settling"


def test_within_one_answer_what_waits_is_read_once(db, django_assert_num_queries):
    workspace, other = WorkspaceFactory(), WorkspaceFactory()
    with read_once():
        assert waiting(workspace, "platform_daily").spans == []
        OpenBucketFactory(workspace=workspace, bucket=datetime(2026, 3, 1, tzinfo=UTC))
        OpenBucketFactory(workspace=other, bucket=datetime(2026, 3, 2, tzinfo=UTC))
        with django_assert_num_queries(0):
            assert waiting(workspace, "platform_daily").spans == []
        assert waiting(other, "platform_daily").spans == [(date(2026, 3, 2), date(2026, 3, 2))]
    assert waiting(workspace, "platform_daily").spans == [(date(2026, 3, 1), date(2026, 3, 1))]
