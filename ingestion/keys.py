"""Write keys: made, hashed, and turned back into the source they belong to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import redis
from django.db import Error as DatabaseError
from django.utils import timezone

from config.lib.redis import client
from config.models import Workspace
from ingestion.models import Source, WriteKey

# How long a process may go on accepting a key after it was taken away.
FRESH_SECONDS = 3.0
PREFIX_LENGTH = 10
# How long a key that worked goes on working for the spool while PostgreSQL is away, by its hash in Redis.
REMEMBERED_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What the pipeline needs to know of the sender of a batch."""

    workspace_id: int
    workspace_uuid: UUID
    workspace_slug: str
    time_zone: str
    source_id: int
    enabled: bool
    accepts_unknown_types: bool
    accepts_old_events: bool
    scope: str
    # A server key: may speak for others' devices.
    trusted: bool
    # People who have not been asked are refused.
    consent_required: bool
    # Events a minute; None without a limit.
    quota: int | None
    quota_by_address: int | None
    # Of the pages that may send; empty for all.
    allowed_origins: tuple[str, ...] = ()
    # Of nobody, in small letters.
    ignored_ids: frozenset[str] = frozenset()
    # Where the caller of this request is (ingestion/places.py).
    country: str | None = None
    region: str | None = None


# When it was read (monotonic seconds), the source, and the end of the key.
Known = tuple[float, SourceContext, datetime | None]
_known: dict[str, Known] = {}


def digest_of(key: str) -> str:
    """SHA-256 in hex. A key is 32 random bytes, so a slow password hash would add nothing."""
    return hashlib.sha256(key.encode()).hexdigest()


def issue(source: Source, scope: str, *, expires_at: datetime | None = None) -> tuple[WriteKey, str]:
    """(row, key). The key itself is in no table: show it now or never."""
    key = f"{'ask' if scope == WriteKey.Scope.SERVER else 'awk'}_{secrets.token_urlsafe(32)}"
    row = WriteKey.objects.create(
        source=source, scope=scope, prefix=key[:PREFIX_LENGTH], digest=digest_of(key), expires_at=expires_at
    )
    return row, key


def rotate(source: Source, scope: str, *, overlap: timedelta) -> tuple[WriteKey, str]:
    """A new key of the scope; the ones before end after `overlap`, so that senders can move over."""
    end = timezone.now() + overlap
    old = source.keys.valid().filter(scope=scope)
    old.filter(expires_at__isnull=True).update(expires_at=end)
    old.filter(expires_at__gt=end).update(expires_at=end)
    return issue(source, scope)


def context_of(source: Source, scope: str) -> SourceContext:
    workspace, trusted = source.workspace, scope == WriteKey.Scope.SERVER
    return SourceContext(
        workspace_id=workspace.pk,
        workspace_uuid=workspace.uuid,
        workspace_slug=workspace.slug,
        time_zone=workspace.time_zone,
        source_id=source.pk,
        enabled=source.enabled,
        accepts_unknown_types=source.unknown_types == Source.UnknownTypes.ACCEPT,
        accepts_old_events=source.old_events == Source.OldEvents.STORE
        or (trusted and source.old_events == Source.OldEvents.SERVER),
        scope=scope,
        trusted=trusted,
        consent_required=workspace.consent_policy == Workspace.ConsentPolicy.REQUIRED,
        allowed_origins=tuple(source.allowed_origins),
        ignored_ids=frozenset(one.strip().lower() for one in workspace.ignored_ids),
        quota=source.quota,
        quota_by_address=None if trusted else source.quota_by_address,
    )


def resolve(key: str) -> SourceContext | None:
    """The source a key belongs to, or None when it is unknown or has ended. At most FRESH_SECONDS out of date.

    Raises django.db.Error when PostgreSQL is away and nobody remembers the key.
    """
    digest = digest_of(key)
    known = _known.get(digest)
    if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
        known = _read_or_remember(digest, known)
        if known is None:
            _known.pop(digest, None)
            return None
        _known[digest] = known
    _, context, expires_at = known
    return context if expires_at is None or expires_at > timezone.now() else None


def _read_or_remember(digest: str, known: Known | None) -> Known | None:
    """While PostgreSQL is away: as this process knew it last, else as any process did within REMEMBERED_SECONDS."""
    name = f"ingestion:key:{digest}"
    try:
        found = _read(digest)
    except DatabaseError:
        if known is None:
            with suppress(redis.RedisError):
                if remembered := client().get(name):
                    known = (0.0, *msgspec.msgpack.decode(remembered, type=tuple[SourceContext, datetime | None]))
        if known is None:
            raise
        return time.monotonic(), *known[1:]
    with suppress(redis.RedisError):
        if found is None:
            client().delete(name)
        else:
            client().set(name, msgspec.msgpack.encode(found[1:]), ex=REMEMBERED_SECONDS)
    return found


def _read(digest: str) -> Known | None:
    row = WriteKey.objects.valid().select_related("source__workspace").filter(digest=digest).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    return time.monotonic(), context_of(row.source, row.scope), row.expires_at


def forget() -> None:
    """Make this process read keys again."""
    _known.clear()
