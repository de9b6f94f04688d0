"""The whole platform by day: windows, sign-ups, idle days."""

import pytest

from config.lib.buckets import HOUR
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls

FILLS = ("platform_daily",)


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


def test_what_people_do_is_counted_by_person_and_by_act(community):
    for name, who in (
        ("post_created", "ada"),
        ("post_created", "ada"),
        ("community_post", "bob"),
        ("comment_created", "ada"),
        ("comment_created", "cyd"),
        ("vote", "dan"),
        ("collection_created", "dan"),
        ("profile_viewed", "eve"),
        ("post_view", "eve"),
    ):
        community.happens(name, who, at(0))
    community.fill()

    row = community.day(0)
    assert (row.posts, row.comments, row.votes, row.collections, row.views_given, row.activities) == (3, 2, 1, 1, 2, 9)
    assert (row.active_posters, row.active_commenters, row.active_voters, row.active_collectors) == (2, 2, 1, 1)
    # Ada did both and is one of the three.
    assert (row.social_people, row.dau) == (3, 5)
    value = community.metric("social_engagement_rate", 0)
    assert (value.value, value.numerator, value.denominator) == (60, 3, 5)


def test_engagement_of_an_idle_day_is_0_and_social_engagement_null(community):
    for who in ("ada", "bob", "cyd", "dan"):
        community.happens("user_registered", who, at(0))
    community.happens("post_created", "ada", at(1))
    community.fill()

    rates = [community.metric("engagement_rate", day) for day in (-1, 0, 1, 2, 90)]
    assert [one.value for one in rates] == [0, 100, 25, 0, 0]
    assert [(one.numerator, one.denominator) for one in rates] == [(0, 0), (4, 4), (1, 4), (0, 4), (0, 4)]
    assert community.metric("social_engagement_rate", 90).value is None


def test_bots_are_no_posters_unless_asked_for_and_then_are_one_person_a_day(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "ada", 0, clock="13:00")
    crawls(community, "robot", 0)
    community.fill()

    assert community.day(0).active_posters == 1
    with_bots = community.day(0, with_bots=True)
    assert (with_bots.active_posters, with_bots.social_people, with_bots.posts) == (2, 2, 3)
