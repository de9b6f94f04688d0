"""A case is one moderator's while it is claimed, and two never get the same one."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from moderation import claims, policies
from moderation.decisions import DecisionRefused, decide
from moderation.models import Case
from tests.factories.config import UserFactory
from tests.factories.moderation import CaseFactory, ReportFactory
from tests.moderation.forum import Forum, at, steps
from tests.moderation.test_decisions import DISMISS


def lapse(case):
    Case.objects.filter(pk=case.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_the_most_urgent_comes_first_and_then_who_waited_longest(forum):
    for minutes, priority in ((0, 1), (2, 5), (1, 5), (3, 4)):
        CaseFactory(workspace=forum.workspace, opened_at=at(minutes), priority=priority)
    met = [claims.claim_next(forum.workspace.pk, UserFactory()) for _ in range(5)]
    assert [(case.priority, case.opened_at) for case in met[:4]] == [(5, at(1)), (5, at(2)), (4, at(3)), (1, at(0))]
    assert met[4] is None


def test_a_moderator_goes_on_with_the_case_in_hand(forum):
    user = UserFactory()
    CaseFactory.create_batch(2, workspace=forum.workspace)
    case = claims.claim_next(forum.workspace.pk, user)
    assert claims.claim_next(forum.workspace.pk, user) == case
    assert claims.claim(case.pk, forum.workspace.pk, user) == case
    assert steps(case) == ["claimed"]


def test_a_claim_ends_by_itself_after_the_minutes_of_the_settings(forum):
    first, second = UserFactory(), UserFactory()
    report = ReportFactory(case__workspace=forum.workspace)
    settings = policies.settings_of(forum.workspace.pk)
    settings.claim_minutes = 3
    settings.save()
    case = claims.claim_next(forum.workspace.pk, first)
    assert timedelta(minutes=2) < case.claimed_until - timezone.now() <= timedelta(minutes=3)
    report.refresh_from_db()
    assert (case.status, report.status) == ("in_review", "in_review")
    assert claims.claim_next(forum.workspace.pk, second) is None
    lapse(case)
    assert claims.claim_next(forum.workspace.pk, second) == case
    with pytest.raises(DecisionRefused):
        claims.release(case.pk, forum.workspace.pk, first)


def test_a_case_that_is_given_back_waits_again(forum):
    report = ReportFactory(case__workspace=forum.workspace)
    user = UserFactory()
    case = claims.claim_next(forum.workspace.pk, user)
    claims.release(case.pk, forum.workspace.pk, user)
    report.refresh_from_db()
    assert (report.status, report.case.status, report.case.claimed_by) == ("pending", "pending", None)
    assert claims.claim_next(forum.workspace.pk, UserFactory()) == case


def test_somebody_elses_case_is_neither_taken_nor_decided(forum):
    case = ReportFactory(case__workspace=forum.workspace).case
    owner, other = UserFactory(), UserFactory()
    claims.claim(case.pk, forum.workspace.pk, owner)
    with pytest.raises(DecisionRefused, match="looking at it"):
        claims.claim(case.pk, forum.workspace.pk, other)
    with pytest.raises(DecisionRefused, match="looking at it"):
        decide(case.pk, forum.workspace.pk, replace(DISMISS, by=other))
    decide(case.pk, forum.workspace.pk, replace(DISMISS, by=owner))
    with pytest.raises(DecisionRefused, match="decided already"):
        claims.claim(case.pk, forum.workspace.pk, owner)


def test_another_tenants_cases_are_not_in_the_queue(forum, other):
    case = CaseFactory(workspace=other.workspace)
    assert claims.claim_next(forum.workspace.pk, UserFactory()) is None
    with pytest.raises(DecisionRefused):
        claims.claim(case.pk, forum.workspace.pk, UserFactory())


@pytest.mark.django_db(transaction=True)
def test_moderators_who_take_the_next_at_once_get_different_cases():
    forum = Forum()
    policies.ensure(forum.workspace.pk)
    CaseFactory.create_batch(6, workspace=forum.workspace)
    users, barrier, taken = UserFactory.create_batch(8), threading.Barrier(8), []

    def work(user):
        try:
            barrier.wait(20)
            taken.append(claims.claim_next(forum.workspace.pk, user))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    cases = [case.pk for case in taken if case is not None]
    assert len(taken) == 8
    assert (len(cases), len(set(cases))) == (6, 6)
