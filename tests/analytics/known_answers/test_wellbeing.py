"""Known answers of metrics.md section 6, from events to rows."""

import pytest

from tests.analytics.community import at
from tests.analytics.wellbeing import acts, in_wave, indices, practises, wellbeing


def a_good_day(community, day):
    practises(community, "ada", day, 4, 8)
    acts(community, "ada", day, "one_person", 8)
    acts(community, "ada", day, "community", 9)
    return acts(community, "ada", day, "one_person", 7)


def test_a_session_and_three_acts(community):
    a_good_day(community, 0)
    community.fill()

    assert indices(community, "ada", 0) == ("46.00", "42.50")
    row = wellbeing(community, "ada", 0)
    assert (row.mood_points, row.acts_points, row.community_points, row.streak_points) == (70, 60, 0, 0)
    assert (row.benefit_points, row.sharing_points, row.wave_points, row.streak) == (85, 0, 0, 1)


def test_the_same_with_a_streak_of_seven_days_before_and_a_social_day(community):
    for day in range(7):
        practises(community, "ada", day, 5, 6)
    act = a_good_day(community, 7)
    for number in range(2):
        community.happens("post_created", "ada", at(7, f"1{number}:00"))
        community.happens("post_liked", "ada", at(7, f"1{number}:30"), properties={"post_id": number})
    in_wave(community, "ada", 7, "wave_joined")
    in_wave(community, "ada", 7, "wave_interaction", interaction_type="discussion")
    community.happens("microact_shared", "ada", at(7, "20:00"), properties={"microact_id": act})
    community.fill()

    assert indices(community, "ada", 7) == ("67.00", "69.50")
    row = wellbeing(community, "ada", 7)
    assert (row.mood_points, row.acts_points, row.community_points, row.streak_points) == (70, 60, 70, 70)
    assert (row.benefit_points, row.sharing_points, row.wave_points, row.streak) == (85, 40, 75, 8)


def test_no_activity(community):
    community.happens("user_login", "ada", at(0))
    community.fill()
    assert indices(community, "ada", 0) == ("0.00", "0.00")


@pytest.mark.parametrize(("scope", "expected"), [("self", ("6.00", "0.00")), ("group", ("6.00", "7.50"))])
def test_one_act_without_a_score(community, scope, expected):
    acts(community, "ada", 0, scope)
    community.fill()
    assert indices(community, "ada", 0) == expected


@pytest.mark.parametrize(("start", "end", "flourish"), [(10, 1, "2.00"), (5, 5, "20.00"), (1, 10, "38.00")])
def test_a_session_alone(community, start, end, flourish):
    practises(community, "ada", 0, start, end)
    community.fill()
    assert indices(community, "ada", 0) == (flourish, "0.00")
