"""The whole platform by day: windows, sign-ups, idle days."""

import pytest

from config.lib.buckets import HOUR
from tests.analytics.community import Community, at


def test_windows_take_in_both_ends(community):
    community.happens("post_created", "ada", at(0))
    community.fill()

    wau = [community.metric("wau", day).value for day in range(-1, 8)]
    mau = [community.metric("mau", day).value for day in (-1, 0, 29, 30)]
    assert wau == [0, 1, 1, 1, 1, 1, 1, 1, 0]
    assert mau == [0, 1, 1, 0]


def test_a_person_counts_once_in_a_window(community):
    for day in (0, 1, 5, 6, 29):
        community.happens("post_created", "ada", at(day))
    community.happens("post_created", "bob", at(3))
    community.fill()

    assert [community.metric("wau", day).value for day in (0, 3, 6, 9, 10, 29)] == [1, 2, 2, 2, 1, 1]
    assert [community.metric("mau", day).value for day in (29, 32, 33, 58, 59)] == [2, 2, 1, 1, 0]


def test_stickiness_divides_on_reading(community):
    for name in ("ada", "bob", "cyd"):
        community.happens("post_created", name, at(0))
    community.happens("post_created", "ada", at(1))
    community.fill()

    value = community.metric("stickiness", 1)
    assert (value.value, value.numerator, value.denominator) == (pytest.approx(1 / 3), 1, 3)


def test_an_idle_day_is_zero_and_its_ratios_are_null(community):
    community.happens("post_created", "ada", at(0))
    community.fill()

    assert (community.metric("dau", 40).value, community.metric("dau", 40).data_points) == (0, 0)
    assert community.metric("stickiness", 40).value is None
    assert community.metric("stickiness", 40).data_points == 0
    assert community.metric("bounce_rate", 40).value is None
    assert community.day(40) is None


def test_sign_up_is_the_event_else_the_trait_else_first_seen(community):
    community.happens("post_created", "by-event", at(0))
    community.happens("user_registered", "by-event", at(2))
    community.store(
        [
            {
                "type": "identify",
                "messageId": "i",
                "userId": "by-trait",
                "timestamp": at(5).isoformat(),
                "traits": {"created_at": at(1).isoformat()},
            }
        ],
        at(5),
    )
    community.happens("post_created", "by-sight", at(3))
    community.fill()

    assert [community.metric("new_signups", day).value for day in range(6)] == [0, 1, 1, 1, 0, 0]
    assert [community.metric("total_users", day).value for day in range(6)] == [0, 1, 2, 3, 3, 3]


def test_somebody_who_likes_are_given_to_but_never_acts_is_no_user(community):
    community.happens("like_given", "bob", at(0), properties={"author_id": "ada"})
    community.fill()

    assert community.metric("total_users", 0).value == 1


def test_a_workspace_sees_only_its_own(community):
    other = Community("commons-other")
    community.happens("post_created", "ada", at(0))
    other.happens("post_created", "ada", at(0))
    other.happens("post_created", "bob", at(0))
    community.fill()
    other.fill()

    assert (community.metric("dau", 0).value, other.metric("dau", 0).value) == (1, 2)
    assert (community.metric("total_users", 0).value, other.metric("total_users", 0).value) == (1, 2)


@pytest.mark.parametrize(
    ("day", "events"),
    [(-1, 23), (0, 24)],
    ids=["the day the clocks go forward", "the day after"],
)
def test_a_day_on_which_the_clocks_change_has_23_hours(db, day, events):
    # Clocks go forward in New York on Sunday, 8 March 2026: day 6.
    community = Community("commons-new-york", "America/New_York")
    for hour in range(-24, 60):
        community.happens("post_created", "ada", at(6, "00:30") + hour * HOUR)
    community.fill()

    assert community.activity("ada", 7 + day).posts_created == events
