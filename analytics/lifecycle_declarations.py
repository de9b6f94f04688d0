"""Lifecycle, segments and engagement levels: their thresholds, the rollups that count them, and the metrics."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from analytics.definitions import DEFINITIONS, Definition
from analytics.lifecycle import LONGEST_DAYS
from analytics.metrics import METRICS, Metric
from analytics.rollups.rollup import ROLLUPS, Rollup


def _in_order(longest: str, long: str, short: tuple[str, ...]) -> Callable[[dict[str, Any]], None]:
    """A check: counting relies on it that one threshold includes the other."""

    def check(value: dict[str, Any]) -> None:
        for greater, smaller in ((longest, long), *((long, name) for name in short)):
            if value[smaller] > value[greater]:
                raise ValidationError({smaller: f"This is at most {greater}, which is {value[greater]:g}."})

    return check


DEFINITIONS.register(
    Definition(
        "content_acts",
        "Content acts",
        "What counts as a content act of lifecycle and segments: 1 where it does, 0 where it does not.",
        dict.fromkeys(("posts", "comments", "votes", "collections"), 1) | {"community_posts": 0, "likes": 0},
        limits=dict.fromkeys(("posts", "comments", "votes", "collections", "community_posts", "likes"), (0.0, 1.0)),
    ),
    Definition(
        "lifecycle",
        "Lifecycle",
        "The first that fits: churned is idle for more than so many days, dormant likewise, engaged did a content act "
        "in the last so many days, new signed up at most so many days ago; else registered. An event of any kind ends "
        "being idle. churned_after is the longest, then dormant_after.",
        {"churned_after": 90, "dormant_after": 30, "engaged_within": 30, "new_within": 7},
        limits=dict.fromkeys(("churned_after", "dormant_after", "engaged_within"), (1.0, float(LONGEST_DAYS)))
        | {"new_within": (0.0, float(LONGEST_DAYS))},
        check=_in_order("churned_after", "dormant_after", ("engaged_within", "new_within")),
    ),
    Definition(
        "segments",
        "Segments",
        "The first that fits: power is active every day of a week with so many content acts in it, active is active in "
        "the week with so many, churned (lost_after) and at risk are idle for at least so many days; else casual.",
        {"power_acts": 5, "active_acts": 2, "at_risk_after": 14, "lost_after": 30},
        # Whoever is active in the week is not idle.
        limits=dict.fromkeys(("at_risk_after", "lost_after"), (7.0, float(LONGEST_DAYS))),
        check=_in_order("lost_after", "at_risk_after", ()),
    ),
    Definition(
        "engagement_level",
        "Engagement level",
        "Points of a post, a comment, a vote and a collection, and the score of a day from which a person is a power "
        "user or active. Below, whoever did any of them is casual, and whoever was active otherwise a lurker.",
        {"posts": 3, "comments": 2, "votes": 1, "collections": 5, "power_user": 50, "active": 20},
        check=_in_order("power_user", "active", ()),
    ),
)

ROLLUPS.register(
    Rollup(
        key="recency_daily",
        title="How recently people were seen, by day",
        table="recency_daily",
        grain="day",
        definitions=("content_acts",),
        # Whoever comes back within so many days is taken off the day of before.
        depends_on={"user_activity_daily": LONGEST_DAYS, "people": 0},
    ),
    Rollup(
        key="lifecycle_daily",
        title="Lifecycle and segments by day",
        table="lifecycle_daily",
        grain="day",
        definitions=("content_acts", "lifecycle", "segments"),
        # A day more: what is kept is the change from the day before.
        depends_on={"recency_daily": LONGEST_DAYS + 1},
    ),
    Rollup(
        key="engagement_level_daily",
        title="Engagement levels by day",
        table="engagement_level_daily",
        grain="day",
        definitions=("engagement_level",),
        depends_on={"user_activity_daily": 1, "people": 1},
    ),
)

NO_BOTS = "Bots and test accounts are never in it."


def _metrics(prefix: str, rollup: str, of: dict[str, tuple[str, str, str, bool | None]]) -> None:
    """One metric each: name -> (title, definition, column, whether more of it is good news)."""
    for name, (title, definition, column, good) in of.items():
        METRICS.register(
            Metric(
                f"{prefix}_{name}",
                title,
                "people",
                f"{definition} {NO_BOTS}",
                column,
                kind="running" if column.endswith("_change") else "day",
                rollup=rollup,
                recount="engagement_levels" if rollup == "engagement_level_daily" else "lifecycle",
                higher_is_better=good,
            )
        )


_metrics(
    "lifecycle",
    "lifecycle_daily",
    {
        "engaged": ("Engaged people", "Lifecycle: did a content act in the last 30 days.", "engaged", True),
        "new": (
            "New people",
            "Lifecycle: signed up at most 7 days ago and did no content act in the last 30 days.",
            "new",
            None,
        ),
        "registered": (
            "Registered people",
            "Lifecycle: signed up, idle for at most 30 days, neither engaged nor new.",
            "registered",
            None,
        ),
        "dormant": ("Dormant people", "Lifecycle: idle for more than 30 and at most 90 days.", "dormant", False),
        "churned": ("Churned people", "Lifecycle: idle for more than 90 days.", "churned_change", False),
    },
)
_metrics(
    "segment",
    "lifecycle_daily",
    {
        "power": (
            "Power segment",
            "Segment: active on each of the last 7 days with at least 5 content acts in them.",
            "power",
            True,
        ),
        "active": (
            "Active segment",
            "Segment: active in the last 7 days with at least 2 content acts in them, not power.",
            "active",
            True,
        ),
        "casual": (
            "Casual segment",
            "Segment: idle for less than 14 days, neither power nor active.",
            "casual",
            None,
        ),
        "at_risk": ("At-risk segment", "Segment: idle for at least 14 and less than 30 days.", "at_risk", False),
        "churned": ("Churned segment", "Segment: idle for at least 30 days.", "lost_change", False),
    },
)
_metrics(
    "level",
    "engagement_level_daily",
    {
        "power_user": (
            "Power users of the day",
            "Engagement level: 3 points a post, 2 a comment, 1 a vote and 5 a collection make at least 50 on the day.",
            "power_users",
            True,
        ),
        "active": ("Active people of the day", "Engagement level: a score from 20 to under 50.", "active", True),
        "casual": (
            "Casual people of the day",
            "Engagement level: a score under 20 with any post, comment, vote or collection.",
            "casual",
            True,
        ),
        "lurker": ("Lurkers of the day", "Engagement level: active on the day in any other way.", "lurkers", None),
        "inactive": (
            "Inactive people of the day",
            "Engagement level: signed up and not active on the day.",
            "inactive_change",
            None,
        ),
    },
)
