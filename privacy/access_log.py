"""Who read what over the API, and until when that is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from privacy.models import AccessRecord

# Within so many days the database lets nobody take a record out (migrations/0002_access_log.py).
LEAST_KEPT_DAYS = 30
MOST_FILTER_BYTES = 4_000
# Of one name or value, so that no padding takes the place of the others.
LONGEST_FILTER = 500
PRUNED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a user, by session or token, or a server key of a source."""

    name: str
    user_id: int | None = None
    token_id: int | None = None
    source_id: int | None = None

    @property
    def key(self) -> str:
        """The same for all that one of them asks."""
        return f"source:{self.source_id}" if self.user_id is None else f"user:{self.user_id}"


@dataclass(slots=True)
class Read:
    """What a view says of what it told."""

    workspace_id: int | None = None
    filters: dict[str, Any] = field(default_factory=dict)
    rows: int = 1
    query_id: UUID | None = None


def record(reader: Reader, read: Read, method: str, path: str, status: int) -> None:
    """An answer that tells nothing, such as a refusal, has no rows."""
    AccessRecord.objects.create(
        workspace_id=read.workspace_id,
        who=_text(reader.name)[:300],
        user_id=reader.user_id,
        token_id=reader.token_id,
        source_id=reader.source_id,
        method=method[:10],
        path=_text(path)[:200],
        filters=_storable(read.filters),
        status=status,
        rows=read.rows if status == 200 else 0,  # noqa: PLR2004 of HTTP
        query_id=read.query_id,
    )


def prune() -> int:
    """Takes out what is older than ACCESS_LOG_KEEP_DAYS; how many."""
    before = timezone.now() - timedelta(days=max(settings.ACCESS_LOG_KEEP_DAYS, LEAST_KEPT_DAYS))
    deleted = 0
    while True:
        old = AccessRecord.objects.filter(at__lt=before).order_by("at").values("pk")[:PRUNED_AT_ONCE]
        found, _ = AccessRecord.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
        deleted += found
        if found < PRUNED_AT_ONCE:
            return deleted


def _storable(filters: dict[str, Any]) -> Any:
    """What PostgreSQL takes as JSON: no NUL, and no more than anybody would read."""
    cleaned = _without_nul(filters)
    text = msgspec.json.encode(cleaned).decode()
    return cleaned if len(text) <= MOST_FILTER_BYTES else {"beginning": text[:MOST_FILTER_BYTES]}


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value[:LONGEST_FILTER])
    if isinstance(value, dict):
        return {_text(str(name)[:LONGEST_FILTER]): _without_nul(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else _text(str(value))


def _text(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
