"""The consents of people, written. Who reads them for an event is ingestion.consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from config.lib.sql import rows_of, statement
from privacy.answers import Answer
from privacy.models import ConsentRecord

RECORD = statement("privacy", "record_consents")
COUNT_REFUSED = statement("privacy", "count_refused")
_encode = msgspec.json.Encoder().encode


def record(
    workspace_id: int,
    answers: Sequence[Answer],
    *,
    evidence: str = ConsentRecord.Evidence.EVENT,
    recorded_by: int | None = None,
) -> None:
    """Append answers to the history. The latest decides from then on, for the next event already."""
    rows_of(
        RECORD,
        {
            "workspace": workspace_id,
            "rows": _encode(answers).decode(),
            "evidence": evidence,
            "recorded_by": recorded_by,
        },
    )


def count_refused(workspace_id: int, day: date, events: Mapping[str, int]) -> None:
    """Add {purpose: events} to the day's count of refused events. Last in its transaction: all add to one row."""
    purposes = sorted(events)
    rows_of(
        COUNT_REFUSED,
        {
            "workspace": workspace_id,
            "day": day,
            "purposes": purposes,
            "events": [events[purpose] for purpose in purposes],
        },
    )
