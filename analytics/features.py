"""Features and their adoption: distinct people who used one, of the active people of the period (metrics.md 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from analytics import metrics
from analytics.funnel_steps import Resolved, Step, resolve
from analytics.metrics import METRICS, Metric
from analytics.models import Feature
from analytics.models.features import MOST_FEATURES
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace

# key: (title, event types or what they count as). A workspace begins with those of which it has any.
DEFAULTS: dict[str, tuple[str, list[str]]] = {
    "posting": ("Posting", ["posts_created", "community_posts"]),
    "commenting": ("Commenting", ["comments_created"]),
    "liking": ("Liking", ["likes_given"]),
    "sharing": ("Sharing", ["shares"]),
    "following": ("Following people", ["follows_made"]),
    "messaging": ("Messaging", ["messages_sent"]),
    "voting": ("Voting", ["votes_given"]),
    "collections": ("Collections", ["collections_created"]),
    "profiles": ("Profiles", ["profile_views"]),
    "search": ("Search", ["search_performed"]),
    "news": ("News", ["news_articles_viewed"]),
    "trending": ("Trending", ["trending_items_viewed"]),
    "stories": ("Stories", ["stories_viewed"]),
    "media": ("Media", ["media_uploaded"]),
    "communities": ("Joining communities", ["communities_joined"]),
    "activations": ("Activations", ["activation_started"]),
    "micro-acts": ("Micro-acts", ["microact_created"]),
    "reporting": ("Reporting content", ["report_submitted"]),
}


def resolved(feature: Feature) -> Resolved:
    return resolve(feature.workspace, [Step(feature.key, tuple(feature.events), ())])[0]


def statements(workspace: Workspace, parameters: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """sql/feature_use_daily.sql with the event types of the workspace's features; parameters are the engine's."""
    features = list(Feature.objects.filter(workspace=workspace))
    masks: dict[int, int] = {}
    steps = [Step(feature.key, tuple(feature.events), ()) for feature in features]
    for feature, found in zip(features, resolve(workspace, steps), strict=True):
        for pk in found.types:
            masks[pk] = masks.get(pk, 0) | 1 << feature.bit
    own = {"types": list(masks), "masks": list(masks.values())}
    yield statement("analytics", "feature_use_daily"), parameters | own


def free_bit(workspace: Workspace) -> int:
    """A bit that no feature of the workspace has. Raises ValidationError where there are too many."""
    taken = set(Feature.objects.filter(workspace=workspace).values_list("bit", flat=True))
    bit = next((bit for bit in range(MOST_FEATURES) if bit not in taken), None)
    if bit is None:
        raise ValidationError(f"A workspace has at most {MOST_FEATURES} features: delete one first.")
    return bit


def create_defaults(workspace: Workspace) -> None:
    """The features that the workspace's event types are about, which operators may change or delete."""
    steps = [Step(key, tuple(events), ()) for key, (_, events) in DEFAULTS.items()]
    known = {found.step.text: found for found in resolve(workspace, steps)}
    rows = [
        Feature(workspace=workspace, key=key, title=title, events=events, bit=bit)
        for bit, (key, (title, events)) in enumerate(DEFAULTS.items())
        if known[key].types
    ]
    Feature.objects.bulk_create(rows)


def titles(workspace: Workspace) -> dict[str, str]:
    """By key."""
    return dict(Feature.objects.filter(workspace=workspace).values_list("key", "title"))


def refill(workspace: Workspace) -> int:
    """Open every day for the next fill, as after a change of a feature; how many."""
    rollup = ROLLUPS["feature_use_daily"]
    first = metrics.first_day(workspace)
    if first is None:
        return 0
    days = set(rollup.between(buckets.day_start(first, workspace.zone), timezone.now(), workspace))
    engine.open_buckets(workspace, {rollup.key: days})
    return len(days)


ROLLUPS.register(
    Rollup(
        key="feature_use_daily",
        title="Features that people used by day",
        table="feature_use_daily",
        grain="day",
        depends_on={"user_activity_daily": 0},
        statements=statements,
    ),
    Rollup(
        key="feature_daily",
        title="Adoption of features by day",
        table="feature_daily",
        grain="day",
        depends_on={"feature_use_daily": 0},
    ),
    Rollup(
        key="feature_weekly",
        title="Adoption of features by week",
        table="feature_weekly",
        shared_sql="feature_period",
        grain="week",
        depends_on={"feature_use_daily": 0},
    ),
    Rollup(
        key="feature_monthly",
        title="Adoption of features by month",
        table="feature_monthly",
        shared_sql="feature_period",
        grain="month",
        depends_on={"feature_use_daily": 0},
    ),
)

METRICS.register(
    Metric(
        "feature_adoption",
        "Feature adoption",
        "ratio",
        "Distinct people who used the feature divided by the active people of the day, week or month. A feature is "
        "used by any event of its types; taking an act back is no use.",
        "people",
        kind="day_ratio",
        denominator="active_people",
        rollup="feature_daily",
        weekly="feature_weekly",
        monthly="feature_monthly",
        per="feature",
    ),
    Metric(
        "feature_people",
        "People who used a feature",
        "people",
        "Distinct active people who used the feature in the day, week or month.",
        "people",
        kind="day",
        rollup="feature_daily",
        weekly="feature_weekly",
        monthly="feature_monthly",
        per="feature",
    ),
)
