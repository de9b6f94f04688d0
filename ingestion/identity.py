"""Who acted: distinct ids become actors by computation, identify and alias become links (events.md 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from config.lib.uuids import uuid5
from ingestion.drafts import Actor, Batch, Link
from ingestion.keys import SourceContext

# Sloppy callers send these for "nobody".
NO_IDENTITY = frozenset({"", "null", "undefined", "0", "anonymous", "none", "nan", "unknown"})


@lru_cache(maxsize=50_000)
def actor_id_of(workspace: UUID, distinct_id: str) -> UUID:
    """uuid5(workspace, distinct id). People act many times in a row, so the latest are remembered."""
    return uuid5(workspace, distinct_id)


def usable(distinct_id: str | None) -> str | None:
    """The id, or None when it is missing or one of NO_IDENTITY."""
    if distinct_id is None or distinct_id.strip().lower() in NO_IDENTITY:
        return None
    return distinct_id


def identify(batch: Batch, source: SourceContext) -> None:
    """Stage: every draft gets actor_id; batch.actors grows. No query."""
    seen: dict[tuple[str | None, str | None], Actor] = {}
    for draft in batch.drafts:
        key = draft.user_id, draft.anonymous_id
        if (actor := seen.get(key)) is None:
            actor = seen[key] = _actor(source, *key)
            batch.actors.setdefault(actor.actor_id, actor)
        draft.actor_id, draft.of_nobody = actor.actor_id, actor.kind == "source"


def _actor(source: SourceContext, user_id: str | None, anonymous_id: str | None) -> Actor:
    workspace = source.workspace_uuid
    if (user := usable(user_id)) is not None:
        return Actor(actor_id_of(workspace, user), "user", user)
    if (anonymous := usable(anonymous_id)) is not None:
        return Actor(actor_id_of(workspace, anonymous), "anonymous", anonymous)
    name = f"source:{source.source_id}"
    return Actor(actor_id_of(workspace, name), "source", name)


def link(batch: Batch, source: SourceContext) -> None:
    """Stage, after all that turn events away: batch.links grows, and batch.actors by the other id. No query.

    identify says that the anonymous id is the user, alias that the previous id is.
    """
    workspace = source.workspace_uuid
    for draft in batch.drafts:
        if draft.kind == "identify":
            other, kind = usable(draft.anonymous_id), "anonymous"
        elif draft.kind == "alias":
            other, kind = usable(draft.previous_id), "user"
        else:
            continue
        if other is None or usable(draft.user_id) is None:
            continue
        assert draft.actor_id is not None
        actor = Actor(actor_id_of(workspace, other), kind, other)
        if actor.actor_id != draft.actor_id:
            batch.actors.setdefault(actor.actor_id, actor)
            batch.links.setdefault(actor.actor_id, Link(actor.actor_id, draft.actor_id, draft.kind))


def resolve(links: Iterable[Link], known: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """{actor: person} of the links that are new, each followed to its end. known: what the table says of all their ids.

    An actor that has a person keeps it: two known people are for an operator to decide.
    """
    people = dict(known)

    def person_of(actor: UUID) -> UUID:
        passed = []
        while actor in people:
            passed.append(actor)
            actor = people[actor]
        people.update(dict.fromkeys(passed, actor))
        return actor

    new = []
    for found in links:
        if found.actor_id not in people and (person := person_of(found.person_actor_id)) != found.actor_id:
            people[found.actor_id] = person
            new.append(found.actor_id)
    return {actor: person_of(actor) for actor in new}
