"""Wellbeing of the whole workspace (metrics.md 6): its rollups by day and week, and the targets of its health."""

from analytics.definitions import DEFINITIONS, Definition
from analytics.rollups.rollup import ROLLUPS, Rollup

DEFINITIONS.register(
    Definition(
        "platform_health",
        "Platform health",
        "What each quarter of the health of the platform is measured against: weekly active people (growth), mean "
        "flourish index (well-being), wave participation (community) and 7-day retention (engagement) in per cent.",
        {"wau": 1000, "flourish": 70, "wave_percent": 60, "retention_percent": 40},
        limits={
            "wau": (1, 1_000_000_000),
            "flourish": (1, 100),
            "wave_percent": (1, 100),
            "retention_percent": (1, 100),
        },
    )
)

ROLLUPS.register(
    Rollup(
        key="wellbeing_daily",
        title="Wellbeing by day",
        table="wellbeing_daily",
        grain="day",
        depends_on={"wellbeing_activity_daily": 0, "wave_activity_daily": 0, "user_wellbeing_daily": 0},
    ),
    Rollup(
        key="platform_health_daily",
        title="Waves and health of the platform by day",
        table="platform_health_daily",
        grain="day",
        # Windows of 7 days, and the 7th day after a sign-up before those.
        depends_on={
            "platform_daily": 0,
            "wave_activity_daily": 6,
            "wellbeing_daily": 6,
            "user_activity_daily": 6,
            "people": 13,
        },
        definitions=("platform_health",),
    ),
    Rollup(
        key="wellbeing_weekly",
        title="Wellbeing by week",
        table="wellbeing_weekly",
        grain="week",
        depends_on={"wellbeing_activity_daily": 0, "wave_activity_daily": 0, "platform_weekly": 0},
    ),
)
