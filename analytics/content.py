"""One content object as of a day: what was done to it, what follows from that, and where its audience is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from analytics.content_metrics import virality
from analytics.models import Content, ContentPerformanceDaily
from config.models import Workspace

MOST_COUNTRIES = 5


@dataclass(frozen=True, slots=True)
class Ratio:
    """None as value where there are no views."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Performance:
    """Counts at the end of the day. countries: days on which a person of the country did anything to it, the leading
    ones; only of people who agree to be placed.
    """

    content_type: str
    content_id: str
    author_id: UUID | None
    community_id: str | None
    tags: list[str]
    created_at: datetime | None
    deleted_at: datetime | None
    views: int
    unique_views: int
    likes: int
    comments: int
    shares: int
    saves: int
    countries: dict[str, int]

    @property
    def ratios(self) -> dict[str, Ratio]:
        """By metric key (metrics.md 2)."""
        parts = {
            "quality_score": self.likes,
            "content_engagement_rate": self.likes + self.comments + self.shares,
            "viral_coefficient": self.shares,
            "comment_to_view": self.comments,
        }
        return {key: Ratio(numerator, self.views) for key, numerator in parts.items()}

    @property
    def virality_score(self) -> float | None:
        return virality(self.shares / self.views) if self.views else None


def performance(
    workspace: Workspace, content_type: str, content_id: str, day: date | None = None
) -> Performance | None:
    """As of the end of the day, or of the last fill; None where nothing was done to it by then."""
    where: dict[str, Any] = {"workspace": workspace, "content_type": content_type, "content_id": content_id}
    about = Content.objects.filter(**where).first()
    days = ContentPerformanceDaily.objects.filter(**where, **({"date__lte": day} if day else {}))
    last = days.order_by("-date").first()
    if about is None or last is None:
        return None
    countries: Counter[str] = Counter()
    for found in days.filter(countries__isnull=False).values_list("countries", flat=True):
        countries.update(found)
    deleted = days.filter(deleted_at__isnull=False).order_by("date").values_list("deleted_at", flat=True).first()
    return Performance(
        content_type,
        content_id,
        about.author_id,
        about.community_id,
        about.tags,
        about.created_at,
        deleted,
        last.views,
        last.unique_views,
        last.likes,
        last.comments,
        last.shares,
        last.saves,
        dict(sorted(countries.items(), key=lambda item: (-item[1], item[0]))[:MOST_COUNTRIES]),
    )
