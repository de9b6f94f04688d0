"""Metrics of the whole platform across its systems: who took part by day, week and month, growth and retention."""

from analytics.metrics import METRICS, Metric

COUNTS = {
    "posts": ("Posts", "Posts people created, those made inside communities included, without those deleted since."),
    "comments": ("Comments", "Comments people wrote, without those deleted since."),
    "votes": ("Votes", "Votes people gave."),
    "collections": ("Collections", "Collections people made, without those deleted since."),
    "views_given": ("Views given", "Views of profiles, posts and stories."),
    "activities": ("Activities", "Posts, comments, votes, collections and views given together."),
}
PEOPLE = {
    "active_posters": ("People who posted", "posted"),
    "active_commenters": ("People who commented", "commented"),
    "active_voters": ("People who voted", "voted"),
    "active_collectors": ("People who made collections", "made a collection"),
    "social_people": ("People who posted or commented", "posted or commented, each counted once"),
}

METRICS.register(
    *(
        Metric(key, title, "events", definition, key, recount="participants")
        for key, (title, definition) in COUNTS.items()
    ),
    *(
        Metric(
            key,
            title,
            "people",
            f"Distinct active people who {did}; what is deleted since does not count. Weeks and months have distinct "
            "people of their own.",
            key,
            kind="day",
            weekly="platform_weekly",
            monthly="platform_monthly",
            recount="participants",
        )
        for key, (title, did) in PEOPLE.items()
    ),
    Metric(
        "engagement_rate",
        "Engagement rate",
        "%",
        "Daily active people per 100 users. 0 on a day on which nobody was active.",
        "dau",
        kind="reach",
        denominator="new_signups",
        scale=100,
        idle=0,
        recount="signups",
    ),
    Metric(
        "social_engagement_rate",
        "Social engagement rate",
        "%",
        "People who posted or commented per 100 daily active people; a person counts once, so that it is at most 100.",
        "social_people",
        kind="day_ratio",
        denominator="dau",
        scale=100,
        recount="participants",
    ),
    Metric(
        "growth_rate",
        "Growth rate",
        "%",
        "New users per 100 users there were before; null where there were none.",
        "new_signups",
        kind="growth",
        denominator="new_signups",
        scale=100,
        recount="signups",
    ),
    Metric(
        "avg_dau",
        "Average daily active people",
        "people",
        "Daily active people, added up and divided by the days of the bucket that have begun, idle ones included.",
        "dau",
        kind="mean",
        recount="active_people",
    ),
    Metric(
        "active_people",
        "Active people of a week or month",
        "people",
        "Distinct people active in the week from Monday, or in the calendar month.",
        "active_people",
        kind="day",
        rollup="platform_weekly",
        monthly="platform_monthly",
        recount="participants",
    ),
    Metric(
        "activities_per_user",
        "Activities per user",
        "activities",
        "Posts, comments, votes, collections and views given, divided by the distinct people active in the week or "
        "month.",
        "activities",
        kind="day_ratio",
        denominator="active_people",
        rollup="platform_weekly",
        monthly="platform_monthly",
        recount="participants",
    ),
    Metric(
        "retention",
        "Retention",
        "%",
        "Distinct people active in the week or month and in the one before, per 100 active in the one before.",
        "retained_people",
        kind="day_ratio",
        denominator="previous_people",
        rollup="platform_weekly",
        monthly="platform_monthly",
        scale=100,
        recount="participants",
    ),
)
