"""Activation sessions, micro-acts and waves by person and day, and the indices made of them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.models import DefinitionVersion, UserWellbeingDaily, WaveActivityDaily, WellbeingActivityDaily
from analytics.rollups import engine, reopen
from config.models import Workspace
from ingestion.models import Event
from tests.analytics.community import Community, at
from tests.analytics.wellbeing import acts, in_wave, indices, practises, wellbeing

FILLS = ("activations", "wellbeing_daily")

VIENNA = "Europe/Vienna"


def activity(community, who, day):
    return WellbeingActivityDaily.objects.filter(
        workspace=community.workspace, person_id=community.person(who), date=at(day).date(), excluded=False
    ).first()


def opened(community, moment):
    """As if the workspace had been made then: what has been going on since is filled without being asked for."""
    Workspace.objects.filter(pk=community.workspace.pk).update(created_at=moment)
    community.workspace.refresh_from_db()


class TestActivationSessions:
    def test_a_session_belongs_to_the_day_it_starts(self, community):
        practises(community, "ada", 0, 4, 8, clock="23:50", minutes=30)
        community.fill()

        row = activity(community, "ada", 0)
        assert (row.activations_started, row.activations_completed, row.activations_all_rounds) == (1, 1, 1)
        assert (row.start_mood, row.end_mood, row.mood_shift_sum, row.mood_shifts) == (4, 8, 4, 1)
        assert activity(community, "ada", 1) is None

    def test_a_day_that_is_already_filled_takes_the_end_of_its_last_session(self, community, now_is):
        opened(community, at(0))
        practises(community, "ada", 0, end=None, clock="23:50")
        about = {"activation_id": "bobs"}
        community.happens("activation_started", "bob", at(0, "23:50"), properties=about)
        now_is(at(1, "00:06"))
        community.fill()
        assert activity(community, "bob", 0).activations_completed == 0

        community.happens("activation_completed", "bob", at(1, "00:20"), properties=about)
        now_is(at(1, "01:06"))
        community.fill()
        assert activity(community, "bob", 0).activations_completed == 1
        assert activity(community, "ada", 0).activations_completed == 0
        assert activity(community, "bob", 1) is None

    def test_a_late_start_takes_what_it_began_from_the_next_day_and_leaves_it_when_removed(self, community):
        about = {"activation_id": "a"}
        community.happens("activation_completed", "ada", at(1, "00:10"), properties=about)
        community.fill()
        assert [activity(community, "ada", 0), activity(community, "ada", 1).activations_completed] == [None, 1]

        community.happens("activation_started", "ada", at(0, "23:55"), properties=about, received=at(9))
        community.fill()
        assert [activity(community, "ada", 0).activations_completed, activity(community, "ada", 1)] == [1, None]

        Event.objects.filter(workspace=community.workspace, occurred_at=at(0, "23:55")).delete()
        reopen.removed(community.workspace, [at(0, "23:55")])
        community.fill()
        assert [activity(community, "ada", 0), activity(community, "ada", 1).activations_completed] == [None, 1]

    def test_one_completed_more_than_half_a_day_later_is_a_session_of_its_own(self, community):
        practises(community, "ada", 0, clock="20:00", minutes=12 * 60)
        practises(community, "bob", 0, clock="20:00", minutes=12 * 60 + 1)
        community.fill()

        assert [activity(community, "ada", 0).activations_completed, activity(community, "ada", 1)] == [1, None]
        completed = [activity(community, "bob", day).activations_completed for day in range(2)]
        assert completed == [0, 1]

    def test_the_last_completed_session_gives_the_mood(self, community):
        practises(community, "ada", 0, 2, 9, clock="07:00")
        practises(community, "ada", 0, 6, 7, clock="12:00")
        practises(community, "ada", 0, end=None, clock="18:00")
        community.fill()

        assert wellbeing(community, "ada", 0).mood_points == 55
        row = activity(community, "ada", 0)
        assert (row.activations_started, row.activations_completed, row.mood_shift_sum) == (3, 2, 8)

    def test_moods_and_rounds_may_come_by_their_own_events(self, community):
        about = {"activation_id": "a"}
        community.happens("activation_started", "ada", at(0, "08:00"), properties=about)
        for minute, mood, phase in [(1, 3, "start"), (20, 7, "end")]:
            moment = at(0, "08:00") + timedelta(minutes=minute)
            community.happens(
                "activation_mood_logged", "ada", moment, properties={**about, "mood": mood, "phase": phase}
            )
        for number in (1, 2, 2, 3, 4, 5, 6, 7, 8):
            moment = at(0, "08:02") + timedelta(minutes=number)
            community.happens("activation_round_completed", "ada", moment, properties={**about, "round": number})
        community.happens("activation_completed", "ada", at(0, "08:30"), properties=about)
        community.fill()

        row = activity(community, "ada", 0)
        assert (row.start_mood, row.end_mood, row.activations_all_rounds) == (3, 7, 1)

    def test_a_missing_mood_is_worth_nothing_and_fewer_rounds_are_not_all(self, community):
        practises(community, "ada", 0, None, 8, rounds=7)
        community.fill()

        row = activity(community, "ada", 0)
        assert (row.activations_completed, row.activations_all_rounds, row.mood_shifts) == (1, 0, 0)
        assert indices(community, "ada", 0) == ("0.00", "0.00")

    def test_sessions_without_an_id_are_told_apart_by_their_starts(self, community):
        for clock in ("08:00", "12:00"):
            community.happens("activation_started", "ada", at(0, clock))
        community.happens("activation_completed", "ada", at(0, "12:20"))
        community.fill()

        row = activity(community, "ada", 0)
        assert (row.activations_started, row.activations_completed) == (2, 1)

    def test_events_of_undeclared_types_with_strange_properties_break_nothing(self, db):
        community = Community("commons-bare", systems=())
        moods = {"start_mood": "low", "end_mood": [1e300], "rounds_completed": {"a": 1}}
        community.happens("activation_completed", "ada", at(0), properties=moods)
        acts(community, "ada", 0, "one_person", value_added_score="many", shared_to_feed="yes")
        in_wave(community, "ada", 0, "wave_feedback_submitted", rating="good", energy_before=[], energy_after=None)
        community.fill()

        assert indices(community, "ada", 0) == ("6.00", "7.50")


class TestMicroActs:
    def test_an_act_shared_as_it_is_created_and_once_more_was_shared_once(self, community):
        act = acts(community, "ada", 0, "self", shared_to_feed=True)
        for target, hour in (("feed", 10), ("external", 11), ("wave", 12)):
            shared = {"microact_id": act, "share_target": target}
            community.happens("microact_shared", "ada", at(0, f"{hour}:00"), properties=shared)
        community.fill()

        assert activity(community, "ada", 0).micro_acts_shared == 1
        assert wellbeing(community, "ada", 0).sharing_points == 20

    def test_the_mean_of_scores_counts_a_missing_one_as_nothing(self, community):
        acts(community, "ada", 0, "group", 7)
        acts(community, "ada", 0, "world")
        acts(community, "ada", 0, "self", 10)
        community.fill()

        assert wellbeing(community, "ada", 0).benefit_points == 2 * 15 + 5 * 3.5

    def test_parts_end_at_a_hundred(self, community):
        for _ in range(9):
            acts(community, "ada", 0, "group", 10)
        community.fill()

        row = wellbeing(community, "ada", 0)
        assert (row.acts_points, row.benefit_points) == (100, 100)


class TestWaves:
    def test_a_wave_is_worth_something_only_to_those_who_joined_it(self, community):
        in_wave(community, "ada", 0, "wave_registered")
        in_wave(community, "ada", 0, "wave_interaction", interaction_type="discussion")
        community.fill()

        assert wellbeing(community, "ada", 0).wave_points == 0
        assert wellbeing(community, "ada", 0).community_points == 0

    def test_of_two_waves_the_better_one_counts(self, community):
        in_wave(community, "ada", 0, "wave_joined", "calm")
        in_wave(community, "ada", 0, "wave_interaction", "calm", interaction_type="poll")
        in_wave(community, "ada", 0, "wave_joined", "kind")
        in_wave(community, "ada", 0, "wave_microact_shared", "kind", microact_id="m")
        in_wave(community, "ada", 0, "wave_interaction", "courage", interaction_type="discussion")
        community.fill()

        assert wellbeing(community, "ada", 0).wave_points == 75

    def test_feedback_is_kept_as_sums(self, community):
        in_wave(community, "ada", 0, "wave_joined")
        in_wave(community, "ada", 0, "wave_feedback_submitted", rating=4, energy_before=5, energy_after=8)
        in_wave(community, "ada", 0, "wave_feedback_submitted", rating=2, energy_before=5)
        community.fill()

        row = WaveActivityDaily.objects.get(workspace=community.workspace)
        assert (row.wave_id, row.ratings, row.rating_sum, row.energy_boosts, row.energy_boost_sum) == ("w1", 2, 6, 1, 3)


def test_an_interaction_taken_back_does_not_count(community):
    community.happens("post_liked", "ada", at(0), properties={"post_id": 1, "action": "unlike"})
    community.happens("post_shared", "ada", at(0), properties={"post_id": 1})
    community.happens("post_commented", "ada", at(0), properties={"post_id": 1})
    community.fill()
    assert wellbeing(community, "ada", 0).sharing_points == 20


def test_weights_that_hold_from_a_day_on_change_that_day_and_not_the_one_before(community):
    DefinitionVersion.objects.create(
        workspace=community.workspace,
        key="flourish_index",
        value={"acts_weight": 0.5, "mood_weight": 0.2},
        valid_from=at(1).date(),
    )
    for day in range(2):
        acts(community, "ada", day, "self")
    community.fill()
    assert [indices(community, "ada", day)[0] for day in range(2)] == ["6.00", "10.00"]


def test_the_days_are_those_of_the_workspaces_zone(db):
    community = Community("commons-vienna", time_zone=VIENNA)
    practises(community, "ada", 1, clock="00:10", zone=ZoneInfo(VIENNA))
    community.fill()
    assert activity(community, "ada", 0) is None
    assert activity(community, "ada", 1).activations_completed == 1


def test_bots_have_rows_of_their_own(community):
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    envelope = {"type": "track", "event": "microact_created", "userId": "robot", "timestamp": at(0).isoformat()}
    more = {"messageId": "m1", "properties": {"impact_scope": "self"}, "context": {"userAgent": crawler}}
    community.store([envelope | more], at(0))
    community.fill()
    assert wellbeing(community, "robot", 0) is None
    assert wellbeing(community, "robot", 0, excluded=True).acts_points == 20


def test_another_workspace_is_neither_seen_nor_changed(community):
    other = Community("commons-other")
    for one in (community, other):
        practises(one, "ada", 0)
        acts(one, "ada", 0, "group")
        in_wave(one, "ada", 0, "wave_joined")
        one.fill()
    before = list(UserWellbeingDaily.objects.filter(workspace=other.workspace).values())
    acts(community, "ada", 0, "group")
    community.fill()

    assert list(UserWellbeingDaily.objects.filter(workspace=other.workspace).values()) == before
    assert [row.workspace_id for row in UserWellbeingDaily.objects.filter(acts_points=40)] == [community.workspace.pk]


def test_filling_twice_changes_nothing(community):
    for day in range(3):
        practises(community, "ada", day)
        acts(community, "ada", day, "group", 4)
        in_wave(community, "ada", day, "wave_joined")
    community.fill()

    def rows():
        tables = (WellbeingActivityDaily, WaveActivityDaily, UserWellbeingDaily)
        found = [table.objects.order_by("pk").values() for table in tables]
        return [[{k: v for k, v in row.items() if k != "calculated_at"} for row in table] for table in found]

    before = rows()
    engine.prepare(community.workspace, at(0), at(3))
    community.fill()
    assert rows() == before


@pytest.mark.parametrize("name", ["wave_joined", "microact_created"])
def test_a_late_event_changes_its_day_alone(community, name):
    for day in range(3):
        acts(community, "ada", day, "self")
    community.fill()
    UserWellbeingDaily.objects.update(streak=-1)
    community.happens(name, "ada", at(1, "20:00"), properties={"wave_id": "w"}, received=at(9))
    community.fill()

    assert [row.date for row in UserWellbeingDaily.objects.exclude(streak=-1)] == [at(1).date()]
