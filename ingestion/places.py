"""Where people are, as country and region: only where the operator has set it up, and only of those who agree.

Told from a header that the operator's proxy sets (GEO_COUNTRY_HEADER, GEO_REGION_HEADER), else from a database of
networks (GEO_DATABASE, an .mmdb file). Addresses are cut before anything is asked, and kept nowhere.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple

import maxminddb
from django.conf import settings
from django.http import HttpRequest

from config.lib.callers import address_of
from ingestion.contexts import ADDRESSES
from ingestion.drafts import Batch, Draft
from ingestion.keys import SourceContext

logger = logging.getLogger(__name__)

# Bits of an address that are kept: the last octet of IPv4 and the last 80 bits of IPv6 are cut off.
KEPT_BITS = {4: 24, 6: 48}
# In the text of an event; group 2 is the address.
IN_TEXT = re.compile(rb'("(?:ip|ipAddress|ip_address)"\s*:\s*)"((?:[^"\\]|\\.)*)"')
COUNTRY, REGION = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z0-9]{1,3}")
# What proxies and databases say of nowhere: unknown, and an exit of Tor.
NOWHERE = {"XX", "ZZ", "T1"}
# How often it is looked whether the file is a newer one.
LOOKED_AT_SECONDS = 60


class Place(NamedTuple):
    """Codes of ISO 3166: country "AT", region "9" (of AT-9); None where it is not known."""

    country: str | None
    region: str | None


UNKNOWN = Place(None, None)


def wanted() -> bool:
    """Whether the operator has set up any way to know."""
    return bool(settings.GEO_COUNTRY_HEADER or settings.GEO_DATABASE)


def of_request(request: HttpRequest, source: SourceContext) -> SourceContext:
    """The source of a request with where the caller is. A server is not where its people are."""
    if source.trusted or not wanted():
        return source
    country, region = _of_headers(request)
    if country is None and (address := address_of(request)):
        country, region = of_address(cut(address) or "")
    return replace(source, country=country, region=region)


def locate(batch: Batch, source: SourceContext) -> None:
    """Stage: the events of people who have said that they agree get their country and region."""
    if not wanted():
        return
    for draft in batch.drafts:
        if draft.agrees and draft.row is not None:
            draft.row.country, draft.row.region = _of_event(draft, source)


def _of_event(draft: Draft, source: SourceContext) -> Place:
    """Servers may say whom they speak for; of others it is the caller."""
    if not source.trusted:
        return Place(source.country, source.region)
    for name in ADDRESSES:
        found = draft.context.get(name)
        if isinstance(found, str) and (address := cut(found)):
            return of_address(address)
    return UNKNOWN


def _of_headers(request: HttpRequest) -> Place:
    country = request.headers.get(settings.GEO_COUNTRY_HEADER) if settings.GEO_COUNTRY_HEADER else None
    region = request.headers.get(settings.GEO_REGION_HEADER) if settings.GEO_REGION_HEADER else None
    return _place(country, region)


def _place(country: Any, region: Any) -> Place:
    """Only what has the form of a code; a region without its country says nothing."""
    country = country.upper() if isinstance(country, str) else ""
    if country in NOWHERE or not COUNTRY.fullmatch(country):
        return UNKNOWN
    region = region.upper().removeprefix(f"{country}-") if isinstance(region, str) else ""
    return Place(country, region if REGION.fullmatch(region) else None)


def cut(address: str) -> str | None:
    """The address without what tells people of one network apart; None for what is no address."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((int(found), KEPT_BITS[found.version]), strict=False).network_address)


def cut_in_text(payload: bytes) -> bytes:
    """JSON of an event, in which every address is cut. Cutting again changes nothing."""
    return IN_TEXT.sub(_cut_match, payload) if b'"ip' in payload else payload


def _cut_match(match: re.Match[bytes]) -> bytes:
    address = cut(match[2].decode("utf-8", "replace"))
    return match[1] + (b"null" if address is None else b'"' + address.encode() + b'"')


def of_address(address: str) -> Place:
    """Of an address that was cut already."""
    path = settings.GEO_DATABASE
    return _look_up(path, _version(path, int(time.monotonic() // LOOKED_AT_SECONDS)), address) if path else UNKNOWN


@lru_cache(maxsize=2)
def _version(path: str, _now: int) -> int:
    """Which file it is now; operators put a newer one in its place."""
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=20_000)
def _look_up(path: str, version: int, address: str) -> Place:
    reader = _reader(path, version)
    try:
        found = None if reader is None else reader.get(address)
    except (ValueError, maxminddb.InvalidDatabaseError):
        # An IPv6 address in a database of IPv4, or a damaged file.
        return UNKNOWN
    return _of_record(found) if isinstance(found, dict) else UNKNOWN


def _of_record(record: dict[str, Any]) -> Place:
    """The forms that the publishers of such files use: nested with iso_code, or flat."""
    country = record.get("country", record.get("country_code"))
    country = country.get("iso_code") if isinstance(country, dict) else country
    parts = record.get("subdivisions")
    first = parts[0] if isinstance(parts, list) and parts else None
    return _place(country, first.get("iso_code") if isinstance(first, dict) else record.get("region_code"))


@lru_cache(maxsize=1)
def _reader(path: str, _version: int) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        logger.warning("GEO_DATABASE cannot be read, so nobody is anywhere: %s", error)
        return None
