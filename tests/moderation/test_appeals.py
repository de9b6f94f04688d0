"""Strikes expire, and appeals are decided by somebody else."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.db.utils import IntegrityError
from django.utils import timezone

from config.models import Role
from moderation import appeals, batches, claims, policies, strikes
from moderation.appeals import AppealDraft, AppealRefused
from moderation.decisions import Decision, DecisionRefused, decide
from moderation.models import Action, Appeal, Policy, Report, Strike
from moderation.visibility import content_state
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.forum import NOW, Forum, steps
from tests.moderation.test_decisions import DISMISS, REMOVE
from tests.moderation.test_desk import QUEUE, page
from tests.pages import log_in, said

WARN = Decision(Action.Kind.WARN, Action.Outcome.RESOLVED, NOW)


def decided(forum, decision=REMOVE, by=None, post="p1"):
    """The report of ada on what bob wrote, decided."""
    report = forum.report(post=post, key=post)
    decide(report.case_id, forum.workspace.pk, replace(decision, by=by))
    report.refresh_from_db()
    return report


def appeal(forum, post="p1", person="bob", **more):
    draft = AppealDraft(**{"key": f"a {post}", "report_key": post, "person_id": forum.actor(person), "text": ""} | more)
    return appeals.submit(forum.workspace.pk, draft)


def standing(forum, days=0):
    ids = [forum.actor("bob")]
    return strikes.standing(forum.workspace.pk, ids, NOW + timedelta(days=days)).count()


class TestStrikes:
    def test_a_decision_against_somebody_is_a_strike_until_it_expires(self, forum):
        decided(forum)
        assert [standing(forum, days) for days in (-1, 0, 89, 90)] == [0, 1, 1, 0]

    def test_how_long_is_a_row_and_no_days_give_none(self, forum):
        policies.ensure(forum.workspace.pk)
        Policy.objects.filter(reason="spam").update(strike_days=7)
        decided(forum)
        assert (standing(forum, 6), standing(forum, 7)) == (1, 0)
        Policy.objects.filter(reason="spam").update(strike_days=0)
        decided(forum, post="p2")
        assert Strike.objects.count() == 1

    def test_what_is_dismissed_or_of_nobody_gives_none(self, forum):
        decided(forum, DISMISS)
        case = forum.report(post="p2", author=None).case
        decide(case.pk, forum.workspace.pk, REMOVE)
        assert not Strike.objects.exists()

    def test_one_case_gives_one_however_many_decisions_its_reports_took(self, forum):
        reports = [forum.report(name) for name in ("ada", "cleo")]
        for report in reports:
            decide(report.case_id, forum.workspace.pk, WARN, [report.pk])
        assert standing(forum) == 1

    def test_a_decision_that_is_taken_back_takes_its_strike_along(self, forum):
        user = UserFactory()
        case = forum.report().case
        done = batches.decide([case.pk], forum.workspace.pk, replace(WARN, by=user, decided_at=timezone.now()))
        batches.undo(done.batch, forum.workspace.pk, user)
        assert Strike.objects.get().revoked_at is not None
        decide(case.pk, forum.workspace.pk, WARN)
        assert standing(forum) == 1


class TestAppeals:
    def test_somebody_else_upholds_it_and_the_decision_counts_for_nothing(self, forum):
        first, second = UserFactory(), UserFactory()
        report = decided(forum, by=first)
        made, is_new = appeal(forum)
        report.refresh_from_db()
        assert (is_new, report.status, report.case.status) == (True, "appealed", "appealed")
        appeals.decide(made.pk, forum.workspace.pk, second, upheld=True, note="It was a quote.")
        report = Report.objects.get()
        assert (report.status, report.case.status, content_state(report.case)) == ("dismissed", "dismissed", "visible")
        assert standing(forum) == 0
        made.refresh_from_db()
        assert (made.status, made.decided_by, made.note) == ("upheld", second, "It was a quote.")
        assert steps(report.case) == ["reported", "decided", "appealed", "heard"]

    def test_rejected_everything_stands(self, forum):
        report = decided(forum, by=UserFactory())
        appeals.decide(appeal(forum)[0].pk, forum.workspace.pk, UserFactory(), upheld=False)
        report = Report.objects.get()
        assert (report.status, report.case.status, content_state(report.case)) == ("resolved", "resolved", "removed")
        assert standing(forum) == 1

    def test_content_that_was_hidden_by_itself_before_is_shown_again_as_well(self, forum):
        for name in ("a", "b", "c", "d", "e"):
            report = forum.report(name)
        decide(report.case_id, forum.workspace.pk, REMOVE)
        made, _ = appeal(forum, report_key=report.key)
        appeals.decide(made.pk, forum.workspace.pk, UserFactory(), upheld=True)
        assert content_state(report.case) == "visible"

    def test_who_decided_does_not_decide_on_the_appeal_whatever_writes_to_the_database(self, forum):
        user = UserFactory()
        decided(forum, by=user)
        made, _ = appeal(forum)
        with pytest.raises(DecisionRefused, match="Who made a decision"):
            appeals.decide(made.pk, forum.workspace.pk, user, upheld=True)
        with pytest.raises(IntegrityError, match="appeal_decided_by_somebody_else"):
            Appeal.objects.update(status="upheld", decided_by=user, decided_at=NOW)

    def test_the_same_appeal_again_is_the_one_that_is_there(self, forum):
        decided(forum)
        made, _ = appeal(forum)
        assert appeal(forum) == (made, False)
        for change, code in (({"text": "x"}, "other_appeal"), ({"key": "b"}, "already_appealed")):
            with pytest.raises(AppealRefused) as refused:
                appeal(forum, **change)
            assert refused.value.code == code
        assert Appeal.objects.count() == 1

    def test_what_cannot_be_appealed_against_is_refused(self, forum, other):
        forum.report(post="open", key="open")
        decided(forum, DISMISS, post="dismissed")
        decided(forum)
        decided(other, post="theirs")
        for asked, code in (
            ({"post": "open"}, "nothing_decided"),
            ({"post": "dismissed"}, "nothing_decided"),
            ({"post": "theirs"}, "unknown_report"),
            ({"person": "cleo"}, "not_theirs"),
        ):
            with pytest.raises(AppealRefused) as refused:
                appeal(forum, **asked)
            assert refused.value.code == code
        assert not Appeal.objects.exists()

    def test_what_is_appealed_against_is_not_taken_back(self, forum):
        user = UserFactory()
        case = forum.report(key="p1").case
        done = batches.decide([case.pk], forum.workspace.pk, replace(WARN, by=user, decided_at=timezone.now()))
        appeal(forum)
        with pytest.raises(DecisionRefused, match="appeal"):
            batches.undo(done.batch, forum.workspace.pk, user)

    def test_another_tenant_decides_on_none(self, forum, other):
        decided(forum)
        made, _ = appeal(forum)
        with pytest.raises(DecisionRefused, match="no such appeal"):
            appeals.decide(made.pk, other.workspace.pk, UserFactory(), upheld=True)
        assert not appeals.waiting(other.workspace.pk).exists()
        assert appeals.waiting(forum.workspace.pk).get() == made


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_on_an_appeal_at_once_one_does():
    forum = Forum()
    decided(forum)
    made, _ = appeal(forum)
    users, barrier, ended = UserFactory.create_batch(2), threading.Barrier(2), []

    def work(user):
        try:
            barrier.wait(20)
            appeals.decide(made.pk, forum.workspace.pk, user, upheld=True)
            ended.append("decided")
        except DecisionRefused as refused:
            ended.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ended) == ["It was decided already", "decided"]


def test_the_desk_lists_appeals_and_lets_another_moderator_decide(forum):
    first, second = (MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user for _ in range(2))
    case = forum.report(key="p1").case
    claims.claim(case.pk, forum.workspace.pk, first)
    decide(case.pk, forum.workspace.pk, replace(REMOVE, by=first))
    made, _ = appeal(forum, text="It was a <b>quote</b>.")
    own, others = log_in(first), log_in(second)
    assert list(own.get(QUEUE).context["appeals"]) == [made]
    assert "somebody else decides" in own.get(page(case)).content.decode()
    own.post(page(case), {"do": "uphold", "appeal": made.pk})
    assert appeals.waiting(forum.workspace.pk).exists()
    shown = others.get(page(case)).content.decode()
    assert "It was a &lt;b&gt;quote" in shown
    assert others.post(page(case), {"do": "uphold", "appeal": "x"}).status_code == 404
    answer = others.post(page(case), {"do": "uphold", "appeal": made.pk, "note": "Right."})
    assert said(answer) == ["Appeal upheld."]
    assert not appeals.waiting(forum.workspace.pk).exists()


def test_an_application_passes_an_appeal_on_and_asks_what_came_of_it(forum, client):
    decided(forum)

    def post(key=forum.created.server_key, **change):
        body = {"appeal_id": "a1", "report_id": "p1", "person_id": "bob", "text": "A quote."} | change
        headers = {"Authorization": f"Bearer {key}"}
        return client.post("/api/moderation/appeals", body, "application/json", headers=headers)

    answer = post()
    assert (answer.status_code, answer.json()["data"]) == (
        201,
        {"appeal_id": "a1", "status": "pending", "decided_at": None},
    )
    appeals.decide(Appeal.objects.get().pk, forum.workspace.pk, UserFactory(), upheld=False)
    answer = post()
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "rejected")
    for change, status, code in (
        ({"text": "Other."}, 409, "other_appeal"),
        ({"report_id": "p9"}, 404, "unknown_report"),
        ({"person_id": "cleo", "appeal_id": "a2"}, 400, "not_theirs"),
        ({"person_id": "null"}, 400, "no_person"),
        ({"appeal_id": ""}, 400, "invalid"),
        ({"key": forum.created.write_key}, 403, "permission_denied"),
    ):
        answer = post(**change)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
