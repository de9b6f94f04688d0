"""Cohorts: people by when they signed up (metrics.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count
from django.db.models.functions import TruncMonth, TruncWeek

from analytics.models import Person
from config.models import Workspace

CohortGrain = Literal["week", "month"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who signed up in the week (from Monday) or month that begins on start; those never seen again count."""

    start: date
    size: int


def sizes(
    workspace: Workspace, grain: CohortGrain, first: date | None = None, last: date | None = None
) -> list[Cohort]:
    """Cohorts that have anybody, by start; of people signed up from `first` to `last` where given."""
    people = Person.objects.filter(workspace=workspace)
    if first is not None:
        people = people.filter(signed_up_on__gte=first)
    if last is not None:
        people = people.filter(signed_up_on__lte=last)
    truncate = TruncMonth if grain == "month" else TruncWeek
    rows = people.values(start=truncate("signed_up_on")).annotate(size=Count("person_id")).order_by("start")
    return [Cohort(row["start"], row["size"]) for row in rows]
