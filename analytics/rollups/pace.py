"""How often the days under way are filled again: as often as it is cheap.

A day is filled as a whole, so that at ten million events a day each fill of today takes minutes. Hours are filled every
hour whatever they cost, and live counters tell today's numbers meanwhile.
"""

from __future__ import annotations

from django.utils import timezone

from analytics.rollups.rollup import ROLLUPS
from config.models import Run, Workspace

FILL = "analytics.fill"
# A fill that took five minutes rests for fifty.
REST = 10


def is_due(workspace: Workspace) -> bool:
    """Whether the last fill of all rollups has rested REST times as long as it took."""
    last = Run.objects.filter(name=FILL, workspace=workspace, status=Run.Status.SUCCEEDED).first()
    if last is None or last.finished_at is None or last.duration is None:
        return True
    return timezone.now() - last.finished_at >= last.duration * REST


def is_resting(workspace: Workspace) -> bool:
    return not is_due(workspace)


def hourly() -> list[str]:
    """Keys of the rollups by hour."""
    return [rollup.key for rollup in ROLLUPS if rollup.grain == "hour"]
