"""The pages of the desk: who sees what, and what their buttons do."""

import pytest
from django.urls import reverse

from analytics.models import Content
from config.models import Role
from ingestion.models import Actor
from moderation import claims, policies
from moderation.models import Action, Case, DeskSettings, Policy
from tests.factories.config import MemberFactory
from tests.factories.moderation import CaseFactory
from tests.moderation.forum import NOW
from tests.pages import log_in, said, url

QUEUE = "/admin/moderation/queue/"


@pytest.fixture
def moderator(forum):
    return MemberFactory(workspace=forum.workspace, role=Role.MODERATOR)


@pytest.fixture
def desk(moderator):
    """The moderator's browser."""
    return log_in(moderator.user)


def page(case):
    return reverse("admin:moderation_case", args=[case.pk])


def listed(answer):
    return [row["case"].target_id for row in answer.context["rows"]]


def test_the_queue_is_by_priority_and_age_and_only_of_the_own_workspace(forum, other, desk):
    forum.report(post="spam")
    forum.report(post="threat", reason="violence")
    other.report(post="theirs")
    answer = desk.get(QUEUE)
    assert listed(answer) == ["threat", "spam"]
    assert desk.get(QUEUE, {"workspace": "other"}).status_code == 404
    assert "theirs" not in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"reason": "spam"}, ["p1"]),
        ({"priority": "4"}, ["p2"]),
        ({"target": "person"}, ["bob"]),
        ({"held": "free"}, ["p2", "p1"]),
        ({"held": "mine"}, ["bob"]),
        ({"held": "taken", "reason": "spam"}, []),
        ({"reason": "", "held": ""}, ["p2", "bob", "p1"]),
    ],
    ids=str,
)
def test_the_queue_is_filtered(forum, desk, moderator, asked, found):
    forum.report(post="p1")
    forum.report(post="p2", reason="violence")
    mine = forum.report(target="person", content_type="", post="bob", reason="harassment").case
    claims.claim(mine.pk, forum.workspace.pk, moderator.user)
    assert listed(desk.get(QUEUE, asked)) == found


@pytest.mark.parametrize(
    "asked", [{"reason": "x"}, {"priority": "9" * 30}, {"held": "1"}, {"target": "'"}, {"workspace": "x"}], ids=str
)
def test_an_address_that_asks_for_nothing_there_is_is_not_found(desk, asked):
    assert desk.get(QUEUE, asked).status_code == 404


def test_the_next_case_is_taken_and_decided(forum, desk, moderator):
    case = forum.report(post="p1").case
    answer = desk.post(QUEUE, {"do": "next"})
    assert (answer.status_code, answer["Location"]) == (302, page(case))
    assert desk.get(page(case)).context["is_mine"]
    answer = desk.post(page(case), {"do": "decide", "kind": "suspend", "days": "3", "reason": "spam", "note": "Again."})
    assert (answer.status_code, said(answer)) == (302, ["Decided: 1."])
    action = Action.objects.get()
    assert (action.kind, action.days, action.note, action.by) == ("suspend", 3, "Again.", moderator.user)
    case.refresh_from_db()
    assert (case.status, case.claimed_by) == ("resolved", None)
    assert said(desk.post(QUEUE, {"do": "next"}))[-1] == "Nothing waits that nobody looks at."


def test_deciding_may_go_on_to_the_next(forum, desk):
    first, second = forum.report(post="p1").case, forum.report(post="p2").case
    desk.post(QUEUE, {"do": "next"})
    answer = desk.post(page(first), {"do": "decide", "dismiss": "on", "next": "on"})
    assert answer["Location"] == page(second)
    assert Action.objects.get().outcome == "dismissed"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kind": "explode"},
        {"kind": "suspend"},
        {"kind": "suspend", "days": "nan"},
        {"kind": "suspend", "days": "-1"},
        {"kind": "suspend", "days": "1e30"},
        {"kind": "remove", "reason": "boring"},
        {"kind": "remove", "note": "x" * 1_001},
    ],
    ids=str,
)
def test_a_decision_that_is_wrong_is_shown_again_with_why(forum, desk, form):
    case = forum.report().case
    desk.post(page(case), {"do": "claim"})
    answer = desk.post(page(case), {"do": "decide"} | form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Action.objects.exists()


def test_the_page_tells_what_one_has_to_know(forum, desk):
    for name in ("ada", "bob"):
        Actor.objects.create(
            actor_id=forum.actor(name), workspace=forum.workspace, kind=Actor.Kind.USER, distinct_id=f"name of {name}"
        )
    facts = {"content_type": "post", "content_id": "p1", "unique_views": 1_234, "last_on": NOW.date()}
    Content.objects.create(workspace=forum.workspace, calculated_at=NOW, **facts)
    done = forum.report(post="p0").case
    desk.post(page(done), {"do": "decide", "kind": "warn", "note": "First time."})
    forum.report(post="p2")
    case = forum.report(post="p1", text="Look <b>here</b>").case
    shown = desk.get(page(case)).content.decode()
    for text in ("name of ada", "name of bob", "1,234", "First time.", "post p2", "Look &lt;b&gt;here"):
        assert text in shown, text
    assert policies.DEFAULTS["spam"][1] in shown
    assert "1 case resolved, 0 dismissed, 1 other open" in shown


def test_many_are_decided_in_one_go_and_taken_back(forum, desk):
    cases = [forum.report(post=post).case for post in ("p1", "p2", "p3")]
    answer = desk.post(QUEUE, {"do": "decide", "kind": "remove", "case": [case.pk for case in cases[:2]]})
    assert said(answer) == ["Decided: 2."]
    assert listed(desk.get(QUEUE)) == ["p3"]
    (batch,) = desk.get(QUEUE).context["batches"]
    assert said(desk.post(QUEUE, {"do": "undo", "batch": batch.batch}))[-1] == "Taken back: 2. They wait again."
    assert listed(desk.get(QUEUE)) == ["p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "decide", "kind": "remove"}, 302),
        ({"do": "decide", "kind": "", "case": ["1"]}, 302),
        ({"do": "decide", "kind": "remove", "case": ["9" * 18]}, 302),
        ({"do": "decide", "kind": "remove", "case": ["x"]}, 404),
        ({"do": "undo", "batch": "x"}, 404),
        ({"do": "undo", "batch": "00000000-0000-0000-0000-000000000000"}, 302),
        ({"do": "dance"}, 302),
        ({}, 302),
    ],
    ids=str,
)
def test_odd_forms_change_nothing(forum, desk, form, status):
    case = forum.report().case
    assert desk.post(QUEUE, form).status_code == status
    case.refresh_from_db()
    assert case.status == "pending"


def test_the_case_of_somebody_else_is_neither_decided_nor_taken(forum, desk):
    case = forum.report().case
    claims.claim(case.pk, forum.workspace.pk, MemberFactory(workspace=forum.workspace).user)
    assert desk.get(page(case)).context["is_taken"]
    for form in ({"do": "claim"}, {"do": "release"}, {"do": "decide", "kind": "remove"}):
        assert desk.post(page(case), form).status_code == 302
    case.refresh_from_db()
    assert case.status == "in_review"


def test_another_tenants_case_is_not_there(other, desk):
    case = other.report().case
    for answer in (desk.get(page(case)), desk.post(page(case), {"do": "claim"})):
        assert answer.status_code == 404
    desk.post(QUEUE, {"do": "decide", "kind": "remove", "case": [case.pk]})
    assert Case.objects.get().status == "pending"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.PRIVACY_OFFICER])
def test_other_roles_have_no_desk(forum, role):
    case = CaseFactory(workspace=forum.workspace)
    client = log_in(MemberFactory(workspace=forum.workspace, role=role).user)
    assert client.get(QUEUE).status_code == 403
    assert client.get(page(case)).status_code == 404


def test_a_moderator_reads_the_rules_and_a_community_manager_changes_them(forum, desk):
    policies.ensure(forum.workspace.pk)
    policy, settings = Policy.objects.get(reason="spam"), DeskSettings.objects.get()
    form = {
        "severity": 3,
        "text": "No.",
        "review_above": 0.5,
        "automatic": "hide",
        "automatic_above": 0.8,
        "strike_days": 30,
    }
    assert desk.get(url(policy, "change")).status_code == 200
    assert desk.post(url(policy, "change"), form).status_code == 403
    manager = log_in(MemberFactory(workspace=forum.workspace, role=Role.COMMUNITY_MANAGER).user)
    assert manager.post(url(policy, "change"), form).status_code == 302
    policy.refresh_from_db()
    assert (policy.severity, policy.automatic) == (3, "hide")
    wrong = manager.post(url(policy, "change"), form | {"automatic_above": 1.5})
    assert "automatic_above" in wrong.context["adminform"].form.errors
    tuned = {
        "hide_after_reports": 2,
        "claim_minutes": 30,
        "undo_minutes": 0,
        "break_after_minutes": 0,
        "break_minutes": 5,
        "second_review_share": 0.5,
    }
    assert manager.post(url(settings, "change"), tuned).status_code == 302
    assert manager.post(url(settings, "change"), tuned | {"claim_minutes": 0}).status_code == 200
    settings.refresh_from_db()
    assert (settings.hide_after_reports, settings.claim_minutes) == (2, 30)


def test_the_list_of_cases_leads_to_the_desk(forum, desk):
    case = forum.report().case
    assert desk.get(url(case, "open_at_the_desk"))["Location"] == page(case)
