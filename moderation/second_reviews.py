"""A share of the decisions is made once more, by a second moderator who does not see the first."""

from __future__ import annotations

import random
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from config.models import User
from moderation import policies
from moderation.models import Action, SecondReview


class ReviewRefused(ValueError):  # noqa: N818 named as whoever reviews sees it
    """Why a second judgement is not taken."""


def choose(action: Action) -> None:
    """In the transaction of a decision made at the desk: it is put before a second moderator, or not."""
    share = policies.settings_of(action.workspace_id).second_review_share
    if action.by_id is not None and random.random() < share:  # noqa: S311 nobody gains by guessing
        SecondReview.objects.create(workspace_id=action.workspace_id, action=action, first_by_id=action.by_id)


def waiting(workspace_id: int, user: User) -> QuerySet[SecondReview]:
    """Those of others that nobody has made, the oldest first."""
    reviews = SecondReview.objects.filter(workspace=workspace_id, by__isnull=True).exclude(first_by=user)
    return reviews.select_related("action__case").order_by("chosen_at", "id")


def forget(actions: QuerySet[Action]) -> None:
    """What was taken back is judged by nobody."""
    SecondReview.objects.filter(action__in=actions).delete()


def judge(review_id: int, workspace_id: int, user: User, verdict: str) -> None:
    """Raises ReviewRefused, and nothing has changed."""
    if verdict not in dict(SecondReview.VERDICTS):
        raise ReviewRefused("Choose what you would do")
    with transaction.atomic():
        found = SecondReview.objects.select_for_update(no_key=True).filter(pk=review_id, workspace=workspace_id).first()
        if found is None:
            raise ReviewRefused("The decision was taken back")
        if found.first_by_id == user.pk:
            raise ReviewRefused("Who made a decision does not review it")
        if found.by_id is not None:
            raise ReviewRefused("Somebody else was faster")
        found.by, found.verdict, found.reviewed_at = user, verdict, timezone.now()
        found.save(update_fields=["by", "verdict", "reviewed_at"])


def pairs(workspace_id: int, start: datetime, end: datetime) -> dict[tuple[str, str], int]:
    """How often the first decided this and the second would have done that, of those reviewed in [start, end)."""
    reviewed = SecondReview.objects.filter(workspace=workspace_id, reviewed_at__gte=start, reviewed_at__lt=end)
    rows = reviewed.order_by().values_list("action__outcome", "action__kind", "verdict").annotate(count=Count("pk"))
    found: dict[tuple[str, str], int] = {}
    for outcome, kind, verdict, count in rows:
        first = SecondReview.DISMISSED if outcome == Action.Outcome.DISMISSED else kind
        found[first, verdict] = found.get((first, verdict), 0) + count
    return found
