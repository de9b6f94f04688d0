"""Who carries how much of moderation, how well, and what comes of it: worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from analytics.models import UserActivityDaily
from analytics.panels import Asked
from analytics.spans import Span
from config.models import Role
from ingestion import merging
from moderation import appeals, batches, claims, numbers, panels
from moderation.appeals import AppealDraft
from moderation.decisions import Decision, decide
from moderation.models import Action, LogEntry
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.forum import NOW
from tests.pages import log_in

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REMOVE = Decision(Action.Kind.REMOVE, Action.Outcome.RESOLVED, NOW, reason="spam")
WARN = replace(REMOVE, kind=Action.Kind.WARN)
DISMISS = Decision(Action.Kind.NOTHING, Action.Outcome.DISMISSED, NOW)


@pytest.fixture
def clock(monkeypatch):
    """Call it with an instant to have it be now."""

    def is_now(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return is_now


def days(number):
    return NOW + number * DAY


def decided(forum, decision, post, day=0.0, *, minutes=0, by=None, **more):
    """A report of that day, decided as many minutes later."""
    report = forum.report(post=post, **{"key": post, "submitted_at": days(day), **more})
    at = days(day) + minutes * MINUTE
    action = decide(report.case_id, forum.workspace.pk, replace(decision, decided_at=at, by=by))
    report.refresh_from_db()
    return report, action


def claimed(case, user, at):
    LogEntry.objects.create(workspace=case.workspace, case=case, step="claimed", by=user, at=at, said="")


def heard(forum, report, *, upheld, by):
    draft = AppealDraft(f"a {report.key}", report.key, forum.actor("bob"), "")
    appeal, _ = appeals.submit(forum.workspace.pk, draft)
    appeals.decide(appeal.pk, forum.workspace.pk, by, upheld=upheld)


def minutes(spread):
    return spread.number, *(None if one is None else one / MINUTE for one in (spread.median, spread.p95))


def test_what_moderators_carry_and_how_well(forum, other, clock):
    clock(days(1))
    one, two = UserFactory(), UserFactory()
    # Taken after 10, 20 and 60 minutes and decided 1, 2 and 3 minutes later; one was not taken by whoever decided it.
    reports = []
    for post, taken, took in (("p1", 10, 1), ("p2", 20, 2), ("p3", 60, 3)):
        report = forum.report(post=post, key=post)
        claimed(report.case, one, NOW + taken * MINUTE)
        at = NOW + (taken + took) * MINUTE
        decide(report.case_id, forum.workspace.pk, replace(REMOVE, decided_at=at, by=one))
        reports.append(report)
    decided(forum, DISMISS, "p4", minutes=5, by=one)
    told = replace(REMOVE, moderator_id=forum.actor("mia"))
    decided(forum, told, "p5")
    held = forum.report(post="p6").case
    claims.claim(held.pk, forum.workspace.pk, two)
    heard(forum, reports[0], upheld=True, by=two)
    heard(forum, reports[1], upheld=False, by=two)
    # Taken back: it never was.
    case = forum.report(post="p7", submitted_at=days(1)).case
    done = batches.decide([case.pk], forum.workspace.pk, replace(DISMISS, decided_at=timezone.now(), by=one))
    batches.undo(done.batch, forum.workspace.pk, one)
    decided(other, DISMISS, "p1", by=one)

    clock(days(1) + MINUTE)
    found = {row.user or row.actor_id: row for row in numbers.moderators(forum.workspace, 2)}
    # The log has its own clock, so that the claim of now is of none of these days.
    assert set(found) == {one, two, forum.actor("mia")}
    first, second, mia = found[one], found[two], found[forum.actor("mia")]
    assert (first.decisions, first.decisions_a_day, first.holds) == (4, 2, 0)
    assert minutes(first.to_claim) == (3, 20, pytest.approx(56))
    assert minutes(first.to_decide) == (3, 2, pytest.approx(2.9))
    assert (first.appeals, first.upheld, first.overturn_rate) == (2, 1, 0.5)
    assert (second.decisions, second.holds, second.overturn_rate) == (0, 1, None)
    assert (mia.decisions, mia.user, minutes(mia.to_decide)) == (1, None, (0, None, None))


def test_whether_people_are_at_it_again_within_30_days(forum, other, clock):
    decided(forum, WARN, "p1", 0)
    # At the last moment that counts, under another id of the same person, but not of another one.
    decided(forum, REMOVE, "p2", 30, author="b")
    forum.send(*(("post_created", name, 0, {"post_id": name}) for name in ("b", "bob")))
    merging.merge(forum.workspace, forum.actor("b"), forum.actor("bob"), by=UserFactory(), reason="one person")
    decided(forum, WARN, "p3", 61)
    decided(forum, WARN, "p4", 10, author="dan")
    decided(forum, DISMISS, "p5", 12, author="dan")
    decided(other, REMOVE, "p2", 5, author="dan")
    # Reported before the warning, decided after it: that was no repetition.
    decided(forum, REMOVE, "p6", 9, minutes=5 * 24 * 60, author="dan")
    clock(days(91))
    found = {
        row.kind: (row.actions, row.repeated)
        for row in numbers.repeat_offences(forum.workspace, *numbers.span_of(forum.workspace, 90))
    }
    # The first warning was followed by a removal, that by a warning after 31 days, whose own days are not over yet.
    assert found == {"warn": (2, 1), "remove": (2, 0)}


def test_the_dashboard_s_tables_are_of_the_days_asked_for_and_tell_nothing_of_few(forum, clock):
    for number in range(14):
        who = f"u{number}"
        decided(forum, REMOVE if number < 10 else WARN, f"p{number}", 1, author=who, reporter_id=forum.actor(f"r{who}"))
        if number < 5:
            decided(forum, REMOVE, f"q{number}", 3, author=who)
    clock(days(60))

    def told(panel, first, last):
        span = Span(date(2026, 3, 2) + first * DAY, date(2026, 3, 2) + last * DAY)
        return panel.told(Asked(forum.workspace, span))

    # The four warnings are too few.
    assert told(panels.AGAIN, 1, 1).rows == [("Warn the person", None, None, None), ("Remove the content", 10, 5, 0.5)]
    assert told(panels.AGAIN, 2, 3).rows == [("Remove the content", 5, 0, 0.0)]
    assert told(panels.AGAIN, 4, 29).rows == []
    # Of days that are too young, as many before: those that ended 30 days ago, at this time of the day.
    late = told(panels.AGAIN, 29, 59)
    assert late.rows == [("Warn the person", None, None, None), ("Remove the content", 15, 5, 1 / 3)]
    assert late.note.startswith("Actions from 1 Mar 2026 to 1 Apr 2026: ")
    assert told(panels.STAY, 1, 1).rows == [("acted on", f"{number} days", 14, 0, 0.0) for number in (7, 30)]
    assert told(panels.STAY, 4, 59).rows == []


def test_how_often_reporters_are_right(forum, other, clock):
    clock(days(40))
    for number, decision in enumerate((REMOVE, REMOVE, DISMISS)):
        decided(forum, decision, f"p{number}", 39)
    overturned, _ = decided(forum, REMOVE, "p3", 39)
    heard(forum, overturned, upheld=True, by=UserFactory())
    decided(forum, REMOVE, "p4", 39, reporter_id=forum.actor("cleo"))
    decided(forum, REMOVE, "p5", 39, reporter_id=None)
    decided(forum, REMOVE, "old", 1)
    decided(other, REMOVE, "p1", 39)
    found = [(row.person_id, row.decided, row.upheld, row.quality) for row in numbers.reporters(forum.workspace, 30)]
    assert found == [(forum.actor("ada"), 4, 2, 0.5), (forum.actor("cleo"), 1, 1, pytest.approx(2 / 3))]


def test_whether_reporters_stay(forum, clock):
    for who, decision, active in (("ada", REMOVE, 7), ("cleo", REMOVE, 8), ("eve", DISMISS, 31), ("fay", DISMISS, 0)):
        decided(forum, decision, who, reporter_id=forum.actor(who))
        UserActivityDaily.objects.create(
            workspace=forum.workspace,
            person_id=forum.actor(who),
            date=date(2026, 3, 2) + active * DAY,
            excluded=False,
            active_events=1,
            calculated_at=NOW,
        )
    # Too late for its days to be over.
    decided(forum, REMOVE, "late", 39, reporter_id=forum.actor("gil"))
    clock(days(40))
    rows = numbers.reporters_stay(forum.workspace, *numbers.span_of(forum.workspace, 90))
    found = [(row.acted_on, row.days, row.people, row.active) for row in rows]
    assert found == [(True, 7, 2, 1), (False, 7, 2, 0), (True, 30, 2, 2), (False, 30, 2, 0)]


NUMBERS = "/admin/moderation/numbers/"


def test_the_page_shows_moderators_to_those_who_set_the_rules_and_themselves_to_each(forum):
    boss, moderator, analyst = (
        MemberFactory(workspace=forum.workspace, role=role).user
        for role in (Role.COMMUNITY_MANAGER, Role.MODERATOR, Role.ANALYST)
    )
    for user, post in ((boss, "p1"), (moderator, "p2")):
        report = forum.report(post=post, submitted_at=timezone.now())
        decide(report.case_id, forum.workspace.pk, replace(REMOVE, decided_at=timezone.now(), by=user))
    seen = {}
    for user in (boss, moderator):
        client = log_in(user)
        page = client.get(NUMBERS)
        assert page.status_code == 200
        seen[user] = [row.user for row in page.context["moderators"]]
        assert b"Who reports most" in page.content
    assert seen == {boss: [boss, moderator], moderator: [moderator]}
    client = log_in(analyst)
    assert client.get(NUMBERS).status_code == 403


def test_another_tenant_s_numbers_are_not_found(forum, other):
    client = log_in(MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user)
    assert client.get(NUMBERS, {"workspace": "other"}).status_code == 404
    assert client.get(NUMBERS, {"workspace": "forum", "days": "x"}).status_code == 200
