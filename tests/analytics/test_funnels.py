"""Funnels against known answers, and against every chain of events that there is."""

import itertools
import json
import uuid
from datetime import timedelta
from io import StringIO
from statistics import median

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import funnel_steps, funnels
from ingestion import importers
from tests.analytics.community import Community, at

STEPS = "post_created,comment_created,like_given"


def measured(community, text=STEPS, window="7d", first=None, last=None, **more):
    steps = funnel_steps.resolve(community.workspace, funnel_steps.parse_steps(funnel_steps.split(text)))
    assert not any(resolved.unknown for resolved in steps)
    return funnels.measure(
        community.workspace,
        steps,
        funnel_steps.parse_window(window),
        None if first is None else at(first).date(),
        None if last is None else at(last).date(),
        **more,
    )


def people(*arguments, **more):
    return [step.people for step in measured(*arguments, **more)]


def goes(community, who, *acts):
    for name, moment in acts:
        community.happens(name, who, moment)


def post(moment):
    return "post_created", moment


def comment(moment):
    return "comment_created", moment


def like(moment):
    return "like_given", moment


def test_each_step_counts_those_who_came_so_far_with_its_denominators(community):
    goes(community, "ada", post(at(0, "10:00")), comment(at(0, "11:00")), like(at(1, "11:00")))
    goes(community, "bob", post(at(0, "10:00")), comment(at(0, "13:00")))
    goes(community, "cyd", post(at(0, "10:00")))
    goes(community, "dan", comment(at(0)), like(at(0)))

    first, second, third = measured(community)
    assert [(s.people, s.entered, s.before, s.dropped) for s in (first, second, third)] == [
        (3, 3, 3, 0),
        (2, 3, 3, 1),
        (1, 3, 2, 1),
    ]
    assert (second.conversion, third.conversion, third.step_conversion) == (2 / 3, 1 / 3, 1 / 2)
    assert [s.median_seconds for s in (first, second, third)] == [None, 2 * 3600, 24 * 3600]


def test_nobody_is_no_conversion_and_no_error(community):
    step, *_ = measured(community)
    assert (step.people, step.entered, step.conversion, step.step_conversion, step.median_seconds) == (
        0,
        0,
        None,
        None,
        None,
    )


def test_a_person_counts_once_however_often_they_go(community):
    for day in range(3):
        goes(community, "ada", post(at(day, "10:00")), comment(at(day, "11:00")))
    assert people(community) == [1, 1, 0]


def test_a_step_before_its_predecessor_does_not_count(community):
    goes(community, "ada", comment(at(0, "09:00")), post(at(0, "10:00")), like(at(0, "11:00")))
    assert people(community) == [1, 0, 0]


def test_the_window_runs_from_the_first_step_and_its_end_is_within(community):
    goes(community, "ada", post(at(0)), comment(at(6)), like(at(7)))
    goes(community, "bob", post(at(0)), comment(at(6)), like(at(7, "12:00:01")))
    assert people(community) == [2, 2, 1]
    assert people(community, window="6d") == [2, 2, 0]


def test_a_later_restart_may_come_further(community):
    goes(community, "ada", post(at(0)), comment(at(6)), post(at(5)), like(at(10)))
    assert people(community) == [1, 1, 1]


def test_a_restart_does_not_take_away_what_the_first_attempt_reached(community):
    goes(community, "ada", post(at(0)), comment(at(1)), like(at(2)), post(at(3)))
    assert people(community) == [1, 1, 1]


def test_the_time_of_a_step_is_that_of_the_attempt_that_came_furthest(community):
    goes(community, "ada", post(at(0)), comment(at(1)), post(at(20)), comment(at(20, "13:00")), like(at(20, "15:00")))
    assert [step.median_seconds for step in measured(community)] == [None, 3600, 7200]


def test_the_same_step_twice_takes_two_events(community):
    goes(community, "ada", post(at(0)))
    goes(community, "bob", post(at(0)), post(at(1)))
    assert people(community, "post_created,post_created") == [2, 1]


class TestTies:
    """Of what happened at one instant, what arrived first was first."""

    def test_of_two_requests_the_earlier_was_first(self, community):
        for who, names in {
            "ada": ("post_created", "comment_created"),
            "bob": ("comment_created", "post_created"),
        }.items():
            for seconds, name in enumerate(names):
                community.happens(name, who, at(0), received=at(0) + timedelta(seconds=seconds))
        assert people(community, "post_created,comment_created") == [2, 1]

    @pytest.mark.parametrize(
        ("names", "reached"), [(("post_created", "comment_created"), 1), (("comment_created", "post_created"), 0)]
    )
    @pytest.mark.parametrize("seed", range(4))
    def test_within_a_request_the_order_of_its_events_tells(self, community, names, reached, seed):
        ids = [uuid.uuid5(uuid.NAMESPACE_URL, f"{seed} {name}") for name in names]
        community.store(
            [
                {"event_name": name, "event_id": str(pk), "user_id": "ada", "timestamp": at(0).isoformat()}
                for name, pk in zip(names, ids, strict=True)
            ],
            at(0),
        )
        assert people(community, "post_created,comment_created") == [1, reached]


def test_any_of_several_types_is_a_step(community):
    goes(community, "ada", post(at(0)), comment(at(1)))
    goes(community, "bob", post(at(0)), like(at(1)))
    assert people(community, "post_created,comment_created|like_given") == [2, 2]


def test_a_count_stands_for_all_types_that_count_as_it(community):
    goes(community, "ada", ("user_registered", at(0)), ("post_created", at(1)))
    goes(community, "bob", ("user_signup", at(0)), ("community_post", at(1)))
    assert people(community, "signups,posts_created") == [2, 1]


def test_a_step_may_ask_for_a_value_of_a_property(community):
    community.happens("page_view", "ada", at(0, "10:00"), properties={"path": "/cart, full", "number": 5})
    community.happens("page_view", "bob", at(0, "10:00"), properties={"path": "/"})
    community.happens("page_view", "cyd", at(0, "10:00"))
    for who in ("ada", "bob", "cyd"):
        goes(community, who, post(at(0, "11:00")))
    assert people(community, "page_view,post_created") == [3, 3]
    assert people(community, "page_view[path=/cart, full],post_created") == [1, 1]
    assert people(community, "page_view[path=/cart, full][number=5],post_created") == [1, 1]
    assert people(community, "page_view[path=/cart, full][number=6],post_created") == [0, 0]


def test_taking_a_like_back_is_no_like_unless_that_is_asked_for(community):
    goes(community, "ada", post(at(0)))
    community.happens("post_like", "ada", at(1), properties={"action": "unlike", "post_id": "7"})
    assert people(community, "post_created,post_like") == [1, 0]
    assert people(community, "post_created,post_like[action=unlike]") == [1, 1]


def test_bots_are_left_out_unless_asked_for(community):
    goes(community, "ada", post(at(0)))
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    for name, moment in (post(at(0)), comment(at(1))):
        envelope = {"type": "track", "event": name, "userId": "robot", "timestamp": moment.isoformat()}
        community.store([envelope | {"context": {"userAgent": crawler}}], moment)
    assert people(community) == [1, 0, 0]
    assert people(community, with_bots=True) == [2, 1, 0]


def test_another_workspaces_people_are_not_seen(community):
    other = Community("commons-other")
    goes(community, "ada", post(at(0)))
    goes(other, "ada", post(at(0)), comment(at(1)))
    assert people(community) == [1, 0, 0]
    assert people(other) == [1, 1, 0]


def test_one_person_of_two_ids_goes_one_way(community):
    community.happens("post_created", None, at(0), anonymous_id="visitor")
    community.store(
        [{"type": "identify", "userId": "ada", "anonymousId": "visitor", "timestamp": at(1).isoformat()}], at(1)
    )
    goes(community, "ada", comment(at(2)))
    assert people(community) == [1, 1, 0]


def test_a_range_takes_those_who_entered_in_it_and_follows_them_beyond_its_end(community):
    goes(community, "ada", post(at(0)), comment(at(3)))
    goes(community, "bob", post(at(1)), comment(at(3)), like(at(9)))
    goes(community, "cyd", post(at(2)))
    assert people(community, first=1, last=1) == [1, 1, 0]
    assert people(community, first=0, last=1) == [2, 2, 0]
    assert people(community, first=1, last=9) == [2, 1, 0]
    assert people(community, first=3) == [0, 0, 0]


def test_a_day_of_the_range_is_one_of_the_workspace(db):
    community = Community("commons-kolkata", time_zone="Asia/Kolkata")
    goes(community, "ada", post(at(0, "20:00")))
    assert people(community, first=0, last=0) == [0, 0, 0]
    assert people(community, first=1, last=1) == [1, 0, 0]


NAMES = ["post_created", "comment_created", "like_given"]
WINDOW = timedelta(hours=5)
# (person, event type, hour): few hours and types, so that ties, restarts and the edge of the window are common.
histories = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(NAMES), st.integers(0, 12)), max_size=14)
sequences = st.lists(st.sampled_from(NAMES), min_size=2, max_size=4)


def by_hand(history, steps):
    """(people of each step, median hours to each step): of every person all chains of events in order are tried."""
    depths, hours = [], [[] for _ in steps]
    for person in sorted({who for who, _, _ in history}):
        # Arrival is the position in the list.
        events = sorted((hour, position, name) for position, (who, name, hour) in enumerate(history) if who == person)
        chains = [
            chain
            for depth in range(1, len(steps) + 1)
            for chain in itertools.combinations(events, depth)
            if [name for _, _, name in chain] == steps[:depth] and chain[-1][0] - chain[0][0] <= 5
        ]
        if not chains:
            continue
        deepest = max(map(len, chains))
        # The first attempt of those that came furthest, each step as early as it can be.
        best = min(chain for chain in chains if len(chain) == deepest)
        depths.append(deepest)
        for step in range(1, deepest):
            hours[step].append(best[step][0] - best[step - 1][0])
    counts = [sum(depth > step for depth in depths) for step in range(len(steps))]
    return counts, [median(times) if times else None for times in hours]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, steps=sequences, cut=st.integers(1, 14))
def test_funnels_are_what_trying_every_chain_says(community, history, steps, cut):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ingestion_event")
    envelopes = [
        {
            "event_name": name,
            "event_id": str(uuid.uuid4()),
            "user_id": who,
            "timestamp": (at(0, "00:00") + timedelta(hours=hour)).isoformat(),
        }
        for who, name, hour in history
    ]
    # Two requests, at any point of the history.
    for request, part in enumerate((envelopes[:cut], envelopes[cut:])):
        if part:
            community.store(part, at(1) + timedelta(minutes=request))

    found = measured(community, ",".join(steps), window="5h")
    counts, hours = by_hand(history, steps)
    assert [step.people for step in found] == counts
    assert [None if s.median_seconds is None else s.median_seconds / 3600 for s in found] == hours


class TestCommand:
    @pytest.fixture
    def forum(self, community):
        goes(community, "ada", post(at(0)), comment(at(0, "13:00")))
        goes(community, "bob", post(at(1)))
        return community

    @staticmethod
    def ask(*more):
        out = StringIO()
        call_command("metric", "funnel", "--workspace", "commons", *more, stdout=out)
        return out.getvalue()

    def test_it_answers_in_json_with_what_each_ratio_is_made_of(self, forum):
        answer = json.loads(self.ask("--steps", STEPS, "--window", "2h", "--json"))
        steps = answer.pop("steps")
        assert answer == {
            "metric": "funnel",
            "workspace": "commons",
            "window_seconds": 7200,
            "from": None,
            "to": None,
            "with_bots": False,
            "entered": 2,
            "completed": 0,
            "conversion": 0.0,
        }
        assert steps[1] == {
            "step": 2,
            "name": "comment_created",
            "people": 1,
            "entered": 2,
            "conversion": 0.5,
            "people_before": 2,
            "step_conversion": 0.5,
            "dropped": 1,
            "median_seconds": 3600.0,
        }

    def test_it_says_the_same_in_lines(self, forum):
        lines = self.ask("--steps", STEPS).splitlines()
        assert "50.00% of the step before, 1 dropped, median 1 h 0 min" in lines[1]
        assert len(lines) == 3

    def test_a_range_is_of_those_who_entered_in_it(self, forum):
        assert json.loads(self.ask("--steps", STEPS, "--from", "2026-03-03", "--json"))["entered"] == 1
        assert json.loads(self.ask("--steps", STEPS, "--to", "2026-03-02", "--json"))["entered"] == 1
        assert json.loads(self.ask("--steps", STEPS, "--at", "2026-03-01", "--json"))["conversion"] is None

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--funnel", "none"), "there are: engagement"),
            (("--steps", STEPS, "--funnel", "engagement"), "not both"),
            (("--steps", "post_created"), "2 to 12 steps"),
            (("--steps", ",".join(["post_created"] * 13)), "2 to 12 steps"),
            (("--steps", "post_created,comment_create"), "did you mean comment_created"),
            (("--steps", "post_created,,like_given"), "no step"),
            (("--steps", "post_created,like_given[x"), "no step"),
            (("--steps", STEPS, "--window", "0d"), "no window"),
            (("--steps", STEPS, "--window", "91d"), "no window"),
            (("--steps", STEPS, "--window", "week"), "no window"),
            (("--steps", STEPS, "--from", "2026-03-03", "--to", "2026-03-02"), "earlier"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_what_to_do(self, community, arguments, said):
        with pytest.raises(CommandError, match=said):
            self.ask(*arguments)


def test_an_imported_file_breaks_ties_by_the_order_of_its_lines(community, tmp_path, monkeypatch):
    """Clicks of whole seconds, several in one second, over the end of a chunk."""
    monkeypatch.setattr(importers, "CHUNK", 3)
    lines = [
        {
            "event": name,
            "type": "track",
            "userId": who,
            "timestamp": "2026-03-02T12:00:00Z",
            "messageId": f"{who} {name}",
        }
        for who, names in (("ada", NAMES), ("bob", NAMES[::-1]), ("cyd", NAMES))
        for name in names
    ]
    path = tmp_path / "clicks.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    importers.import_file(community.workspace, path)
    assert people(community) == [3, 2, 2]
    importers.import_file(community.workspace, path)
    assert people(community) == [3, 2, 2]
