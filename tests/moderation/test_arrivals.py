"""Events of moderation are taken once, in whatever order and however often they come."""

from datetime import timedelta

import pytest

from analytics import demo
from analytics.rollups import engine
from config.runs import JOBS
from ingestion.models import Event
from moderation import arrivals, tasks
from moderation.metrics import ROLLUP
from moderation.models import Action, Case, ModerationMetricsDaily, Report, TakenEvent, TouchedHour
from moderation.visibility import content_state
from tests.moderation.forum import at, steps

REPORT = {"report_id": "r1", "content_type": "post", "content_id": "p1", "content_author_id": "bob", "reason": "nsfw"}
SUBMITTED = ("report_submitted", "ada", 0, REPORT)
RESOLVED = (
    "report_resolved",
    "mod",
    30,
    {"report_id": "r1", "outcome": "resolved", "reason": "spam", "action_taken": "content_removed"},
)
BANNED = ("user_banned", "mod", 31, {"banned_user_id": "bob", "ban_type": "temporary", "duration_days": 3})


def test_a_report_its_decision_and_a_ban_are_taken(forum):
    assert forum.send(SUBMITTED, RESOLVED, BANNED) == ["accepted"] * 3
    assert forum.take() == (3, 0, 0)
    report = Report.objects.get()
    assert (report.key, report.reason, report.status, report.submitted_at) == ("r1", "nsfw", "resolved", at(0))
    assert (report.reporter_id, report.case.person_id) == (forum.actor("ada"), forum.actor("bob"))
    assert (report.case.status, report.case.closed_at, content_state(report.case)) == ("resolved", at(30), "removed")
    decided, ban = Action.objects.order_by("decided_at")
    assert (decided.kind, decided.reason, decided.moderator_id, decided.by) == (
        "remove",
        "spam",
        forum.actor("mod"),
        None,
    )
    assert (ban.kind, ban.days, ban.ends_at, ban.person_id, ban.case) == (
        "suspend",
        3,
        at(31) + timedelta(days=3),
        forum.actor("bob"),
        None,
    )
    assert steps(report.case) == ["reported", "decided"]


def test_nothing_is_taken_twice_when_events_come_again_or_their_hours_are_looked_at_again(forum):
    forum.send(SUBMITTED, RESOLVED, BANNED)
    forum.take()
    assert forum.send(SUBMITTED, RESOLVED, BANNED) == ["duplicate"] * 3
    assert not arrivals.anything_waits(forum.workspace)
    TouchedHour.objects.create(workspace=forum.workspace, hour=at(0))
    assert forum.take() == (0, 0, 0)
    assert (Report.objects.count(), Action.objects.count(), TakenEvent.objects.count()) == (1, 2, 3)


def test_what_the_demo_s_past_tells_of_is_there_when_it_is_counted(forum, other):
    forum.send(SUBMITTED, RESOLVED)
    other.send(SUBMITTED)
    for load_more in demo.PAST_LOADED:
        load_more(forum.workspace)
    assert [case.status for case in Case.objects.all()] == ["resolved"]
    engine.bring_up_to_date(forum.workspace, only=[ROLLUP])
    row = ModerationMetricsDaily.objects.get(date=at(0).date())
    assert (row.reports_submitted, row.reports_resolved, row.posts_deleted) == (1, 1, 1)


def test_the_same_event_stored_under_two_times_is_taken_once(forum):
    forum.send(BANNED)
    first = Event.objects.get(workspace=forum.workspace)
    forum.send(("user_banned", "mod", 90, BANNED[3]))
    Event.objects.filter(workspace=forum.workspace, occurred_at=at(90)).update(event_id=first.event_id)
    assert forum.take() == (1, 0, 0)
    assert Action.objects.count() == 1


def test_a_decision_that_comes_before_its_report_waits_for_it(forum):
    forum.send(RESOLVED)
    assert forum.take() == (0, 1, 0)
    assert forum.take() == (0, 0, 0)
    forum.send(SUBMITTED)
    assert forum.take() == (2, 0, 0)
    assert Case.objects.get().status == "resolved"
    assert set(TakenEvent.objects.values_list("outcome", flat=True)) == {"taken"}


def test_a_report_that_came_by_the_api_wakes_a_decision_and_takes_its_own_event_as_the_same(forum):
    forum.send(RESOLVED)
    forum.take()
    draft = forum.draft(key="r1", reason="nsfw")
    report = forum.report(key="r1", reason="nsfw")
    assert arrivals.anything_waits(forum.workspace)
    forum.send(SUBMITTED)
    assert forum.take() == (2, 0, 0)
    report.refresh_from_db()
    assert (report.status, Report.objects.count(), draft.key) == ("resolved", 1, "r1")


def test_a_report_without_a_decision_is_dismissed_by_an_outcome(forum):
    forum.send(SUBMITTED, ("report_resolved", "mod", 30, {"report_id": "r1", "outcome": "dismissed"}))
    forum.take()
    assert (Case.objects.get().status, Action.objects.get().kind) == ("dismissed", "none")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (("report_submitted", "bob", 0, REPORT), "themselves"),
        (("report_submitted", "ada", 0, {"reason": "spam"}), "what was reported"),
        (("user_banned", "mod", 0, {"ban_type": "permanent"}), "who was banned"),
    ],
    ids=["oneself", "nothing", "nobody"],
)
def test_what_makes_no_sense_is_refused_with_its_reason_and_harms_no_companion(forum, event, why):
    good = ("report_submitted", "cleo", 1, REPORT | {"report_id": "r2"})
    forum.send(event, good)
    assert forum.take() == (1, 0, 1)
    assert why in TakenEvent.objects.get(outcome="refused").said
    assert Report.objects.get().key == "r2"


def test_an_unknown_reason_does_not_get_past_the_door(forum):
    assert forum.send(("report_submitted", "ada", 0, REPORT | {"reason": "boring"})) == ["rejected"]
    assert not arrivals.anything_waits(forum.workspace)


def test_a_decision_on_what_was_decided_is_refused(forum):
    forum.send(SUBMITTED, RESOLVED, ("report_resolved", "mod", 40, {"report_id": "r1", "outcome": "dismissed"}))
    assert forum.take() == (2, 0, 1)
    assert Case.objects.get().status == "resolved"


def test_with_the_last_of_its_reports_a_case_is_closed(forum):
    other = ("report_submitted", "cleo", 5, REPORT | {"report_id": "r2"})
    forum.send(SUBMITTED, other, RESOLVED)
    forum.take()
    assert Case.objects.get().status == "pending"
    forum.send(("report_resolved", "mod", 50, {"report_id": "r2", "outcome": "dismissed"}))
    forum.take()
    case = Case.objects.get()
    assert (case.status, content_state(case)) == ("dismissed", "removed")


@pytest.mark.parametrize(
    ("said", "target", "kind"),
    [
        ({"content_type": "user", "content_id": "bob"}, "person", ""),
        ({"content_type": "comment", "content_id": "c1"}, "content", "comment"),
        ({"content_type": None, "content_id": None, "comment_id": "c1"}, "content", "comment"),
        ({"content_type": None}, "content", "post"),
    ],
    ids=["user", "comment", "comment by its id", "post"],
)
def test_what_is_reported_is_as_the_event_says(forum, said, target, kind):
    forum.send(("report_submitted", "ada", 0, REPORT | said))
    forum.take()
    case = Case.objects.get()
    assert (case.target, case.content_type, case.person_id) == (target, kind, forum.actor("bob"))


def test_a_report_of_nobody_is_taken_without_a_reporter(forum):
    forum.send(("report_submitted", "anonymous", 0, REPORT))
    forum.take()
    assert Report.objects.get().reporter_id is None


def test_other_tenants_events_are_theirs(forum, other):
    for one in (forum, other):
        one.send(SUBMITTED)
    assert forum.take() == (1, 0, 0)
    assert list(Report.objects.values_list("workspace__slug", flat=True)) == ["forum"]
    assert arrivals.anything_waits(other.workspace)
    other.send(RESOLVED)
    assert other.take() == (2, 0, 0)
    assert Case.objects.get(workspace=forum.workspace).status == "pending"


def test_other_events_are_no_work_for_the_job(forum):
    forum.send(("post_created", "ada", 0, {"post_id": "p1"}))
    assert not TouchedHour.objects.exists()
    job = JOBS[tasks.take_events.name]
    assert job.run_as_asked() == []
    forum.send(SUBMITTED)
    assert len(job.run_as_asked()) == 1
    assert job.run_as_asked() == []
