"""Known answers of metrics.md section 1, from events to scores."""

import pytest

from tests.analytics.community import at
from tests.analytics.engagement import follows, latest, score


@pytest.fixture
def long_ago(community):
    """Call it with followers and following to have it so since 40 days before day 60."""

    def happened(followers, following):
        for number in range(followers):
            follows(community, f"fan-{number}", "ada", 20)
        for number in range(following):
            follows(community, "ada", f"idol-{number}", 20)

    return happened


def test_two_days_of_activity_with_half_as_many_followers_as_followed(community, long_ago):
    long_ago(50, 99)
    for count, name in ((2, "post_created"), (10, "like_given"), (4, "comment_created"), (3, "message_sent")):
        for number in range(count):
            community.happens(name, "ada", at(59, f"1{number}:00") if count < 9 else at(59, f"{number:02}:30"))
    follows(community, "ada", "idol-last", 59)
    for number in range(5):
        community.happens("like_given", "ada", at(60, f"1{number}:00"))
    community.happens("comment_created", "ada", at(60, "18:00"))
    community.fill()

    assert score(community, "ada", 60) == "38.8000"
    row = latest(community, "ada", 60)
    assert (row.followers, row.following) == (50, 100)
    assert (row.reach_points, row.standing_points, row.active_days) == (88, 10, 2)


@pytest.mark.parametrize(("followers", "following", "expected"), [(12, 0, "7.2000"), (1000, 10, "30.0000")])
def test_followers_alone(community, long_ago, followers, following, expected):
    long_ago(followers, following)
    community.fill()
    assert score(community, "ada", 60) == expected
    assert (latest(community, "ada", 60).reach_points, latest(community, "ada", 60).active_days) == (0, 0)


def test_nothing_at_all(community):
    community.happens("user_login", "ada", at(0))
    community.fill()
    assert score(community, "ada", 60) == "0.0000"
    assert score(community, "somebody else", 60) == "0.0000"
