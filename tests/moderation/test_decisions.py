"""Who decides closes the reports of a case, once."""

import threading
from dataclasses import replace

import pytest
from django.db import connections
from django.utils import timezone

from moderation.decisions import Decision, DecisionRefused, decide
from moderation.models import Action
from moderation.visibility import content_state
from tests.factories.config import UserFactory
from tests.moderation.forum import NOW, Forum, steps

REMOVE = Decision(Action.Kind.REMOVE, Action.Outcome.RESOLVED, NOW, reason="spam")
DISMISS = Decision(Action.Kind.NOTHING, Action.Outcome.DISMISSED, NOW)


def test_a_decision_closes_every_report_of_the_case_and_says_by_whom(forum):
    moderator = UserFactory()
    reports = [forum.report(name) for name in ("ada", "cleo")]
    other = forum.report(post="p2")
    action = decide(reports[0].case_id, forum.workspace.pk, replace(REMOVE, by=moderator, note="again"))
    for report in (*reports, other):
        report.refresh_from_db()
    assert [(one.status, one.action) for one in reports] == [("resolved", action)] * 2
    assert (other.status, other.case.status) == ("pending", "pending")
    assert (reports[0].case.status, action.by, action.policy.reason) == ("resolved", moderator, "spam")
    assert steps(reports[0].case) == ["reported", "reported", "decided"]


def test_after_a_decision_the_next_report_opens_a_new_case(forum):
    first = forum.report().case
    decide(first.pk, forum.workspace.pk, DISMISS)
    second = forum.report(key="later").case
    assert (second != first, second.reports) == (True, 1)


def test_what_was_hidden_until_somebody_decides_is_shown_again_when_it_stands(forum):
    for name in ("a", "b", "c", "d", "e"):
        case = forum.report(name).case
    decide(case.pk, forum.workspace.pk, DISMISS)
    assert content_state(case) == "visible"
    assert list(case.actions.order_by("id").values_list("kind", "automated")) == [
        ("hide", True),
        ("none", False),
        ("restore", True),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": Action.Outcome.DISMISSED},
        {"days": 3},
        {"kind": Action.Kind.SUSPEND, "days": 0},
        {"kind": Action.Kind.SUSPEND, "days": float("nan")},
        {"kind": Action.Kind.SUSPEND, "days": 1e30},
    ],
    ids=lambda change: " ".join(map(str, change.values())),
)
def test_a_decision_that_makes_no_sense_changes_nothing(forum, change):
    case = forum.report().case
    with pytest.raises(DecisionRefused):
        decide(case.pk, forum.workspace.pk, replace(REMOVE, **change))
    case.refresh_from_db()
    assert (case.status, steps(case)) == ("pending", ["reported"])


def test_content_is_not_done_to_people_nor_bans_to_nobody(forum):
    person = forum.report(target="person", content_type="", post="bob").case
    nobodys = forum.report(author=None).case
    for case, kind in ((person, Action.Kind.HIDE), (nobodys, Action.Kind.BAN)):
        with pytest.raises(DecisionRefused):
            decide(case.pk, forum.workspace.pk, replace(REMOVE, kind=kind))


def test_another_tenants_case_is_no_case(forum, other):
    case = other.report().case
    with pytest.raises(DecisionRefused, match="no such case"):
        decide(case.pk, forum.workspace.pk, REMOVE)
    case.refresh_from_db()
    assert case.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does_and_the_other_is_told():
    forum = Forum()
    case = forum.report().case
    moderators, barrier, ended = [UserFactory(), UserFactory()], threading.Barrier(2), []

    def work(moderator):
        try:
            barrier.wait(20)
            decide(case.pk, forum.workspace.pk, replace(REMOVE, by=moderator, decided_at=timezone.now()))
            ended.append("decided")
        except DecisionRefused as refused:
            ended.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(moderator,)) for moderator in moderators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ended) == ["It was decided already", "decided"]
    assert (Action.objects.count(), steps(case)) == (1, ["reported", "decided"])
