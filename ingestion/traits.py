"""What is said of people and communities: traits, of which the one said last wins, in whatever order they come.

An identify, a profile update or a group call states traits. What a client repeats with its other events
(context.traits) is a copy that may be old: it fills in what nobody has stated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from config.lib.sql import rows_of, statement
from config.lib.uuids import uuid5
from ingestion.contexts import ADDRESSES
from ingestion.drafts import Batch, Draft, Json
from ingestion.keys import SourceContext
from ingestion.models import CommunityTrait, PersonTrait

STORE_PERSON_TRAITS = statement("ingestion", "store_person_traits")
STORE_COMMUNITY_TRAITS = statement("ingestion", "store_community_traits")
# Events whose properties are what is new of their person.
PROFILE_UPDATES = frozenset({"user_profile_update"})
# Named in a profile update, and no trait.
NO_TRAITS = ADDRESSES | {"fields_updated"}
LONGEST_KEY = 200
MOST_KEYS = 250
_encode = msgspec.json.Encoder().encode


class Trait(msgspec.Struct, gc=False):
    """One trait as an event says it; encoded to JSON it is the input of sql/store_*_traits.sql."""

    owner: UUID
    key: str
    value: Any
    stated: bool
    occurred_at: datetime
    event_id: UUID

    def rank(self) -> tuple[bool, datetime, int]:
        return self.stated, self.occurred_at, self.event_id.int


def community_uuid(workspace: UUID, community_id: str) -> UUID:
    return uuid5(workspace, f"community:{community_id}")


class Said(NamedTuple):
    """What a batch says: of people by their number and the key, of communities by theirs, and their names."""

    people: dict[tuple[int, str], Trait]
    groups: dict[tuple[int, str], Trait]
    communities: dict[UUID, str]


def said(batch: Batch, source: SourceContext) -> Said | None:
    """None where it says nothing."""
    found = Said({}, {}, {})
    for draft in batch.drafts:
        if draft.kind == "identify" or draft.name in PROFILE_UPDATES:
            _add(found.people, draft, draft.actor_id, draft.properties, stated=True)
        elif draft.kind == "group" and draft.group_id:
            community = community_uuid(source.workspace_uuid, draft.group_id)
            found.communities[community] = draft.group_id
            _add(found.groups, draft, community, draft.properties, stated=True)
        if draft.traits is not None:
            _add(found.people, draft, draft.actor_id, draft.traits, stated=False)
    return found if found.people or found.communities else None


def store(found: Said, source: SourceContext) -> None:
    """Keep it, in the transaction of the batch: one statement for each noun."""
    if found.people:
        rows_of(STORE_PERSON_TRAITS, {"workspace": source.workspace_id, "traits": _sorted(found.people)})
    if found.communities:
        named = sorted(found.communities.items(), key=lambda item: item[0].int)
        parameters: dict[str, Any] = {
            "workspace": source.workspace_id,
            "ids": [community for community, _ in named],
            "names": [name for _, name in named],
            "traits": _sorted(found.groups),
        }
        rows_of(STORE_COMMUNITY_TRAITS, parameters)


def _add(into: dict[tuple[int, str], Trait], draft: Draft, owner: UUID | None, traits: Json, *, stated: bool) -> None:
    row = draft.row
    assert row is not None
    assert owner is not None
    if draft.of_nobody and owner == draft.actor_id:
        return
    for key, value in list(traits.items())[:MOST_KEYS]:
        # Longer ones would not fit into the index; they stay a property of their event.
        if not 0 < len(key) <= LONGEST_KEY or key in NO_TRAITS:
            continue
        one = Trait(owner, key, value, stated, row.occurred_at, row.event_id)
        before = into.get((owner.int, key))
        if before is None or one.rank() > before.rank():
            into[owner.int, key] = one


def _sorted(said: dict[tuple[int, str], Trait]) -> str:
    """By key, so that writers of the same traits never wait in a circle."""
    return _encode([one for _, one in sorted(said.items(), key=lambda item: item[0])]).decode()


def of_person(workspace_id: int, actor_ids: Iterable[UUID]) -> list[PersonTrait]:
    """The traits of the person who has these ids, by key; of several ids', the one said last."""
    rows = PersonTrait.objects.filter(workspace=workspace_id, actor_id__in=list(actor_ids))
    latest = rows.order_by("key", "-stated", "-occurred_at", "-event_id").distinct("key")
    return [trait for trait in latest if trait.value is not None]


def of_community(community_id: UUID) -> list[CommunityTrait]:
    return list(CommunityTrait.objects.filter(community=community_id, value__isnull=False).order_by("key"))
