"""Each envelope of events.md section 4 becomes a Draft. Pure: no database, no clock, no settings.

Envelopes are told apart by their naming field: `event_name` (snake), `eventName` (camel), `eventType` (T02),
`type` in the six kinds (Segment, RudderStack).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ingestion import clock
from ingestion.drafts import Draft, Json, Rejection
from privacy.answers import of_answers, of_categories

KINDS = {"track", "page", "screen", "identify", "group", "alias"}
# Page and screen names are endless, so they stay a property; the type is what metrics count.
NAME_OF_KIND = {"page": "page_view", "screen": "screen", "identify": "identify", "group": "group", "alias": "alias"}
LONGEST_ID = 512
LONGEST_NAME = 200


def to_draft(value: Json, payload: bytes, *, sent_at: Any = None, trusted: bool = False) -> Draft:
    """A draft of one decoded event.

    sent_at is the batch's, used where the item has none. Only trusted senders (server keys) may speak for somebody
    else's user agent in the T02 envelope. Raises Rejection: unknown_envelope, missing_name, invalid_envelope or
    invalid_time.
    """
    for field in READERS:
        if field in value:
            break
    else:
        raise Rejection("unknown_envelope", "None of event_name, eventName, eventType or type tells what it is")
    draft = Draft(payload=payload, properties={}, context={})
    READERS[field](draft, value)
    if draft.sent_at is None:
        draft.sent_at = _sent_at(sent_at)
    if field == "eventType" and not trusted:
        draft.user_agent = None
    if "privacy" in value or "consent" in draft.context:
        draft.consent = _consent(value.get("privacy"), draft.context.get("consent"))
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


def _snake(draft: Draft, value: Json) -> None:
    draft.name = _name(value, "event_name")
    draft.category = _text(value, "event_category")
    draft.message_id = _id(value, "event_id")
    draft.user_id = _id(value, "user_id")
    draft.anonymous_id = _id(value, "anonymous_id")
    draft.session_id = _id(value, "session_id")
    draft.client_at = _time(value, "timestamp")
    draft.properties = _object(value, "properties")
    draft.context = _object(value, "context")


def _camel(draft: Draft, value: Json) -> None:
    draft.name = _name(value, "eventName")
    draft.message_id = _id(value, "eventId")
    draft.user_id = _id(value, "userId")
    draft.anonymous_id = _id(value, "anonymousId")
    draft.session_id = _id(value, "sessionId")
    draft.client_at = _time(value, "timestamp")
    draft.properties = _object(value, "data")
    draft.context = dict(_object(value, "metadata"))
    if isinstance(platform := value.get("platform"), str):
        draft.context["platform"] = platform


def _camel_typed(draft: Draft, value: Json) -> None:
    draft.name = _name(value, "eventType")
    draft.category = _text(value, "eventCategory")
    draft.message_id = _id(value, "eventId")
    draft.user_id = _id(value, "userId")
    draft.anonymous_id = _id(value, "anonymousId")
    draft.session_id = _id(value, "sessionId")
    draft.client_at = _time(value, "timestamp")
    draft.properties = _object(value, "properties")
    draft.context = dict(_object(value, "context"))
    if isinstance(device := value.get("deviceType"), str):
        draft.context["device_type"] = device
    draft.schema_version = _version(value.get("version"))
    draft.user_agent = _agent(draft.context)


def _segment(draft: Draft, value: Json) -> None:
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Rejection("unknown_envelope", "`type` is one of track, page, screen, identify, group, alias", "/type")
    draft.kind = kind
    if kind == "track":
        draft.name, draft.category = _name(value, "event"), _text(value, "category")
    else:
        # Their `category` is one of pages.
        draft.name = NAME_OF_KIND[kind]
    draft.message_id = _id(value, "messageId")
    draft.user_id = _id(value, "userId")
    draft.anonymous_id = _id(value, "anonymousId")
    draft.previous_id = _id(value, "previousId")
    draft.group_id = _id(value, "groupId")
    field = "originalTimestamp" if value.get("originalTimestamp") is not None else "timestamp"
    draft.client_at = _time(value, field)
    draft.sent_at = _sent_at(value.get("sentAt"))
    context = draft.context = dict(_object(value, "context"))
    draft.session_id = _id(context, "sessionId", "/context")
    draft.schema_version = _version(context.get("schemaVersion"))
    traits = context.pop("traits", None)
    copied = traits if isinstance(traits, dict) else None
    if kind == "identify":
        draft.properties = _object(value, "traits") or copied or {}
    elif kind == "group":
        draft.properties, draft.traits = _object(value, "traits"), copied
    else:
        draft.properties, draft.traits = _object(value, "properties"), copied
        if kind in {"page", "screen"} and isinstance(value.get("name"), str):
            draft.properties = {"name": value["name"]} | draft.properties
    draft.user_agent = _agent(context)
    _flatten_segment(context, value.get("channel"))


def _flatten_segment(context: Json, channel: Any) -> None:
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
    if "platform" not in context and isinstance(channel, str):
        context["platform"] = channel


READERS: dict[str, Callable[[Draft, Json], None]] = {
    "event_name": _snake,
    "eventName": _camel,
    "eventType": _camel_typed,
    "type": _segment,
}


def _name(value: Json, field: str) -> str:
    name = value.get(field)
    if not isinstance(name, str) or not name.strip():
        raise Rejection("missing_name", f"`{field}` must be text that names the event", f"/{field}")
    if len(name) > LONGEST_NAME:
        raise Rejection("invalid_envelope", f"An event name has at most {LONGEST_NAME} characters", f"/{field}")
    return name.strip()


def _id(value: Json, field: str, parent: str = "") -> str | None:
    """Text or a whole number as text; None where the field is null or missing."""
    given = value.get(field)
    if given is None or (type(given) is str and len(given) <= LONGEST_ID):
        return given
    if isinstance(given, int | float) and not isinstance(given, bool) and given == int(given):
        return str(int(given))
    raise Rejection(
        "invalid_envelope",
        f"`{field}` must be text of at most {LONGEST_ID} characters or a number",
        f"{parent}/{field}",
    )


def _text(value: Json, field: str) -> str | None:
    given = value.get(field)
    return given[:50] if isinstance(given, str) and given else None


def _object(value: Json, field: str) -> Json:
    given = value.get(field)
    if given is None:
        return {}
    if isinstance(given, dict):
        return given
    raise Rejection("invalid_envelope", f"`{field}` must be an object", f"/{field}")


def _time(value: Json, field: str) -> datetime | None:
    try:
        return clock.parse(value.get(field))
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
