"""The simulated wellbeing community against a computation of its own, straight from its envelopes in plain Python."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest

from analytics import metrics
from analytics.metrics import METRICS
from analytics.models import UserEngagementDaily, UserWellbeingDaily
from analytics.rollups import engine
from ingestion import workspaces
from ingestion.identity import actor_id_of
from ingestion.importers import import_envelopes
from ingestion.simulation import history

# Summer time begins on 29 March, within it.
ZONE = ZoneInfo("Europe/Vienna")
DAYS, END = 40, datetime(2026, 4, 10, tzinfo=UTC)
FIRST, LAST = date(2026, 3, 1), date(2026, 4, 10)


def two_decimals(number):
    return Decimal(number).quantize(Decimal("0.01"), ROUND_HALF_UP)


class ByHand:
    """What each person did on each day of the zone."""

    def __init__(self, envelopes):
        self.events = list({one["event_id"]: one for one in envelopes}.values())
        self.events.sort(key=lambda one: one["timestamp"])
        self.done = defaultdict(list)
        self.active = defaultdict(set)
        self.sessions = {}
        self.following = defaultdict(list)
        for one in self.events:
            who, name, about = one["user_id"], one["event_name"], one["properties"]
            day = datetime.fromisoformat(one["timestamp"]).astimezone(ZONE).date()
            self.done[who, day].append((name, about))
            self.active[day].add(who)
            if name == "activation_started":
                self.sessions[about["activation_id"]] = [who, day, one["timestamp"], None]
            elif name == "activation_completed":
                self.sessions[about["activation_id"]][3] = about
            elif name == "user_followed":
                self.following[day].append((who, about["followed_user_id"], about["action"] == "follow"))
        self.days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        self.practised = {(who, day) for who, day, _, about in self.sessions.values() if about}

    def streak(self, who, day):
        length = 0
        while (who, day - timedelta(days=length)) in self.practised:
            length += 1
        return length

    def named(self, who, day, *names):
        opposite = {"unlike", "unfollow"}
        return [p for name, p in self.done[who, day] if name in names and p.get("action") not in opposite]

    def flourish(self, who, day):
        completed = [one for one in self.sessions.values() if one[:2] == [who, day] and one[3]]
        mood = 0
        if completed:
            last = max(completed, key=lambda one: one[2])[3]
            mood = 5 * (last["end_mood"] - last["start_mood"] + 10)
        acts = min(20 * len(self.named(who, day, "microact_created")), 100)
        posts, answers = len(self.named(who, day, "post_created")), self.answers(who, day)
        wave = 30 if self.named(who, day, "wave_joined") else 0
        constancy = min(10 * max(self.streak(who, day) - 1, 0), 100)
        parts = (4 * mood, 3 * acts, 2 * min(15 * posts + 5 * answers + wave, 100), constancy)
        return two_decimals(Decimal(sum(parts)) / 10)

    def answers(self, who, day):
        return len(self.named(who, day, "post_liked", "post_commented", "post_shared"))

    def add_value(self, who, day):
        kind = [p for p in self.named(who, day, "microact_created") if p["impact_scope"] != "self"]
        scores = [Decimal(p.get("value_added_score", 0)) for p in kind]
        benefit = min(15 * len(kind) + 5 * sum(scores) / len(kind), Decimal(100)) if kind else Decimal(0)
        shared = {p["microact_id"] for p in self.named(who, day, "microact_shared")}
        sharing = min(10 * self.answers(who, day) + 20 * len(shared), 100)
        worth = [0]
        for wave in {p["wave_id"] for p in self.named(who, day, "wave_joined")}:
            talks = [p for p in self.named(who, day, "wave_interaction") if p["interaction_type"] == "discussion"]
            discussed = any(p["wave_id"] == wave for p in talks)
            gave = any(p["wave_id"] == wave for p in self.named(who, day, "wave_microact_shared"))
            worth.append(50 + 25 * discussed + 25 * gave)
        return two_decimals(benefit / 2 + Decimal(3 * sharing + 2 * max(worth)) / 10)

    def engagement(self, who, day):
        window = [day - timedelta(days=back) for back in range(30)]
        points = {"post_created": 10, "post_liked": 2, "post_commented": 5, "user_followed": 4}
        reach = sum(worth * len(self.named(who, on, name)) for on in window for name, worth in points.items())
        state = {}
        for on in self.days:
            if on <= day:
                state |= {(one, other): follows for one, other, follows in self.following[on]}
        followers = sum(follows for (_, other), follows in state.items() if other == who)
        followed = sum(follows for (one, _), follows in state.items() if one == who)
        standing = min(Decimal(20) * followers / followed if followed else Decimal(2 * followers), Decimal(100))
        active = sum(who in self.active[on] for on in window)
        return (Decimal(4 * reach + 3 * active) + 3 * standing) / 10


@pytest.fixture(scope="module")
def by_hand():
    return ByHand(history("wellbeing", seed=7, days=DAYS, end=END, members=40))


@pytest.fixture
def programme(db, by_hand):
    workspace = workspaces.create("programme", time_zone="Europe/Vienna", systems=("wellbeing",)).workspace
    totals = import_envelopes(workspace, by_hand.events, source_name="Simulation")
    assert totals.accepted == len(by_hand.events)
    assert engine.bring_up_to_date(workspace).failed == {}
    return workspace


def test_every_number_of_every_person_and_day_equals_the_independent_one(programme, by_hand):
    people = {who for who, _ in by_hand.done}
    ids = {actor_id_of(programme.uuid, who): who for who in people}
    nothing = (Decimal(0), Decimal(0), 0)
    rows = {
        (ids[row.person_id], row.date): (row.flourish_index, row.add_value_index, row.streak)
        for row in UserWellbeingDaily.objects.filter(workspace=programme)
    }
    expected = {
        (who, day): (by_hand.flourish(who, day), by_hand.add_value(who, day), by_hand.streak(who, day))
        for who in people
        for day in by_hand.days
    }
    different = {
        one: (rows.get(one, nothing), told) for one, told in expected.items() if rows.get(one, nothing) != told
    }
    assert different == {}
    assert max(streak for _, _, streak in rows.values()) > 2

    scores = defaultdict(dict)
    for row in UserEngagementDaily.objects.filter(workspace=programme).order_by("date"):
        scores[ids[row.person_id]][row.date] = row.engagement_score
    for who in people:
        held = Decimal(0)
        for day in by_hand.days:
            held = scores[who].get(day, held)
            assert abs(held - by_hand.engagement(who, day)) < Decimal("0.0001"), (who, day)


def test_every_number_of_the_whole_programme_equals_the_independent_one(programme, by_hand):
    names = ["activation_completion", "mood_shift", "micro_acts", "wave_participation", "wave_rating"]
    found = metrics.read_many([METRICS[name] for name in names], programme, FIRST, LAST)
    for number, day in enumerate(by_hand.days):
        told = {name: (of[number].numerator, of[number].denominator) for name, of in found.items()}
        started = [about for _, on, _, about in by_hand.sessions.values() if on == day]
        ended = [about for about in started if about]
        everything = [one for (_, on), done in by_hand.done.items() if on == day for one in done]
        week = [day - timedelta(days=back) for back in range(7)]
        joined = {who for who, on in by_hand.done if on in week and by_hand.named(who, on, "wave_joined")}
        ratings = [p["rating"] for name, p in everything if name == "wave_feedback_submitted"]
        assert told == {
            "activation_completion": (sum(one["rounds_completed"] == 8 for one in ended), len(started)),
            "mood_shift": (sum(one["end_mood"] - one["start_mood"] for one in ended), len(ended)),
            "micro_acts": (sum(name == "microact_created" for name, _ in everything), None),
            "wave_participation": (len(joined), len(set().union(*(by_hand.active[on] for on in week)))),
            "wave_rating": (sum(ratings), len(ratings)),
        }, day
