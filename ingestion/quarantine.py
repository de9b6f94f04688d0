"""What could not be stored: kept with all that a replay needs, decided on by operators, deleted when it is old."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from psycopg.types.json import Jsonb

from config.lib.sql import statement
from config.models import User, Workspace
from ingestion import clock
from ingestion.drafts import Batch, Rejected
from ingestion.keys import SourceContext
from ingestion.models import QuarantinedEvent

STORE_QUARANTINE = statement("ingestion", "store_quarantine")
DELETE_OLD_QUARANTINE = statement("ingestion", "delete_old_quarantine")
# Addresses are kept nowhere, not even in what is put aside.
ADDRESS = re.compile(r'("(?:ip|ipAddress|ip_address)"\s*:\s*)"[^"]*"')
LONGEST_AGENT = 500
SETTLED_AT_ONCE = 1_000
CHARTED_DAYS = 14
Status, Reason = QuarantinedEvent.Status, QuarantinedEvent.Reason


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of a workspace that wait, by what they have in common; what is None selects nothing."""

    reason: str | None = None
    event_name: str | None = None
    source: int | None = None
    id: int | None = None
    # Those that came first up to this one, so that a replay ends though events keep coming.
    up_to: int | None = None

    def waiting(self, workspace: Workspace) -> QuerySet[QuarantinedEvent]:
        chosen = {name: value for name, value in asdict(self).items() if value is not None}
        if "up_to" in chosen:
            chosen["id__lte"] = chosen.pop("up_to")
        return QuarantinedEvent.objects.filter(workspace=workspace, status=Status.WAITING, **chosen)

    def facts(self) -> dict[str, Any]:
        """What is chosen, as the arguments of a job."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def keep(batch: Batch, source: SourceContext, received_at: datetime) -> None:
    """Keep what was turned away of a batch; the same again counts up, and waits anew where it was decided on."""
    found: dict[UUID, tuple[Rejected, str, int]] = {}
    for one in batch.rejected:
        # As text: what jsonb refuses is just what may stand in it.
        payload = one.payload.decode("utf-8", "backslashreplace").replace("\x00", "\\u0000")
        payload = ADDRESS.sub(r"\1null", payload)
        fingerprint = UUID(bytes=blake2b(f"{source.source_id}\0{payload}".encode(), digest_size=16).digest())
        before = found.get(fingerprint)
        found[fingerprint] = (one, payload, 1 if before is None else before[2] + 1)
    kept = sorted(found.items())
    most = settings.INGEST_MAX_EVENT_BYTES
    parameters: dict[str, Any] = {
        "workspace": source.workspace_id,
        "source": source.source_id,
        "received_at": received_at,
        "request": Jsonb(_request(batch, source)),
        "fingerprints": [fingerprint for fingerprint, _ in kept],
        "reasons": [one.reason for _, (one, _, _) in kept],
        "names": [one.name.replace("\x00", "") for _, (one, _, _) in kept],
        "errors": [Jsonb(one.errors) for _, (one, _, _) in kept],
        "payloads": [payload[:most] for _, (_, payload, _) in kept],
        "cut": [len(one.payload) if len(payload) > most else None for _, (one, payload, _) in kept],
        "event_ids": [one.event_id for _, (one, _, _) in kept],
        "occurrences": [times for _, (_, _, times) in kept],
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE_QUARANTINE, parameters)


def _request(batch: Batch, source: SourceContext) -> dict[str, Any]:
    """What a replay must know of the request beside the time it came: else clock and device would be judged anew."""
    try:
        sent_at = clock.parse(batch.sent_at)
    except ValueError:
        sent_at = None
    agent = (batch.user_agent or "").replace("\x00", "")[:LONGEST_AGENT]
    return {
        "scope": source.scope,
        "sent_at": None if sent_at is None else sent_at.isoformat(),
        "user_agent": agent or None,
    }


def discard(workspace: Workspace, selection: Selection, note: str, by: User | None) -> int:
    """Decide that what waits is not needed; its payloads are gone for good. How many events that were.

    In batches that each commit. What a replay has in hand at the moment is left to it.
    """
    decision = {
        "status": Status.DISCARDED,
        "note": note[:200],
        "settled_at": timezone.now(),
        "settled_by": by,
        "payload": "",
        "request": {},
        "edited_payload": "",
        "errors": [],
    }
    waiting = selection.waiting(workspace).order_by("pk")
    # What comes meanwhile is for another decision.
    last, end = 0, waiting.aggregate(end=Max("pk"))["end"] or 0
    discarded = 0
    while True:
        with transaction.atomic():
            rows = waiting.filter(pk__gt=last, pk__lte=end).select_for_update(skip_locked=True)
            ids = list(rows.values_list("pk", flat=True)[:SETTLED_AT_ONCE])
            if not ids:
                return discarded
            discarded += QuarantinedEvent.objects.filter(workspace=workspace, pk__in=ids).update(**decision)
        last = ids[-1]


def delete_old(workspace: Workspace, now: datetime) -> int:
    """Delete what came last before its source's retention, in batches that each commit. How many rows that were."""
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(DELETE_OLD_QUARANTINE, {"workspace": workspace.pk, "now": now, "most": SETTLED_AT_ONCE})
            done: int = cursor.rowcount
        deleted += done
        if done < SETTLED_AT_ONCE:
            return deleted


@dataclass(slots=True)
class Group:
    """Waiting events of one reason and name. sent counts each time one of them came; days is {UTC day: events that came
    first that day}, of the last CHARTED_DAYS.
    """

    workspace: Workspace
    reason: str
    event_name: str
    events: int
    sent: int
    first: datetime
    last: datetime
    days: dict[date, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return str(Reason(self.reason).label)

    def facts(self) -> dict[str, Any]:
        names = ("reason", "event_name", "events", "sent", "first", "last")
        return {name: getattr(self, name) for name in names}


def groups(workspace: Workspace, selection: Selection, most: int | None = None) -> list[Group]:
    """Of what waits, the largest first, with their days."""
    rows = selection.waiting(workspace).order_by()
    counted = rows.values("reason", "event_name").annotate(
        events=Count("pk"), sent=Sum("occurrences"), first=Min("received_at"), last=Max("last_received_at")
    )
    found = [Group(workspace=workspace, **row) for row in counted.order_by("-events", "reason", "event_name")[:most]]
    by_key = {(group.reason, group.event_name): group for group in found}
    since = timezone.now().date() - timedelta(days=CHARTED_DAYS - 1)
    recent = rows.filter(received_at__date__gte=since).values("reason", "event_name", day=TruncDate("received_at"))
    for row in recent.annotate(events=Count("pk")):
        if group := by_key.get((row["reason"], row["event_name"])):
            group.days[row["day"]] = row["events"]
    return found
