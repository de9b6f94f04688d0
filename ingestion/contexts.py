"""The context of an event, in parts: what repeats is stored once (models.Context), the rest with the event."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import msgspec
import ua_parser

from ingestion.drafts import Batch, Json
from ingestion.keys import SourceContext

# What a device sends with all its events.
SHARED = frozenset(
    ("platform", "device_type", "app_version", "locale", "timezone", "browser", "os", "device", "library")
)
# What all events of a page have in common. Addresses of pages may be endless, so a page is stored once only when a
# process meets it for the second time.
PAGE = frozenset(("url", "pathname", "referrer", "title", "utm", "campaign"))
PAGES_REMEMBERED = 100_000
# Addresses of people are dropped at the door: nothing below this line ever sees one.
ADDRESSES = {"ip", "ipAddress", "ip_address"}
# The consent was for the gate, traits are the person's.
DROPPED = ADDRESSES | {"traits", "consent"}
# Cut before it is remembered: thousands of long ones would fill the memory.
LONGEST_AGENT = 1_000
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode
_pages: set[int] = set()


class Parts(NamedTuple):
    """Ids of the shared part and of the page, the rest, and whether the user agent is a bot's."""

    shared: int | None
    page: int | None
    rest: Json
    bot: bool


def split(context: Json, user_agent: str | None, batch: Batch, source: SourceContext) -> Parts:
    """The parts of a context; batch.contexts grows by those that are to be stored once."""
    bot, device = _device(user_agent[:LONGEST_AGENT]) if user_agent else (False, {})
    shared, page, rest = dict(device), {}, {}
    for key, value in context.items():
        if value is None or key in DROPPED:
            continue
        if key in SHARED:
            shared[key] = value
        elif key in PAGE:
            page[key] = value
        else:
            rest[key] = value
    page_id = _keep(page, batch, source, again=True) if page else None
    if page_id is None:
        rest |= page
    return Parts(_keep(shared, batch, source) if shared else None, page_id, rest, bot)


def _keep(part: Json, batch: Batch, source: SourceContext, *, again: bool = False) -> int | None:
    """The id under which a part is stored once. again: None for what this process has not met before."""
    content = _encode_sorted(part)
    context_id = _context_id(source.workspace_uuid.int, content)
    if again and context_id not in _pages:
        if len(_pages) >= PAGES_REMEMBERED:
            _pages.clear()
        _pages.add(context_id)
        return None
    batch.contexts[context_id] = content
    return context_id


def forget() -> None:
    """Make this process meet every page for the first time."""
    _pages.clear()


@lru_cache(maxsize=20_000)
def _context_id(workspace: int, content: bytes) -> int:
    """The first 8 bytes of a hash of the workspace's uuid and the content, as a signed number."""
    digest = blake2b(workspace.to_bytes(16, "big") + content, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=20_000)
def _device(user_agent: str) -> tuple[bool, Json]:
    """(whether a bot, {browser, os, device}) of a user agent, by the uap-core rules. Callers must not change it."""
    parsed = ua_parser.parse(user_agent)
    found: Json = {}
    if parsed.user_agent is not None:
        found["browser"] = parsed.user_agent.family
    if parsed.os is not None:
        found["os"] = parsed.os.family
    if parsed.device is not None and parsed.device.family != "Spider":
        found["device"] = parsed.device.family
    return parsed.device is not None and parsed.device.family == "Spider", found
