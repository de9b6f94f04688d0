"""activation_stats and wave_participation_stats, as SQL reads them."""

import pytest

from analytics.models import ActivationStats, WaveParticipationStats
from tests.analytics.community import Community, at
from tests.analytics.wellbeing import in_wave, practises


def test_waves_count_each_person_once_over_all_their_days(community):
    other = Community("commons-other")
    in_wave(other, "zoe", 0, "wave_joined")
    for who in ("ada", "bob", "cyd"):
        in_wave(community, who, 0, "wave_registered")
    for day in (1, 2):
        in_wave(community, "ada", day, "wave_joined")
        in_wave(community, "ada", day, "wave_interaction", interaction_type="discussion")
    in_wave(community, "dan", 1, "wave_joined")
    in_wave(community, "bob", 2, "wave_joined")
    in_wave(community, "ada", 2, "wave_feedback_submitted", rating=5, energy_before=3, energy_after=7)
    in_wave(community, "bob", 2, "wave_feedback_submitted", rating=2)
    in_wave(community, "bob", 3, "wave_registered", "w2")
    community.fill()
    other.fill()

    wave, second = WaveParticipationStats.objects.filter(workspace_id=community.workspace.pk).order_by("wave_id")
    assert (wave.wave_id, wave.first_day) == ("w1", at(0).date())
    assert (wave.registered_people, wave.joined_people, wave.attended_people) == (3, 3, 2)
    assert wave.attendance_percent == pytest.approx(200 / 3)
    assert (wave.discussing_people, wave.rating, wave.energy_boost) == (1, 3.5, 4)
    assert (second.attendance_percent, second.rating, second.energy_boost) == (0, None, None)
    assert WaveParticipationStats.objects.get(workspace_id=other.workspace.pk).joined_people == 1


def test_activations_of_a_day_have_their_rates(community):
    for day in (0, 1):
        practises(community, "ada", day, 4, 7)
    practises(community, "bob", 1, 5, 6, rounds=5)
    practises(community, "cyd", 1, end=None)
    community.fill()

    row = ActivationStats.objects.get(workspace_id=community.workspace.pk, date=at(1).date())
    assert (row.activations_started, row.completion, row.mood_shift) == (3, pytest.approx(1 / 3), 2)
    assert (row.practising_people, row.streak) == (2, 1.5)
