"""Reports become cases: one open case a target, its risk, and what happens by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from config.lib.buckets import hour_start
from config.lib.locks import lock_in_transaction
from ingestion.models import IdentityLink
from ingestion.people import person_of
from moderation import journal, metrics, pattern_hours, policies, risks, webhooks
from moderation.models import (
    Action,
    Case,
    Delivery,
    DeskSettings,
    LogEntry,
    Policy,
    Reason,
    Report,
    TakenEvent,
    Target,
    TouchedHour,
)
from moderation.models.cases import AT_ONCE, OPEN

LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as it came. Ids of people are those of their actors; None where nobody said who."""

    key: str
    reporter_id: UUID | None
    target: Target
    content_type: str
    target_id: str
    person_id: UUID | None
    community_id: str
    reason: str
    text: str
    submitted_at: datetime
    event_id: UUID | None = None
    # Of a report by an abuse pattern, which hides and removes nothing; else it comes of the policy.
    priority: int | None = None
    # Addresses that media.is_address() takes.
    media: tuple[str, ...] = ()


class ReportRefused(ValueError):  # noqa: N818 named as whoever sent it sees it
    """Why a report is not taken; the code is for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def ids_of(workspace_id: int, actor_id: UUID | None) -> list[UUID]:
    """All ids of the person whose id this is."""
    if actor_id is None:
        return []
    person = person_of(workspace_id, actor_id)
    links = IdentityLink.objects.filter(workspace=workspace_id, person_id=person)
    return [person, *links.values_list("actor_id", flat=True)]


def submit(workspace_id: int, draft: Draft) -> tuple[Report, bool]:
    """The report, and whether it is new: the same again is the one that is there. Raises ReportRefused."""
    if draft.reason not in Reason:
        raise ReportRefused("unknown_reason", f"The reason is one of {', '.join(Reason.values)}")
    with transaction.atomic():
        lock_key(workspace_id, draft.key)
        there = Report.objects.select_related("case").filter(workspace=workspace_id, key=draft.key).first()
        if there is None:
            # Reports on one target come one after the other; those on others do not wait.
            lock_in_transaction(f"moderation:{workspace_id}:{draft.target}:{draft.content_type}:{draft.target_id}")
            report = _new(workspace_id, draft, ids_of(workspace_id, draft.reporter_id))
            _awaken(report)
            return report, True
        if not _is_same(there, draft):
            raise ReportRefused("other_report", "A report of this id is there and says something else")
        return there, False


def lock_key(workspace_id: int, key: str) -> None:
    """Held by whoever makes the report of that key or finds that it is not there."""
    lock_in_transaction(f"moderation report:{workspace_id}:{key}")


def _awaken(report: Report) -> None:
    """Events that waited for the report are looked at again."""
    waiting = TakenEvent.objects.filter(
        workspace=report.workspace_id, report_key=report.key, outcome=TakenEvent.Outcome.WAITING
    )
    TouchedHour.objects.bulk_create(
        TouchedHour(workspace_id=report.workspace_id, hour=hour_start(at))
        for at in waiting.values_list("occurred_at", flat=True)
    )


def _is_same(report: Report, draft: Draft) -> bool:
    case = report.case
    said = (report.reporter_id, report.reason, report.text, case.target, case.content_type, case.target_id)
    again = (draft.reporter_id, draft.reason, draft.text, draft.target, draft.content_type, draft.target_id)
    return said == again


def _new(workspace_id: int, draft: Draft, reporter_ids: list[UUID]) -> Report:
    case = _open_case(workspace_id, draft)
    metrics.changed(workspace_id, draft.submitted_at)
    if case.person_id in reporter_ids:
        raise ReportRefused("report_on_oneself", "Nobody can report themselves or what is their own")
    already = case.all_reports.filter(status__in=OPEN)
    if reporter_ids and already.filter(reporter_id__in=reporter_ids).exists():
        raise ReportRefused("already_reported", "This person has reported it, and nobody has decided yet")
    policy, settings = policies.policy_of(workspace_id, draft.reason), policies.settings_of(workspace_id)
    # What a pattern reports is nobody's word.
    standing = already.filter(hit__isnull=True).count() + 1
    person_ids = ids_of(workspace_id, case.person_id)
    parts = risks.parts_of(case, policy, settings, person_ids, standing, draft.submitted_at)
    risk = risks.risk_of(parts)
    priority = draft.priority or (AT_ONCE if risk > policy.review_above else policy.severity)
    report = Report.objects.create(
        workspace_id=workspace_id,
        case=case,
        key=draft.key,
        reporter_id=draft.reporter_id,
        reason=draft.reason,
        text=draft.text,
        media=list(draft.media),
        status=case.status,
        priority=priority,
        risk=risk,
        risk_parts=parts,
        submitted_at=draft.submitted_at,
        event_id=draft.event_id,
    )
    case.priority, case.risk = max(case.priority, priority), max(case.risk, risk)
    case.reports += 1
    case.opened_at = min(case.opened_at, draft.submitted_at)
    case.save(update_fields=["priority", "risk", "reports", "opened_at"])
    journal.note(case, LogEntry.Step.REPORTED, f"Reported as {report.get_reason_display().lower()}, risk {risk:.2f}")
    if draft.priority is None:
        _act_by_itself(case, report, policy, settings, standing)
        pattern_hours.note_report(report)
    return report


def _open_case(workspace_id: int, draft: Draft) -> Case:
    """The open case of the target, locked; a new one where there is none. Whose it is may be said by a later report."""
    found = (
        Case.objects.select_for_update(no_key=True)
        .filter(
            workspace=workspace_id,
            target=draft.target,
            content_type=draft.content_type,
            target_id=draft.target_id,
            status__in=OPEN,
        )
        .first()
    )
    if found is None:
        return Case.objects.create(
            workspace_id=workspace_id,
            target=draft.target,
            content_type=draft.content_type,
            target_id=draft.target_id,
            person_id=draft.person_id,
            community_id=draft.community_id,
            priority=1,
            risk=0,
            opened_at=draft.submitted_at,
        )
    if found.person_id is None and draft.person_id is not None:
        found.person_id = draft.person_id
        found.save(update_fields=["person_id"])
    return found


def _act_by_itself(case: Case, report: Report, policy: Policy, settings: DeskSettings, standing: int) -> None:
    """Many reports hide content, a high risk does what the policy says; the case waits for somebody all the same."""
    if case.target != Target.CONTENT:
        return
    if policy.automatic and report.risk > policy.automatic_above:
        _automatic(case, report, policy, Action.Kind(policy.automatic), f"risk {report.risk:.2f}")
    elif standing >= settings.hide_after_reports:
        _automatic(case, report, policy, Action.Kind.HIDE, f"{standing} open reports")


def _automatic(case: Case, report: Report, policy: Policy, kind: Action.Kind, why: str) -> None:
    """Once a case, and nothing milder than what was done already."""
    stronger = [kind, Action.Kind.REMOVE]
    if case.actions.filter(automated=True, kind__in=stronger).exists():
        return
    action = Action.objects.create(
        workspace_id=case.workspace_id,
        case=case,
        kind=kind,
        reason=report.reason,
        policy=policy,
        person_id=case.person_id,
        automated=True,
        decided_at=report.submitted_at,
    )
    journal.note(case, LogEntry.Step.ACTED, f"{kind.label}, by itself: {why}")
    webhooks.tell(case, Delivery.Kind.ACTED, action)
