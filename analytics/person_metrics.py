"""Metrics of one person: `metrics.read(metric, ..., of=str(person_id))`, as `manage.py metric KEY --person ID` does."""

from dataclasses import replace

from analytics.metrics import METRICS, PERSON, Metric
from analytics.models import UserActivityDaily
from config.lib.registry import Registry

PERSON_METRICS: Registry[Metric] = Registry("metric of a person")
# What an index is made of, told with it.
PARTS = {
    "flourish_index": ("mood_points", "acts_points", "community_points", "streak_points"),
    "add_value_index": ("benefit_points", "sharing_points", "wave_points"),
    "engagement_score": ("reach_points", "standing_points", "active_days", "followers", "following"),
}
WELLBEING = {
    "flourish_index": ("Flourish index", "points", "Weighted sum of its four parts, 0 to 100, of the day."),
    "add_value_index": ("Add-value index", "points", "Weighted sum of its three parts, 0 to 100, of the day."),
    "streak": ("Streak", "days", "Consecutive days with a completed activation that end with the day."),
    "mood_points": ("Mood part", "points", "M: of the mood shift of the last completed activation session."),
    "acts_points": ("Micro-acts part", "points", "A: of the micro-acts."),
    "community_points": ("Community part", "points", "C: of posts, interactions given and a wave."),
    "streak_points": ("Streak part", "points", "K: of the days of the streak before this one."),
    "benefit_points": ("Benefit part", "points", "B: of the acts for others and their value scores."),
    "sharing_points": ("Sharing part", "points", "S: of interactions given and micro-acts shared to the feed."),
    "wave_points": ("Wave part", "points", "W: of the wave, its discussion and micro-acts shared in it."),
}
ENGAGEMENT = {
    "engagement_score": ("Engagement score", "points", "Weighted sum of R, S and K as of the day."),
    "reach_points": ("Reach part", "points", "R: posts, likes, comments, messages and follows of 30 days."),
    "standing_points": ("Standing part", "points", "S: followers against people followed."),
    "active_days": ("Active days", "days", "K: distinct active days of the 30 that end with the day."),
    "followers": ("Followers", "people", "People who follow the person as the day ends."),
    "following": ("Following", "people", "People whom the person follows as the day ends."),
}

PERSON_METRICS.register(
    *(
        Metric(key, title, unit, definition, key, kind="day", rollup="user_wellbeing_daily", per=PERSON)
        for key, (title, unit, definition) in WELLBEING.items()
    ),
    *(
        Metric(key, title, unit, definition, key, kind="holds", rollup="user_engagement_daily", per=PERSON)
        for key, (title, unit, definition) in ENGAGEMENT.items()
    ),
    # What is counted of everybody by adding people up can be told of each.
    *(
        replace(metric, rollup="user_activity_daily", weekly="", monthly="", per=PERSON, recount="")
        for metric in METRICS
        if metric.rollup == "platform_daily"
        and metric.adds_up
        and metric.kind != "mean"
        and metric.columns <= {field.column for field in UserActivityDaily._meta.concrete_fields}  # noqa: SLF001 its public name
    ),
)
