"""What the events of moderation say, and what is made of each; docs/reference/event-types.md names their properties."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from config.models import Workspace
from ingestion.identity import actor_id_of, usable
from moderation import decisions, journal, media, metrics, reports
from moderation.decisions import Decision
from moderation.models import Action, LogEntry, Reason, Report, Target
from moderation.reports import LONGEST_TEXT, Draft
from moderation.visibility import OF_CONTENT

SUBMITTED, RESOLVED, BANNED = "report_submitted", "report_resolved", "user_banned"
# Words of a report that are no kinds of content.
OTHER_TARGETS = {"user": Target.PERSON, "person": Target.PERSON, "community": Target.COMMUNITY}
# What events call it: here and in the catalogue.
ACTIONS = {
    "content_hidden": Action.Kind.HIDE,
    "content_removed": Action.Kind.REMOVE,
    "warning": Action.Kind.WARN,
    "temporary_ban": Action.Kind.SUSPEND,
    "permanent_ban": Action.Kind.BAN,
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is stored. actor_id is None where it is nobody's."""

    workspace: Workspace
    event_id: UUID
    name: str
    occurred_at: datetime
    actor_id: UUID | None
    object_id: str | None
    object_author: UUID | None
    community_id: str | None
    value: float | None
    properties: dict[str, Any]


class Waits(Exception):  # noqa: N818 it is no error
    """The report of that key is not there yet."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def word(event: Told, name: str) -> str:
    """A property that is an id or a word; "" where it is neither."""
    value = event.properties.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def key_of(event: Told) -> str:
    return word(event, "report_id") or str(event.event_id)


def target_of(content_type: str) -> tuple[Target, str]:
    """What is reported, and the kind of content where it is content; a post where nothing is said."""
    target = OTHER_TARGETS.get(content_type, Target.CONTENT)
    return target, (content_type or "post") if target == Target.CONTENT else ""


def actor_of(workspace: Workspace, distinct_id: str) -> UUID | None:
    known = usable(distinct_id or None, {one.strip().lower() for one in workspace.ignored_ids})
    return None if known is None else actor_id_of(workspace.uuid, known)


def submitted(event: Told) -> None:
    """Raises ReportRefused."""
    if event.object_id is None:
        raise reports.ReportRefused("no_target", "It does not say what was reported")
    target, content_type = target_of(word(event, "content_type") or ("comment" if _is_comment(event) else ""))
    person = event.object_author
    if target == Target.PERSON:
        person = actor_of(event.workspace, event.object_id)
    draft = Draft(
        key=key_of(event),
        reporter_id=event.actor_id,
        target=target,
        content_type=content_type,
        target_id=event.object_id,
        person_id=person,
        community_id=event.community_id or "",
        reason=word(event, "reason"),
        text=word(event, "details")[:LONGEST_TEXT],
        submitted_at=event.occurred_at,
        event_id=event.event_id,
        media=_media(event),
    )
    reports.submit(event.workspace.pk, draft)


def _media(event: Told) -> tuple[str, ...]:
    """What is no address is left out: a report is not refused for it."""
    named = event.properties.get("media_urls")
    return tuple(filter(media.is_address, named))[: media.MOST_MEDIA] if isinstance(named, list) else ()


def _is_comment(event: Told) -> bool:
    return word(event, "comment_id") == event.object_id


def resolved(event: Told) -> None:
    """Raises Waits before the report is there, DecisionRefused when somebody has decided on it already."""
    key = word(event, "report_id")
    report = Report.objects.select_related("case").filter(workspace=event.workspace, key=key).first()
    if report is None:
        raise Waits(key)
    kind = ACTIONS.get(word(event, "action_taken"), Action.Kind.NOTHING)
    said = word(event, "outcome")
    is_dismissed = said == "dismissed" or (not said and kind == Action.Kind.NOTHING)
    if is_dismissed or not _fits(kind, report):
        kind = Action.Kind.NOTHING
    reason = word(event, "reason")
    decision = Decision(
        kind=kind,
        outcome=Action.Outcome.DISMISSED if is_dismissed else Action.Outcome.RESOLVED,
        decided_at=event.occurred_at,
        reason=reason if reason in Reason else report.reason,
        moderator_id=_moderator(event),
        event_id=event.event_id,
    )
    decisions.decide(report.case_id, event.workspace.pk, decision, [report.pk])


def _fits(kind: Action.Kind, report: Report) -> bool:
    """Whether the case can be treated so: applications say "content removed" of people too."""
    if kind in decisions.OF_PEOPLE:
        return report.case.person_id is not None
    return kind not in OF_CONTENT or report.case.target == Target.CONTENT


def banned(event: Told) -> None:
    """A ban may follow a report, which it does not decide: that is told by an event of its own."""
    if event.object_author is None:
        raise ValueError("It does not say who was banned")
    key = word(event, "report_id")
    report = Report.objects.select_related("case").filter(workspace=event.workspace, key=key).first() if key else None
    is_temporary = word(event, "ban_type") == "temporary"
    kind = Action.Kind.SUSPEND if is_temporary else Action.Kind.BAN
    days = _days(event) if is_temporary else None
    reason = word(event, "reason")
    Action.objects.create(
        workspace=event.workspace,
        case=None if report is None else report.case,
        kind=kind,
        reason=reason if reason in Reason else "",
        person_id=event.object_author,
        days=days,
        ends_at=None if days is None else event.occurred_at + timedelta(days=days),
        moderator_id=_moderator(event),
        decided_at=event.occurred_at,
        event_id=event.event_id,
    )
    metrics.changed(event.workspace.pk, event.occurred_at)
    if report is not None:
        journal.note(report.case, LogEntry.Step.DECIDED, f"{kind.label}, told by an event")


def _days(event: Told) -> float | None:
    days = event.properties.get("duration_days")
    if not isinstance(days, int | float) or isinstance(days, bool) or not math.isfinite(days):
        return None
    return float(days) if 0 < days <= decisions.LONGEST_SUSPENSION_DAYS else None


def _moderator(event: Told) -> UUID | None:
    return actor_of(event.workspace, word(event, "moderator_id")) or event.actor_id


TAKERS: dict[str, Callable[[Told], None]] = {SUBMITTED: submitted, RESOLVED: resolved, BANNED: banned}
