"""Lifecycle, segments and engagement levels (metrics.md), day by day and person by person."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from analytics import lifecycle, metrics
from analytics.lifecycle import LEVELS, LIFECYCLES, SEGMENTS
from analytics.metrics import METRICS
from analytics.models import DefinitionVersion, EngagementLevelDaily, LifecycleDaily, RecencyDaily
from analytics.rollups import engine
from tests.analytics.community import Community, at

FILLS = ("engagement_level_daily", "lifecycle_daily", "platform_daily")

ACTS = {"post_created": 3, "comment_created": 2, "vote": 1, "collection_created": 5}
EVENTS = [*ACTS, "page_view", "page_view", "user_login", "user_login", "performance_probe"]


def stands(community, who, day):
    """(lifecycle, segment, level) of one person, None before the sign-up."""
    found = lifecycle.state(community.workspace, at(day).date(), community.person(who))
    return None if found is None else (found.lifecycle, found.segment, found.level)


def counted(community, day):
    """What the metrics say of the day: how many stand where, without those that nobody does."""
    found = []
    for prefix, names in (("lifecycle", LIFECYCLES), ("segment", SEGMENTS), ("level", LEVELS)):
        values = {name: community.metric(f"{prefix}_{name}", day).value for name in names}
        found.append({name: value for name, value in values.items() if value})
    return found


def envelopes(log):
    return [
        {
            "event_name": name,
            "event_id": f"00000000-0000-4000-9000-{number:012d}",
            "user_id": who,
            "timestamp": (at(day) + timedelta(minutes=number % 600)).isoformat(),
            "properties": {},
            **({"event_category": "performance"} if name == "performance_probe" else {}),
        }
        for number, (who, day, name) in enumerate(log)
    ]


def a_log(rng, people=30, days=150):
    """(person, day, event) of people of all habits: daily, weekly, rare, gone, back; some before they sign up."""
    found = set()
    for number in range(people):
        who, first = f"p{number}", rng.randrange(60)
        signs_up = first + rng.choice([0, 0, 0, 1, 9, 40])
        found.add((who, first, "page_view"))
        found.add((who, signs_up, "user_signup"))
        day = first
        while day < days:
            for name in rng.sample(EVENTS, rng.choice([1, 1, 2, 4])):
                found.add((who, day, name))
            day += rng.choice([[1], [1, 1, 1, 2], [3, 7, 8], [14, 30, 31], [29, 90, 91, 92, 120]][number % 5])
    log = sorted(found)
    rng.shuffle(log)
    return log


def by_the_words(log, day):
    """(lifecycle, segment, level) of each person at the end of the day, by the words of metrics.md alone."""
    found = {}
    for who in {row[0] for row in log}:
        mine = [(when, name) for person, when, name in log if person == who and when <= day]
        signed_up = min((when for when, name in mine if name == "user_signup"), default=None)
        if signed_up is None:
            continue
        idle = day - max(when for when, _ in mine)
        acts = [when for when, name in mine if name in ACTS]
        active = {when for when, name in mine if name != "performance_probe"}
        week = set(range(day - 6, day + 1))
        in_week = sum(when in week for when in acts)
        if idle > 90:
            stage = "churned"
        elif idle > 30:
            stage = "dormant"
        elif any(day - 29 <= when for when in acts):
            stage = "engaged"
        else:
            stage = "new" if day - signed_up <= 7 else "registered"
        if week <= active and in_week >= 5:
            segment = "power"
        elif week & active and in_week >= 2:
            segment = "active"
        else:
            segment = "churned" if idle >= 30 else "at_risk" if idle >= 14 else "casual"
        score = sum(ACTS.get(name, 0) for when, name in mine if when == day)
        level = "power_user" if score >= 50 else "active" if score >= 20 else "casual" if score else "lurker"
        found[who] = (stage, segment, level if day in active else "inactive")
    return found


def tables(community):
    """Every row of the three tables but for the workspace and the time of the fill."""
    found = []
    for model in (RecencyDaily, LifecycleDaily, EngagementLevelDaily):
        fields = [field.name for field in model._meta.fields if field.name not in {"pk", "workspace", "calculated_at"}]
        found.append(sorted(model.objects.filter(workspace=community.workspace).values_list(*fields)))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_person_and_every_count_equal_an_independent_computation(community, seed):
    log = a_log(random.Random(seed))
    community.store(envelopes(log), at(260))
    community.fill()
    first, last = at(-2).date(), at(256).date()
    keys = [f"{p}_{n}" for p, names in (("lifecycle", LIFECYCLES), ("segment", SEGMENTS)) for n in names]
    counts = metrics.read_many([METRICS[key] for key in keys], community.workspace, first, last)

    for day in range(-2, 256, 1 if seed == 1 else 7):
        expected = by_the_words(log, day)
        for prefix, place in (("lifecycle", 0), ("segment", 1)):
            stand = Counter(one[place] for one in expected.values())
            names = LIFECYCLES if place == 0 else SEGMENTS
            told = {name: counts[f"{prefix}_{name}"][day + 2].value for name in names}
            assert told == {name: stand[name] for name in names}, (day, prefix)
        if day % 10 == 0:
            found = lifecycle.states(community.workspace, at(day).date())
            said = {one.person_id: (one.lifecycle, one.segment, one.level) for one in found}
            assert said == {community.person(who): standing for who, standing in expected.items()}, day


def test_levels_count_everybody_once(community):
    log = a_log(random.Random(4))
    # Before the sign-up people are active, and not yet anybody's inactive members.
    log = [row for row in log if row[1] >= min(d for w, d, n in log if w == row[0] and n == "user_signup")]
    community.store(envelopes(log), at(260))
    community.fill()

    for day in range(0, 160, 9):
        expected = Counter(one[2] for one in by_the_words(log, day).values())
        assert counted(community, day)[2] == dict(expected), day


@pytest.mark.parametrize("seed", [5, 6])
def test_late_events_in_any_order_give_what_one_fill_gives(community, seed):
    rng = random.Random(seed)
    log = a_log(rng, people=12)
    one_by_one = envelopes(log)
    # Most at once, then a handful of late ones at a time, and some days filled again for nothing.
    cut = len(one_by_one) - 24
    community.store(one_by_one[:cut], at(260))
    community.fill()
    for number in range(cut, len(one_by_one), 4):
        community.store(one_by_one[number : number + 4], at(260))
        community.fill()
    start = at(rng.randrange(100))
    engine.prepare(community.workspace, start, start + timedelta(days=20))
    community.fill()

    at_once = Community("at-once")
    at_once.store(one_by_one, at(260))
    at_once.fill()
    assert tables(community) == tables(at_once)


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Somebody signs up, and nothing else."""
    community = Community("commons-idle")
    community.happens("user_signup", "ada", at(0))
    community.fill()
    return community


@pytest.mark.parametrize(
    ("idle", "stage", "segment"),
    [
        (7, "new", "casual"),
        (8, "registered", "casual"),
        (13, "registered", "casual"),
        (14, "registered", "at_risk"),
        (29, "registered", "at_risk"),
        (30, "registered", "churned"),
        (31, "dormant", "churned"),
        (90, "dormant", "churned"),
        (91, "churned", "churned"),
        (200, "churned", "churned"),
    ],
)
def test_who_only_signed_up_moves_on_the_day_that_the_threshold_is_passed(filled, as_filled, idle, stage, segment):
    community = as_filled(filled)
    assert stands(community, "ada", idle) == (stage, segment, "inactive")
    assert counted(community, idle) == [{stage: 1}, {segment: 1}, {"inactive": 1}]


@pytest.mark.parametrize("act", ["post_created", "comment_created", "vote", "collection_created"])
def test_a_content_act_makes_engaged_for_thirty_days_and_a_like_does_not(community, act):
    community.happens("user_signup", "ada", at(0))
    community.happens(act, "ada", at(10), properties={"value": 1})
    community.happens("like_given", "bob", at(10))
    # Idle counts every kind of event.
    community.happens("performance_probe", "ada", at(35), event_category="performance")
    community.fill()

    assert [stands(community, "ada", day)[0] for day in (9, 10, 39, 40, 65, 66)] == [
        *("registered", "engaged", "engaged", "registered", "registered", "dormant")
    ]
    assert stands(community, "bob", 10)[0] == "new"


def test_power_takes_seven_days_in_a_row_and_five_acts(community):
    community.happens("user_signup", "ada", at(0))
    for day in range(9):
        community.happens("page_view", "ada", at(day))
    for day in (1, 2, 3, 4, 5):
        community.happens("post_created", "ada", at(day))
    community.fill()

    assert [stands(community, "ada", day)[1] for day in (1, 2, 5, 6, 7, 8, 9, 10, 11)] == [
        *("casual", "active", "active", "power", "power", "active", "active", "active", "casual")
    ]
    assert [counted(community, day)[1] for day in (5, 7, 8, 10, 11)] == [
        *({"active": 1}, {"power": 1}, {"active": 1}, {"active": 1}, {"casual": 1})
    ]


@pytest.mark.parametrize(
    ("acts", "level"),
    [
        ({"collection_created": 10}, "power_user"),
        ({"collection_created": 9, "comment_created": 2}, "active"),
        ({"post_created": 6, "comment_created": 1}, "active"),
        ({"post_created": 6, "vote": 1}, "casual"),
        ({"vote": 1}, "casual"),
        ({"like_given": 60}, "lurker"),
        ({}, "inactive"),
    ],
)
def test_the_level_is_of_the_score_of_the_day(community, acts, level):
    community.happens("user_signup", "ada", at(-1))
    for name, times in acts.items():
        for minute in range(times):
            community.happens(name, "ada", at(0) + timedelta(minutes=minute), properties={"value": 1})
    community.fill()

    assert stands(community, "ada", 0)[2] == level
    assert counted(community, 0)[2] == {level: 1}
    assert counted(community, 1)[2] == {"inactive": 1}


def test_nobody_stands_anywhere_before_the_sign_up_and_what_came_before_counts_from_then_on(community):
    community.happens("post_created", "ada", at(0))
    community.happens("user_signup", "ada", at(20))
    community.fill()

    assert (stands(community, "ada", 19), counted(community, 19)[0]) == (None, {})
    assert [counted(community, day)[0] for day in (20, 29, 30)] == [{"engaged": 1}, {"engaged": 1}, {"registered": 1}]


def test_a_late_sign_up_event_takes_the_days_before_it_back(community):
    for day in (0, 100, 200):
        community.happens("post_created", "ada", at(day))
    community.fill()
    assert [counted(community, day)[0] for day in (0, 95, 150)] == [{"engaged": 1}, {"churned": 1}, {"dormant": 1}]

    community.happens("user_signup", "ada", at(199), received=at(250))
    community.fill()
    assert [counted(community, day)[0] for day in (0, 95, 150, 199)] == [{}, {}, {}, {"new": 1}]
    assert counted(community, 250)[0] == {"dormant": 1}


def test_a_sign_up_that_a_trait_tells_begins_being_idle(community):
    envelope = {"type": "identify", "userId": "ada", "timestamp": at(100).isoformat(), "messageId": "ada is"}
    community.store([envelope | {"traits": {"created_at": at(0).isoformat()}}], at(100))
    community.fill()

    assert [counted(community, day)[0] for day in (0, 99, 100)] == [{"new": 1}, {"churned": 1}, {"registered": 1}]


def test_an_event_eighty_days_late_changes_the_days_that_follow_it(community):
    community.happens("user_signup", "ada", at(0))
    community.fill()
    assert [counted(community, day)[0] for day in (40, 100)] == [{"dormant": 1}, {"churned": 1}]

    community.happens("post_created", "ada", at(20), received=at(100))
    community.fill()
    assert [counted(community, day)[0] for day in (19, 40, 100, 111)] == [
        *({"registered": 1}, {"engaged": 1}, {"dormant": 1}, {"churned": 1})
    ]


def test_bots_and_other_workspaces_are_nowhere_in_it(community):
    envelope = {"type": "track", "event": "post_created", "userId": "crawler", "timestamp": at(0).isoformat()}
    context = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    community.store([envelope | {"messageId": "crawled", "context": context}], at(0))
    community.happens("user_signup", "ada", at(0))
    other = Community("elsewhere")
    other.happens("post_created", "bob", at(0))
    for one in (community, other):
        one.fill()
    before = tables(other)
    community.happens("post_created", "ada", at(1))
    community.fill()

    assert counted(community, 0) == [{"new": 1}, {"casual": 1}, {"lurker": 1}]
    assert stands(community, "crawler", 0) is None
    assert lifecycle.states(community.workspace, at(0).date(), [other.person("bob")]) == []
    assert tables(other) == before


def test_a_definition_holds_from_its_day_on(community):
    day = at(20).date()
    set_to = DefinitionVersion.objects.create
    set_to(workspace=community.workspace, key="lifecycle", valid_from=day, value={"dormant_after": 10})
    set_to(workspace=community.workspace, key="segments", valid_from=day, value={"active_acts": 1})
    set_to(workspace=community.workspace, key="content_acts", valid_from=day, value={"likes": 1})
    set_to(workspace=community.workspace, key="engagement_level", valid_from=day, value={"collections": 50})
    community.happens("user_signup", "ada", at(5))
    for name, who, when in (("like_given", "bob", 18), ("like_given", "cyd", 21), ("collection_created", "dan", 19)):
        community.happens(name, who, at(when))
    community.happens("collection_created", "eve", at(20))
    community.fill()

    assert [stands(community, "ada", when)[0] for when in (19, 20)] == ["registered", "dormant"]
    assert [stands(community, who, 21)[1] for who in ("bob", "cyd")] == ["casual", "active"]
    assert [stands(community, "dan", when)[1] for when in (19, 20)] == ["casual", "active"]
    assert (stands(community, "dan", 19)[2], stands(community, "eve", 20)[2]) == ("casual", "power_user")
    for when in (19, 20, 21):
        told = lifecycle.states(community.workspace, at(when).date())
        places = [Counter(getattr(one, name) for one in told) for name in ("lifecycle", "segment", "level")]
        assert counted(community, when) == [dict(one) for one in places]
