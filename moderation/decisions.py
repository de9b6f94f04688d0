"""Decisions on cases: the one place that closes reports. Two at once: the second is told that it was decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Greatest

from config.models import User
from moderation import journal, metrics, policies, second_reviews, strikes, webhooks
from moderation.models import Action, Case, Delivery, LogEntry, Report, Target
from moderation.models.cases import OPEN
from moderation.visibility import OF_CONTENT, last_of_content

OF_PEOPLE = {Action.Kind.WARN, Action.Kind.SUSPEND, Action.Kind.BAN}
# After these, content that was hidden by itself until somebody decides is shown again.
LETS_STAND = {Action.Kind.NOTHING, Action.Kind.WARN}
# A suspension of more is a ban.
LONGEST_SUSPENSION_DAYS = 3_650


class DecisionRefused(ValueError):  # noqa: N818 named as whoever decides sees it
    """What is wrong with the decision, or that somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Decision:
    """days: of a suspension. by is a user here, moderator_id an actor in the team's own application."""

    kind: Action.Kind
    outcome: Action.Outcome
    decided_at: datetime
    # Empty: what most of the reports say.
    reason: str = ""
    days: float | None = None
    note: str = ""
    by: User | None = None
    moderator_id: UUID | None = None
    event_id: UUID | None = None
    batch: UUID | None = None


def check(case: Case, decision: Decision) -> None:
    """Whether it can be decided so. Raises DecisionRefused."""
    kind = decision.kind
    if decision.outcome == Action.Outcome.DISMISSED and kind not in {Action.Kind.NOTHING, Action.Kind.RESTORE}:
        raise DecisionRefused("Who dismisses a report takes no action but to restore the content")
    if kind in OF_CONTENT and case.target != Target.CONTENT:
        raise DecisionRefused(f"Only content can be treated so: {kind.label.lower()}")
    if kind in OF_PEOPLE and case.person_id is None:
        raise DecisionRefused(f"Nobody has said whose it is: {kind.label.lower()}")
    if kind != Action.Kind.SUSPEND and decision.days is not None:
        raise DecisionRefused("Only a suspension has a length")
    # Also false of what is no number.
    if decision.days is not None and not 0 < decision.days <= LONGEST_SUSPENSION_DAYS:
        raise DecisionRefused(f"A suspension lasts more than 0 and at most {LONGEST_SUSPENSION_DAYS:,} days")


def decide(case_id: int, workspace_id: int, decision: Decision, report_ids: Collection[int] | None = None) -> Action:
    """Close the open reports of the case, or those of them; with the last of them the case is closed.

    Raises DecisionRefused, and nothing has changed.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(no_key=True).filter(pk=case_id, workspace=workspace_id).first()
        if case is None:
            raise DecisionRefused("There is no such case")
        standing = Report.objects.filter(case=case, status__in=OPEN)
        chosen = standing if report_ids is None else standing.filter(pk__in=report_ids)
        if not case.is_open or not chosen.exists():
            raise DecisionRefused("It was decided already")
        if decision.by is not None and case.is_claimed and case.claimed_by_id != decision.by.pk:
            raise DecisionRefused("Somebody else is looking at it")
        check(case, decision)
        action = _record(case, decision, decision.reason or _main_reason(chosen))
        strikes.give(action)
        second_reviews.choose(action)
        # Clocks differ: an application may tell of a decision before what it says of the report.
        resolved_at = Greatest(decision.decided_at, F("submitted_at"))
        count = chosen.update(status=decision.outcome, resolved_at=resolved_at, action=action)
        metrics.changed(workspace_id, decision.decided_at)
        said = f"{decision.outcome.label}: {decision.kind.label.lower()} ({count} report{'s' * (count != 1)})"
        journal.note(case, LogEntry.Step.DECIDED, said, decision.by)
        # What the team's own application has told of, it knows.
        if decision.event_id is None:
            webhooks.tell(case, Delivery.Kind.DECIDED, action)
        if not standing.exists():
            case.status, case.closed_at = decision.outcome, decision.decided_at
            case.claimed_by = case.claimed_until = None
            case.save(update_fields=["status", "closed_at", "claimed_by", "claimed_until"])
            _let_stand(case, action)
        return action


def _main_reason(reports: QuerySet[Report]) -> str:
    """What most of them say."""
    counted = reports.order_by().values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    return str(counted[0][0])


def _record(case: Case, decision: Decision, reason: str) -> Action:
    ends_at = None if decision.days is None else decision.decided_at + timedelta(days=decision.days)
    return Action.objects.create(
        workspace_id=case.workspace_id,
        case=case,
        kind=decision.kind,
        outcome=decision.outcome,
        reason=reason,
        policy=policies.policy_of(case.workspace_id, reason),
        person_id=case.person_id,
        days=decision.days,
        ends_at=ends_at,
        by=decision.by,
        moderator_id=decision.moderator_id,
        note=decision.note,
        decided_at=decision.decided_at,
        event_id=decision.event_id,
        batch=decision.batch,
    )


def _let_stand(case: Case, decided: Action) -> None:
    """What somebody decided on before, as with another report of the case, stays as it is."""
    last = last_of_content(case)
    if decided.kind not in LETS_STAND or last is None or not last.automated or last.kind == Action.Kind.RESTORE:
        return
    restored = Action.objects.create(
        workspace_id=case.workspace_id,
        case=case,
        kind=Action.Kind.RESTORE,
        person_id=case.person_id,
        automated=True,
        decided_at=decided.decided_at,
        batch=decided.batch,
    )
    journal.note(case, LogEntry.Step.ACTED, f"{Action.Kind.RESTORE.label}, as the decision lets it stand")
    webhooks.tell(case, Delivery.Kind.ACTED, restored)
