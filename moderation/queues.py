"""What waits for moderators, the most urgent first, and what they read before they decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from analytics.models import Content
from config.models import User
from ingestion.people import names, person_of
from moderation import strikes
from moderation.models import Action, Appeal, Case, LogEntry, Policy, Report, Strike, Target
from moderation.models.cases import OPEN
from moderation.reports import ids_of

MOST_ROWS = 50
FEW = 2_000
MOST_RELATED = 10
MOST_REPORTS = 50
MOST_STEPS = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """None: whatever it is."""

    reason: str | None = None
    target: str | None = None
    priority: int | None = None
    # free, mine or taken
    held: str | None = None


def queue(workspace_id: int, filters: Filters, user: User) -> QuerySet[Case]:
    """The open cases by priority, and of one priority those that have waited longest first."""
    cases = Case.objects.filter(workspace=workspace_id, status__in=OPEN)
    if filters.reason is not None:
        of_reason = Report.objects.filter(workspace=workspace_id, reason=filters.reason, status__in=OPEN)
        # The planner takes a reason to be spread over the queue as it is over all reports, and for one that nothing or
        # little of what is open has would look at every open case: those few are asked for by their ids.
        few = list(of_reason.order_by().values_list("case", flat=True)[: FEW + 1])
        is_rare = len(few) <= FEW
        cases = cases.filter(pk__in=set(few)) if is_rare else cases.filter(pk__in=of_reason.values("case"))
    if filters.target is not None:
        cases = cases.filter(target=filters.target)
    if filters.priority is not None:
        cases = cases.filter(priority=filters.priority)
    is_taken = Q(claimed_until__gt=timezone.now())
    held = {"free": ~is_taken | Q(claimed_until__isnull=True), "mine": is_taken & Q(claimed_by=user), "taken": is_taken}
    if filters.held is not None:
        cases = cases.filter(held[filters.held])
    return cases.select_related("claimed_by").order_by("-priority", "opened_at", "id")


def reasons_of(cases: list[Case]) -> dict[int, list[str]]:
    """The reasons of each case's reports, the most frequent first."""
    rows = (
        Report.objects.filter(case__in=cases)
        .order_by()
        .values("case_id", "reason")
        .annotate(count=Count("pk"))
        .order_by("case_id", "-count", "reason")
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["case_id"], []).append(Report(reason=row["reason"]).get_reason_display())
    return found


@dataclass(frozen=True, slots=True)
class File:
    """All that is known of a case. person_id is the person behind the case's id; names are those of distinct ids."""

    reports: list[Report]
    content: Content | None
    person_id: UUID | None
    history: list[Action]
    counts: dict[str, int]
    similar: list[Case]
    policies: list[Policy]
    log: list[LogEntry]
    names: dict[UUID, str]
    strikes: list[Strike]
    appeals: list[Appeal]


def file_of(case: Case) -> File:
    workspace_id = case.workspace_id
    reports = list(case.all_reports.select_related("hit").order_by("submitted_at", "id")[:MOST_REPORTS])
    ids = ids_of(workspace_id, case.person_id)
    theirs = Case.objects.filter(workspace=workspace_id, person_id__in=ids)
    others = theirs.filter(status__in=OPEN).exclude(pk=case.pk)
    mentioned = {one.reporter_id for one in reports if one.reporter_id is not None} | set(ids[:1])
    if case.person_id is not None:
        mentioned.add(case.person_id)
    history = Action.objects.filter(workspace=workspace_id, person_id__in=ids, undone_at__isnull=True)
    decided = {"open": others.count()} | {
        status: theirs.filter(status=status).count() for status in ("resolved", "dismissed")
    }
    return File(
        reports=reports,
        content=_content(case),
        person_id=person_of(workspace_id, case.person_id) if case.person_id is not None else None,
        history=list(history.select_related("by", "case")[:MOST_RELATED]),
        counts=decided,
        similar=list(others.order_by("-priority", "opened_at", "id")[:MOST_RELATED]),
        policies=list(Policy.objects.filter(workspace=workspace_id, reason__in={one.reason for one in reports})),
        log=list(case.log.select_related("by").order_by("at", "id")[:MOST_STEPS]),
        names=names(workspace_id, mentioned),
        strikes=list(strikes.standing(workspace_id, ids, timezone.now())),
        appeals=list(Appeal.objects.filter(action__case=case).select_related("action", "decided_by")),
    )


def _content(case: Case) -> Content | None:
    if case.target != Target.CONTENT:
        return None
    facts: dict[str, Any] = {"content_type": case.content_type, "content_id": case.target_id}
    return Content.objects.filter(workspace=case.workspace_id, **facts).first()
