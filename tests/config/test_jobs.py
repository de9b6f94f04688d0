"""Runs: what is recorded of every execution, and that nothing runs twice at once."""

import threading

import pytest
from django.db import connection

from config import runs
from config.models import Run
from tests.factories.config import RunFactory, WorkspaceFactory


@pytest.fixture
def jobs(monkeypatch):
    """An empty list of jobs."""
    monkeypatch.setattr(runs, "JOBS", {})


def test_a_run_that_ends_says_when_how_much_and_what_it_wrote(db):
    with runs.recorded("count", arguments={"n": 1}) as recorder:
        recorder.rows_in, recorder.rows_out = 3, 2
        recorder.say("two of three")

    run = Run.objects.get()
    assert (run.status, run.rows_in, run.rows_out, run.arguments, run.error) == ("succeeded", 3, 2, {"n": 1}, "")
    assert run.log.endswith("two of three")
    assert run.finished_at >= run.started_at


def test_a_run_that_fails_keeps_its_error_and_raises_it_on(db):
    with pytest.raises(ZeroDivisionError), runs.recorded("divide"):
        1 / 0  # noqa: B018 it is the raising that counts

    run = Run.objects.get()
    assert run.status == Run.Status.FAILED
    assert "ZeroDivisionError" in run.error


def test_the_log_keeps_its_last_lines(db):
    with runs.recorded("talk") as recorder:
        for number in range(runs.LOG_LINES + 5):
            recorder.say(f"line {number}")

    lines = Run.objects.get().log.splitlines()
    assert len(lines) == runs.LOG_LINES
    assert lines[-1].endswith(f"line {runs.LOG_LINES + 4}")


@pytest.mark.django_db(transaction=True)
def test_no_run_overlaps_another_of_its_name_and_workspace():
    ours, other = WorkspaceFactory.create_batch(2)
    begun, end = threading.Event(), threading.Event()

    def long_run():
        with runs.recorded("fill", workspace=ours):
            begun.set()
            end.wait(20)
        connection.close()

    thread = threading.Thread(target=long_run)
    thread.start()
    assert begun.wait(20)
    try:
        with pytest.raises(runs.AlreadyRunning), runs.recorded("fill", workspace=ours):
            pytest.fail("it ran all the same")
        with runs.recorded("fill", workspace=other):
            pass
    finally:
        end.set()
        thread.join()

    statuses = {(run.workspace_id, run.status) for run in Run.objects.all()}
    assert statuses == {(ours.pk, "succeeded"), (ours.pk, "skipped"), (other.pk, "succeeded")}


def test_whoever_claims_to_run_while_nobody_holds_the_lock_was_lost(db):
    workspace = WorkspaceFactory()
    RunFactory(name="fill", workspace=workspace, status=Run.Status.RUNNING, finished_at=None)
    neighbour = RunFactory(name="fill", workspace=WorkspaceFactory(), status=Run.Status.RUNNING, finished_at=None)
    with runs.recorded("fill", workspace=workspace):
        pass

    assert [run.status for run in Run.objects.filter(workspace=workspace).order_by("pk")] == ["lost", "succeeded"]
    neighbour.refresh_from_db()
    assert neighbour.status == Run.Status.RUNNING


def test_a_job_runs_for_every_workspace_and_one_that_fails_stops_no_other(db, jobs):
    slugs = [workspace.slug for workspace in WorkspaceFactory.create_batch(3)]
    seen = []

    @runs.job("test.visit", per_workspace=True)
    def visit(recorder, workspace):
        seen.append(workspace.slug)
        if workspace.slug == slugs[0]:
            raise RuntimeError("closed")

    with pytest.raises(RuntimeError, match=r"test\.visit failed"):
        visit()
    assert seen == slugs
    assert sorted(Run.objects.values_list("status", flat=True)) == ["failed", "succeeded", "succeeded"]


def test_a_job_that_is_not_needed_leaves_no_run(db, jobs):
    wanted, _ = WorkspaceFactory.create_batch(2)

    @runs.job("test.heal", per_workspace=True, needed=lambda workspace: workspace == wanted)
    def heal(recorder, workspace): ...

    heal()
    assert [run.workspace for run in Run.objects.all()] == [wanted]


def test_a_job_asked_for_one_workspace_runs_there_alone(db, jobs):
    one, _ = WorkspaceFactory.create_batch(2)

    @runs.job("test.one", per_workspace=True)
    def only(recorder, workspace): ...

    only(workspace=one.slug)
    run = Run.objects.get()
    assert (run.workspace, run.arguments) == (one, {"workspace": one.slug})
