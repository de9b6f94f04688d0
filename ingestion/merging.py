"""What operators decide of people: join two, undo what joined them, settle a conflict. All of it can be undone."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.models import User, Workspace
from ingestion import links, sinks
from ingestion.models import Actor, IdentityConflict, IdentityLink, MergeRecord

LONGEST_REASON = 1_000


class Refused(Exception):  # noqa: N818 named as its caller sees it
    """Why people stay as they are."""


def person_of(workspace_id: int, actor_id: UUID) -> UUID:
    """The person who has the id: its own actor, unless a link says otherwise."""
    link = IdentityLink.objects.filter(workspace=workspace_id, actor_id=actor_id).first()
    return actor_id if link is None else link.person_id


def ids_of(workspace_id: int, person_id: UUID) -> list[UUID]:
    """All actors of a person, the person's own first."""
    linked = IdentityLink.objects.filter(workspace=workspace_id, person_id=person_id).order_by("created_at", "actor_id")
    return [person_id, *linked.values_list("actor_id", flat=True)]


def merge(workspace: Workspace, actor_id: UUID, into_id: UUID, *, by: User | None, reason: str) -> MergeRecord:
    """The people who have these ids become one: that of into_id. Raises Refused."""
    reason = _reason(reason)
    with transaction.atomic():
        links.lock(workspace.pk)
        known = set(
            Actor.objects.filter(workspace=workspace, actor_id__in=[actor_id, into_id])
            .exclude(kind=Actor.Kind.SOURCE)
            .values_list("actor_id", flat=True)
        )
        if missing := {actor_id, into_id} - known:
            raise Refused(f"There is no distinct id {missing.pop()} of a person in this workspace.")
        person, into = person_of(workspace.pk, actor_id), person_of(workspace.pk, into_id)
        if person == into:
            raise Refused("Both ids are of the same person already.")
        record = MergeRecord.objects.create(
            workspace=workspace,
            actor_id=person,
            into_id=into,
            evidence=MergeRecord.Evidence.OPERATOR,
            occurred_at=timezone.now(),
            made_by=by,
            reason=reason,
        )
        first, second = sorted([person, into])
        # Before the links are settled, which would find an open conflict of people who are one and take it away.
        asked = IdentityConflict.objects.filter(workspace=workspace, first_id=first, second_id=second)
        _decide(asked, IdentityConflict.Status.JOINED, by, reason)
        _resettle(workspace.pk, {person, into})
        return record


def undo(record: MergeRecord, *, by: User | None, reason: str) -> None:
    """From now on the record counts for nothing: all is as if it had never been made. Raises Refused."""
    reason = _reason(reason)
    with transaction.atomic():
        links.lock(record.workspace_id)
        record.refresh_from_db()
        if record.undone_at is not None:
            raise Refused("This merge was undone already.")
        record.undone_at, record.undone_by, record.undo_reason = timezone.now(), by, reason
        record.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        _resettle(record.workspace_id, {record.actor_id, record.into_id})


def join(conflict: IdentityConflict, *, by: User | None, reason: str) -> MergeRecord:
    """The two people of a conflict are one. Raises Refused."""
    with transaction.atomic():
        _open(conflict)
        claim = conflict.record
        return merge(conflict.workspace, claim.actor_id, claim.into_id, by=by, reason=reason)


def keep_apart(conflict: IdentityConflict, *, by: User | None, reason: str) -> None:
    """The two people of a conflict are two, whatever clients say from now on. Raises Refused."""
    reason = _reason(reason)
    with transaction.atomic():
        _open(conflict)
        _decide(IdentityConflict.objects.filter(pk=conflict.pk), IdentityConflict.Status.APART, by, reason)


def _open(conflict: IdentityConflict) -> None:
    links.lock(conflict.workspace_id)
    if not IdentityConflict.objects.filter(pk=conflict.pk, status=IdentityConflict.Status.OPEN).exists():
        raise Refused("This conflict was settled already.")
    conflict.refresh_from_db()


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason:
        raise Refused("Say why: whoever looks at it later will ask.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"A reason has at most {LONGEST_REASON:,} characters.")
    return reason


def _resettle(workspace_id: int, ids: Collection[UUID]) -> None:
    try:
        moved = links.resettle(workspace_id, ids)
    except links.Overgrown:
        raise Refused(
            f"More than {links.MOST_IDS:,} ids claim to be these people; undo what is wrong among them first."
        ) from None
    if moved.people and not moved.left:
        for hook in sinks.MOVED:
            hook(workspace_id)


def _decide(conflicts: QuerySet[IdentityConflict], status: str, by: User | None, reason: str) -> None:
    conflicts.update(status=status, decided_at=timezone.now(), decided_by=by, reason=reason)
