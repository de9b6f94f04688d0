"""Rows of the quarantine as batches on their way through the pipeline, as they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from config.models import Workspace
from ingestion import keys, pipeline, remapping
from ingestion.drafts import Batch, Rejection
from ingestion.keys import SourceContext
from ingestion.models import QuarantinedEvent
from ingestion.payload import Item, read_item
from ingestion.remapping import Step

# Rows read at once.
CHUNK = 200


@dataclass(slots=True)
class Part:
    """Rows of one request, through all stages up to storing."""

    rows: list[QuarantinedEvent]
    source: SourceContext
    received_at: datetime
    batch: Batch


def waiting(workspace: Workspace, ids: Sequence[int]) -> list[QuarantinedEvent]:
    rows = QuarantinedEvent.objects.filter(workspace=workspace, status=QuarantinedEvent.Status.WAITING, pk__in=ids)
    return list(rows.select_related("source__workspace").order_by("pk"))


def requests(rows: list[QuarantinedEvent]) -> Iterator[list[QuarantinedEvent]]:
    """Rows of one request have one time and one sender: they go through the stages together, as they came."""

    def request(row: QuarantinedEvent) -> tuple[Any, ...]:
        return row.received_at, row.source_id, sorted((key, str(value)) for key, value in row.asked.items())

    for _, several in groupby(sorted(rows, key=request), key=request):
        yield list(several)


def prepare(rows: list[QuarantinedEvent], changes: Sequence[Step] = (), *, discovers: bool = True) -> Part:
    """Rows through all stages up to storing, their payloads with the changes."""
    first = rows[0]
    source = keys.context_of(first.source, first.asked["scope"])
    if not discovers:
        source = replace(source, accepts_unknown_types=False)
    batch = pipeline.read([_item(row, changes) for row in rows], source, first.asked["sent_at"])
    for draft in batch.drafts:
        # Edited or without its address, it would get another id than the sender's own copy.
        draft.event_id = rows[draft.position].event_id or draft.event_id
    pipeline.advance(batch, source, first.received_at, first.asked["user_agent"])
    return Part(rows, source, first.received_at, batch)


def _item(row: QuarantinedEvent, changes: Sequence[Step]) -> Item:
    if row.cut_from_bytes is not None and not row.edited_payload:
        rejection = Rejection("too_large", f"Of its {row.cut_from_bytes:,} bytes only the beginning was kept")
        return Item(b"", None, rejection)
    item = read_item((row.edited_payload or row.payload).encode("utf-8", "replace"))
    if not changes or item.value is None:
        return item
    remapping.apply(changes, item.value)
    # Read again: what is put in is held to the same limits.
    return read_item(msgspec.json.encode(item.value))
