"""By what numbers can be filtered, and which can."""

from dataclasses import replace

from analytics.content_panels import members
from analytics.groups import DIMENSIONS, Dimension, cohort_names, of_rollup, size_of
from analytics.lifecycle import SEGMENTS
from analytics.metric_declarations import COUNTS
from analytics.metrics import METRICS, Metric
from analytics.models import PlatformActivityDaily
from analytics.rollups import groups as rollups
from analytics.small_groups import least_people
from analytics.spans import Span
from config.models import Workspace

# Likes are received of people of any group, on days on which one may do nothing.
ACTS = ("dau", "events", *(key for key in COUNTS if key != "likes_received"))
SESSIONS = ("sessions", "session_duration", "bounce_rate", "pages_per_session", "time_to_first_interaction")
CLIENTS = ("client_errors", "client_error_rate", "people_with_errors", "page_load_p50", "page_load_p95")
OF_COMMUNITY = {
    "posts_created": "community_posts_made",
    "community_posts": "community_posts_made",
    "comments_created": "community_comments_made",
}


def platform_names(workspace: Workspace, span: Span) -> list[str]:
    """Those of enough people on any day of the span, the most used first."""
    days = PlatformActivityDaily.objects.filter(
        workspace=workspace, date__range=(span.first, span.last), people__gte=least_people(workspace)
    )
    most: dict[str, int] = {}
    for name, people in days.values_list("platform", "people"):
        most[name] = max(people, most.get(name, 0))
    return sorted(most, key=lambda name: (-most[name], name))


def _in_community(key: str, own: str) -> Metric:
    """What is told of a community in the place of a number of everybody, by the key that asks for it."""
    return replace(METRICS[own], key=key, title=METRICS[key].title)


DIMENSIONS.register(
    Dimension(
        "segment",
        "Segment",
        of_rollup(rollups.SEGMENTS, "segment", (*ACTS, *SESSIONS)),
        size_of(rollups.SEGMENTS, "segment", "people"),
        # Of whoever does something on a day nobody is at risk or churned.
        lambda workspace, span: list(SEGMENTS[:3]),  # noqa: ARG005 the same for all
    ),
    Dimension(
        "platform",
        "Platform",
        of_rollup(rollups.PLATFORMS, "platform", (*ACTS, *CLIENTS)),
        size_of(rollups.PLATFORMS, "platform", "people"),
        platform_names,
        parts=False,
    ),
    Dimension(
        "cohort",
        "Cohort",
        of_rollup(rollups.COHORTS, "cohort", (*ACTS, *SESSIONS, "new_signups", "total_users")),
        size_of(rollups.COHORTS, "cohort", "people"),
        cohort_names,
        # By day of sign-up everybody is told them.
        open=frozenset({"new_signups", "total_users"}),
    ),
    Dimension(
        "community",
        "Community",
        {key: _in_community(key, own) for key, own in OF_COMMUNITY.items()},
        METRICS["community_members"],
        lambda workspace, span: list(members(workspace, span.last)),
        parts=False,
    ),
)
