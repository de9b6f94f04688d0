"""Who looks at which case: a claim is one moderator's until it ends, and two never get the same case."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from config.models import User
from moderation import journal, policies
from moderation.decisions import DecisionRefused
from moderation.models import Case, LogEntry, Status
from moderation.models.cases import OPEN


def free(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Those that nobody looks at."""
    return cases.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=timezone.now()), status__in=OPEN)


def held_by(workspace_id: int, user: User) -> QuerySet[Case]:
    """Those that the moderator looks at."""
    cases = Case.objects.filter(workspace=workspace_id, claimed_by=user, status__in=OPEN)
    return cases.filter(claimed_until__gt=timezone.now())


def claim_next(workspace_id: int, user: User) -> Case | None:
    """The case that the moderator holds, else the most urgent that nobody looks at; None where there is none."""
    with transaction.atomic():
        held = held_by(workspace_id, user).first()
        if held is not None:
            return held
        waiting = free(Case.objects.filter(workspace=workspace_id)).order_by("-priority", "opened_at", "id")
        # One that somebody is taking at this moment is skipped, so nobody waits and nobody gets it twice.
        case = waiting.select_for_update(skip_locked=True, no_key=True).first()
        if case is not None:
            _take(case, user)
        return case


def claim(case_id: int, workspace_id: int, user: User) -> Case:
    """That case. Raises DecisionRefused when somebody else looks at it or it is decided."""
    with transaction.atomic():
        case = Case.objects.select_for_update(no_key=True).filter(pk=case_id, workspace=workspace_id).first()
        if case is None or not case.is_open:
            raise DecisionRefused("It was decided already")
        if case.is_claimed and case.claimed_by_id != user.pk:
            raise DecisionRefused("Somebody else is looking at it")
        if not case.is_claimed:
            _take(case, user)
        return case


def release(case_id: int, workspace_id: int, user: User) -> None:
    """Back into the queue. Raises DecisionRefused when it is not the moderator's."""
    with transaction.atomic():
        held = held_by(workspace_id, user).select_for_update(no_key=True).filter(pk=case_id).first()
        if held is None:
            raise DecisionRefused("It is not yours any more")
        held.claimed_by, held.claimed_until, held.status = None, None, Status.PENDING
        held.save(update_fields=["claimed_by", "claimed_until", "status"])
        held.all_reports.filter(status__in=OPEN).update(status=Status.PENDING)
        journal.note(held, LogEntry.Step.RELEASED, "Back into the queue", user)


def _take(case: Case, user: User) -> None:
    minutes = policies.settings_of(case.workspace_id).claim_minutes
    case.claimed_by, case.claimed_until = user, timezone.now() + timedelta(minutes=minutes)
    case.status = Status.IN_REVIEW
    case.save(update_fields=["claimed_by", "claimed_until", "status"])
    case.all_reports.filter(status__in=OPEN).update(status=Status.IN_REVIEW)
    journal.note(case, LogEntry.Step.CLAIMED, f"Taken for {minutes} minutes", user)
