"""People across all sources (metrics.md 5): how complete profiles are, of which types, known from how many sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Q, Sum

from analytics.metrics import Grain, bucket_starts
from analytics.models import UnifiedUser
from config.lib.sql import statement
from config.models import Workspace

PEOPLE_BY_TYPE = statement("analytics", "people_by_type")


@dataclass(frozen=True, slots=True)
class Completion:
    """Points are of 100, unless the definition says otherwise."""

    people: int
    points: int
    completed: int

    @property
    def mean_points(self) -> float | None:
        return self.points / self.people if self.people else None

    @property
    def completed_rate(self) -> float | None:
        """Per cent."""
        return 100 * self.completed / self.people if self.people else None


def completion(workspace: Workspace) -> Completion:
    """Of all people there are, as their profiles are now."""
    found = UnifiedUser.objects.filter(workspace_id=workspace.pk).aggregate(
        people=Count("person_id"),
        points=Sum("profile_completion", default=0),
        completed=Count("person_id", filter=Q(profile_completed=True)),
    )
    return Completion(**found)


def by_sources(workspace: Workspace) -> dict[int, int]:
    """Number of sources -> people known from so many."""
    people = UnifiedUser.objects.filter(workspace_id=workspace.pk)
    counted = people.values("source_count").annotate(people=Count("person_id")).order_by("source_count")
    return dict(counted.values_list("source_count", "people"))


def by_type(workspace: Workspace, first: date, last: date, grain: Grain) -> dict[date, dict[str, int]]:
    """First day of each bucket -> user type -> distinct people active in it, the most frequent first."""
    starts = bucket_starts(first, last, grain)
    ends = [*starts[1:], _after(starts[-1], grain)]
    return {start: dict(_types(workspace, start, end)) for start, end in zip(starts, ends, strict=True)}


def _after(start: date, grain: Grain) -> date:
    """The first day of the bucket after that of start."""
    later = date.fromordinal(start.toordinal() + {"day": 1, "week": 7, "month": 31}[grain])
    return bucket_starts(start, later, grain)[1]


def _types(workspace: Workspace, start: date, end: date) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_BY_TYPE, {"workspace_id": workspace.pk, "date_start": start, "date_end": end})
        return [(user_type, people) for user_type, people in cursor.fetchall()]
