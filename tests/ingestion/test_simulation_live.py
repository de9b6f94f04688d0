"""The live stream of the simulator: the rate, the members, and the faults of real clients."""

from collections import Counter
from datetime import timedelta

import pytest

from ingestion.simulation import SYSTEMS, history, live
from ingestion.simulation.faults import BROKEN
from tests.ingestion.simulated import DAYS, END, MEMBERS, SIGN_UPS, Happening, is_valid, validators


@pytest.fixture(scope="module")
def present():
    """{system: [(instant of arrival, happening)] of a day of its live stream}"""
    return {system: hours_of(system, 24, rate=0.5) for system in SYSTEMS}


def hours_of(system, hours, *, rate, start=END, seed=1):
    arrivals, now = [], start
    for delay, envelope in live(system, seed=seed, start=start, rate=rate, members=MEMBERS):
        now += timedelta(seconds=delay)
        if now >= start + timedelta(hours=hours):
            return arrivals
        arrivals.append((now, Happening(system, envelope)))
    raise AssertionError("a live stream never ends")


@pytest.mark.parametrize("system", SYSTEMS)
def test_members_are_those_of_the_history_and_a_few_new_ones(present, system):
    past = history(system, seed=1, days=DAYS, end=END, members=MEMBERS)
    before = {Happening(system, envelope).person for envelope in past}
    events = [happening for _, happening in present[system] if happening.person]
    new = {happening.person for happening in events} - before
    assert len(before & {happening.person for happening in events}) > 0.5 * MEMBERS
    assert 0 < len(new) < 0.1 * MEMBERS
    if system in SIGN_UPS:
        first = {}
        for happening in events:
            if is_valid(system, happening):
                first.setdefault(happening.person, happening.name)
        assert {first[person] for person in new} == {SIGN_UPS[system]}
        assert SIGN_UPS[system] not in {name for person, name in first.items() if person in before}


@pytest.mark.parametrize("system", SYSTEMS)
def test_live_has_late_duplicate_and_invalid_events_in_moderation(present, system):
    arrivals = present[system]
    total = len(arrivals)
    invalid = [h for _, h in arrivals if not is_valid(system, h)]
    late = [(now - h.at) for now, h in arrivals if h.at and now - h.at > timedelta(minutes=2)]
    times = Counter(h.id for _, h in arrivals if h.id)
    assert 0.005 < len(invalid) / total < 0.018
    assert 0.01 < len(late) / total < 0.06
    assert 0.005 < sum(count - 1 for count in times.values()) / total < 0.018
    assert timedelta(minutes=2) < min(late) < timedelta(hours=1)
    assert timedelta(hours=12) < max(late) <= timedelta(days=3, hours=1)
    assert any(h.name is None for h in invalid)
    assert len({h.name for h in invalid}) > 3
    envelopes = {}
    assert all(envelopes.setdefault(h.id, h.envelope) == h.envelope for _, h in arrivals if h.id)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_fault_is_refused_by_the_schema(system):
    for name, properties in BROKEN[system]:
        assert not validators(system)[name].is_valid(properties)


@pytest.mark.parametrize("system", SYSTEMS)
def test_live_keeps_the_rate_over_a_week_and_follows_the_day(system):
    hours = Counter(int((now - END).total_seconds() // 3600) for now, _ in hours_of(system, 168, rate=0.06))
    assert 0.06 * 0.85 < sum(hours.values()) / (168 * 3600) < 0.06 * 1.2
    assert max(hours.values()) > 2.5 * min(hours[hour] for hour in range(168))


@pytest.mark.parametrize("system", SYSTEMS)
def test_live_is_at_its_rate_from_the_first_minutes(system):
    noon = END + timedelta(hours=12)
    arrivals = hours_of(system, 1 / 6, rate=20, start=noon)
    expected = 20 * 600 * SYSTEMS[system].behaviour.rhythm.factor(noon.timestamp())
    assert 0.7 * expected < len(arrivals) < 1.5 * expected
