"""Cohorts: people by when they signed up (metrics.md)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count
from django.db.models.functions import TruncMonth, TruncWeek

from analytics.models import Bot, Person
from config.models import Workspace

CohortGrain = Literal["week", "month"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """People who signed up in the week (from Monday) or month that begins on start; those never seen again count."""

    start: date
    size: int


def sizes(
    workspace: Workspace,
    grain: CohortGrain,
    first: date | None = None,
    last: date | None = None,
    *,
    with_bots: bool = False,
) -> list[Cohort]:
    """Cohorts that have anybody, by start; of people signed up from `first` to `last` where given.

    with_bots counts bots and test accounts in.
    """
    truncate = TruncMonth if grain == "month" else TruncWeek
    found: Counter[date] = Counter()
    for model in (Person, Bot) if with_bots else (Person,):
        signed_up = model.objects.filter(workspace=workspace)
        if first is not None:
            signed_up = signed_up.filter(signed_up_on__gte=first)
        if last is not None:
            signed_up = signed_up.filter(signed_up_on__lte=last)
        rows = signed_up.values(start=truncate("signed_up_on")).annotate(size=Count("person_id"))
        found.update(dict(rows.values_list("start", "size")))
    return [Cohort(start, size) for start, size in sorted(found.items())]
