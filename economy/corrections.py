"""What operators correct in the ledger: points given or taken, transfers reversed; alone up to a limit, else by two."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.utils import timezone

from config.models import User, Workspace
from economy import ledger
from economy.entries import LONGEST_TEXT, OWN_KEYS, Entry
from economy.ledger import Outcome, Refused
from economy.models import MOST_POINTS, Account, Correction, CorrectionLimit, Transfer

WITHIN = timedelta(hours=24)


def limit_of(workspace: Workspace) -> int:
    """Points that one operator may correct alone within 24 hours."""
    row = CorrectionLimit.objects.filter(workspace=workspace).first()
    return CorrectionLimit().points if row is None else row.points


def adjust(workspace: Workspace, person_id: UUID, points: int, *, by: User, reason: str) -> Correction:
    """Give a person points from the mint, or take some into the sink. Raises Refused."""
    if not 0 < abs(points) <= MOST_POINTS:
        raise Refused(f"From 1 to {MOST_POINTS:,} points are given, or taken with a minus.")
    with transaction.atomic():
        account_id = ledger.account_of(workspace, person_id)
        return _ask(Correction(workspace=workspace, account_id=account_id, points=points, asked_by=by, reason=reason))


def reverse(workspace: Workspace, number: int, *, by: User, reason: str) -> Correction:
    """Take a transfer back. Raises Refused."""
    with transaction.atomic():
        original = ledger.reversible(workspace, number)
        waiting = Correction.objects.filter(workspace=workspace, reverses=number, status=Correction.Status.WAITING)
        if waiting.exists():
            raise Refused(f"A reversal of {number:,} waits already.")
        return _ask(
            Correction(workspace=workspace, reverses=number, points=original.amount, asked_by=by, reason=reason)
        )


def approve(correction: Correction, *, by: User) -> Correction:
    """Do what somebody else asked for. Raises Refused."""
    with transaction.atomic():
        waiting = _waiting(correction)
        if waiting.asked_by_id == by.pk:
            raise Refused("You asked for it: it takes a second operator.")
        return _do(waiting, by)


def decline(correction: Correction, *, by: User) -> Correction:
    """Leave it; whoever asked may do so too. Raises Refused."""
    with transaction.atomic():
        return _decided(_waiting(correction), Correction.Status.DECLINED, by)


def _ask(correction: Correction) -> Correction:
    """Done at once up to the limit, else it waits. The workspace's chain is held, so that sums cannot overtake."""
    correction.reason = correction.reason.strip()
    if not correction.reason:
        raise Refused("Say why: whoever looks at it later will ask.")
    if len(correction.reason) > LONGEST_TEXT:
        raise Refused(f"A reason has at most {LONGEST_TEXT:,} characters.")
    lately = Correction.objects.filter(
        workspace=correction.workspace,
        asked_by=correction.asked_by,
        asked_at__gt=timezone.now() - WITHIN,
        status=Correction.Status.DONE,
    )
    done = lately.aggregate(points=Sum(Abs("points")))["points"] or 0
    correction.asked_at = timezone.now()
    correction.save(force_insert=True)
    if done + abs(correction.points) > limit_of(correction.workspace):
        return correction
    return _do(correction, correction.asked_by)


def _do(correction: Correction, by: User | None) -> Correction:
    outcome = _post(correction)
    correction.number = outcome.number
    return _decided(correction, Correction.Status.DONE if outcome.why is None else Correction.Status.REFUSED, by)


def _post(correction: Correction) -> Outcome:
    workspace = correction.workspace
    if correction.reverses is not None:
        return ledger.reverse(workspace, correction.reverses, by=correction.asked_by, reason=correction.reason)
    assert correction.account is not None
    person_id = correction.account.person_id
    if person_id is None:
        raise Refused("The person was erased.")
    gives = correction.points > 0
    entry = Entry(
        source=Account.Kind.MINT if gives else person_id,
        target=person_id if gives else Account.Kind.SINK,
        amount=abs(correction.points),
        kind=Transfer.Kind.ADJUSTMENT,
        key=f"{OWN_KEYS}correction:{correction.pk}",
        made_by=correction.asked_by_id,
        reason=correction.reason,
    )
    return ledger.post(workspace, entry)


def _waiting(correction: Correction) -> Correction:
    """The row, held until the commit. Raises Refused where it was decided already."""
    rows = Correction.objects.select_for_update(of=("self",)).select_related("workspace", "account", "asked_by")
    row = rows.get(pk=correction.pk)
    if row.status != Correction.Status.WAITING:
        raise Refused("It was decided already.")
    return row


def _decided(correction: Correction, status: str, by: User | None) -> Correction:
    correction.status, correction.decided_at, correction.decided_by = status, timezone.now(), by
    correction.save(update_fields=["status", "decided_at", "decided_by", "number"])
    return correction
