"""The envelopes in which each system sends its events (events.md section 4)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from .draws import uuid_text
from .members import Member

Envelope = dict[str, Any]
# (generator for ids, member, event name, properties, instant in epoch seconds)
Shape = Callable[[Random, Member, str, dict[str, Any], float], Envelope]

CATALOG = Path(__file__).resolve().parent.parent / "catalog"
SITE = "https://social.example"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache
def categories(system: str) -> dict[str, str]:
    """Category of each event type of a shipped catalogue."""
    document = json.loads((CATALOG / f"{system}.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry["category"] for entry in document["event_types"]}


def timestamp(instant: float) -> str:
    """ISO 8601 in UTC with milliseconds, as browsers write it."""
    return f"{datetime.fromtimestamp(instant, UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def segment(rng: Random, member: Member, name: str, properties: dict[str, Any], instant: float) -> Envelope:
    """The track call of the Segment HTTP API."""
    device = member.device
    return {
        "type": "track",
        "event": name,
        "userId": member.id,
        "messageId": uuid_text(rng),
        "channel": "web" if device.platform == "web" else "mobile",
        "timestamp": timestamp(instant),
        "properties": properties,
        "context": {
            "library": {"name": "analytics.js", "version": "2.1.0"},
            "os": {"name": device.os_name, "version": device.os_version},
            "device": {"type": device.kind},
            "app": {"name": "forum", "version": device.app_version},
            "locale": member.zone.locale,
            "timezone": member.zone.name,
            "userAgent": device.user_agent,
        },
    }


def snake(rng: Random, member: Member, name: str, properties: dict[str, Any], instant: float) -> Envelope:
    """The snake_case envelope of the wellbeing app."""
    return {
        "event_name": name,
        "event_id": uuid_text(rng),
        "event_category": categories("wellbeing").get(name, "user_action"),
        "user_id": member.id,
        "timestamp": timestamp(instant),
        "properties": properties,
        "context": {
            "platform": member.device.platform,
            "device_type": member.device.kind,
            "app_version": member.device.app_version,
        },
    }


def camel(rng: Random, member: Member, name: str, properties: dict[str, Any], instant: float) -> Envelope:
    """The camelCase envelope of the social app."""
    suffix = "".join(rng.choices(BASE36, k=9))
    return {
        "eventId": f"evt_{int(instant * 1000)}_{suffix}",
        "eventName": name,
        "userId": member.id,
        "sessionId": member.session_id,
        "timestamp": timestamp(instant),
        "data": properties,
        "metadata": {"url": SITE + member.path, "pathname": member.path, "referrer": f"{SITE}/"},
        "platform": member.device.platform,
    }


def typed(rng: Random, member: Member, name: str, properties: dict[str, Any], instant: float) -> Envelope:
    """The eventType envelope of the professional network."""
    return {
        "eventId": uuid_text(rng),
        "eventType": name,
        "eventCategory": categories("network").get(name, "user_action"),
        "userId": member.id,
        "timestamp": timestamp(instant),
        "properties": properties,
        "context": {"platform": member.device.platform, "locale": member.zone.locale, "timezone": member.zone.name},
        "deviceType": member.device.kind,
        "version": "1.0",
    }
