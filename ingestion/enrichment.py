"""What can be known from the event itself: clock, pointers, user agent, bot, context. No query."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ingestion import clock, contexts
from ingestion.drafts import Batch, Draft, EventRow, Json, Rejection
from ingestion.flags import Flag
from ingestion.identity import actor_id_of, usable
from ingestion.keys import SourceContext

HOT_WINDOW = timedelta(days=90)
LONGEST_ID = 512
# Plain numbers: an enum's | calls into Python.
BOT, REPAIRED, OPPOSITE, NO_PERSON = (int(f) for f in (Flag.BOT, Flag.REPAIRED, Flag.OPPOSITE, Flag.NO_PERSON))
# No set: what is compared with them may be a list.
OPPOSITES = ("unlike", "unfollow", "unsave")


def enrich(batch: Batch, source: SourceContext, received_at: datetime, user_agent: str | None) -> None:
    """Stage: every draft gets its row; those whose time cannot be stored leave. user_agent is the request's."""
    kept = []
    for draft in batch.drafts:
        try:
            draft.row = _row(draft, batch, source, received_at, user_agent)
        except Rejection as rejection:
            batch.reject(draft, rejection.reason, rejection.errors)
        else:
            kept.append(draft)
    batch.drafts = kept


def _row(draft: Draft, batch: Batch, source: SourceContext, received_at: datetime, user_agent: str | None) -> EventRow:
    assert draft.type is not None
    assert draft.actor_id is not None
    assert draft.event_id is not None
    occurred_at, skew_seconds, flags = clock.occurred(draft.client_at, draft.sent_at, received_at)
    if occurred_at < clock.EARLIEST:
        raise Rejection("invalid_time", "An event cannot be from before 2000", "/timestamp")
    if received_at - occurred_at > HOT_WINDOW and not source.accepts_old_events:
        raise Rejection("too_old", f"With this key it takes events of the last {HOT_WINDOW.days} days", "/timestamp")
    agent = draft.user_agent or (None if source.trusted else user_agent)
    parts = contexts.split(draft, agent, batch, source)
    properties, kind = draft.properties, draft.type
    if not contexts.ADDRESSES.isdisjoint(properties):
        properties = {name: value for name, value in properties.items() if name not in contexts.ADDRESSES}
    author = usable(_id(kind.point("object_author", properties)), source.ignored_ids)
    if properties.get("action") in OPPOSITES:
        flags |= OPPOSITE
    if draft.repaired:
        flags |= REPAIRED
    if parts.bot:
        flags |= BOT
    if draft.of_nobody:
        flags |= NO_PERSON
    return EventRow(
        actor_id=draft.actor_id,
        event_id=draft.event_id,
        occurred_at=occurred_at,
        event_type_id=kind.id,
        object_author=None if author is None else actor_id_of(source.workspace_uuid, author),
        client_at=None if draft.client_at == occurred_at else draft.client_at,
        context_id=parts.shared,
        page_id=parts.page,
        value=_value(draft, properties, received_at),
        skew_seconds=skew_seconds,
        flags=flags,
        schema_version=kind.version,
        session_id=draft.session_id or None,
        object_id=_id(kind.point("object_id", properties)),
        community_id=_id(draft.group_id or kind.point("community_id", properties)),
        properties=properties or None,
        context=parts.rest or None,
    )


def _id(value: Any) -> str | None:
    """Ids are text or whole numbers of moderate length; anything else stays a property only."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if 0 < len(value) <= LONGEST_ID else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else None
    return None


def _value(draft: Draft, properties: Json, received_at: datetime) -> float | None:
    """The one number of an event. That of an identify is its created_at trait, in seconds since 1970: a person's
    sign-up time where no sign-up event says better (metrics.md).
    """
    assert draft.type is not None
    if draft.kind != "identify":
        return _number(draft.type.point("value", properties))
    try:
        created_at = clock.parse(properties.get("created_at", properties.get("createdAt")))
    except ValueError:
        return None
    if created_at is None or not clock.EARLIEST <= created_at <= received_at:
        return None
    return created_at.timestamp()


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
