"""Decisions of a moderator on one or many cases in one go, which can be taken back in one go for some minutes."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from config.models import User
from moderation import decisions, journal, metrics, policies, second_reviews, strikes, webhooks
from moderation.decisions import Decision, DecisionRefused
from moderation.models import Action, Appeal, Case, Delivery, LogEntry, Status
from moderation.models.cases import OPEN


@dataclass(slots=True)
class Done:
    """batch: of those decided; refused: (case id, why) of the others."""

    batch: uuid.UUID
    decided: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """What can still be taken back."""

    batch: uuid.UUID
    cases: int
    decided_at: datetime


def decide(case_ids: Collection[int], workspace_id: int, decision: Decision) -> Done:
    """Each case by itself: one that is refused harms no other."""
    done = Done(uuid.uuid4())
    for case_id in sorted(set(case_ids)):
        try:
            decisions.decide(case_id, workspace_id, replace(decision, batch=done.batch))
        except DecisionRefused as refused:
            done.refused.append((case_id, str(refused)))
        else:
            done.decided += 1
    return done


def undoable(workspace_id: int, user: User) -> list[Batch]:
    """The moderator's own of the last minutes, the latest first."""
    rows = (
        Action.objects.filter(workspace=workspace_id, by=user, batch__isnull=False, undone_at__isnull=True)
        .filter(decided_at__gt=_since(workspace_id))
        .order_by()
        .values_list("batch")
        .annotate(cases=Count("case", distinct=True, filter=~Q(outcome="")), at=Max("decided_at"))
        .order_by("-at")
    )
    return [Batch(*row) for row in rows]


def undo(batch: uuid.UUID, workspace_id: int, user: User) -> int:
    """The cases are open again, as if nothing had been decided; how many. All of the batch or, with DecisionRefused,
    nothing.
    """
    with transaction.atomic():
        mine = Action.objects.filter(workspace=workspace_id, batch=batch, by=user, undone_at__isnull=True)
        ids = sorted(set(mine.filter(decided_at__gt=_since(workspace_id)).values_list("case_id", flat=True)))
        cases = list(Case.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
        # Again, now that nobody else is taking it back.
        if not cases or mine.count() != len(cases):
            raise DecisionRefused("It cannot be taken back any more")
        metrics.changed(workspace_id, mine.aggregate(first=Min("decided_at"))["first"])
        for case in cases:
            _reopen(case, batch, user)
        return len(cases)


def _reopen(case: Case, batch: uuid.UUID, user: User) -> None:
    newer = Case.objects.filter(
        workspace=case.workspace_id,
        target=case.target,
        content_type=case.content_type,
        target_id=case.target_id,
        status__in=OPEN,
    )
    if newer.exclude(pk=case.pk).exists():
        raise DecisionRefused(f"{case} was reported again since, so a case of it is open")
    actions = case.actions.filter(batch=batch)
    if Appeal.objects.filter(action__in=actions).exists():
        raise DecisionRefused(f"There is an appeal against the decision on {case}")
    strikes.revoke(actions)
    decided = actions.exclude(outcome="").get()
    second_reviews.forget(actions)
    case.all_reports.filter(action__in=actions).update(status=Status.PENDING, resolved_at=None, action=None)
    actions.update(undone_at=timezone.now())
    case.status, case.closed_at = Status.PENDING, None
    case.save(update_fields=["status", "closed_at"])
    journal.note(case, LogEntry.Step.UNDONE, "The decision was taken back", user)
    webhooks.tell(case, Delivery.Kind.UNDONE, decided)


def _since(workspace_id: int) -> datetime:
    return timezone.now() - timedelta(minutes=policies.settings_of(workspace_id).undo_minutes)
