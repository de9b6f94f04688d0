"""The top-level fields of all envelopes (events.md section 4), as they came: nothing is judged here.

An event is decoded into this in one go, its context left as text: devices send the same one again and again, so what
follows of it is worked out once (ingestion/contexts.py).
"""
# ruff: noqa: N815 the wire's names

from __future__ import annotations

from typing import Any

import msgspec

NOTHING = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The naming fields are UNSET where they are missing, all others None.

    An event with fields of other names is read the long way, as only that looks into them (payload.read_item).
    """

    event_name: Any = msgspec.UNSET
    event_id: Any = None
    event_category: Any = None
    user_id: Any = None
    anonymous_id: Any = None
    session_id: Any = None
    eventId: Any = None
    eventName: Any = msgspec.UNSET
    eventType: Any = msgspec.UNSET
    eventCategory: Any = None
    type: Any = msgspec.UNSET
    event: Any = None
    userId: Any = None
    anonymousId: Any = None
    messageId: Any = None
    previousId: Any = None
    groupId: Any = None
    sessionId: Any = None
    channel: Any = None
    name: Any = None
    category: Any = None
    timestamp: Any = None
    originalTimestamp: Any = None
    sentAt: Any = None
    properties: Any = None
    traits: Any = None
    data: Any = None
    context: msgspec.Raw = NOTHING
    metadata: msgspec.Raw = NOTHING
    platform: Any = None
    deviceType: Any = None
    version: Any = None
    privacy: Any = None
    # Of clients, and read by nobody.
    writeKey: Any = None
    integrations: Any = None
    receivedAt: Any = None
    _metadata: Any = None
    rudderId: Any = None


decode = msgspec.json.Decoder(Envelope).decode
_encode = msgspec.json.Encoder().encode


def of_value(value: dict[str, Any]) -> Envelope:
    """That of an event that was read the long way."""
    fields = {name: given for name, given in value.items() if name in _FIELDS}
    for name in ("context", "metadata"):
        if name in fields:
            fields[name] = msgspec.Raw(_encode(fields[name]))
    return Envelope(**fields)


_FIELDS = frozenset(Envelope.__struct_fields__)
