"""Wellbeing (metrics.md 6): the rollups of activation sessions, micro-acts, waves and streaks, and the two indices of a
person's day with their weights.
"""

from datetime import timedelta

from analytics.definitions import DEFINITIONS, Definition
from analytics.rollups.rollup import ROLLUPS, Rollup

# How long after its start an event still belongs to an activation session (sql/wellbeing_activity_daily.sql).
ACTIVATION_LONGEST = timedelta(hours=12)

DEFINITIONS.register(
    Definition(
        "flourish_index",
        "Flourish index",
        "Weights and points of the flourish index of a person's day: mood (mood_base is added to the shift before that "
        "is multiplied), micro-acts, community and streak. Each part is at most `most`. own_day_in_streak: the day's "
        "own session, which counts in the mood, counts in the streak part as well.",
        {
            "mood_weight": 0.4,
            "acts_weight": 0.3,
            "community_weight": 0.2,
            "streak_weight": 0.1,
            "mood_base": 10,
            "per_mood_point": 5,
            "per_micro_act": 20,
            "per_post": 15,
            "per_interaction": 5,
            "for_wave": 30,
            "per_streak_day": 10,
            "own_day_in_streak": False,
            "most": 100,
        },
        limits={"most": (0, 100), "mood_base": (0, 10)},
        sums={("mood_weight", "acts_weight", "community_weight", "streak_weight"): 1},
    ),
    Definition(
        "add_value_index",
        "Add-value index",
        "Weights and points of the add-value index of a person's day: benefit to others, sharing and wave. Each part "
        "is at most `most`.",
        {
            "benefit_weight": 0.5,
            "sharing_weight": 0.3,
            "wave_weight": 0.2,
            "per_act_for_others": 15,
            "per_value_point": 5,
            "per_interaction": 10,
            "per_shared_act": 20,
            "for_wave": 50,
            "for_discussion": 25,
            "for_wave_share": 25,
            "most": 100,
        },
        limits={"most": (0, 100)},
        sums={("benefit_weight", "sharing_weight", "wave_weight"): 1},
    ),
)

ROLLUPS.register(
    Rollup(
        key="wellbeing_activity_daily",
        title="Activations and micro-acts of each person by day",
        table="wellbeing_activity_daily",
        grain="day",
        reads_events=True,
        event_types={
            "activation_types": (
                "activation_started",
                "activation_round_completed",
                "activation_mood_logged",
                "activation_completed",
            ),
            "microact_types": ("microact_created", "microact_shared"),
        },
        reach=ACTIVATION_LONGEST,
        widen="wellbeing_activity_widen",
    ),
    Rollup(
        key="wave_activity_daily",
        title="Parts of people in waves by day",
        table="wave_activity_daily",
        grain="day",
        reads_events=True,
        event_types={
            "wave_types": (
                "wave_registered",
                "wave_joined",
                "wave_left",
                "wave_interaction",
                "wave_microact_shared",
                "wave_feedback_submitted",
            ),
        },
    ),
    Rollup(
        key="streaks",
        title="Runs of days with a completed activation",
        table="analytics_streak",
        grain="day",
        depends_on={"wellbeing_activity_daily": 0},
        own_delete=True,
    ),
    Rollup(
        key="user_wellbeing_daily",
        title="Flourish and add-value index of each person by day",
        table="user_wellbeing_daily",
        grain="day",
        depends_on={
            "user_activity_daily": 0,
            "wellbeing_activity_daily": 0,
            "wave_activity_daily": 0,
            "streaks": 0,
        },
        definitions=("flourish_index", "add_value_index"),
    ),
)
