"""The one writer of the log."""

from __future__ import annotations

from config.models import User
from moderation.models import Case, LogEntry


def note(case: Case, step: LogEntry.Step, said: str, by: User | None = None) -> None:
    """In the transaction of what it tells of; `said` holds nothing of a person."""
    LogEntry.objects.create(workspace_id=case.workspace_id, case=case, step=step, said=said, by=by)
