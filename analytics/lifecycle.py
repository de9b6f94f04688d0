"""Where people stand at the end of a day: lifecycle, segment and engagement level (metrics.md).

Read from the days of activity whenever somebody asks, for any day: nothing is stored for a person. How many people
stand where, day by day, is counted by rollups (lifecycle_declarations.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from analytics import definitions
from config.lib.sql import statement
from config.models import Workspace

# No threshold is longer: the rollups look no further back.
LONGEST_DAYS = 180
LIFECYCLES = ("engaged", "new", "registered", "dormant", "churned")
SEGMENTS = ("power", "active", "casual", "at_risk", "churned")
LEVELS = ("power_user", "active", "casual", "lurker", "inactive")
KEYS = ("lifecycle", "segments", "content_acts", "engagement_level")
PERSON_STATES = statement("analytics", "person_states")


@dataclass(frozen=True, slots=True)
class PersonState:
    """One person at the end of a day. last_on is the last day with any event, or that of the sign-up."""

    person_id: UUID
    signed_up_on: date
    last_on: date
    lifecycle: str
    segment: str
    level: str

    @property
    def lifecycle_words(self) -> str:
        return _words(self.lifecycle)

    @property
    def segment_words(self) -> str:
        return _words(self.segment)

    @property
    def level_words(self) -> str:
        return _words(self.level)


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def states(workspace: Workspace, day: date, person_ids: Iterable[UUID] | None = None) -> list[PersonState]:
    """Everybody who has signed up by the day, or those of them who are asked for."""
    some = None if person_ids is None else list(person_ids)
    parameters: dict[str, Any] = {key: definitions.as_parameter(workspace, key) for key in KEYS}
    # Of one person all days may be read, of all people only those that can decide.
    since = date.min if some is not None else day - timedelta(days=LONGEST_DAYS)
    parameters |= {"workspace_id": workspace.pk, "day": day, "since": since, "person_ids": some}
    with connection.cursor() as cursor:
        cursor.execute(PERSON_STATES, parameters)
        return [PersonState(*row) for row in cursor.fetchall()]


def state(workspace: Workspace, day: date, person_id: UUID) -> PersonState | None:
    """One person; None before the sign-up."""
    return next(iter(states(workspace, day, [person_id])), None)
