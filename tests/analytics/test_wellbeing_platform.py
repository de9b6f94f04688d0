"""Wellbeing of the whole workspace: activation, waves and health, by day and week."""

import pytest

from analytics import metrics
from analytics.metrics import METRICS
from analytics.models import DefinitionVersion, PlatformHealthDaily, WellbeingDaily, WellbeingWeekly
from analytics.rollups import engine
from tests.analytics.community import Community, at
from tests.analytics.wellbeing import acts, in_wave, practises

FILLS = ("platform_health_daily", "wellbeing_weekly")

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def parts(community, key, day, grain="day", **more):
    on = at(day).date()
    (value,) = metrics.read(METRICS[key], community.workspace, on, on, grain, **more)
    return (value.numerator, value.denominator, value.value)


def health(community, day):
    return PlatformHealthDaily.objects.get(workspace=community.workspace, date=at(day).date(), with_bots=False)


def test_completion_is_all_eight_rounds_of_the_started_and_the_mood_shift_of_the_completed(community):
    practises(community, "ada", 0, 4, 8)
    practises(community, "bob", 0, 5, 6, rounds=7)
    practises(community, "cyd", 0, None, 6)
    practises(community, "dan", 0, end=None)
    community.fill()

    assert parts(community, "activations_started", 0) == (4, None, 4)
    assert parts(community, "activations_completed", 0) == (3, None, 3)
    assert parts(community, "activation_completion", 0) == (2, 4, 0.5)
    assert parts(community, "activation_completed_rate", 0) == (3, 4, 0.75)
    assert parts(community, "mood_shift", 0) == (5, 2, 2.5)
    assert parts(community, "practising_people", 0) == (3, None, 3)


def test_weeks_add_numerators_and_denominators_and_count_people_once(community):
    for day in (0, 1, 7):
        practises(community, "ada", day, 4, 6 + (day == 1))
    practises(community, "bob", 6, 5, 9)
    community.fill()

    assert parts(community, "mood_shift", 0, "week") == (9, 3, 3)
    assert parts(community, "practising_people", 0, "week") == (2, None, 2)
    assert parts(community, "practising_people", 7, "week") == (1, None, 1)
    assert parts(community, "activations_started", 0, "month") == (4, None, 4)


def test_the_mean_of_the_indices_is_over_people_who_did_something(community):
    acts(community, "ada", 0, "group")
    practises(community, "bob", 0, 5, 5)
    community.happens("user_login", "cyd", at(0))
    community.fill()

    assert parts(community, "flourish_index", 0) == (26, 2, 13)
    assert parts(community, "add_value_index", 0) == (7.5, 2, 3.75)
    assert parts(community, "streak", 0) == (1, 1, 1)


def test_a_day_of_nobody_has_no_mean_and_no_zero_instead(community):
    community.happens("user_login", "ada", at(0))
    community.fill()
    for key in ("flourish_index", "mood_shift", "activation_completion", "wave_attendance", "wave_rating"):
        (value,) = metrics.read(METRICS[key], community.workspace, at(0).date(), at(0).date())
        assert (value.value, value.data_points) == (None, 0), key


class TestWaves:
    def test_participation_counts_each_person_of_the_seven_days_once(self, community):
        for who in ("ada", "bob", "cyd", "dan"):
            community.happens("user_login", who, at(0))
        in_wave(community, "ada", 0, "wave_joined", "calm")
        in_wave(community, "ada", 3, "wave_joined", "kind")
        in_wave(community, "bob", 0, "wave_registered", "calm")
        community.fill()

        assert parts(community, "wave_participation", 0) == (1, 4, 0.25)
        assert parts(community, "wave_participation", 6) == (1, 4, 0.25)
        assert parts(community, "wave_participation", 9) == (1, 1, 1)
        assert parts(community, "wave_participation", 10) == (0, 0, None)
        assert parts(community, "wave_participation", 0, "week") == (1, 4, 0.25)

    def test_attendance_is_of_those_who_had_registered(self, community):
        for who in ("ada", "bob", "cyd"):
            in_wave(community, who, 0, "wave_registered")
        in_wave(community, "ada", 1, "wave_joined")
        in_wave(community, "ada", 2, "wave_joined")
        in_wave(community, "bob", 0, "wave_joined")
        in_wave(community, "dan", 1, "wave_joined")
        in_wave(community, "cyd", 1, "wave_joined", "another")
        community.fill()

        assert parts(community, "wave_attendance", 0, "week") == (2, 3, pytest.approx(66.6667, abs=1e-4))

    def test_feedback(self, community):
        in_wave(community, "ada", 0, "wave_feedback_submitted", rating=5, energy_before=4, energy_after=7)
        in_wave(community, "bob", 0, "wave_feedback_submitted", rating=4, energy_before=6, energy_after=5)
        in_wave(community, "cyd", 0, "wave_feedback_submitted", rating=3)
        community.fill()

        assert parts(community, "wave_rating", 0) == (12, 3, 4)
        assert parts(community, "wave_energy_boost", 0) == (2, 2, 1)


class TestHealth:
    def targets(self, community, **value):
        DefinitionVersion.objects.create(
            workspace=community.workspace, key="platform_health", value=value, valid_from=at(0).date()
        )

    def test_it_is_the_mean_of_four_quarters_against_their_targets(self, community):
        self.targets(community, wau=8)
        for who in ("ada", "bob", "cyd", "dan"):
            community.happens("user_signup", who, at(0))
        community.happens("user_login", "ada", at(7))
        practises(community, "bob", 6, 5, 5)
        in_wave(community, "cyd", 5, "wave_joined")
        community.fill()

        row = health(community, 7)
        # Of the last 7 days three people were active, one of four came back on the 7th day, and one joined a wave.
        assert (row.wau, row.retained_people, row.retention_people, row.wave_people) == (3, 1, 4, 1)
        # 20 points of a session and 6 of a wave.
        assert (row.flourish_sum, row.flourish_people) == (26, 2)
        assert row.growth_points == 37.5
        assert row.engagement_points == 62.5
        assert row.wellbeing_points == pytest.approx(100 * 13 / 70)
        assert row.community_points == pytest.approx(100 * (100 / 3) / 60)
        total = 37.5 + 62.5 + 100 * 13 / 70 + 100 * (100 / 3) / 60
        assert parts(community, "platform_health", 7) == (pytest.approx(total), 4, pytest.approx(total / 4))

    def test_no_quarter_is_above_a_hundred(self, community):
        self.targets(community, wau=1, flourish=1, wave_percent=1, retention_percent=1)
        for day in (0, 7):
            in_wave(community, "ada", day, "wave_joined")
        community.fill()
        assert parts(community, "platform_health", 7) == (400, 4, 100)

    def test_a_quarter_of_nobody_is_left_out_and_not_nothing(self, community):
        community.happens("user_login", "ada", at(0))
        community.fill()
        row = health(community, 0)
        assert (row.engagement_points, row.wellbeing_points, row.community_points) == (None, None, 0)
        assert parts(community, "platform_health", 0) == (pytest.approx(0.1), 2, pytest.approx(0.05))

    def test_somebody_who_comes_back_late_is_counted_on_the_days_that_look_at_it(self, community):
        community.happens("user_signup", "ada", at(0))
        for day in range(1, 20):
            community.happens("user_login", "bob", at(day))
        community.fill()
        assert [health(community, day).retained_people for day in (7, 8, 14, 15)] == [0, 1, 1, 0]
        community.happens("user_login", "ada", at(7), received=at(30))
        community.fill()
        assert [health(community, day).retained_people for day in range(5, 16)] == [0, 0, 1, 2, 2, 2, 2, 2, 2, 1, 0]
        assert [health(community, day).retention_people for day in (6, 7, 8, 13, 14)] == [0, 1, 2, 2, 1]


class TestBots:
    def test_they_are_counted_only_where_somebody_asks(self, community):
        acts(community, "ada", 0, "self")
        envelope = {"type": "track", "event": "wave_joined", "userId": "robot", "timestamp": at(0).isoformat()}
        more = {"messageId": "m1", "properties": {"wave_id": "w"}, "context": {"userAgent": CRAWLER}}
        community.store([envelope | more], at(0))
        community.fill()

        assert parts(community, "flourish_index", 0) == (6, 1, 6)
        assert parts(community, "flourish_index", 0, with_bots=True) == (12, 2, 6)
        assert parts(community, "wave_participation", 0) == (0, 1, 0)
        assert parts(community, "wave_participation", 0, with_bots=True) == (1, 2, 0.5)
        assert parts(community, "wave_participation", 0, "week", with_bots=True) == (1, 2, 0.5)


def test_filling_in_another_order_or_again_changes_nothing(community):
    for day in range(20):
        practises(community, "ada", day, 4, 5 + day % 5)
        in_wave(community, "bob", day, "wave_joined" if day % 3 else "wave_registered")
    community.fill()

    def rows():
        found = [
            list(table.objects.order_by("pk").values())
            for table in (WellbeingDaily, PlatformHealthDaily, WellbeingWeekly)
        ]
        return [[{k: v for k, v in row.items() if k != "calculated_at"} for row in table] for table in found]

    before = rows()
    for day in (12, 3, 17, 3):
        engine.prepare(community.workspace, at(day), at(day + 1))
        community.fill()
    assert rows() == before


def test_another_workspace_is_not_counted(community):
    other = Community("commons-other")
    for one, people in ((community, ("ada",)), (other, ("ada", "bob"))):
        for who in people:
            acts(one, who, 0, "self")
            in_wave(one, who, 0, "wave_joined")
    community.fill()
    other.fill()
    assert parts(community, "micro_acts", 0) == (1, None, 1)
    assert parts(community, "wave_participation", 0) == (1, 1, 1)
    assert parts(other, "wave_participation", 0, "week") == (2, 2, 1)
