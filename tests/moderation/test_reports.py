"""Reports become cases, with risk and priority; many of them, or a high risk, act by themselves."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.utils import IntegrityError

from ingestion import merging
from ingestion.models import Actor
from moderation import policies, risks
from moderation.models import Action, Case, LogEntry, Policy, Reason, Report
from moderation.reports import ReportRefused, submit
from moderation.visibility import content_state
from tests.factories.config import UserFactory
from tests.moderation.forum import NOW, Forum, steps


def test_reports_on_one_target_are_one_case_and_those_on_others_are_not(forum):
    first, second = forum.report("ada"), forum.report("cleo")
    assert first.case == second.case
    assert second.case.reports == 2
    assert forum.report("ada", post="p2").case != first.case
    assert forum.report("ada", content_type="comment", key="c").case != first.case
    assert steps(first.case) == ["reported", "reported"]


def test_the_same_report_again_changes_nothing_and_another_under_its_id_is_refused(forum):
    report = forum.report()
    assert submit(forum.workspace.pk, forum.draft()) == (report, False)
    for other in (forum.draft(reason="nsfw"), forum.draft(text="x"), forum.draft(post="p2", key=report.key)):
        with pytest.raises(ReportRefused) as refused:
            submit(forum.workspace.pk, other)
        assert refused.value.code == "other_report"
    assert (Report.objects.count(), Case.objects.count(), LogEntry.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "boring"}, "unknown_reason"),
        ({"author": "ada"}, "report_on_oneself"),
        ({"target": "person", "content_type": "", "post": "ada", "author": "ada"}, "report_on_oneself"),
    ],
    ids=["unknown reason", "own content", "oneself"],
)
def test_what_cannot_be_a_report_is_refused_and_leaves_nothing(forum, change, code):
    with pytest.raises(ReportRefused) as refused:
        forum.report(**change)
    assert refused.value.code == code
    assert not Case.objects.exists()


def test_one_person_reports_a_target_once_while_it_is_open_under_whatever_id(forum):
    for name in ("ada", "ada-phone"):
        Actor.objects.create(
            actor_id=forum.actor(name), workspace=forum.workspace, kind=Actor.Kind.USER, distinct_id=name
        )
    forum.report("ada")
    with pytest.raises(ReportRefused) as refused:
        forum.report("ada", key="again")
    assert refused.value.code == "already_reported"
    merging.merge(forum.workspace, forum.actor("ada-phone"), forum.actor("ada"), by=UserFactory(), reason="one person")
    with pytest.raises(ReportRefused):
        forum.report("ada-phone")
    with pytest.raises(ReportRefused):
        forum.report("ada-phone", post="p2", author="ada")


def test_another_tenants_cases_are_others_whatever_their_ids(forum, other):
    mine, theirs = forum.report(), other.report()
    assert mine.case != theirs.case
    assert mine.case.reports == theirs.case.reports == 1
    assert mine.case.person_id != theirs.case.person_id


class TestRisk:
    @pytest.mark.parametrize(
        ("parts", "risk"),
        [
            ((1, 1, 1, 1), 1.0),
            ((0, 0, 0, 0), 0.0),
            ((0.75, 0.5, 0.2, 0), 0.44),
            ((9, -1, 0, 0), 0.4),
        ],
    )
    def test_it_is_the_weighted_sum_of_its_parts_each_clamped(self, parts, risk):
        assert risks.risk_of(dict(zip(("content", "user", "context", "history"), parts, strict=True))) == risk

    def test_its_parts_are_severity_newness_open_reports_and_what_was_upheld(self, forum):
        bob = Actor.objects.create(
            actor_id=forum.actor("bob"), workspace=forum.workspace, kind=Actor.Kind.USER, distinct_id="bob"
        )
        Actor.objects.filter(pk=bob.pk).update(created_at=NOW - timedelta(days=15))
        for post, days in (("p8", 10), ("p9", 181)):
            old = forum.report(post=post, submitted_at=NOW - timedelta(days=days)).case
            Action.objects.create(
                workspace=forum.workspace,
                case=old,
                kind="remove",
                outcome="resolved",
                person_id=forum.actor("bob"),
                decided_at=NOW - timedelta(days=days),
            )
        report = forum.report(reason="harassment")
        assert report.risk_parts == {"content": 0.75, "user": 0.5, "context": 0.2, "history": 0.3333}
        assert report.risk == pytest.approx(0.4 * 0.75 + 0.2 * 0.5 + 0.2 * 0.2 + 0.2 / 3, abs=1e-4)
        assert report.priority == report.case.priority == 3

    def test_above_the_limit_of_the_policy_a_report_stands_at_the_top(self, forum):
        policies.ensure(forum.workspace.pk)
        Policy.objects.filter(reason="spam").update(review_above=0.2)
        assert forum.report().case.priority == 5


class TestByItself:
    def test_five_open_reports_hide_content_once_and_the_case_waits_on(self, forum):
        for name in ("a", "b", "c", "d"):
            case = forum.report(name).case
            assert content_state(case) == "visible"
        for name in ("e", "f"):
            case = forum.report(name).case
            assert (content_state(case), case.status) == ("hidden", "pending")
        (action,) = case.actions.all()
        assert (action.kind, action.automated, action.by, action.outcome) == ("hide", True, None, "")
        assert steps(case).count("acted") == 1

    def test_how_many_reports_hide_it_is_a_row(self, forum):
        policies.settings_of(forum.workspace.pk)
        settings = policies.settings_of(forum.workspace.pk)
        settings.hide_after_reports = 2
        settings.save()
        forum.report("a")
        assert content_state(forum.report("b").case) == "hidden"

    def test_people_are_never_hidden(self, forum):
        for name in ("a", "b", "c", "d", "e"):
            case = forum.report(name, target="person", content_type="", post="bob").case
        assert not case.actions.exists()

    @pytest.mark.parametrize(("automatic", "state"), [("remove", "removed"), ("hide", "hidden"), ("", "visible")])
    def test_a_risk_above_the_limit_does_what_the_policy_says(self, forum, automatic, state):
        policies.ensure(forum.workspace.pk)
        Policy.objects.filter(reason="spam").update(automatic=automatic, automatic_above=0.2)
        case = forum.report().case
        assert (content_state(case), case.status) == (state, "pending")


def test_every_reason_has_a_policy_in_each_workspace(forum, other):
    for _ in range(2):
        policies.ensure(forum.workspace.pk)
    assert Policy.objects.filter(workspace=forum.workspace).count() == len(Reason)
    assert not Policy.objects.filter(workspace=other.workspace).exists()


@pytest.mark.parametrize("change", ["UPDATE moderation_logentry SET said = 'x'", "DELETE FROM moderation_logentry"])
def test_the_database_lets_nobody_change_the_log(forum, change):
    forum.report()
    with pytest.raises(IntegrityError, match="only appended"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert LogEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_reports_that_come_at_once_make_one_case_and_none_is_lost():
    forum = Forum()
    policies.ensure(forum.workspace.pk)
    barrier, failed = threading.Barrier(8), []

    def work(number):
        try:
            barrier.wait(20)
            # Each report is sent twice.
            submit(forum.workspace.pk, forum.draft(f"reporter {number % 4}"))
        except BaseException as error:  # noqa: BLE001 shown below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    case = Case.objects.get()
    assert (case.reports, Report.objects.count(), len(steps(case))) == (4, 4, 4)
