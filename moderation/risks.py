"""How likely it is that something reported does harm (docs/howto/moderation.md): four parts, each from 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from ingestion.models import Actor
from moderation.models import Action, Case, DeskSettings, Policy, Severity

WEIGHTS = {"content": 0.4, "user": 0.2, "context": 0.2, "history": 0.2}
# Known for as long as this, a person is new no more.
NEW_FOR = timedelta(days=30)
# Of somebody who has sent nothing yet.
UNKNOWN_PERSON = 0.5
# So many cases that were decided against a person within the window are the worst there is.
HISTORY, HISTORY_CASES = timedelta(days=180), 3


def clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def risk_of(parts: Mapping[str, float]) -> float:
    """0 to 1: 0.4 content + 0.2 user + 0.2 context + 0.2 history."""
    return round(clamp(sum(weight * clamp(parts[name]) for name, weight in WEIGHTS.items())), 4)


def parts_of(
    case: Case, policy: Policy, settings: DeskSettings, ids: list[UUID], open_reports: int, at: datetime
) -> dict[str, float]:
    """content: severity of the reason; user: how new the person is; context: how many reports are open, of those that
    hide it; history: cases decided against the person. ids are all of the person's.
    """
    known_since = None
    if ids:
        actors = Actor.objects.filter(workspace=case.workspace_id, actor_id__in=ids).order_by("created_at")
        known_since = actors.values_list("created_at", flat=True).first()
    upheld = 0
    if ids:
        rows = Action.objects.filter(workspace=case.workspace_id, person_id__in=ids, outcome=Action.Outcome.RESOLVED)
        recent = rows.filter(decided_at__gt=at - HISTORY, decided_at__lte=at, undone_at__isnull=True)
        upheld = recent.values("case").distinct()[:HISTORY_CASES].count()
    return {
        "content": policy.severity / Severity.CRITICAL,
        "user": UNKNOWN_PERSON if known_since is None else round(clamp(1 - (at - known_since) / NEW_FOR), 4),
        "context": clamp(open_reports / settings.hide_after_reports),
        "history": round(clamp(upheld / HISTORY_CASES), 4),
    }
