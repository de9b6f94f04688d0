"""Appeals against decisions: one a decision, and decided by somebody else than who made it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.lib.locks import lock_in_transaction
from config.models import User
from moderation import journal, metrics, strikes, webhooks
from moderation.decisions import DecisionRefused
from moderation.models import Action, Appeal, Case, Delivery, LogEntry, Report, Status
from moderation.reports import ids_of
from moderation.visibility import content_state


@dataclass(frozen=True, slots=True)
class AppealDraft:
    """An appeal as it came: against what was decided on the report of that key."""

    key: str
    report_key: str
    person_id: UUID
    text: str


class AppealRefused(ValueError):  # noqa: N818 named as whoever sent it sees it
    """Why an appeal is not taken; the code is for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def submit(workspace_id: int, draft: AppealDraft) -> tuple[Appeal, bool]:
    """The appeal, and whether it is new: the same again is the one that is there. Raises AppealRefused."""
    with transaction.atomic():
        lock_in_transaction(f"moderation appeal:{workspace_id}:{draft.key}")
        report = Report.objects.filter(workspace=workspace_id, key=draft.report_key).first()
        if report is None:
            raise AppealRefused("unknown_report", "There is no report of that id")
        case = Case.objects.select_for_update(no_key=True).get(pk=report.case_id)
        # What was decided may have been taken back until the case was locked.
        report.refresh_from_db()
        there = Appeal.objects.select_related("action").filter(workspace=workspace_id, key=draft.key).first()
        if there is not None:
            if (there.action_id, there.person_id, there.text) != (report.action_id, draft.person_id, draft.text):
                raise AppealRefused("other_appeal", "An appeal of this id is there and says something else")
            return there, False
        return _new(case, report.action, draft), True


def _new(case: Case, action: Action | None, draft: AppealDraft) -> Appeal:
    if action is None or action.outcome != Action.Outcome.RESOLVED or action.kind not in strikes.AGAINST_SOMEBODY:
        raise AppealRefused("nothing_decided", "Nothing was decided on the report that is against anybody")
    if action.person_id not in ids_of(case.workspace_id, draft.person_id):
        raise AppealRefused("not_theirs", "The decision is against somebody else")
    if Appeal.objects.filter(action=action).exists():
        raise AppealRefused("already_appealed", "There is an appeal against this decision")
    appeal = Appeal.objects.create(
        workspace_id=case.workspace_id,
        action=action,
        key=draft.key,
        person_id=draft.person_id,
        text=draft.text,
        decision_by=action.by,
    )
    action.reports.update(status=Status.APPEALED)
    # While other reports of the case are open, it waits for those.
    if not case.is_open:
        _set_status(case, Status.APPEALED)
    journal.note(case, LogEntry.Step.APPEALED, f"Appealed against: {action.get_kind_display().lower()}")
    return appeal


def waiting(workspace_id: int) -> QuerySet[Appeal]:
    """Those that nobody has decided, the oldest first."""
    appeals = Appeal.objects.filter(workspace=workspace_id, status=Appeal.Status.PENDING)
    return appeals.select_related("action__case").order_by("appealed_at", "id")


def decide(appeal_id: int, workspace_id: int, by: User, *, upheld: bool, note: str = "") -> Appeal:
    """Upheld: the decision counts for nothing any more, and content is restored. Raises DecisionRefused."""
    with transaction.atomic():
        found = Appeal.objects.filter(pk=appeal_id, workspace=workspace_id).select_related("action").first()
        if found is None:
            raise DecisionRefused("There is no such appeal")
        # A decision that decided no case cannot be appealed against.
        assert found.action.case_id is not None
        case = Case.objects.select_for_update(no_key=True).get(pk=found.action.case_id)
        found.refresh_from_db()
        if found.status != Appeal.Status.PENDING:
            raise DecisionRefused("It was decided already")
        if found.decision_by_id == by.pk:
            raise DecisionRefused("Who made a decision does not decide on the appeal against it")
        found.status = Appeal.Status.UPHELD if upheld else Appeal.Status.REJECTED
        found.decided_by, found.decided_at, found.note = by, timezone.now(), note
        found.save(update_fields=["status", "decided_by", "decided_at", "note"])
        status = Status.DISMISSED if upheld else Status.RESOLVED
        found.action.reports.update(status=status)
        if not case.is_open:
            _set_status(case, status)
        journal.note(case, LogEntry.Step.HEARD, f"Appeal {found.get_status_display().lower()}", by)
        if upheld:
            _overturn(case, found, by)
        webhooks.tell(case, Delivery.Kind.APPEAL, found.action, found)
        return found


def _overturn(case: Case, appeal: Appeal, by: User) -> None:
    chosen = Action.objects.filter(pk=appeal.action_id)
    chosen.update(undone_at=appeal.decided_at)
    strikes.revoke(chosen)
    metrics.changed(case.workspace_id, appeal.action.decided_at)
    if content_state(case) != "visible":
        Action.objects.create(
            workspace_id=case.workspace_id,
            case=case,
            kind=Action.Kind.RESTORE,
            person_id=case.person_id,
            by=by,
            decided_at=timezone.now(),
        )


def _set_status(case: Case, status: Status) -> None:
    case.status = status
    case.save(update_fields=["status"])
