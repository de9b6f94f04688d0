"""The team's own application is told of every decision: signed, in order, again and again, and nobody else."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from config.lib.sealing import seal
from config.models import Role
from config.runs import JOBS
from economy import health
from economy.models import Account
from moderation import appeals, batches, deliveries, service_levels, tasks, webhooks
from moderation.appeals import AppealDraft
from moderation.decisions import Decision
from moderation.models import Action, Breach, Delivery, Webhook
from tests.factories.config import MemberFactory
from tests.moderation.application import listening
from tests.moderation.forum import at
from tests.moderation.signatures import verified


@pytest.fixture
def application(settings):
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with listening() as application:
        yield application


@pytest.fixture
def hook(forum, application):
    hook = Webhook.objects.create(workspace=forum.workspace, url=application.url)
    hook.secret = webhooks.renew(hook, timedelta(0))
    return hook


@pytest.fixture
def moderator(forum):
    return MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user


def decide(case, user, kind=Action.Kind.REMOVE):
    outcome = Action.Outcome.DISMISSED if kind == Action.Kind.NOTHING else Action.Outcome.RESOLVED
    decision = Decision(kind=kind, outcome=outcome, decided_at=timezone.now(), note="between us", by=user)
    return batches.decide([case.pk], case.workspace_id, decision)


def due_now():
    """As if the pauses were over."""
    Delivery.objects.filter(status="pending").update(next_attempt_at=timezone.now())


def send(forum):
    sent = deliveries.deliver(forum.workspace)
    return sent.accepted, sent.failed, sent.given_up


def told(application):
    return [(body["type"], body["data"]["action"], body["data"]["content"]) for body in application.bodies()]


def test_all_that_becomes_of_content_is_told_in_order(forum, hook, application, moderator):
    forum.send(("post_created", "bob", 0, {"post_id": "p1"}))
    for name in ("ada", "cleo", "dan", "eve", "flo"):
        case = forum.report(name).case
    done = decide(case, moderator, Action.Kind.NOTHING)
    batches.undo(done.batch, forum.workspace.pk, moderator)
    decide(case, moderator)
    appeal, _ = appeals.submit(
        forum.workspace.pk, AppealDraft("a1", "ada on p1", forum.actor("bob"), "It was a quote.")
    )
    judge = MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user
    appeals.decide(appeal.pk, forum.workspace.pk, judge, upheld=True)
    assert send(forum) == (6, 0, 0)
    assert told(application) == [
        ("moderation.acted", "hide", "hidden"),
        ("moderation.decided", "none", "hidden"),
        ("moderation.acted", "restore", "visible"),
        ("moderation.undone", "none", "hidden"),
        ("moderation.decided", "remove", "removed"),
        ("moderation.appeal_decided", "remove", "visible"),
    ]
    decided = application.bodies()[4]["data"]
    assert decided == {
        "case": case.pk,
        "content_type": "post",
        "content_id": "p1",
        "person_id": "bob",
        "community_id": None,
        "content": "removed",
        "action": "remove",
        "outcome": "resolved",
        "reason": "spam",
        "days": None,
        "ends_at": None,
        "automated": False,
        "report_ids": [f"{name} on p1" for name in ("ada", "cleo", "dan", "eve", "flo")],
    }
    assert application.bodies()[5]["data"]["appeal"] == {"appeal_id": "a1", "status": "upheld"}
    for _, headers, body in application.got:
        assert verified(hook.secret, headers, body)
    assert send(forum) == (0, 0, 0)


def test_what_an_event_told_of_is_not_told_back(forum, hook):
    report = {"report_id": "r1", "content_type": "post", "content_id": "p1", "content_author_id": "bob"}
    forum.send(
        ("report_submitted", "ada", 0, report | {"reason": "nsfw"}),
        ("report_resolved", "mod", 1, {"report_id": "r1", "outcome": "resolved", "action_taken": "warning"}),
    )
    forum.take()
    assert Action.objects.count() == 1
    assert not Delivery.objects.exists()


def test_a_message_is_written_with_its_decision_or_not_at_all(forum, hook, moderator):
    case = forum.report().case

    with transaction.atomic():
        decide(case, moderator)
        assert Delivery.objects.count() == 1
        transaction.set_rollback(True)
    assert not Delivery.objects.exists()


def test_other_tenants_and_disabled_addresses_and_those_without_a_secret_are_told_nothing(
    forum, other, hook, moderator
):
    theirs = Webhook.objects.create(workspace=other.workspace, url=hook.url)
    webhooks.renew(theirs, timedelta(0))
    Webhook.objects.create(workspace=forum.workspace, url=f"{hook.url}&no=secret")
    off = Webhook.objects.create(workspace=forum.workspace, url=f"{hook.url}&off", enabled=False)
    webhooks.renew(off, timedelta(0))
    decide(forum.report().case, moderator)
    assert list(Delivery.objects.values_list("webhook", flat=True)) == [hook.pk]
    assert send(other) == (0, 0, 0)
    assert not deliveries.anything_waits(other.workspace)
    assert send(forum) == (1, 0, 0)


def test_what_fails_is_tried_again_under_the_same_id_and_holds_up_its_own_target_alone(
    forum, hook, application, moderator
):
    first, second = forum.report(post="p1").case, forum.report(post="p2").case
    decide(first, moderator)
    decide(second, moderator)
    decide(forum.report(key="again").case, moderator)
    application.answers = [500, 200]
    assert send(forum) == (1, 1, 0)
    assert [body["data"]["content_id"] for body in application.bodies()] == ["p1", "p2"]
    hook.refresh_from_db()
    failed = Delivery.objects.get(attempts=1, status="pending")
    assert failed.answer == "answered 500: no"
    assert failed.next_attempt_at > timezone.now()
    # Its pause is not over, and what comes after it waits for it.
    assert not deliveries.anything_waits(forum.workspace)
    due_now()
    assert send(forum) == (2, 0, 0)
    ids = [headers["webhook-id"] for _, headers, _ in application.got]
    cases = [body["data"]["case"] for body in application.bodies()]
    assert (cases[0], cases[2]) == (first.pk, first.pk)
    assert ids[0] == ids[2]
    assert len(set(ids)) == 3
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}


@pytest.mark.parametrize("status", [302, 404, 410, 429, 503])
def test_nothing_but_success_is_accepted(forum, hook, application, moderator, status):
    application.answers = [status]
    decide(forum.report().case, moderator)
    assert send(forum) == (0, 1, 0)
    hook.refresh_from_db()
    assert (hook.failures, hook.answered_at) == (1, None)
    assert str(status) in hook.error
    assert len(application.got) == 1


def test_an_address_that_is_away_is_left_alone_after_some_attempts(forum, hook, application, moderator):
    for name in "abcde":
        decide(forum.report(post=name).case, moderator)
    application.answers = [503]
    assert send(forum) == (0, deliveries.MOST_MISSES, 0)
    due_now()
    assert not deliveries.anything_waits(forum.workspace)
    # Asked once more when its rest is over, and by whoever asks for it.
    Webhook.objects.update(next_attempt_at=timezone.now())
    assert send(forum) == (0, 1, 0)
    assert not deliveries.anything_waits(forum.workspace)
    hook.refresh_from_db()
    webhooks.ping(hook)
    Delivery.objects.exclude(kind="ping").filter(attempts=0).update(give_up_at=timezone.now())
    application.answers = [200]
    due_now()
    assert send(forum) == (4, 0, 2)
    assert len(application.got) == deliveries.MOST_MISSES + 1 + 4
    hook.refresh_from_db()
    assert (hook.failures, hook.next_attempt_at, hook.error) == (0, None, "")


def test_after_days_it_is_given_up_which_the_next_of_the_target_does_not_wait_for(forum, hook, application, moderator):
    for key in ("first", "second"):
        decide(forum.report(key=key).case, moderator)
    old = Delivery.objects.earliest("id")
    Delivery.objects.filter(pk=old.pk).update(give_up_at=timezone.now())
    application.answers = [500, 200]
    assert send(forum) == (1, 0, 1)
    old.refresh_from_db()
    assert (old.status, old.answer) == ("given_up", "answered 500: no")
    assert deliveries.resend([old.pk]) == 1
    assert send(forum) == (1, 0, 0)
    old.refresh_from_db()
    assert (old.status, old.attempts) == ("delivered", 1)


def test_whoever_is_killed_between_the_answer_and_its_row_sends_the_same_again(forum, hook, application, moderator):
    decide(forum.report().case, moderator)

    def accept_and_kill(handler):
        handler.send_response(200)
        handler.end_headers()

    application.answers = [accept_and_kill, 200]
    with transaction.atomic():
        assert send(forum) == (1, 0, 0)
        transaction.set_rollback(True)
    assert send(forum) == (1, 0, 0)
    (first, second) = application.got
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]


def test_after_a_rotation_both_secrets_sign_until_the_first_ends(forum, hook, application, moderator):
    new = webhooks.renew(hook, timedelta(hours=1))
    decide(forum.report().case, moderator)
    send(forum)
    _, headers, body = application.got[0]
    assert new != hook.secret
    assert verified(new, headers, body)
    assert verified(hook.secret, headers, body)
    assert not verified(new, headers, body + " ")
    Webhook.objects.update(before_until=timezone.now())
    decide(forum.report(key="again").case, moderator)
    send(forum)
    _, headers, body = application.got[1]
    assert verified(new, headers, body)
    assert not verified(hook.secret, headers, body)


def test_a_secret_that_cannot_be_read_any_more_fails_with_what_to_do(forum, hook, moderator):
    Webhook.objects.update(sealed_secret=seal("whsec_", "something else"))
    decide(forum.report().case, moderator)
    assert send(forum) == (0, 1, 0)
    assert "make a new one" in Delivery.objects.get().answer


def test_an_address_that_has_become_private_is_not_connected_to(forum, hook, application, moderator, settings):
    settings.PRIVATE_NETWORKS = []
    decide(forum.report().case, moderator)
    assert send(forum) == (0, 1, 0)
    assert "PRIVATE_NETWORKS" in Delivery.objects.get().answer
    assert application.got == []


def test_pauses_grow_to_hours(monkeypatch):
    pauses = [deliveries.pause_after(attempts) for attempts in (1, 2, 3, 8, 1_000_000)]
    for pause, seconds in zip(pauses, (10, 30, 90, 21_600, 21_600), strict=True):
        assert 0.8 * seconds <= pause.total_seconds() <= 1.2 * seconds


def test_the_job_is_only_there_where_something_waits_and_old_messages_are_deleted(forum, hook, moderator):
    job = JOBS[tasks.deliver_webhooks.name]
    assert job.run_as_asked() == []
    decide(forum.report().case, moderator)
    assert len(job.run_as_asked()) == 1
    assert job.run_as_asked() == []
    decide(forum.report(key="again").case, moderator)
    assert deliveries.forget(timezone.now()) == 1
    assert Delivery.objects.get().status == "pending"


def test_a_ban_of_a_person_names_the_person(forum, hook, application, moderator):
    case = forum.report(target="person", content_type="", post="bob", submitted_at=at(0)).case
    decide(case, moderator, Action.Kind.BAN)
    send(forum)
    data = json.loads(application.got[0][2])["data"]
    assert (data["content_type"], data["content_id"], data["person_id"], data["content"]) == (
        "user",
        "bob",
        "bob",
        None,
    )
    assert data["action"] == "ban"


def test_cases_that_wait_too_long_are_told_of_together_and_once(forum, other, application, hook):
    """With the 24 hours and the hour that a new workspace has; nothing of another tenant's."""
    now = timezone.now()
    for number, (where, post, reason) in enumerate(
        ((forum, "p1", "spam"), (forum, "p2", "violence"), (forum, "p3", "spam"), (other, "theirs", "spam"))
    ):
        where.report(post=post, reason=reason, submitted_at=now - timedelta(hours=30 + number))
    forum.report(post="new", submitted_at=now)
    for _ in range(2):
        service_levels.look(forum.workspace)
        service_levels.look(other.workspace)
        send(forum)
    (body,) = application.bodies()
    assert (body["type"], body["data"]["number"]) == ("moderation.overdue", 3)
    cases = body["data"]["cases"]
    assert [(case["content_type"], case["content_id"], case["priority"]) for case in cases] == [
        ("post", "p2", 4),
        ("post", "p3", 1),
        ("post", "p1", 1),
    ]
    breach = Breach.objects.get(case__target_id="p2")
    assert cases[0]["case"] == breach.case_id
    assert cases[0]["due_at"] == breach.due_at.isoformat()


def test_of_very_many_that_wait_too_long_the_most_urgent_are_named(forum, application, hook, monkeypatch):
    monkeypatch.setattr(service_levels, "MOST_CASES", 2)
    for number in range(4):
        forum.report(post=f"p{number}", submitted_at=timezone.now() - timedelta(hours=30 + number))
    service_levels.look(forum.workspace)
    send(forum)
    (body,) = application.bodies()
    assert (body["data"]["number"], [case["content_id"] for case in body["data"]["cases"]]) == (4, ["p3", "p2"])


def test_an_alert_of_points_is_told_when_it_opens_and_when_it_closes(forum, other, application, hook, monkeypatch):
    account = Account.objects.create(workspace=forum.workspace, kind="person", person_id=forum.actor("ada"), balance=5)
    Account.objects.create(workspace=other.workspace, kind="person", person_id=forum.actor("ada"), balance=5)
    for _ in range(2):
        health.check(forum.workspace)
        health.check(other.workspace)
    Account.objects.filter(pk=account.pk).update(balance=0)
    health.check(forum.workspace)
    send(forum)
    due_now()
    send(forum)
    opened, closed = application.bodies()
    assert {body["type"] for body in (opened, closed)} == {"economy.alert"}
    data = opened["data"]
    assert (data["check"], data["severity"], data["status"]) == ("ledger_mismatch", "critical", "opened")
    assert data["said"].startswith(f"Account {account.pk} (person) has a balance of 5")
    assert (closed["data"]["status"], closed["data"]["opened_at"]) == ("closed", data["opened_at"])
