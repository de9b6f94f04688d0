"""Which days a late event opens of the rollups that ask what a person did on other days."""

from datetime import timedelta

import pytest
from django.db import connection

from analytics.rollups import engine
from tests.analytics.community import TIME_ZERO, Community, at
from tests.analytics.engagement import follows
from tests.analytics.test_engine import contents

TABLES = ("user_engagement_daily", "cohort_retention", "activity_gaps", "recency_daily", "segment_activity_daily")
LONG_AGO = "2000-01-01"


@pytest.fixture
def community(db):
    community = Community()
    for day in (0, 9, 40):
        community.happens("post_created", "ada", at(day))
    for day in range(1, 60, 3):
        community.happens("post_view", "bob", at(day))
    follows(community, "cyd", "ada", 20)
    community.fill()
    return community


def refilled(community, block):
    """The days, by table, of which the block makes a fill write rows."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"UPDATE {table} SET calculated_at = '{LONG_AGO}'")
        block()
        community.fill()
        found = {}
        for table in TABLES:
            cursor.execute(
                f"SELECT DISTINCT date FROM {table} WHERE workspace_id = %s AND calculated_at > '{LONG_AGO}'",
                [community.workspace.pk],
            )
            found[table] = {(day - TIME_ZERO.date()).days for (day,) in cursor.fetchall()}
    return found


def is_what_filling_all_again_gives(community):
    tables = contents(community)
    engine.prepare(community.workspace, at(-60), at(300))
    # Whatever a fill took for unchanged.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM user_activity_daily WHERE workspace_id = %s", [community.workspace.pk])
    community.fill()
    return contents(community) == tables


def test_a_late_event_opens_the_days_of_its_person_and_not_those_of_everybody(community):
    found = refilled(community, lambda: community.happens("post_created", "ada", at(5), received=at(70)))

    # The 20th: somebody follows her. The 30th and the 35th: what she did 30 days ago counts no more.
    assert found["user_engagement_daily"] == {5, 9, 20, 30, 35}
    assert found["recency_daily"] == {5, 9, 40}
    assert found["activity_gaps"] == {5, 9, 40}
    assert found["cohort_retention"] == {5, 9}
    # Of the week in which it counts for her segment, the days on which she did something.
    assert found["segment_activity_daily"] == {5, 9}
    assert is_what_filling_all_again_gives(community)


def test_a_late_event_of_somebody_new_opens_its_own_day(community):
    found = refilled(community, lambda: community.happens("post_view", "dan", at(5), received=at(70)))

    assert found == {table: {5} for table in TABLES} | {"user_engagement_daily": {5, 35}}


def test_a_fill_of_what_is_as_before_opens_nothing_and_writes_nothing(community):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE user_activity_daily SET calculated_at = '{LONG_AGO}'")
    moment = at(5) - timedelta(hours=12)
    found = refilled(community, lambda: engine.open_buckets(community.workspace, {"user_activity_daily": {moment}}))

    assert found == {table: set() for table in TABLES}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM user_activity_daily WHERE calculated_at > '{LONG_AGO}'")
        assert cursor.fetchone() == (0,)


def test_many_late_people_at_once_are_counted_as_if_they_had_come_in_time(community):
    envelopes = [
        {
            "event_name": "post_created",
            "event_id": f"late-{number}",
            "user_id": name,
            "timestamp": at(5).isoformat(),
            "properties": {"post_id": f"p-{number}"},
        }
        for number, name in enumerate(["ada", *(f"p{number}" for number in range(1000))])
    ]
    found = refilled(community, lambda: community.store(envelopes, at(70)))

    assert {5, 9, 20, 30, 35} <= found["user_engagement_daily"]
    assert is_what_filling_all_again_gives(community)
