"""Sessions (metrics.md)."""

import uuid
from datetime import timedelta

import pytest

from analytics.models import Session
from analytics.rollups import engine
from tests.analytics.community import at

FILLS = ("platform_daily",)

SECOND = timedelta(seconds=1)


def lengths(community):
    """(start, seconds, events) of every session, by start."""
    rows = Session.objects.filter(workspace=community.workspace).order_by("started_at")
    return [(row.started_at, (row.ended_at - row.started_at).total_seconds(), row.events) for row in rows]


def test_a_gap_of_exactly_the_limit_stays_one_session(community):
    community.happens("post_view", "ada", at(0, "10:00"))
    community.happens("post_view", "ada", at(0, "10:30"))
    community.fill()

    assert lengths(community) == [(at(0, "10:00"), 1800, 2)]


def test_a_gap_of_a_second_more_starts_a_new_session(community):
    community.happens("post_view", "ada", at(0, "10:00"))
    community.happens("post_view", "ada", at(0, "10:30:01"))
    community.fill()

    assert lengths(community) == [(at(0, "10:00"), 0, 1), (at(0, "10:30:01"), 0, 1)]


def test_a_session_is_never_cut_at_midnight_and_belongs_to_the_day_it_starts(community):
    for day, clock in ((0, "23:50"), (1, "00:10"), (1, "00:35")):
        community.happens("post_view", "ada", at(day, clock))
    community.fill()

    assert lengths(community) == [(at(0, "23:50"), 2700, 3)]
    assert (community.activity("ada", 0).sessions, community.activity("ada", 1).sessions) == (1, 0)
    assert community.metric("session_duration", 0).value == 2700
    assert community.metric("session_duration", 1).value is None


def test_a_changed_client_session_id_starts_a_new_session(community):
    for clock, session in (("10:00", "a"), ("10:05", "a"), ("10:06", "b"), ("10:07", None), ("10:08", "b")):
        community.happens("post_view", "ada", at(0, clock), session_id=session)
    community.fill()

    assert lengths(community) == [(at(0, "10:00"), 300, 2), (at(0, "10:06"), 120, 3)]


def test_an_event_without_an_id_between_two_different_ones_splits_nothing(community):
    for clock, session in (("23:50", "a"), ("23:55", None), ("00:05", "b"), ("00:10", "c")):
        community.happens("post_view", "ada", at(int(clock < "12"), clock), session_id=session)
    community.fill()
    first = lengths(community)
    engine.prepare(community.workspace, at(1), at(2))
    community.fill()

    assert first == lengths(community) == [(at(0, "23:50"), 900, 3), (at(1, "00:10"), 0, 1)]


def test_two_sessions_of_one_person_may_start_at_the_same_instant(community):
    for session in ("a", "b"):
        community.happens("post_view", "ada", at(0, "10:00"), session_id=session)
    community.fill()

    assert [events for _, _, events in lengths(community)] == [1, 1]


def test_events_of_one_instant_come_in_the_order_of_their_arrival(community):
    # The ids of the events would put the second session before the end of the first.
    for number, (clock, session) in enumerate((("10:00", "a"), ("10:05", "a"), ("10:05", "b"), ("10:06", "b"))):
        moment = at(0, clock)
        name = str(uuid.UUID(int=9 - number))
        received = moment + number * timedelta(microseconds=1)
        community.happens("post_view", "ada", moment, received=received, event_id=name, session_id=session)
    community.fill()

    assert lengths(community) == [(at(0, "10:00"), 300, 2), (at(0, "10:05"), 60, 2)]
    assert community.metric("sessions", 0).value == 2


def test_people_do_not_share_sessions(community):
    community.happens("post_view", "ada", at(0, "10:00"))
    community.happens("post_view", "bob", at(0, "10:01"))
    community.fill()

    assert len(lengths(community)) == 2


@pytest.mark.parametrize(
    ("events", "bounces"),
    [
        ([("page_view", 0)], True),
        ([("page_view", 0), ("page_view", 5)], False),
        ([("page_view", 0), ("post_created", 9)], True),
        ([("page_view", 0), ("post_created", 10)], False),
        ([("post_created", 0)], False),
        ([("page_view", 0), ("performance_probe", 60)], True),
    ],
)
def test_a_bounce_is_one_page_and_nothing_else_or_one_page_under_ten_seconds(community, events, bounces):
    for name, second in events:
        category = {"event_category": "performance"} if name == "performance_probe" else {}
        community.happens(name, "ada", at(0) + second * SECOND, **category)
    community.fill()

    assert Session.objects.get().is_bounce is bounces


def test_the_first_interaction_is_the_first_action_that_is_no_page(community):
    community.happens("page_view", "ada", at(0, "10:00"))
    community.happens("post_created", "ada", at(0, "10:02"))
    community.fill()

    row = Session.objects.get()
    assert (row.pages, row.actions, row.first_action_at) == (1, 1, at(0, "10:02"))


def test_a_late_event_joins_two_sessions_across_midnight(community):
    community.happens("post_view", "ada", at(0, "23:30"))
    community.happens("post_view", "ada", at(1, "00:20"))
    community.fill()
    assert len(lengths(community)) == 2

    community.happens("post_view", "ada", at(0, "23:55"))
    community.fill()

    assert lengths(community) == [(at(0, "23:30"), 3000, 3)]
    assert community.activity("ada", 1).sessions == 0


def test_a_late_event_of_the_next_day_lengthens_a_session_of_the_day_before(community):
    community.happens("post_view", "ada", at(0, "23:50"))
    community.fill()
    community.happens("post_view", "ada", at(1, "00:10"))
    community.fill()

    assert lengths(community) == [(at(0, "23:50"), 1200, 2)]
    assert community.activity("ada", 0).session_seconds == 1200


def test_a_live_session_goes_on_into_the_next_day_after_its_own_day_was_filled(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    for clock, day in (("23:50", 0), ("00:15", 1), ("00:40", 1), ("01:05", 1), ("01:30", 1)):
        now_is(at(day, clock))
        community.happens("post_view", "ada", at(day, clock))
        community.fill()

    assert lengths(community) == [(at(0, "23:50"), 6000, 5)]
    assert community.activity("ada", 0).session_seconds == 6000


def test_a_session_goes_on_over_midnight_whenever_the_fill_before_ran(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    now_is(at(0, "23:50"))
    community.happens("post_view", "ada", at(0, "23:50"))
    now_is(at(1, "00:59"))
    community.fill()
    # Of an hour that has only just ended: nobody reports it.
    now_is(at(1, "01:00:30"))
    community.happens("post_view", "ada", at(1, "00:10"))
    now_is(at(1, "01:05"))
    community.fill()

    assert lengths(community) == [(at(0, "23:50"), 1200, 2)]
