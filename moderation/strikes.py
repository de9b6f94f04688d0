"""Strikes: given with a decision against a person, for as many days as the policy says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from moderation.models import Action, Strike

AGAINST_SOMEBODY = {
    Action.Kind.WARN,
    Action.Kind.HIDE,
    Action.Kind.REMOVE,
    Action.Kind.SUSPEND,
    Action.Kind.BAN,
}


def standing(workspace_id: int, ids: Collection[UUID], at: datetime) -> QuerySet[Strike]:
    """Those of a person, by all their ids, that have not expired at that instant."""
    strikes = Strike.objects.filter(workspace=workspace_id, person_id__in=ids, revoked_at__isnull=True)
    return strikes.filter(given_at__lte=at, expires_at__gt=at)


def give(action: Action) -> None:
    """In the transaction of the decision. A case gives one, however many decisions its reports took."""
    if (
        action.outcome != Action.Outcome.RESOLVED
        or action.kind not in AGAINST_SOMEBODY
        or action.person_id is None
        or action.policy is None
        or not action.policy.strike_days
        or Strike.objects.filter(action__case=action.case_id, revoked_at__isnull=True).exists()
    ):
        return
    Strike.objects.create(
        workspace_id=action.workspace_id,
        person_id=action.person_id,
        action=action,
        reason=action.reason,
        given_at=action.decided_at,
        expires_at=action.decided_at + timedelta(days=action.policy.strike_days),
    )


def revoke(actions: QuerySet[Action]) -> None:
    Strike.objects.filter(action__in=actions, revoked_at__isnull=True).update(revoked_at=timezone.now())
