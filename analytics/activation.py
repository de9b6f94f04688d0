"""Activation: who did what makes a member of a visitor, when, and what share of those who signed up (metrics.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from analytics.definitions import DEFINITIONS, Definition
from analytics.metrics import METRICS, Metric
from analytics.models import Activation, Person
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib.buckets import day_of
from config.models import Workspace
from ingestion.models import CountsAs


@dataclass(frozen=True, slots=True)
class PersonActivation:
    """Days are counted from the sign-up, 0 for an act before it; both are None for who never did an activating act."""

    activated_at: datetime | None
    days_to_first_activity: int | None

    @property
    def activation_status(self) -> bool:
        return self.activated_at is not None


def of_person(workspace: Workspace, person_id: UUID) -> PersonActivation | None:
    """None for somebody with no counted event."""
    person = Person.objects.filter(workspace=workspace, person_id=person_id).first()
    if person is None:
        return None
    found = Activation.objects.filter(workspace=workspace, person_id=person_id).first()
    if found is None:
        return PersonActivation(None, None)
    days = (day_of(found.activated_at, workspace.zone) - person.signed_up_on).days
    return PersonActivation(found.activated_at, max(days, 0))


def _known_counts(value: dict[str, Any]) -> None:
    if unknown := sorted(set(value["counts"]) - set(CountsAs.values)):
        raise ValidationError({"counts": f"No event type counts as {', '.join(unknown)}."})


DEFINITIONS.register(
    Definition(
        "activation",
        "Activation",
        "Which events activate a person: those of types that count as one of these, and those of the types named. "
        "Content that has been deleted since activates nobody.",
        {"counts": ["posts_created", "comments_created", "votes_given", "collections_created"], "event_types": []},
        check=_known_counts,
    )
)

ROLLUPS.register(
    Rollup(
        key="activating_daily",
        title="Activating acts of people by day",
        table="activating_daily",
        grain="day",
        reads_events=True,
        definitions=("activation",),
        # Of what is deleted, content names the day on which it was created.
        depends_on={"content": 0},
    ),
    Rollup(
        key="activations",
        title="People who are activated",
        table="analytics_activation",
        grain="day",
        depends_on={"activating_daily": 0},
        bucket_column="activated_at",
        bucket_is_instant=True,
        own_delete=True,
    ),
    Rollup(
        key="activation_daily",
        title="Activation of those who signed up, by day",
        table="activation_daily",
        grain="day",
        # Whose sign-up day it concerns is known when an activation has changed.
        depends_on={"people": 0, "activations": None},
    ),
)

METRICS.register(
    Metric(
        "activation_rate",
        "Activation rate",
        "ratio",
        "Of the people who signed up in the time, the share who have done an activating act (a post, comment, vote or "
        "collection unless the workspace says otherwise) that has not been deleted since. Bots and test accounts are "
        "never in it.",
        "activated",
        kind="ratio",
        denominator="signups",
        rollup="activation_daily",
    ),
    Metric(
        "activated",
        "Activated people",
        "people",
        "People who signed up in the time and are activated by now. Bots and test accounts are never among them.",
        "activated",
        rollup="activation_daily",
    ),
    Metric(
        "days_to_first_activity",
        "Days to the first activity",
        "days",
        "Mean days from sign-up to activation, of the people who signed up in the time and are activated.",
        "days_to_first_activity",
        kind="ratio",
        denominator="activated",
        rollup="activation_daily",
        higher_is_better=False,
    ),
)
