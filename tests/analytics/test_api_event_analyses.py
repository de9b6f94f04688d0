"""POST /api/analysis/events and /paths: what raw events have in common and what follows what, to whom it is told."""

import pytest

from analytics import guarding
from analytics.api.reading import MOST_AT_ONCE
from config import busy
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory

FILLS = ()
EVENTS, PATHS = "/api/analysis/events", "/api/analysis/paths"
RANGE = {"from": "2026-03-02", "to": "2026-03-03"}
EVERYBODY = [f"p{number}" for number in range(6)]


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Six people post, twice at once, comment and like within minutes; one of them shares; all post a day later."""
    community = Community("raw")
    for name in EVERYBODY:
        topic = "birds" if name != "p5" else "only p5"
        community.happens("post_created", name, at(0, "10:00"), properties={"topic": topic})
        community.happens("post_created", name, at(0, "10:01"))
        community.happens("comment_created", name, at(0, "10:05"))
        community.happens("like_given", name, at(0, "10:06"))
        # More than the gap later, in the zone's next hour.
        community.happens("post_viewed", name, at(0, "11:30"))
        community.happens("post_created", name, at(1, "23:59"))
        # After the range, and still of a path that began in it.
        community.happens("comment_created", name, at(2, "00:01"))
    community.happens("content_shared", "p0", at(0, "10:07"))
    other = Community("raw-other")
    for number in range(9):
        other.happens("post_created", f"q{number}", at(0))
    return community


@pytest.fixture
def forum(filled, as_filled):
    guarding.make_role()
    return as_filled(filled)


@pytest.fixture
def ask(forum, client):
    def ask(path, role=Role.VIEWER, **body):
        client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
        return client.post(path, {"time_range": RANGE} | body, content_type="application/json")

    return ask


def groups(answer):
    return [(one["value"], one["people"], one["events"]) for one in answer.json()["data"]["groups"]]


def moves(answer):
    return [tuple(one.values()) for one in answer.json()["data"]["steps"]]


def test_events_are_counted_by_what_they_have_in_common(ask):
    answer = ask(EVENTS, by="event")
    assert groups(answer) == [
        ("post_created", 6, 18),
        ("comment_created", 6, 6),
        ("like_given", 6, 6),
        ("post_viewed", 6, 6),
    ]
    # What one person alone did is in the whole, and its name is nowhere.
    data = answer.json()["data"]
    assert (data["people"], data["events"], data["total_groups"]) == (6, 37, 4)
    assert "content_shared" not in answer.content.decode()
    assert groups(ask(EVENTS, by="hour", events=["post_created"])) == [("10", 6, 12), ("23", 6, 6)]
    assert groups(ask(EVENTS, by="weekday", events=["post_created", "comment_created"])) == [("1", 6, 18), ("2", 6, 6)]
    limited = ask(EVENTS, by="event", limit=1).json()["data"]
    assert (len(limited["groups"]), limited["total_groups"]) == (1, 4)


def test_of_fewer_people_than_are_told_of_there_is_no_number_at_all(ask):
    data = ask(EVENTS, by="event", events=["content_shared"]).json()["data"]
    assert (data["people"], data["events"], data["total_groups"], data["groups"]) == (None, None, 0, [])
    data = ask(PATHS, start="content_shared").json()["data"]
    assert (data["people"], data["paths"], data["steps"]) == (None, None, [])


def test_properties_are_for_whoever_builds_and_rare_values_are_told_to_nobody(ask):
    answer = ask(EVENTS, Role.ANALYST, by="property.topic", events=["post_created"])
    assert groups(answer) == [(None, 6, 12), ("birds", 5, 5)]
    assert "only p5" not in answer.content.decode()
    assert ask(EVENTS, Role.VIEWER, by="property.topic").status_code == 403


def test_a_workspace_without_events_has_none(ask):
    data = ask(EVENTS, by="event", time_range={"from": "2020-01-01", "to": "2020-01-02"}).json()["data"]
    assert (data["people"], data["events"], data["total_groups"], data["groups"]) == (0, 0, 0, [])
    data = ask(PATHS, start="post_created", time_range={"from": "2020-01-01", "to": "2020-01-02"}).json()["data"]
    assert (data["people"], data["paths"], data["steps"]) == (0, 0, [])


def test_paths_go_from_event_to_event_until_nothing_comes_within_the_gap(ask):
    answer = ask(PATHS, start="post_created", depth=3)
    data = answer.json()["data"]
    # The second post at once is the first one again.
    assert (data["people"], data["paths"]) == (6, 12)
    assert moves(answer) == [
        (1, "post_created", "comment_created", 6, 12),
        (2, "comment_created", "like_given", 6, 6),
        (2, "comment_created", None, 6, 6),
        # Of the sixth, who shared, there is no row: one person is too few.
        (3, "like_given", None, 5, 5),
    ]
    wide = moves(ask(PATHS, start="like_given", gap="2h", depth=1))
    assert wide == [(1, "like_given", "post_viewed", 5, 5)]


def test_what_is_not_among_the_most_frequent_is_taken_together(ask):
    answer = moves(ask(PATHS, start="post_created", depth=2, top=1, gap="2d"))
    assert answer[0] == (1, "post_created", "comment_created", 6, 12)
    assert {(step, source) for step, source, *_ in answer} == {(1, "post_created"), (2, "comment_created")}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (EVENTS, {"by": "evnt"}, "unknown_dimension"),
        (EVENTS, {}, "unknown_dimension"),
        (EVENTS, {"by": "property.\0"}, "invalid_by"),
        (EVENTS, {"by": "event", "events": []}, "invalid_events"),
        (EVENTS, {"by": "event", "events": ["post_createt"]}, "unknown_event"),
        (EVENTS, {"by": "event", "limit": 10**9}, "invalid_limit"),
        (EVENTS, {"by": "event", "time_range": {"from": "2026-01-01", "to": "2026-12-31"}}, "range_too_long"),
        (EVENTS, {"by": "event", "where": "1=1"}, "unknown_field"),
        (PATHS, {}, "unknown_event"),
        (PATHS, {"start": ["post_created"]}, "unknown_event"),
        (PATHS, {"start": "post_created", "depth": 9}, "invalid_depth"),
        (PATHS, {"start": "post_created", "top": True}, "invalid_top"),
        (PATHS, {"start": "post_created", "gap": "soon"}, "invalid_gap"),
        (PATHS, {"start": "post_created", "gap": "80d"}, "invalid_gap"),
    ],
)
def test_bad_input_is_told(ask, path, body, code):
    answer = ask(path, Role.ANALYST, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if code == "unknown_event" and "events" in body:
        assert "post_created" in answer.json()["message"]


def test_a_reader_has_two_analyses_under_way_at_once(forum, client):
    member = MemberFactory(workspace=forum.workspace, role=Role.VIEWER)
    ends = [busy.take(f"analyses:user:{member.user.pk}", MOST_AT_ONCE, 60) for _ in range(MOST_AT_ONCE)]

    def asked(user, by="os"):
        client.force_login(user)
        return client.post(EVENTS, {"time_range": RANGE, "by": by}, content_type="application/json")

    refused = asked(member.user)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    assert int(refused["Retry-After"]) > 0
    assert asked(MemberFactory(workspace=forum.workspace, role=Role.VIEWER).user).status_code == 200
    # What is kept needs no place.
    assert asked(member.user)["X-Cache"] == "hit"
    ends[0]()
    assert [asked(member.user, by).status_code for by in ("browser", "locale", "platform")] == [200, 200, 200]
    ends[1]()
