"""POST /api/analysis/funnel, /retention and /breakdown: what they tell, to whom, and what they leave out."""

import pytest

from analytics.analyses import funnel_facts
from analytics.breakdowns import breakdown
from analytics.content_panels import communities
from analytics.funnels import StepResult
from analytics.guarding import TookTooLong
from analytics.metrics import METRICS
from analytics.models import DefinitionVersion, Funnel
from analytics.panels import Asked
from analytics.small_groups import KEY
from analytics.spans import Span
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory

FILLS = ("cohort_retention", "user_cohorts", "community_daily")
FUNNEL, RETENTION = "/api/analysis/funnel", "/api/analysis/retention"
BREAKDOWN = "/api/analysis/breakdown"
RANGE = {"from": "2026-03-02", "to": "2026-03-08"}


@pytest.fixture(scope="module")
def filled(lasting_db):
    """On day 0 six people post; a day later five of them comment and one of these likes. One joins on day 2."""
    community = Community("analysed")
    for number in range(6):
        community.happens("post_created", f"p{number}", at(0, "10:00"))
        if number:
            community.happens("comment_created", f"p{number}", at(1, "10:00"))
        for name, members in (("chess", 6), ("go", 5), ("shogi", 3), ("checkers", 2)):
            if number < members:
                community.happens("community_join", f"p{number}", at(0), properties={"communityId": name})
    community.happens("community_leave", "p1", at(1), properties={"communityId": "checkers"})
    community.happens("like_given", "p1", at(1, "11:00"))
    community.happens("post_created", "late", at(2))
    Funnel.objects.create(
        workspace=community.workspace,
        key="own",
        title="Own",
        steps=["post_created", "comment_created", "like_given"],
    )
    community.fill()
    return community


@pytest.fixture
def forum(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def ask(forum, client):
    def ask(path, role=Role.VIEWER, **body):
        client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
        return client.post(path, {"time_range": RANGE} | body, content_type="application/json")

    return ask


def let_all_be_told(forum):
    DefinitionVersion.objects.create(
        workspace=forum.workspace, key=KEY, valid_from=at(-1).date(), value={"least_people": 1}
    )


def people(answer):
    return [step["people"] for step in answer.json()["data"]["steps"]]


def test_a_saved_funnel_is_told_without_steps_of_too_few(ask, forum):
    answer = ask(FUNNEL, funnel="own")
    # Two gave up after the first step, which 7 and 5 would tell; one reached the last.
    assert people(answer) == [7, None, None]
    _, second, last = answer.json()["data"]["steps"]
    assert {second["conversion"], second["step_conversion"], second["dropped"], last["people_before"]} == {None}
    assert {last["conversion"], last["step_conversion"], last["dropped"], last["median_seconds"]} == {None}
    let_all_be_told(forum)
    data = ask(FUNNEL, funnel="own").json()["data"]
    assert [step["people"] for step in data["steps"]] == [7, 5, 1]
    assert (data["entered"], data["completed"], data["window_seconds"]) == (7, 1, 7 * 86_400)
    assert data["steps"][1]["median_seconds"] == 86_400


@pytest.mark.parametrize(
    ("reached", "told"),
    [
        ((20, 12, 5), [20, 12, 5]),
        ((20, 18, 10), [20, None, 10]),
        # Who gave up at either step are five together.
        ((20, 18, 15), [20, None, 15]),
        ((20, 18, 18), [20, None, None]),
        ((20, 3, 0), [20, None, 0]),
        ((20, 20, 20), [20, 20, 20]),
        ((4, 4, 0), [None, None, None]),
        ((0, 0, 0), [0, 0, 0]),
    ],
    ids=str,
)
def test_no_two_numbers_of_a_funnel_differ_by_too_few(reached, told):
    before = [reached[0], *reached]
    steps = [StepResult(n, "", people, reached[0], before[n - 1], None) for n, people in enumerate(reached, 1)]
    facts = funnel_facts(steps, 5)
    assert [step["people"] for step in facts["steps"]] == told
    assert (facts["entered"], facts["completed"], facts["conversion"] is None) == (
        told[0],
        told[-1],
        told[-1] is None or not told[0],
    )
    for step, earlier in zip(facts["steps"], [told[0], *told], strict=False):
        assert step["people_before"] == earlier
        if None in {step["people"], earlier}:
            assert (step["dropped"], step["step_conversion"]) == (None, None)
        else:
            assert step["dropped"] == earlier - step["people"]


def test_steps_of_its_own_are_for_whoever_builds_funnels(ask):
    steps = ["post_created", "comment_created"]
    assert people(ask(FUNNEL, Role.ANALYST, steps=steps, window="2d")) == [7, None]
    assert people(ask(FUNNEL, Role.ADMIN, steps=steps, window="1h")) == [7, 0]
    assert ask(FUNNEL, Role.VIEWER, steps=steps).status_code == 403


def test_retention_is_told_of_cohorts_that_are_not_too_small(ask, forum):
    days = {"cohorts": "day", "by": "day"}
    first, small = ask(RETENTION, **days).json()["data"]["cohorts"]
    assert (first["cohort"], first["size"]) == ("2026-03-02", 6)
    assert [(cell["retained"], cell["eligible"]) for cell in first["cells"][:3]] == [(6, 6), (5, 6), (0, 6)]
    assert (small["cohort"], small["size"], small["cells"]) == ("2026-03-04", None, [])
    let_all_be_told(forum)
    assert ask(RETENTION, **days).json()["data"]["cohorts"][1]["size"] == 1
    (week,) = ask(RETENTION).json()["data"]["cohorts"]
    assert (week["cohort"], week["size"], len(week["cells"])) == ("2026-03-02", 7, 53)


def groups(answer):
    return [(row["community"], row["groups"], row["value"]) for row in answer.json()["data"]["rows"]]


def test_groups_are_told_the_largest_first_and_small_ones_together(ask, forum):
    joined = ask(BREAKDOWN, metric="community_new_members")
    # shogi and checkers have three and one by now, which is too few even together.
    assert groups(joined) == [("chess", 1, 6), ("go", 1, 5), (None, 2, None)]
    # Of what is told: shares of all of it would tell how many joined the small ones.
    assert [row["share"] for row in joined.json()["data"]["rows"]] == [6 / 11, 5 / 11, None]
    DefinitionVersion.objects.create(
        workspace=forum.workspace, key=KEY, valid_from=at(-2).date(), value={"least_people": 4}
    )
    assert groups(ask(BREAKDOWN, metric="community_new_members")) == [("chess", 1, 6), ("go", 1, 5), (None, 2, 5)]
    assert ask(BREAKDOWN, metric="community_new_members", limit=1).json()["data"]["total_rows"] == 3
    let_all_be_told(forum)
    members = ask(BREAKDOWN, metric="community_members")
    assert members.json()["data"]["over"] == "last day"
    assert groups(members) == [("chess", 1, 6), ("go", 1, 5), ("shogi", 1, 3), ("checkers", 1, 1)]


def test_days_on_which_a_group_was_small_are_left_out(db):
    """Three join and post, four days later three more; two others are in a community of their own, later four."""
    growing = Community("analysed-growing")
    for day, people in ((0, range(3)), (4, range(3, 6))):
        for number in people:
            growing.happens("community_join", f"p{number}", at(day), properties={"communityId": "chess"})
            growing.happens("post_created", f"p{number}", at(day, "13:00"), properties={"communityId": "chess"})
    for day, names in ((0, ("go", "shogi")), (5, ("go", "shogi", "go", "shogi"))):
        for number, name in enumerate(names):
            growing.happens("community_join", f"{day}{number}", at(day), properties={"communityId": name})
    growing.fill()
    days = (at(0).date(), at(6).date())
    found = breakdown(growing.workspace, METRICS["community_new_members"], *days)
    assert [(one.name, one.value, one.share) for one in found] == [("chess", 3, 3 / 7), (None, 4, 4 / 7)]
    panel = communities(Asked(growing.workspace, Span(*days)))
    assert [row[:3] for row in panel.rows] == [("chess", 6, 3)]


def test_the_same_again_is_kept(ask):
    assert [ask(FUNNEL, funnel="own", window="5d")["X-Cache"] for _ in range(2)] == ["miss", "hit"]


def test_another_tenant_is_told_nothing_of_it(ask, client):
    other = Community("analysed-other")
    client.force_login(MemberFactory(workspace=other.workspace, role=Role.ADMIN).user)
    body = {"time_range": RANGE}
    funnel = client.post(FUNNEL, body | {"steps": ["post_created", "like_given"]}, content_type="application/json")
    assert people(funnel) == [0, 0]
    assert client.post(RETENTION, body, content_type="application/json").json()["data"]["cohorts"] == []
    joined = client.post(BREAKDOWN, body | {"metric": "community_new_members"}, content_type="application/json")
    assert groups(joined) == []
    saved = client.post(FUNNEL, body | {"funnel": "own"}, content_type="application/json")
    assert saved.json()["code"] == "unknown_funnel"


REFUSED = {
    "no range": (FUNNEL, {"time_range": None}, "invalid_time_range"),
    "a century": (FUNNEL, {"time_range": {"from": "1926-01-01", "to": "2026-01-01"}}, "range_too_long"),
    "field": (FUNNEL, {"step": []}, "unknown_field"),
    "funnel": (FUNNEL, {"funnel": "owm"}, "unknown_funnel"),
    "funnel of a type": (FUNNEL, {"funnel": {}}, "unknown_funnel"),
    "both": (FUNNEL, {"funnel": "own", "steps": ["post_created", "like_given"]}, "invalid_steps"),
    "one step": (FUNNEL, {"steps": ["post_created"]}, "invalid_steps"),
    "steps of a type": (FUNNEL, {"steps": "post_created"}, "invalid_steps"),
    "no step": (FUNNEL, {"steps": ["[", "]"]}, "invalid_steps"),
    "nul": (FUNNEL, {"steps": ["post_created[x=\0]", "like_given"]}, "invalid_steps"),
    "event": (FUNNEL, {"steps": ["post_creatd", "like_given"]}, "unknown_event"),
    "window": (FUNNEL, {"window": "soon"}, "invalid_window"),
    "window of a type": (FUNNEL, {"window": 5}, "invalid_window"),
    "bots": (FUNNEL, {"bots": 1}, "invalid_bots"),
    "metric of all": (BREAKDOWN, {"metric": "dau"}, "unknown_metric"),
    "no metric": (BREAKDOWN, {}, "unknown_metric"),
    "limit": (BREAKDOWN, {"metric": "community_members", "limit": 10**9}, "invalid_limit"),
    "cohorts": (RETENTION, {"cohorts": "year"}, "unknown_cohort"),
    "by": (RETENTION, {"by": ["day"]}, "unknown_bucket"),
    "ten years of days": (
        RETENTION,
        {"cohorts": "day", "time_range": {"from": "2016-01-01", "to": "2026-01-01"}},
        "range_too_long",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_question_is_refused_in_words(ask, case):
    path, change, code = REFUSED[case]
    answer = ask(path, Role.ADMIN, **change)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_caller_is_told_what_took_too_long(ask, monkeypatch):
    def sleep(*_, **__):
        raise TookTooLong

    monkeypatch.setattr("analytics.funnels.measure", sleep)
    answer = ask(FUNNEL, funnel="own", window="3d")
    assert (answer.status_code, answer.json()["code"]) == (422, "took_too_long")
