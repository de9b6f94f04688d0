"""From claims to links: what identify and alias say is kept as merge records, and links follow from all of them.

All that writes links holds the workspace's lock and settles whole families of ids at a time, so that a link always
leads to a person and never on to another link, whoever else writes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import Error as DatabaseError
from django.db import connection, transaction

from config.lib.locks import lock_in_transaction
from config.lib.sql import rows_of, statement
from ingestion import actors, sinks
from ingestion.drafts import Batch, Link
from ingestion.keys import SourceContext
from ingestion.seen import Seen
from ingestion.settling import Claim, Settled, settle

logger = logging.getLogger(__name__)

FIND_NEW_CLAIMS = statement("ingestion", "find_new_claims")
STORE_CLAIMS = statement("ingestion", "store_claims")
READ_CLAIMS = statement("ingestion", "read_claims")
READ_IDS = statement("ingestion", "read_ids")
STORE_LINKS = statement("ingestion", "store_links")
STORE_CONFLICTS = statement("ingestion", "store_conflicts")
# A family of more ids says nothing of who is whom any more, and takes too long to settle.
MOST_IDS = 10_000
_encode = msgspec.json.Encoder().encode
# Linked user ids of which it is known that their table row says so.
_checked = Seen(50_000)


class Overgrown(Exception):  # noqa: N818 named as its caller sees it
    """There are more than MOST_IDS ids that claims tie together."""


@dataclass(slots=True)
class Moved:
    """people: new persons of ids. left: persons who have lost an id."""

    people: dict[UUID, UUID]
    left: set[UUID]


def store(batch: Batch, source: SourceContext) -> dict[UUID, UUID]:
    """Keep what the batch claims and link what follows from it: {actor: person} of the links that are new or changed.

    One statement where nothing is new; a fixed number and the workspace's lock where something is.
    """
    claims = sorted(batch.links.values(), key=Link.key)
    known = rows_of(FIND_NEW_CLAIMS, {"workspace": source.workspace_id, "claims": _encode(claims).decode()})
    new = [claims[number] for (number,) in known]
    if not new:
        return {}
    lock(source.workspace_id)
    with connection.cursor() as cursor:
        cursor.execute(
            STORE_CLAIMS,
            {"workspace": source.workspace_id, "source": source.source_id, "claims": _encode(new).decode()},
        )
    actors.store(batch, source.workspace_id, {end for one in new for end in (one.actor_id, one.person_actor_id)})
    return _settle_apart(source.workspace_id, [(one.actor_id, one.person_actor_id) for one in new])


def lock(workspace_id: int) -> None:
    """Two transactions that each make half of a family would not see the other half."""
    lock_in_transaction(f"ingestion.links.{workspace_id}")


def _settle_apart(workspace_id: int, pairs: Sequence[tuple[UUID, UUID]]) -> dict[UUID, UUID]:
    """resettle() of all pairs, where a family that is overgrown is left as it is and harms no other."""
    try:
        return resettle(workspace_id, {one for pair in pairs for one in pair}).people
    except Overgrown:
        if len(pairs) == 1:
            logger.warning("More than %s ids claim to be one person: %s is left as it is", MOST_IDS, pairs[0])
            return {}
    half = len(pairs) // 2
    return {
        actor: person
        for part in (pairs[:half], pairs[half:])
        for actor, person in _settle_apart(workspace_id, part).items()
    }


def resettle(workspace_id: int, ids: Collection[UUID]) -> Moved:
    """Make the links of these ids, and of all that claims tie them to, what the claims say. The caller has the lock.

    Raises Overgrown; nothing is changed then.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ_CLAIMS, {"workspace": workspace_id, "ids": list(ids), "most": MOST_IDS + 1})
        reached, claims = 0, []
        for row in cursor.fetchall():
            reached = row[0]
            if row[1] is not None:
                claims.append(Claim(*row[1:]))
        if reached > MOST_IDS:
            raise Overgrown
        family = sorted({*ids, *(end for claim in claims for end in (claim.actor_id, claim.into_id))})
        cursor.execute(READ_IDS, {"workspace": workspace_id, "ids": family})
        rows = cursor.fetchall()
    known = {one for one, is_user, _, _ in rows if is_user}
    before = {one: (person, record) for one, _, person, record in rows if person is not None}
    settled = settle(claims, known)
    moved = _write(workspace_id, settled, before)
    _write_conflicts(workspace_id, family, settled)
    if moved.left:
        for hook in sinks.MOVED:
            hook(workspace_id)
    return moved


def _write(workspace_id: int, settled: Settled, before: dict[UUID, tuple[UUID, UUID]]) -> Moved:
    after = {one: (person, settled.records[one]) for one, person in settled.people.items()}
    changed = sorted(one for one, link in after.items() if before.get(one) != link)
    gone = sorted(before.keys() - after.keys())
    moved = {one: after[one][0] for one in changed if one not in before or before[one][0] != after[one][0]}
    left = {before[one][0] for one in (*moved, *gone) if one in before}
    if changed or gone:
        parameters: dict[str, Any] = {
            "workspace": workspace_id,
            "gone": gone,
            "actors": changed,
            "people": [after[one][0] for one in changed],
            "records": [after[one][1] for one in changed],
            "left": sorted(left),
        }
        with connection.cursor() as cursor:
            cursor.execute(STORE_LINKS, parameters)
    return Moved(moved, left)


def _write_conflicts(workspace_id: int, family: list[UUID], settled: Settled) -> None:
    pairs = sorted(settled.disputed)
    parameters: dict[str, Any] = {
        "workspace": workspace_id,
        "ids": family,
        "firsts": [first for first, _ in pairs],
        "seconds": [second for _, second in pairs],
        "records": [settled.disputed[pair] for pair in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE_CONFLICTS, parameters)


def recheck(workspace_id: int, users: set[UUID]) -> None:
    """Settle anew the families of linked ids that have just acted as user ids: a client may have claimed them as
    somebody else's before they were known. Failing harms nobody; it is tried again with their next event.
    """
    new = {user for user in users if user.int not in _checked.ids}
    if not new:
        return
    try:
        with transaction.atomic():
            lock(workspace_id)
            _settle_apart(workspace_id, [(user, user) for user in sorted(new)])
            transaction.on_commit(partial(_checked.add, {user.int for user in new}))
    except DatabaseError:
        logger.exception("Links of %s ids could not be looked at again", len(new))


def forget() -> None:
    """Make this process look at linked user ids again."""
    _checked.ids.clear()
