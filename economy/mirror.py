"""Transfers that the team's own application made and tells of: the ledger repeats them, no rule acts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from config.models import Workspace
from economy import ledger
from economy.acts import Act
from economy.entries import OWN_KEYS, Entry, InvalidEntry, Party, check
from economy.evaluation import Done
from economy.models import Account, Transfer
from economy.models.rules import REDEEMED, TRANSFERRED
from ingestion.identity import actor_id_of, usable
from ingestion.models import IdentityLink

EVENTS = (TRANSFERRED, REDEEMED)
# What the application calls itself.
SYSTEM = "system"
# What events call it, beside the ledger's own words.
KINDS = {"admin_adjustment": Transfer.Kind.ADJUSTMENT}


def post(workspace: Workspace, acts: Iterable[Act]) -> Done:
    """What the application could do and the ledger cannot, since it knows of fewer points, is recorded as refused."""
    found = list(acts)
    done = Done(events=len(found))
    people = _people(workspace, found)
    entries = []
    for act in found:
        entry = _entry(workspace, act, people)
        if entry is None or not _is_possible(entry, act):
            done.unusable += 1
        else:
            entries.append(entry)
    if entries:
        parties = {entry.source for entry in entries} | {entry.target for entry in entries}
        with ledger.opened(workspace, parties, {entry.key for entry in entries}) as batch:
            for entry in entries:
                if entry.key in batch.known:
                    done.known += 1
                elif batch.decide(entry).number is None:
                    done.refused += 1
                else:
                    done.moved += 1
    return done


def _people(workspace: Workspace, acts: list[Act]) -> dict[UUID, UUID]:
    """{actor: person} of all who are named as payer or payee, where they differ."""
    named = {actor_id_of(workspace.uuid, said) for act in acts for said in (_payer(act), _payee(act)) if said}
    links = IdentityLink.objects.filter(workspace=workspace, actor_id__in=named)
    return dict(links.values_list("actor_id", "person_id"))


def _entry(workspace: Workspace, act: Act, people: dict[UUID, UUID]) -> Entry | None:
    def person(said: str) -> UUID:
        actor = actor_id_of(workspace.uuid, said)
        return people.get(actor, actor)

    payer, payee, value = _payer(act), _payee(act), act.value
    source: Party | None
    target: Party | None
    if act.name == REDEEMED:
        source, target = act.person_id, Account.Kind.REDEMPTION
    else:
        source = (Account.Kind.MINT if payer == SYSTEM else person(payer)) if payer else act.person_id
        target = (Account.Kind.SINK if payee == SYSTEM else person(payee)) if payee else None
    if source is None or target is None or value is None or not value.is_integer():
        return None
    return Entry(
        source=source,
        target=target,
        amount=int(value),
        kind=_kind(act),
        key=f"{OWN_KEYS}mirror:{act.event_id}",
        occurred_at=act.occurred_at,
        reference=_reference(act),
        event_id=act.event_id,
    )


def _is_possible(entry: Entry, act: Act) -> bool:
    try:
        check(entry, act.occurred_at)
    except InvalidEntry:
        return False
    return True


def _payer(act: Act) -> str | None:
    return _named(act, "from_user_id")


def _payee(act: Act) -> str | None:
    return _named(act, "to_user_id") or _named(act, "recipient_id")


def _named(act: Act, name: str) -> str | None:
    """An id of somebody, or None."""
    said = act.properties.get(name)
    return usable(str(said)) if isinstance(said, str | int) and not isinstance(said, bool) else None


def _kind(act: Act) -> str:
    if act.name == REDEEMED:
        return Transfer.Kind.REDEMPTION
    reason = act.properties.get("reason")
    reason = KINDS.get(reason, reason) if isinstance(reason, str) else None
    known = reason in Transfer.Kind and reason != Transfer.Kind.REVERSAL
    return str(reason) if known else Transfer.Kind.TRANSFER


def _reference(act: Act) -> str:
    post = _named(act, "post_id")
    return f"post:{post}"[:1_000] if post else ""
