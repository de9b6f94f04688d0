"""Every execution of anything is a Run row, written here and nowhere else."""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from config.lib.locks import try_lock
from config.models import Run, User, Workspace

logger = logging.getLogger(__name__)
LOG_LINES = 200
SHOWN_EVERY_SECONDS = 1.0


class AlreadyRunning(Exception):  # noqa: N818 named as its caller sees it
    """Another run of the same name (and workspace) is at work; a skipped Run row says so."""


class Recorder:
    """What the code under way may tell about itself; written to the Run row when it ends, or by flush()."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.rows_in = 0
        self.rows_out = 0
        # Steps that are to come, where somebody has counted them; whoever takes them calls progress().
        self.expected = 0
        self._shown = 0.0
        self._lines: deque[str] = deque(maxlen=LOG_LINES)

    def say(self, line: str) -> None:
        self._lines.append(f"{timezone.now():%H:%M:%S} {line}")

    def window(self, start: datetime | None, end: datetime | None) -> None:
        """The data covered, widened with every call."""
        run = self.run
        if start is not None:
            run.window_start = start if run.window_start is None else min(start, run.window_start)
        if end is not None:
            run.window_end = end if run.window_end is None else max(end, run.window_end)

    def progress(self, done: int, total: int) -> None:
        """How far it is, for whoever looks on; written at most once a second."""
        # What turns out to be more than was expected has not been done beyond the end.
        self.run.progress_done, self.run.progress_total = done, max(done, total)
        if time.monotonic() >= self._shown + SHOWN_EVERY_SECONDS:
            self._shown = time.monotonic()
            self.flush()

    def flush(self) -> None:
        self.run.rows_in, self.run.rows_out, self.run.log = self.rows_in, self.rows_out, "\n".join(self._lines)
        self.run.save()


@contextmanager
def recorded(
    name: str,
    *,
    workspace: Workspace | None = None,
    arguments: dict[str, Any] | None = None,
    started_by: User | None = None,
    wait: timedelta = timedelta(0),
) -> Iterator[Recorder]:
    """A Run row around the block, never two of the same name and workspace at once.

    What the block raises is recorded and raised on. Raises AlreadyRunning when another one is at work and has not
    ended within `wait`.
    """
    facts = {"name": name, "workspace": workspace, "arguments": arguments or {}, "started_by": started_by}
    with try_lock(f"run:{name}:{workspace.pk if workspace else ''}", wait) as free:
        if not free:
            Run.objects.create(**facts, status=Run.Status.SKIPPED, finished_at=timezone.now())
            raise AlreadyRunning(f"{name} is already running")
        # We hold the lock, so whoever claims to be running was killed before it could say how it ended.
        Run.objects.filter(name=name, workspace=workspace, status=Run.Status.RUNNING).update(
            status=Run.Status.LOST, finished_at=timezone.now(), error="Its process ended without a word."
        )
        recorder = Recorder(Run.objects.create(**facts))
        try:
            yield recorder
        except BaseException as error:
            _end(recorder, Run.Status.FAILED, "".join(traceback.format_exception(error))[-8000:])
            raise
        _end(recorder, Run.Status.SUCCEEDED, "")


def _end(recorder: Recorder, status: Run.Status, error: str) -> None:
    recorder.run.status, recorder.run.error, recorder.run.finished_at = status, error, timezone.now()
    try:
        recorder.flush()
    except DatabaseError:
        # The row stays "running" and the next run of this name calls it lost.
        logger.exception("How the run %s ended could not be recorded", recorder.run.name)


@dataclass(frozen=True, slots=True)
class Job:
    """A function(recorder, workspace, **arguments) that runs by schedule, by a retry, or by hand."""

    name: str
    function: Callable[..., Any]
    per_workspace: bool
    # Asked before a scheduled run, of each workspace or of None where the job is of all: where the answer is no, there
    # is nothing to do and no Run row.
    needed: Callable[[Any], bool] | None = None

    def run(self, workspace: Workspace | None = None, **arguments: Any) -> Run | None:
        """Run it once, recorded; None when it was at work already. Raises what it raises."""
        facts = arguments | ({"workspace": workspace.slug} if workspace else {})
        try:
            with recorded(self.name, workspace=workspace, arguments=facts) as recorder:
                if self.per_workspace:
                    self.function(recorder, workspace, **arguments)
                else:
                    self.function(recorder, **arguments)
        except AlreadyRunning:
            return None
        return recorder.run

    def run_as_asked(self, workspace: str | None = None, **arguments: Any) -> list[int]:
        """Run it for the workspace of that slug or, where it is per workspace, for all; the ids of the runs.

        One workspace that fails does not stop the next. Raises RuntimeError at the end when any failed.
        """
        places: list[Workspace | None] = [None]
        if self.per_workspace:
            rows = Workspace.objects.order_by("pk")
            places = list(rows if workspace is None else rows.filter(slug=workspace))
        if workspace is None and self.needed is not None:
            places = [place for place in places if self.needed(place)]
        done, failed = [], []
        for place in places:
            try:
                run = self.run(place, **arguments)
            except Exception:
                logger.exception("The job %s failed for %s", self.name, place or "everything")
                failed.append(str(place or self.name))
            else:
                done += [run.pk] if run is not None else []
        if failed:
            raise RuntimeError(f"{self.name} failed for {', '.join(failed)}; the runs say why")
        return done


JOBS: dict[str, Job] = {}


def job(
    name: str, *, per_workspace: bool = False, needed: Callable[[Any], bool] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function of a tasks.py a job and a Celery task of that name."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        entry = JOBS[name] = Job(name, function, per_workspace, needed)

        # No bound method: beat looks at the arguments before it sends a task, and would miss `self`.
        def run(workspace: str | None = None, **arguments: Any) -> list[int]:
            return entry.run_as_asked(workspace, **arguments)

        task: Callable[..., Any] = shared_task(name=name)(run)
        return task

    return decorate
