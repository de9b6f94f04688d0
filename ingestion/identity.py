"""Who acted: distinct ids become actors by computation, identify and alias become links (events.md 3)."""

from __future__ import annotations

from collections.abc import Collection
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


def usable(distinct_id: str | None, ignored: Collection[str] = ()) -> str | None:
    """The id, or None when it is missing, one of NO_IDENTITY, or ignored in the workspace (small letters, stripped)."""
    if distinct_id is None or (name := distinct_id.strip().lower()) in NO_IDENTITY or name in ignored:
        return None
    return distinct_id


def identify(batch: Batch, source: SourceContext) -> None:
    """Stage: every draft gets actor_id; batch.actors and batch.users grow. No query."""
    seen: dict[tuple[str | None, str | None], Actor] = {}
    for draft in batch.drafts:
        key = draft.user_id, draft.anonymous_id
        if (actor := seen.get(key)) is None:
            actor = seen[key] = _actor(source, *key)
            if actor.kind == "user":
                # Whatever else the same id was sent as.
                batch.actors[actor.actor_id] = actor
                batch.users.add(actor.actor_id.int)
            else:
                batch.actors.setdefault(actor.actor_id, actor)
        draft.actor_id, draft.of_nobody = actor.actor_id, actor.kind == "source"


def _actor(source: SourceContext, user_id: str | None, anonymous_id: str | None) -> Actor:
    workspace = source.workspace_uuid
    if (user := usable(user_id, source.ignored_ids)) is not None:
        return Actor(actor_id_of(workspace, user), "user", user)
    if (anonymous := usable(anonymous_id, source.ignored_ids)) is not None:
        return Actor(actor_id_of(workspace, anonymous), "anonymous", anonymous)
    name = f"source:{source.source_id}"
    return Actor(actor_id_of(workspace, name), "source", name)


def link(batch: Batch, source: SourceContext) -> None:
    """Stage, after all that turn events away: batch.links grows, and batch.actors by the other id. No query.

    identify says that the anonymous id is the user, alias that the previous id is.
    """
    for draft in batch.drafts:
        if draft.kind == "identify":
            other, evidence = usable(draft.anonymous_id, source.ignored_ids), "identify"
        elif draft.kind == "alias":
            other = usable(draft.previous_id, source.ignored_ids)
            evidence = "server" if source.trusted else "alias"
        else:
            continue
        if other is None or usable(draft.user_id, source.ignored_ids) is None:
            continue
        assert draft.actor_id is not None
        assert draft.row is not None
        # Whether it is a user's is told by events that carry it as a user id.
        actor = Actor(actor_id_of(source.workspace_uuid, other), "anonymous", other)
        if actor.actor_id == draft.actor_id:
            continue
        batch.actors.setdefault(actor.actor_id, actor)
        found = Link(actor.actor_id, draft.actor_id, evidence, draft.row.occurred_at, draft.row.event_id)
        before = batch.links.get(found.key())
        if before is None or found.said() < before.said():
            batch.links[found.key()] = found
