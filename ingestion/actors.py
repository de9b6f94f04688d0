"""Distinct ids as rows: each is written by the first batch of a process that mentions it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from uuid import UUID

import msgspec
from django.db import connection, transaction

from config.lib.sql import statement
from ingestion.drafts import Actor, Batch
from ingestion.seen import Seen

STORE_ACTORS = statement("ingestion", "store_actors")
_encode = msgspec.json.Encoder().encode
_written = Seen(200_000)
# Those of them that were written as user ids.
_users = Seen(200_000)


def new(batch: Batch) -> list[Actor]:
    """Those this process does not know to be stored, by id, so that writers of the same never wait in a circle."""
    # By number: a uuid itself is hashed and compared by Python code.
    mentioned = {draft.actor_id.int for draft in batch.drafts if draft.actor_id} | {
        link.actor_id.int for link in batch.links.values()
    }
    users = mentioned & batch.users
    found = sorted((mentioned - _written.ids) | (users - _users.ids))
    return [batch.actors[UUID(int=number)] for number in found]


def learn(batch: Batch, stored: Iterable[Actor]) -> None:
    """They need not be written again, once the transaction has committed."""
    found = {actor.actor_id.int for actor in stored}
    if found:
        transaction.on_commit(partial(_written.add, found))
        transaction.on_commit(partial(_users.add, found & batch.users))


def store(batch: Batch, workspace_id: int, claimed: Iterable[UUID]) -> None:
    """Write the new actors of a batch, and those that its claims are about: whoever is writing one of them as a user
    id at this moment is waited for.
    """
    wanted = {actor.actor_id.int: actor for actor in new(batch)} | {one.int: batch.actors[one] for one in claimed}
    rows = [actor for _, actor in sorted(wanted.items())]
    with connection.cursor() as cursor:
        cursor.execute(STORE_ACTORS, {"workspace": workspace_id, "actors": _encode(rows).decode()})


def forget() -> None:
    """Make this process write ids again."""
    _written.ids.clear()
    _users.ids.clear()
