"""The simulated members: believable, within the catalogue, and the same for the same seed. No database, no clock."""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest

from ingestion.envelopes import to_draft
from ingestion.simulation import SYSTEMS, history, live
from ingestion.simulation.members import Member
from ingestion.simulation.rhythm import ALL_DAY, EVENINGS, MORNINGS, OFFICE_HOURS
from tests.ingestion.simulated import DAYS, END, MEMBERS, ROOT, SIGN_UPS, Happening, is_valid, validators

PACKAGE = ROOT / "ingestion" / "simulation"
LIKES = {"forum": "like_given", "wellbeing": "post_liked", "social": "post_like", "network": "vote"}
COMMENTS = {"forum": "comment_created", "wellbeing": "post_commented", "social": "post_comment", "network": "comment"}


@pytest.fixture(scope="module")
def past():
    """{system: happenings of its history}"""
    return {
        system: [
            Happening(system, envelope) for envelope in history(system, seed=1, days=DAYS, end=END, members=MEMBERS)
        ]
        for system in SYSTEMS
    }


def digest(system):
    lines = [json.dumps(e) for e in islice(history(system, seed=7, days=20, end=END, members=60), 3000)]
    lines += [json.dumps(pair) for pair in islice(live(system, seed=7, start=END, rate=3), 2000)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("system", SYSTEMS)
def test_same_seed_gives_the_same_events_and_another_seed_others(system):
    def beginning(seed):
        past = islice(history(system, seed=seed, days=10, end=END, members=40), 500)
        return [*past], [*islice(live(system, seed=seed, start=END, rate=2), 500)]

    assert beginning(3) == beginning(3)
    assert beginning(3)[0] != beginning(4)[0]
    assert beginning(3)[1] != beginning(4)[1]


def test_events_do_not_depend_on_the_process():
    code = f"import tests.ingestion.test_simulation as t; print([t.digest(s) for s in {list(SYSTEMS)}])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert outputs == {f"{[digest(system) for system in SYSTEMS]}\n"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_history_covers_the_period_in_the_order_of_time(past, system):
    instants = [happening.at for happening in past[system]]
    assert all(earlier <= later for earlier, later in pairwise(instants))
    assert END - timedelta(days=DAYS) <= instants[0] < END - timedelta(days=DAYS - 3)
    assert END - timedelta(hours=12) < instants[-1] < END


@pytest.mark.parametrize("system", SYSTEMS)
def test_history_holds_no_invalid_event(past, system):
    assert [h.envelope for h in past[system] if not is_valid(system, h)] == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_history_uses_nearly_the_whole_catalogue(past, system):
    rare = {"points_redeemed", "post_saved"}
    assert set(validators(system)) - {h.name for h in past[system]} <= rare


@pytest.mark.parametrize("system", SYSTEMS)
def test_envelopes_are_read_by_the_pipeline_as_what_they_are(past, system):
    for happening in past[system][:300]:
        draft = to_draft(json.loads(json.dumps(happening.envelope)), b"", trusted=True)
        assert (draft.name, draft.user_id, draft.message_id) == (happening.name, happening.person, happening.id)
        assert draft.client_at == happening.at
        assert draft.properties == happening.properties
        assert draft.context
        assert bool(draft.session_id) == (system == "social")


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_event_in_two_hundred_comes_twice_and_no_other_shares_its_id(past, system):
    times = Counter(h.id for h in past[system])
    twice = [id_ for id_, count in times.items() if count > 1]
    assert 0.002 < len(twice) / len(past[system]) < 0.010
    assert max(times.values()) == 2
    envelopes = {}
    assert all(envelopes.setdefault(h.id, h.envelope) == h.envelope for h in past[system])


@pytest.mark.parametrize("system", SYSTEMS)
def test_all_members_sign_up_within_the_history_and_growth_shows(past, system):
    first = {}
    for happening in past[system]:
        first.setdefault(happening.person, happening.at)
    assert set(first) == {Member(system, 1, index, 3).id for index in range(MEMBERS)}
    middle = END - timedelta(days=DAYS / 2)
    in_first_half = sum(at < middle for at in first.values())
    assert 0.25 * MEMBERS < in_first_half < 0.5 * MEMBERS


@pytest.mark.parametrize("system", SIGN_UPS)
def test_sign_up_is_the_first_event_of_a_member_and_happens_once(past, system):
    seen = {}
    ids = {}
    for happening in past[system]:
        seen.setdefault(happening.person, happening.name)
        if happening.name == SIGN_UPS[system]:
            assert ids.setdefault(happening.person, happening.id) == happening.id
    assert set(seen.values()) == {SIGN_UPS[system]}
    assert len(ids) == MEMBERS


def posts_of(happenings):
    """{post id: happening that made it}"""
    made = {}
    for happening in happenings:
        if happening.name in {"post_created", "community_post", "post"}:
            made.setdefault(happening["post_id|postId"], happening)
    return made


@pytest.mark.parametrize("system", SYSTEMS)
def test_likes_and_comments_go_to_posts_of_others_that_are_there(past, system):
    posts = posts_of(past[system])
    answers = [h for h in past[system] if h.name in {LIKES[system], COMMENTS[system]}]
    assert len(answers) > 100
    for answer in answers:
        post = posts[answer["post_id|postId"]]
        assert post.at < answer.at
        assert answer["post_author_id|author_id|authorId"] == post.person
        assert answer.person != post.person


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_likes_the_same_post_twice_without_taking_it_back(past, system):
    liked = set()
    seen = set()
    for happening in past[system]:
        if happening.name == LIKES[system] and happening.id not in seen:
            seen.add(happening.id)
            like = (happening.person, happening["post_id|postId"])
            if happening.properties.get("action") == "unlike":
                liked.remove(like)
            else:
                assert like not in liked
                liked.add(like)


@pytest.mark.parametrize(
    ("system", "joins", "posts", "community"),
    [
        ("forum", "channel_joined", "post_created", "channel_id"),
        ("social", "community_join", "community_post", "communityId"),
        ("wellbeing", "wave_joined", "post_created", "wave_id"),
    ],
)
def test_members_join_before_they_post(past, system, joins, posts, community):
    joined = defaultdict(set)
    checked = 0
    for happening in past[system]:
        if happening.name == joins:
            joined[happening.person].add(happening[community])
        elif happening.name == posts and happening[community]:
            assert happening[community] in joined[happening.person]
            checked += 1
    assert checked


def test_network_groups_are_created_before_anyone_posts_in_them(past):
    groups = set()
    for happening in past["network"]:
        if happening.name == "group_created":
            groups.add(happening["group_id"])
        elif happening.properties.get("group_id"):
            assert happening["group_id"] in groups
    assert len(groups) == 10


def test_activations_run_from_mood_over_eight_rounds_to_mood(past):
    steps = defaultdict(list)
    seen = set()
    for happening in past["wellbeing"]:
        if happening.id not in seen and happening.properties.get("activation_id"):
            seen.add(happening.id)
            steps[happening["activation_id"]].append(happening)
    completed = [s for s in steps.values() if s[-1].name == "activation_completed"]
    assert 0.6 < len(completed) / len(steps) < 0.95
    for activation in completed:
        rounds = [h["round"] for h in activation if h.name == "activation_round_completed"]
        moods = [(h["phase"], h["mood"]) for h in activation if h.name == "activation_mood_logged"]
        end = activation[-1]
        assert activation[0].name == "activation_started"
        assert rounds == list(range(1, 9))
        assert moods == [("start", end["start_mood"]), ("end", end["end_mood"])]
        assert end["mood_shift"] == end["end_mood"] - end["start_mood"]
        assert end["streak_days"] >= 1
    assert sum(a[-1]["mood_shift"] for a in completed) > len(completed)
    assert max(a[-1]["streak_days"] for a in completed) >= 5


def test_reports_are_resolved_by_moderators_only(past):
    moderators = {Member("forum", 1, index, 3).id for index in range(0, MEMBERS, 50)}
    reported = {h["report_id"]: h for h in past["forum"] if h.name == "report_submitted"}
    resolved = [h for h in past["forum"] if h.name == "report_resolved"]
    assert len(resolved) > 0.5 * len(reported)
    for decision in resolved:
        assert decision.person in moderators
        assert reported[decision["report_id"]].at < decision.at


def test_unfollowing_follows_following(past):
    for system, event, target in (
        ("social", "user_follow", "targetUserId"),
        ("wellbeing", "user_followed", "followed_user_id"),
    ):
        following = set()
        for happening in past[system]:
            if happening.name == event:
                pair = (happening.person, happening[target])
                assert pair[0] != pair[1]
                assert happening["action"] == "follow" or pair in following
                following.add(pair)


@pytest.mark.parametrize(
    ("system", "busy_hours", "quiet_hours"),
    [
        ("forum", range(17, 21), range(2, 6)),
        ("wellbeing", range(5, 8), range(22, 24)),
        ("social", range(17, 21), range(1, 5)),
        ("network", range(8, 16), range(4)),
    ],
)
def test_the_day_has_its_rhythm(past, system, busy_hours, quiet_hours):
    hours = Counter(h.at.hour for h in past[system])
    busy = sum(hours[hour] for hour in busy_hours) / len(busy_hours)
    quiet = sum(hours[hour] for hour in quiet_hours) / len(quiet_hours)
    assert busy > 1.6 * quiet


@pytest.mark.parametrize(("system", "low", "high"), [("forum", 1.1, 2), ("social", 1.1, 2), ("network", 0.2, 0.6)])
def test_weekends_differ_from_weekdays(system, low, high):
    days = Counter(
        datetime.fromisoformat(e["timestamp"]).weekday()
        for e in history(system, seed=2, days=70, end=END, members=MEMBERS)
    )
    weekend, week = (days[5] + days[6]) / 2, sum(days[day] for day in range(5)) / 5
    assert low < weekend / week < high


@pytest.mark.parametrize("rhythm", [EVENINGS, MORNINGS, ALL_DAY, OFFICE_HOURS])
def test_the_mean_of_a_rhythm_over_a_week_is_one(rhythm):
    assert sum(rhythm.factor(hour * 3600) for hour in range(168)) / 168 == pytest.approx(1)


@pytest.mark.parametrize("system", SYSTEMS)
def test_some_members_do_far_more_than_others_and_some_leave(past, system):
    events = Counter(h.person for h in past[system])
    ranked = [count for _, count in events.most_common()]
    assert sum(ranked[: MEMBERS // 10]) > 0.25 * sum(ranked)
    last = {h.person: h.at for h in past[system]}
    assert sum(at < END - timedelta(days=14) for at in last.values()) > 0.05 * MEMBERS


def test_what_cannot_be_simulated_is_refused():
    with pytest.raises(ValueError, match="No system 'chess'"):
        history("chess", seed=1, days=1, end=END, members=1)
    with pytest.raises(ValueError, match="time zone"):
        history("forum", seed=1, days=1, end=datetime(2025, 1, 1), members=1)  # noqa: DTZ001 that is the point
    with pytest.raises(ValueError, match="at least one day"):
        history("forum", seed=1, days=0, end=END, members=1)
    with pytest.raises(ValueError, match="at least one member"):
        live("forum", seed=1, start=END, rate=1, members=0)
    with pytest.raises(ValueError, match="time zone"):
        live("forum", seed=1, start=datetime(2025, 1, 1), rate=1)  # noqa: DTZ001 that is the point
    with pytest.raises(ValueError, match="above 0"):
        live("forum", seed=1, start=END, rate=0)


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_reads_a_clock_or_an_unseeded_generator(path):
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    origins = {node.module: node.names for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not {"time", "random", "secrets", "os", "uuid"} & imported
    assert not any((module or "").split(".")[0] in {"time", "django", "secrets", "uuid"} for module in origins)
    assert not {"now", "utcnow", "today", "monotonic"} & called
    if path.stem != "sender":
        assert {alias.name for alias in origins.get("random", [])} <= {"Random"}
