"""Each envelope of events.md section 4 becomes a Draft. Pure: no database, no clock, no settings.

Envelopes are told apart by their naming field: `event_name` (snake), `eventName` (camel), `eventType` (T02),
`type` in the six kinds (Segment, RudderStack).
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ingestion import clock
from ingestion.drafts import Draft, Json, Rejection
from ingestion.wire import Envelope, of_value
from privacy.answers import of_answers, of_categories

KINDS = {"track", "page", "screen", "identify", "group", "alias"}
# Page and screen names are endless, so they stay a property; the type is what metrics count.
NAME_OF_KIND = {"page": "page_view", "screen": "screen", "identify": "identify", "group": "group", "alias": "alias"}
# The field that tells the envelopes apart; of several the first.
NAMING = ("event_name", "eventName", "eventType", "type")
LONGEST_ID = 512
LONGEST_NAME = 200
CONTEXTS_REMEMBERED = 4_000
LONGEST_REMEMBERED = 2_000
_decode = msgspec.json.Decoder().decode


class Surroundings(NamedTuple):
    """What a context says. Devices send the same with each of their events, so events share it: nobody changes it."""

    # Under the canonical names.
    context: Json
    user_agent: str | None
    session_id: str | None
    schema_version: int | None
    traits: Json | None
    # What contexts.split makes of it.
    parts: dict[Any, Any]


def to_draft(value: Json | Envelope, payload: bytes, *, sent_at: Any = None, trusted: bool = False) -> Draft:
    """A draft of one decoded event.

    sent_at is the batch's, used where the item has none. Only trusted senders (server keys) may speak for somebody
    else's user agent in the T02 envelope. Raises Rejection: unknown_envelope, missing_name, invalid_envelope or
    invalid_time; and msgspec.DecodeError or UnicodeDecodeError where the context is no JSON.
    """
    given = value if isinstance(value, Envelope) else of_value(value)
    draft = Draft(payload=payload, properties={}, context={})
    if given.event_name is not UNSET:
        _snake(draft, given)
    elif given.eventName is not UNSET:
        _camel(draft, given)
    elif given.eventType is not UNSET:
        _camel_typed(draft, given)
        if not trusted:
            draft.user_agent = None
    elif given.type is not UNSET:
        _segment(draft, given)
    else:
        raise Rejection("unknown_envelope", "None of event_name, eventName, eventType or type tells what it is")
    if draft.sent_at is None and sent_at is not None:
        draft.sent_at = _sent_at(sent_at)
    if given.privacy is not None or "consent" in draft.context:
        draft.consent = _consent(given.privacy, draft.context.get("consent"))
    return draft


def _consent(answers: Any, manager: Any) -> dict[str, bool] | None:
    """{purpose: granted} of `privacy` ({consent_given, ...}) and of a consent manager's context.consent; None where
    neither says anything. Empty preferences of a consent manager are refusals.
    """
    preferences = manager.get("categoryPreferences") if isinstance(manager, dict) else None
    said = of_categories(preferences) if isinstance(preferences, dict) else {}
    for purpose, granted in of_answers(answers).items() if isinstance(answers, dict) else ():
        said[purpose] = granted and said.get(purpose, True)
    return said or None


def _snake(draft: Draft, given: Envelope) -> None:
    draft.name = _name(given.event_name, "event_name")
    draft.category = _text(given.event_category)
    draft.message_id = _id(given.event_id, "event_id")
    draft.user_id = _id(given.user_id, "user_id")
    draft.anonymous_id = _id(given.anonymous_id, "anonymous_id")
    draft.session_id = _id(given.session_id, "session_id")
    draft.client_at = _time(given.timestamp, "timestamp")
    draft.properties = _object(given.properties, "properties")
    _surround(draft, "snake", given.context)


def _camel(draft: Draft, given: Envelope) -> None:
    draft.name = _name(given.eventName, "eventName")
    _camel_ids(draft, given)
    draft.properties = _object(given.data, "data")
    _surround(draft, "camel", given.metadata, given.platform)


def _camel_typed(draft: Draft, given: Envelope) -> None:
    draft.name = _name(given.eventType, "eventType")
    draft.category = _text(given.eventCategory)
    _camel_ids(draft, given)
    draft.properties = _object(given.properties, "properties")
    draft.schema_version = _version(given.version)
    draft.user_agent = _surround(draft, "typed", given.context, given.deviceType).user_agent


def _camel_ids(draft: Draft, given: Envelope) -> None:
    draft.message_id = _id(given.eventId, "eventId")
    draft.user_id = _id(given.userId, "userId")
    draft.anonymous_id = _id(given.anonymousId, "anonymousId")
    draft.session_id = _id(given.sessionId, "sessionId")
    draft.client_at = _time(given.timestamp, "timestamp")


def _segment(draft: Draft, given: Envelope) -> None:
    kind = given.type
    if not isinstance(kind, str) or kind not in KINDS:
        raise Rejection("unknown_envelope", "`type` is one of track, page, screen, identify, group, alias", "/type")
    draft.kind = kind
    if kind == "track":
        draft.name, draft.category = _name(given.event, "event"), _text(given.category)
    else:
        # Their `category` is one of pages.
        draft.name = NAME_OF_KIND[kind]
    draft.message_id = _id(given.messageId, "messageId")
    draft.user_id = _id(given.userId, "userId")
    draft.anonymous_id = _id(given.anonymousId, "anonymousId")
    draft.previous_id = _id(given.previousId, "previousId")
    draft.group_id = _id(given.groupId, "groupId")
    if given.originalTimestamp is not None:
        draft.client_at = _time(given.originalTimestamp, "originalTimestamp")
    else:
        draft.client_at = _time(given.timestamp, "timestamp")
    draft.sent_at = _sent_at(given.sentAt)
    said = _surround(draft, "segment", given.context, given.channel)
    draft.session_id, draft.schema_version, draft.user_agent = said.session_id, said.schema_version, said.user_agent
    if kind == "identify":
        draft.properties = _object(given.traits, "traits") or said.traits or {}
    elif kind == "group":
        draft.properties, draft.traits = _object(given.traits, "traits"), said.traits
    else:
        draft.properties, draft.traits = _object(given.properties, "properties"), said.traits
        if kind in {"page", "screen"} and isinstance(given.name, str):
            draft.properties = {"name": given.name} | draft.properties


def _surround(draft: Draft, envelope: str, raw: msgspec.Raw, beside: Any = None) -> Surroundings:
    """Read the context; `beside` is the one field outside it that belongs to it."""
    text = bytes(raw)
    word = beside if isinstance(beside, str) else None
    # What tells of a person is read anew each time, so that no memory of ours holds it.
    if len(text) > LONGEST_REMEMBERED or b'"ip' in text or b'"traits"' in text or b'"consent"' in text:
        said = _surroundings(envelope, text, word)
    else:
        said = _remembered(envelope, text, word)
    draft.context, draft.parts = said.context, said.parts
    return said


def _surroundings(envelope: str, text: bytes, beside: str | None) -> Surroundings:
    context = _object(_decode(text), "metadata" if envelope == "camel" else "context")
    session_id, schema_version, traits, user_agent = None, None, None, None
    if envelope == "camel" and beside is not None:
        context["platform"] = beside
    if envelope == "typed" and beside is not None:
        context["device_type"] = beside
    if envelope == "segment":
        session_id = _id(context.get("sessionId"), "sessionId", "/context")
        schema_version = _version(context.get("schemaVersion"))
        given = context.pop("traits", None)
        traits = given if isinstance(given, dict) else None
        _flatten_segment(context, beside)
    if envelope in {"typed", "segment"}:
        user_agent = _agent(context)
    return Surroundings(context, user_agent, session_id, schema_version, traits, {})


_remembered = lru_cache(maxsize=CONTEXTS_REMEMBERED)(_surroundings)


def _flatten_segment(context: Json, channel: str | None) -> None:
    """context.page.*, os.name, device.type, app.version under the canonical names."""
    page = context.pop("page", None)
    if isinstance(page, dict):
        for source, target in (("url", "url"), ("path", "pathname"), ("referrer", "referrer"), ("title", "title")):
            if isinstance(page.get(source), str) and page[source]:
                context[target] = page[source]
    system, device, app = context.get("os"), context.pop("device", None), context.pop("app", None)
    if isinstance(system, dict):
        context["os"] = system.get("name")
    if isinstance(device, dict) and isinstance(device.get("type"), str):
        context["device_type"] = device["type"]
    if isinstance(app, dict) and isinstance(app.get("version"), str):
        context["app_version"] = app["version"]
    if "platform" not in context and channel is not None:
        context["platform"] = channel


def _name(name: Any, field: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise Rejection("missing_name", f"`{field}` must be text that names the event", f"/{field}")
    if len(name) > LONGEST_NAME:
        raise Rejection("invalid_envelope", f"An event name has at most {LONGEST_NAME} characters", f"/{field}")
    return name.strip()


def _id(given: Any, field: str, parent: str = "") -> str | None:
    """Text or a whole number as text; None where the field is null or missing."""
    if given is None or (type(given) is str and len(given) <= LONGEST_ID):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool) and given == int(given):
        return str(int(given))
    raise Rejection(
        "invalid_envelope",
        f"`{field}` must be text of at most {LONGEST_ID} characters or a number",
        f"{parent}/{field}",
    )


def _text(given: Any) -> str | None:
    return given[:50] if isinstance(given, str) and given else None


def _object(given: Any, field: str) -> Json:
    if given is None:
        return {}
    if isinstance(given, dict):
        return given
    raise Rejection("invalid_envelope", f"`{field}` must be an object", f"/{field}")


def _time(given: Any, field: str) -> datetime | None:
    try:
        return clock.parse(given)
    except ValueError as error:
        raise Rejection(
            "invalid_time",
            f"`{field}` is no time in ISO 8601, seconds or milliseconds: {str(error)[:200]}",
            f"/{field}",
        ) from None


def _sent_at(given: Any) -> datetime | None:
    """None also where it cannot be read: without it the client's clock is taken for right."""
    try:
        return clock.parse(given)
    except ValueError:
        return None


def _version(given: Any) -> int | None:
    """The major number of 1, "1", "1.4" or "v1"; None for anything else."""
    digits = str(given).lstrip("v").split(".")[0] if isinstance(given, int | str) else ""
    return int(digits) if digits.isdecimal() and len(digits) <= 4 else None  # noqa: PLR2004 a smallint's digits


def _agent(context: Json) -> str | None:
    given = context.pop("userAgent", None)
    return given if isinstance(given, str) else None
