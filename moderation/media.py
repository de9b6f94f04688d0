"""Pictures and videos of what is reported, which a moderator's browser loads only when asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.models import Case

MOST_MEDIA, LONGEST_URL = 10, 2_000
# As it may stand in a header: no space, quote, comma or semicolon, and no user name.
URL = re.compile(r"(?P<origin>https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)/[^\s\"'<>\\]*", re.IGNORECASE)
VIDEO = re.compile(r"\.(mp4|m4v|webm|ogv|mov)(?:$|[?#])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Medium:
    url: str
    # Scheme, host and port.
    origin: str
    is_video: bool


def is_address(url: object) -> bool:
    return isinstance(url, str) and len(url) <= LONGEST_URL and URL.fullmatch(url) is not None


def media_of(case: Case) -> list[Medium]:
    """Those that reports of the case name, each once, in their order."""
    named = case.all_reports.exclude(media=[]).order_by("submitted_at", "id").values_list("media", flat=True)
    urls = dict.fromkeys(url for media in named[:MOST_MEDIA] for url in media)
    return [_medium(url) for url in list(urls)[:MOST_MEDIA] if is_address(url)]


def _medium(url: str) -> Medium:
    found = URL.fullmatch(url)
    assert found is not None
    return Medium(url, found["origin"].lower(), VIDEO.search(url) is not None)


def security_policy(shown: Iterable[Medium]) -> str:
    """The Content-Security-Policy of a page that shows those and loads nothing else from anywhere."""
    origins = " ".join(sorted({one.origin for one in shown}))
    return f"img-src 'self' data: {origins}; media-src 'self' {origins}; object-src 'none'; frame-src 'none'"
