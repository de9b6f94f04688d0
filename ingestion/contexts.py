"""The context of an event, in parts: what repeats is stored once (models.Context), the rest with the event."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import msgspec
import ua_parser

from ingestion.drafts import Batch, Draft, Json
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
# Of one context, in one process.
MOST_AGENTS = 20
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode
_pages: set[int] = set()


class Parts(NamedTuple):
    """Ids of the shared part and of the page, the rest, and whether the user agent is a bot's."""

    shared: int | None
    page: int | None
    rest: Json
    bot: bool


class _Found(NamedTuple):
    """What a context comes to, whoever sends it: content and id of what is stored once, and the rest."""

    shared: bytes
    shared_id: int
    page: bytes
    page_id: int
    rest: Json
    rest_with_page: Json
    bot: bool


def split(draft: Draft, user_agent: str | None, batch: Batch, source: SourceContext) -> Parts:
    """The parts of a draft's context; batch.contexts grows by those that are to be stored once."""
    agent = user_agent[:LONGEST_AGENT] if user_agent else None
    # By number: a uuid itself is hashed by Python code.
    key = source.workspace_uuid.int, agent
    found = draft.parts.get(key)
    if found is None:
        if len(draft.parts) >= MOST_AGENTS:
            draft.parts.clear()
        found = draft.parts[key] = _found(draft.context, agent, source.workspace_uuid)
    shared, shared_id, page, page_id, rest, rest_with_page, bot = found
    if shared:
        batch.contexts[shared_id] = shared
    if not page:
        return Parts(shared_id if shared else None, None, rest, bot)
    if page_id in _pages:
        batch.contexts[page_id] = page
        return Parts(shared_id if shared else None, page_id, rest, bot)
    if len(_pages) >= PAGES_REMEMBERED:
        _pages.clear()
    _pages.add(page_id)
    batch.pages.add(page_id)
    return Parts(shared_id if shared else None, None, rest_with_page, bot)


def _found(context: Json, agent: str | None, workspace: UUID) -> _Found:
    bot, device = _device(agent) if agent else (False, {})
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
    shared_content = _encode_sorted(shared) if shared else b""
    page_content = _encode_sorted(page) if page else b""
    return _Found(
        shared_content,
        _context_id(workspace.int, shared_content) if shared else 0,
        page_content,
        _context_id(workspace.int, page_content) if page else 0,
        rest,
        rest | page,
        bot,
    )


def unmeet(batch: Batch) -> None:
    """As if nobody had seen its pages: it comes again, maybe without some of its events."""
    _pages.difference_update(batch.pages)


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
