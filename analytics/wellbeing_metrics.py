"""Metrics of wellbeing (metrics.md 6) of the whole workspace."""

from analytics.metrics import METRICS, Metric

COUNTS = {
    "activations_started": ("Activations started", "sessions", "Activation sessions that start in the time."),
    "activations_completed": ("Activations completed", "sessions", "Those of the started that were completed."),
    "activations_all_rounds": (
        "Activations with all rounds",
        "sessions",
        "Activation sessions that start in the time and were completed with all 8 rounds.",
    ),
}
MICRO_ACTS = {
    "micro_acts": ("Micro-acts", "acts", "Micro-acts people recorded."),
    "acts_for_others": ("Acts for others", "acts", "Micro-acts whose impact scope is anything but self."),
    "micro_acts_shared": ("Micro-acts shared", "acts", "Micro-acts people shared to the feed."),
}

METRICS.register(
    *(
        Metric(key, title, unit, definition, key, rollup="wellbeing_daily", recount="activations")
        for key, (title, unit, definition) in COUNTS.items()
    ),
    *(
        Metric(key, title, unit, definition, key, rollup="wellbeing_daily", recount="micro_acts")
        for key, (title, unit, definition) in MICRO_ACTS.items()
    ),
    Metric(
        "flourish_index",
        "Flourish index",
        "points",
        "Mean flourish index, 0 to 100, of people and days with wellbeing activity, a part in a wave, a post or an "
        "interaction: 0.4 mood + 0.3 micro-acts + 0.2 community + 0.1 streak by its default definition. The streak "
        "counts with the days before the day itself, whose session is in the mood.",
        "flourish_sum",
        kind="ratio",
        denominator="wellbeing_people",
        rollup="wellbeing_daily",
    ),
    Metric(
        "add_value_index",
        "Add-value index",
        "points",
        "Mean add-value index, 0 to 100, of the same people and days: 0.5 benefit to others + 0.3 sharing + 0.2 wave "
        "by its default definition.",
        "add_value_sum",
        kind="ratio",
        denominator="wellbeing_people",
        rollup="wellbeing_daily",
    ),
    Metric(
        "streak",
        "Streak",
        "days",
        "Mean streak of people with a completed activation: consecutive days with one that end with the day.",
        "streak_sum",
        kind="ratio",
        denominator="streak_people",
        rollup="wellbeing_daily",
        recount="activations",
    ),
    Metric(
        "activation_completion",
        "Activation completion",
        "ratio",
        "Activation sessions completed with all 8 rounds, divided by those started.",
        "activations_all_rounds",
        kind="ratio",
        denominator="activations_started",
        rollup="wellbeing_daily",
        recount="activations",
    ),
    Metric(
        "activation_completed_rate",
        "Activations brought to an end",
        "ratio",
        "Activation sessions completed with however many rounds, divided by those started.",
        "activations_completed",
        kind="ratio",
        denominator="activations_started",
        rollup="wellbeing_daily",
        recount="activations",
    ),
    Metric(
        "mood_shift",
        "Mood shift",
        "points",
        "Mean of end mood minus start mood of completed activation sessions that tell both.",
        "mood_shift_sum",
        kind="ratio",
        denominator="mood_shifts",
        rollup="wellbeing_daily",
        recount="activations",
    ),
    Metric(
        "wave_participation",
        "Wave participation",
        "ratio",
        "Distinct people who joined a wave in the 7 days that end with the day, divided by the people active in them; "
        "of a week, both of the week.",
        "wave_people",
        kind="day_ratio",
        denominator="wau",
        rollup="platform_health_daily",
        weekly="wellbeing_weekly",
        recount="waves",
    ),
    Metric(
        "wave_people",
        "People in waves",
        "people",
        "Distinct people who joined a wave in the 7 days that end with the day, or in the week.",
        "wave_people",
        kind="day",
        rollup="platform_health_daily",
        weekly="wellbeing_weekly",
        recount="waves",
    ),
    Metric(
        "practising_people",
        "People who practise",
        "people",
        "Distinct people with a completed activation.",
        "streak_people",
        kind="day",
        rollup="wellbeing_daily",
        weekly="wellbeing_weekly",
        recount="activations",
    ),
    Metric(
        "wave_attendance",
        "Wave attendance",
        "%",
        "People who joined a wave for the first time after they had registered for it in the 7 days up to then, per "
        "100 registrations. Both count on their own days, so that a single day can have more than 100.",
        "wave_attended",
        kind="ratio",
        denominator="wave_registrations",
        rollup="platform_health_daily",
        scale=100,
    ),
    Metric(
        "wave_energy_boost",
        "Energy boost of waves",
        "points",
        "Mean of energy after minus energy before, of feedbacks on waves that tell both.",
        "energy_boost_sum",
        kind="ratio",
        denominator="energy_boosts",
        rollup="wellbeing_daily",
        recount="waves",
    ),
    Metric(
        "wave_rating",
        "Rating of waves",
        "points",
        "Mean rating of waves, 1 to 5.",
        "wave_rating_sum",
        kind="ratio",
        denominator="wave_ratings",
        rollup="wellbeing_daily",
        recount="waves",
    ),
    Metric(
        "platform_health",
        "Platform health",
        "points",
        "0 to 100: mean of growth (weekly active people against 1,000), engagement (7-day retention against 40 %), "
        "well-being (mean flourish index against 70) and community (wave participation against 60 %), each at most "
        "100, of the 7 days that end with the day. Targets are a definition; a quarter with nobody to tell of is left "
        "out. Weeks and months are means of their days.",
        "health_points",
        kind="ratio",
        denominator="health_quarters",
        data_points="wau",
        rollup="platform_health_daily",
    ),
)
