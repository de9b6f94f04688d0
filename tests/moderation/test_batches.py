"""Decisions on many cases in one go, and taking them back."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from moderation import batches, claims
from moderation.decisions import DecisionRefused
from moderation.models import Action, Case, Report
from moderation.visibility import content_state
from tests.factories.config import UserFactory
from tests.moderation.forum import steps
from tests.moderation.test_decisions import DISMISS, REMOVE


@pytest.fixture
def moderator(db):
    return UserFactory()


def now(decision, by):
    return replace(decision, by=by, decided_at=timezone.now())


def test_each_case_is_decided_but_those_that_somebody_else_has(forum, moderator):
    cases = [forum.report(post=post).case for post in ("p1", "p2", "p3")]
    claims.claim(cases[2].pk, forum.workspace.pk, UserFactory())
    done = batches.decide([case.pk for case in cases], forum.workspace.pk, now(REMOVE, moderator))
    assert (done.decided, done.refused) == (2, [(cases[2].pk, "Somebody else is looking at it")])
    assert [one.cases for one in batches.undoable(forum.workspace.pk, moderator)] == [2]


def test_what_was_decided_is_taken_back_whole(forum, moderator):
    for name in ("a", "b", "c", "d", "e"):
        hidden = forum.report(name, post="p1").case
    cases = [hidden, forum.report(post="p2").case]
    done = batches.decide([case.pk for case in cases], forum.workspace.pk, now(DISMISS, moderator))
    assert content_state(hidden) == "visible"
    assert batches.undo(done.batch, forum.workspace.pk, moderator) == 2
    assert set(Case.objects.values_list("status", "closed_at")) == {("pending", None)}
    assert set(Report.objects.values_list("status", "resolved_at", "action")) == {("pending", None, None)}
    assert content_state(hidden) == "hidden"
    assert not Action.objects.filter(batch=done.batch, undone_at=None).exists()
    assert steps(cases[1]) == ["reported", "decided", "undone"]
    assert batches.undoable(forum.workspace.pk, moderator) == []
    with pytest.raises(DecisionRefused):
        batches.undo(done.batch, forum.workspace.pk, moderator)


def test_nobody_takes_back_what_is_anothers_unknown_or_too_long_ago(forum, other, moderator):
    case = forum.report().case
    done = batches.decide([case.pk], forum.workspace.pk, now(DISMISS, moderator))
    for batch, place, user in (
        (done.batch, forum, UserFactory()),
        (done.batch, other, moderator),
        (uuid.uuid4(), forum, moderator),
    ):
        with pytest.raises(DecisionRefused):
            batches.undo(batch, place.workspace.pk, user)
    Action.objects.update(decided_at=timezone.now() - timedelta(minutes=6))
    with pytest.raises(DecisionRefused):
        batches.undo(done.batch, forum.workspace.pk, moderator)
    case.refresh_from_db()
    assert case.status == "dismissed"


def test_what_was_reported_again_since_is_not_taken_back_nor_its_companions(forum, moderator):
    cases = [forum.report(post=post).case for post in ("p1", "p2")]
    done = batches.decide([case.pk for case in cases], forum.workspace.pk, now(DISMISS, moderator))
    forum.report(post="p2", key="again")
    with pytest.raises(DecisionRefused, match="reported again"):
        batches.undo(done.batch, forum.workspace.pk, moderator)
    assert {case.status for case in Case.objects.filter(pk__in=[case.pk for case in cases])} == {"dismissed"}
