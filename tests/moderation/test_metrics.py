"""The desk's numbers of a day: known answers worked out by hand, and right again however late something is told."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from analytics import metrics, recount
from analytics.metrics import METRICS
from analytics.models import OpenBucket, TouchedSince
from analytics.recount import Sample
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from analytics.rollups.waiting import waiting
from moderation import appeals, batches
from moderation.appeals import AppealDraft
from moderation.decisions import Decision, decide
from moderation.metrics import ROLLUP
from moderation.models import Action, Appeal, DeskSettings, LogEntry, ModerationMetricsDaily, Report
from tests.factories.config import UserFactory
from tests.moderation.forum import NOW

HOUR = timedelta(hours=1)
MONDAY = date(2026, 3, 2)
SPAM = Decision(Action.Kind.REMOVE, Action.Outcome.RESOLVED, NOW, reason="spam")
DISMISS = Decision(Action.Kind.NOTHING, Action.Outcome.DISMISSED, NOW)
OURS = [metric for metric in METRICS if metric.rollup == ROLLUP]
# Metrics that have a column of their name, and no other has it.
OFF = (
    *("active_moderators", "harassment_reports", "posts_deleted", "comments_deleted", "spam_posts_detected"),
    *("users_banned_temp", "users_banned_perm"),
)


def fill(forum):
    done = engine.bring_up_to_date(forum.workspace, only=[ROLLUP])
    assert done.failed == {}


def rows(forum):
    """Rows by day from Monday on, without what is 0."""
    found = {}
    for row in ModerationMetricsDaily.objects.filter(workspace=forum.workspace).values():
        day = row.pop("date")
        del row["workspace_id"], row["calculated_at"]
        found[(day - MONDAY).days] = {name: value for name, value in row.items() if value}
    return {day: row for day, row in found.items() if row}


def hours(number):
    return NOW + number * HOUR


def claimed(case, user, moment):
    """As if the moderator had taken the case back then."""
    LogEntry.objects.create(workspace=case.workspace, case=case, step="claimed", by=user, at=moment, said="")


def value(forum, key, day, grain="day"):
    on = MONDAY + timedelta(days=day)
    (found,) = metrics.read(METRICS[key], forum.workspace, on, on, grain)
    return found.value


def agrees(forum, days):
    """What the rollup says of the days is what is counted anew from reports, decisions, the log and appeals."""
    outcome = recount.compare(forum.workspace, [Sample(one, day) for one in OURS for day in days])
    assert [recount.told(one) for one in outcome.drifts] == []
    assert outcome.checked > 0


@pytest.fixture
def clock(monkeypatch):
    """Call it with an instant to have it be now."""

    def is_now(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return is_now


def decided(forum, report, decision, hour, by=None):
    return decide(report.case_id, forum.workspace.pk, replace(decision, decided_at=hours(hour), by=by))


def heard(forum, report, person, hour, *, upheld):
    draft = AppealDraft(f"a {report.key}", report.key, forum.actor(person), "")
    appeal, _ = appeals.submit(forum.workspace.pk, draft)
    appeals.decide(appeal.pk, forum.workspace.pk, UserFactory(), upheld=upheld)
    Appeal.objects.filter(pk=appeal.pk).update(decided_at=hours(hour))


def a_week(forum):
    """Of three moderators, one of whom works in the team's own application."""
    one, two = UserFactory(), UserFactory()
    first = forum.report()
    forum.report("cleo", submitted_at=hours(1))
    comment = forum.report(post="c1", content_type="comment", reason="harassment", submitted_at=hours(2))
    hateful = forum.report(post="p2", author="dan", reason="hate_speech", submitted_at=hours(11))
    # The first instant of Tuesday.
    fine = forum.report(post="p3", submitted_at=hours(12))
    claimed(first.case, one, hours(1.5))
    claimed(first.case, two, hours(1.75))
    decided(forum, first, SPAM, 2, one)
    decided(forum, fine, DISMISS, 13, two)
    told = replace(SPAM, reason="harassment", moderator_id=forum.actor("mia"))
    decided(forum, comment, told, 14)
    # The first instant of Wednesday.
    decided(forum, hateful, Decision(Action.Kind.SUSPEND, Action.Outcome.RESOLVED, NOW, days=3), 36, one)
    waiting_still = forum.report("eve", "p4", submitted_at=hours(40))
    return first, hateful, waiting_still


A_WEEK = {
    0: {
        "reports_submitted": 4,
        "harassment_reports": 1,
        "hate_speech_reports": 1,
        "reports_resolved": 2,
        # 2 hours and 1.
        "resolution_hours": 3,
        "reports_pending": 2,
        "posts_deleted": 1,
        "spam_posts_detected": 1,
        "active_moderators": 1,
        "cases_claimed": 1,
        "claim_hours": 1.5,
    },
    1: {
        "reports_submitted": 1,
        "reports_resolved": 2,
        # 1 hour and 12.
        "resolution_hours": 13,
        "reports_pending": 1,
        "comments_deleted": 1,
        "active_moderators": 2,
    },
    2: {
        "reports_submitted": 1,
        "reports_resolved": 1,
        "resolution_hours": 25,
        "reports_pending": 1,
        "users_banned_temp": 1,
        "active_moderators": 1,
    },
}


def test_a_week_as_it_is_worked_out_by_hand(forum, other, clock):
    clock(hours(80))
    other.report(reason="harassment")
    first, hateful, _ = a_week(forum)
    fill(forum)
    fill(other)
    assert rows(forum) == A_WEEK
    assert rows(other) == {0: {"reports_submitted": 1, "harassment_reports": 1, "reports_pending": 1}}

    # On Thursday two appeals are heard: what was decided on Monday was wrong.
    heard(forum, first, "bob", 73, upheld=True)
    heard(forum, hateful, "dan", 74, upheld=False)
    fill(forum)
    overturned = A_WEEK[0].keys() - {"posts_deleted", "spam_posts_detected"}
    assert rows(forum) == A_WEEK | {
        0: {name: A_WEEK[0][name] for name in overturned},
        3: {"appeals_decided": 2, "appeals_upheld": 1, "reports_pending": 1},
    }

    assert {key: value(forum, key, 1) for key in ("avg_resolution_time_hours", "avg_reports_per_moderator")} == {
        "avg_resolution_time_hours": 6.5,
        "avg_reports_per_moderator": 1,
    }
    assert (value(forum, "time_to_claim", 0), value(forum, "time_to_claim", 1)) == (1.5, None)
    assert value(forum, "overturn_rate", 3) == 0.5
    # A week adds days up, and has what waited at its end.
    assert [value(forum, key, 0, "week") for key in ("reports_submitted", "reports_pending")] == [6, 1]
    # Nothing happened on Friday: what waited waits.
    assert [value(forum, key, 4) for key in ("reports_submitted", "reports_pending")] == [0, 1]

    days = [MONDAY + timedelta(days=number) for number in range(-1, 4)]
    agrees(forum, days)

    ModerationMetricsDaily.objects.filter(workspace=forum.workspace, date=MONDAY).update(
        **dict.fromkeys((*OFF, "reports_submitted", "reports_pending", "reports_resolved", "cases_claimed"), 9)
    )
    outcome = recount.compare(forum.workspace, [Sample(one, MONDAY) for one in OURS])
    assert {one.sample.metric.key for one in outcome.drifts} == {
        *OFF,
        "reports_submitted",
        "reports_pending",
        "reports_resolved",
        "avg_reports_per_moderator",
        "avg_resolution_time_hours",
        "time_to_claim",
    }


def test_days_are_those_of_the_workspace(forum, clock):
    clock(hours(40))
    forum.workspace.time_zone = "Asia/Tokyo"
    forum.workspace.save()
    # Nine hours ahead: the Monday noon of UTC is 21:00, and Tuesday begins at 15:00 UTC.
    report = forum.report()
    forum.report(post="p2", submitted_at=hours(3))
    decided(forum, report, DISMISS, 2.75)
    fill(forum)
    assert rows(forum) == {
        0: {"reports_submitted": 1, "reports_resolved": 1, "resolution_hours": 2.75},
        1: {"reports_submitted": 1, "reports_pending": 1},
    }


def test_a_late_report_changes_what_waited_on_its_day_and_all_after_it(forum, clock):
    clock(hours(80))
    decided(forum, forum.report(submitted_at=hours(24)), DISMISS, 48)
    fill(forum)
    assert not waiting(forum.workspace, ROLLUP).touches(MONDAY, MONDAY + timedelta(days=3))

    forum.report(post="late")
    assert waiting(forum.workspace, ROLLUP).touches(MONDAY, MONDAY + timedelta(days=1))
    assert metrics.DayStates(forum.workspace, ROLLUP).of(MONDAY, MONDAY + timedelta(days=1)) == "settling"
    fill(forum)
    assert {day: row.get("reports_pending", 0) for day, row in rows(forum).items()} == {0: 1, 1: 2, 2: 1}
    assert not TouchedSince.objects.exists()


def test_what_is_taken_back_never_was(forum, clock):
    clock(hours(11.95))
    user, case = UserFactory(), forum.report().case
    done = batches.decide([case.pk], forum.workspace.pk, replace(SPAM, decided_at=timezone.now(), by=user))
    clock(hours(12.02))
    fill(forum)
    assert rows(forum)[0]["posts_deleted"] == 1
    batches.undo(done.batch, forum.workspace.pk, user)
    fill(forum)
    assert rows(forum) == {0: {"reports_submitted": 1, "reports_pending": 1}}


def test_what_is_removed_and_found_to_be_spam_counts_once_and_a_ban_once_a_day(forum, clock):
    clock(hours(80))
    reports = [forum.report(name, submitted_at=hours(number)) for number, name in enumerate(("ada", "cleo"))]
    for hour, report in ((20, reports[0]), (30, reports[1])):
        decision = replace(SPAM, decided_at=hours(hour))
        decide(report.case_id, forum.workspace.pk, decision, [report.pk])
    for minute, kind in ((0, "permanent"), (1, "permanent"), (2, "temporary")):
        forum.send(("user_banned", "mod", minute, {"banned_user_id": "bob", "ban_type": kind}))
    forum.take()
    fill(forum)
    found = rows(forum)
    assert {name: found[0][name] for name in ("users_banned_perm", "users_banned_temp")} == {
        "users_banned_perm": 1,
        "users_banned_temp": 1,
    }
    assert {day: (row.get("posts_deleted", 0), row.get("spam_posts_detected", 0)) for day, row in found.items()} == {
        0: (0, 0),
        1: (1, 1),
    }
    agrees(forum, [MONDAY, MONDAY + timedelta(days=1)])


def test_a_decision_that_an_event_tells_of_before_its_report_took_no_time(forum, clock):
    clock(hours(80))
    report = forum.report(submitted_at=hours(12))
    decided(forum, report, DISMISS, 11)
    fill(forum)
    assert rows(forum) == {1: {"reports_submitted": 1, "reports_resolved": 1}}


@pytest.mark.parametrize("seed", [1, 2])
def test_fills_between_in_any_order_give_what_one_fill_of_all_gives(forum, clock, seed):
    chance, user = random.Random(seed), UserFactory()
    clock(hours(240))
    rollup, open_reports, batch = ROLLUPS[ROLLUP], [], None
    DeskSettings.objects.update_or_create(pk=forum.workspace.pk, defaults={"undo_minutes": 30_000})
    for number in range(40):
        kind = chance.choice(["report", "report", "decide", "undo", "fill", "again"])
        if kind == "report":
            moment = hours(chance.randrange(-48, 200))
            open_reports.append(forum.report(f"user {number}", f"p{number}", submitted_at=moment))
        elif kind == "decide" and open_reports:
            report = open_reports.pop(chance.randrange(len(open_reports)))
            moment = report.submitted_at + chance.randrange(30) * HOUR
            decision = replace(chance.choice([SPAM, DISMISS]), decided_at=moment, by=user)
            batch = batches.decide([report.case_id], forum.workspace.pk, decision).batch
        elif kind == "undo" and batch is not None:
            batches.undo(batch, forum.workspace.pk, user)
            batch = None
        elif kind == "fill":
            fill(forum)
        elif kind == "again":
            first = rollup.bucket_of(hours(chance.randrange(0, 200)), forum.workspace)
            chunk = rollup.between(first, first + 3 * rollup.step, forum.workspace)
            engine.fill_chunk(rollup, forum.workspace, chunk, timezone.now())
    fill(forum)
    piecemeal = rows(forum)
    assert not OpenBucket.objects.filter(workspace=forum.workspace, rollup=ROLLUP).exists()

    ModerationMetricsDaily.objects.all().delete()
    days = rollup.between(rollup.bucket_of(hours(-96), forum.workspace), timezone.now(), forum.workspace)
    engine.fill_chunk(rollup, forum.workspace, days, timezone.now())
    assert rows(forum) == piecemeal
    for day, row in piecemeal.items():
        end = hours(12) + day * timedelta(days=1)
        made = Report.objects.filter(submitted_at__lt=end)
        assert row.get("reports_pending", 0) == made.exclude(resolved_at__lt=end).count()
    agrees(forum, [MONDAY + timedelta(days=day) for day in piecemeal])


def test_a_decision_of_this_hour_leaves_no_work(forum):
    report = forum.report(submitted_at=timezone.now())
    decide(report.case_id, forum.workspace.pk, replace(DISMISS, decided_at=timezone.now()))
    on = timezone.now()
    # Unless the hour has just begun.
    assert TouchedSince.objects.filter(since__gte=on.replace(minute=0, second=0, microsecond=0)).count() == 0


def test_a_tenant_s_days_are_opened_by_its_own_reports_alone(forum, other):
    fill(other)
    forum.report()
    assert not waiting(other.workspace, ROLLUP).touches(MONDAY, MONDAY + timedelta(days=1))
    fill(other)
    assert TouchedSince.objects.filter(workspace=forum.workspace).count() == 1
