"""Cases that wait longer than they may are noted once, and shown until they are decided."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from config.models import Role, Run
from config.runs import JOBS
from moderation import batches, service_levels, tasks
from moderation.decisions import decide
from moderation.models import Breach, ServiceLevel
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.test_decisions import DISMISS
from tests.pages import log_in

HOUR = timedelta(hours=1)


def look(forum):
    """Priorities of what is new, and how many are over."""
    found = service_levels.look(forum.workspace)
    return sorted(found.new.elements()), found.over


def waits(forum, post, hours, **more):
    return forum.report(post=post, key=post, submitted_at=timezone.now() - hours * HOUR, **more).case


def standing(forum):
    return sorted(
        Breach.objects.filter(workspace=forum.workspace, over_at__isnull=True).values_list("case__target_id", flat=True)
    )


def test_what_waits_too_long_for_its_priority_is_noted_once(forum, other):
    waits(forum, "threat", 1.1, reason="violence")
    waits(forum, "new threat", 0.9, reason="violence")
    waits(forum, "spam", 23.9)
    waits(forum, "old spam", 24.1)
    waits(other, "theirs", 30)
    assert look(forum) == ([1, 4], 0)
    assert look(forum) == ([], 0)
    assert standing(forum) == ["old spam", "threat"]
    assert not Breach.objects.filter(workspace=other.workspace).exists()
    threat = Breach.objects.get(case__target_id="threat")
    assert threat.due_at == threat.case.opened_at + HOUR


def test_it_is_over_when_it_is_decided_and_standing_again_when_that_is_taken_back(forum):
    user, case = UserFactory(), waits(forum, "p1", 30)
    look(forum)
    now = timezone.now()
    done = batches.decide([case.pk], forum.workspace.pk, replace(DISMISS, decided_at=now, by=user))
    assert service_levels.late(forum.workspace.pk) == []
    assert look(forum) == ([], 1)
    assert Breach.objects.get().over_at == now
    batches.undo(done.batch, forum.workspace.pk, user)
    assert look(forum) == ([1], 0)
    assert Breach.objects.get().over_at is None


def test_how_long_is_a_row_by_priority(forum):
    waits(forum, "p1", 2)
    service_levels.ensure(forum.workspace.pk)
    level = ServiceLevel.objects.get(workspace=forum.workspace, priority=1)
    for minutes, expected in ((60, ([1], 0)), (180, ([], 1)), (60, ([1], 0))):
        level.within_minutes = minutes
        level.save()
        assert look(forum) == expected


def test_the_job_says_what_is_late_and_leaves_no_run_where_nothing_waits(forum):
    job = JOBS[tasks.look_at_service_levels.name]
    assert not job.needed(forum.workspace)
    waits(forum, "p1", 30)
    assert job.needed(forum.workspace)
    run = job.run(forum.workspace)
    assert (run.status, run.rows_out) == (Run.Status.SUCCEEDED, 1)
    assert "Low: 1 wait longer than they may" in run.log


@pytest.mark.parametrize("is_late", [True, False], ids=["late", "in time"])
def test_the_desk_tells(forum, is_late):
    case = waits(forum, "p1", 30)
    look(forum)
    if not is_late:
        decide(case.pk, forum.workspace.pk, replace(DISMISS, decided_at=timezone.now()))
    desk = log_in(MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user)
    page = desk.get("/admin/moderation/queue/").content.decode()
    assert ("Too long in the queue: 1 low (over 24 h)" in page) == is_late
    listed = desk.get("/admin/moderation/breach/", {"over_at__isempty": "1"})
    assert listed.status_code == 200
