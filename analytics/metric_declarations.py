"""The metrics of this room, which daily rollups carry."""

from analytics.metrics import METRICS, Metric

METRICS.register(
    Metric(
        "dau",
        "Daily active people",
        "people",
        "Distinct people active on the day. Active is whoever has at least one event that day whose category is not "
        "system, error or performance.",
        "dau",
        kind="day",
        recount="active_people",
    ),
    Metric(
        "wau",
        "Weekly active people",
        "people",
        "Distinct people active in the 7 days that end with the day, both ends included. As a week: distinct people "
        "active from Monday to Sunday.",
        "wau",
        kind="day",
        weekly="platform_weekly",
        recount="active_people",
    ),
    Metric(
        "mau",
        "Monthly active people",
        "people",
        "Distinct people active in the 30 days that end with the day, both ends included. As a month: "
        "distinct people active in the calendar month.",
        "mau",
        kind="day",
        monthly="platform_monthly",
        recount="active_people",
    ),
    Metric(
        "stickiness",
        "Stickiness",
        "ratio",
        "Daily active people divided by monthly active people.",
        "dau",
        kind="day_ratio",
        denominator="mau",
        recount="active_people",
    ),
    Metric(
        "new_signups",
        "New sign-ups",
        "people",
        "People whose sign-up day it is: that of the sign-up event, else of the trait created_at, else the day first "
        "seen.",
        "new_signups",
        recount="signups",
    ),
    Metric(
        "total_users",
        "Total users",
        "people",
        "People signed up on or before the day.",
        "new_signups",
        kind="running",
        recount="signups",
    ),
    Metric("events", "Events", "events", "Stored events of people, of any category.", "events", recount="counts"),
    Metric(
        "sessions",
        "Sessions",
        "sessions",
        "Sessions that start in the time: events of one person with gaps of at most 30 minutes, or "
        "as long as the definition session_gap_minutes says.",
        "sessions",
        recount="sessions",
    ),
    Metric(
        "session_duration",
        "Session duration",
        "seconds",
        "Mean time from the first to the last event of a session; sessions of one event count 0.",
        "session_seconds",
        kind="ratio",
        denominator="sessions",
        recount="sessions",
    ),
    Metric(
        "bounce_rate",
        "Bounce rate",
        "ratio",
        "Sessions of exactly one page and no other action, or of one page and under 10 seconds, divided by sessions.",
        "bounces",
        kind="ratio",
        denominator="sessions",
        higher_is_better=False,
        recount="sessions",
    ),
    Metric(
        "pages_per_session",
        "Pages per session",
        "pages",
        "Page and screen views in sessions divided by sessions.",
        "session_pages",
        kind="ratio",
        denominator="sessions",
        recount="sessions",
    ),
    Metric(
        "time_to_first_interaction",
        "Time to first interaction",
        "seconds",
        "Mean time from the start of a session to its first user action that is no page, of sessions that have one.",
        "interaction_seconds",
        kind="ratio",
        denominator="interactive_sessions",
        higher_is_better=False,
        recount="sessions",
    ),
)

COUNTS: dict[str, tuple[str, str]] = {
    "posts_created": ("Posts created", "Posts people created."),
    "comments_created": ("Comments created", "Comments people wrote."),
    "likes_given": ("Likes given", "Likes people gave; taking one back never counts."),
    "likes_received": ("Likes received", "Likes on people's content by others."),
    "shares": ("Shares", "Shares of content."),
    "follows_made": ("Follows", "Follows people made; unfollowing never counts."),
    "unfollows_made": ("Unfollows", "Follows people took back."),
    "messages_sent": ("Messages sent", "Messages people sent."),
    "profile_views": ("Profile views", "Views of profiles."),
    "news_articles_viewed": ("News articles viewed", "Views of news articles."),
    "trending_items_viewed": ("Trending items viewed", "Views of trending items."),
    "stories_viewed": ("Stories viewed", "Views of stories."),
    "media_uploaded": ("Media uploaded", "Pictures, films and files uploaded."),
    "communities_joined": ("Communities joined", "Times people joined a community."),
    "communities_left": ("Communities left", "Times people left a community."),
    "community_posts": ("Community posts", "Posts made inside communities."),
    "posts_viewed": ("Posts viewed", "Views of posts."),
    "pages_viewed": ("Pages viewed", "Views of pages and screens."),
    "collections_created": ("Collections created", "Collections people made."),
    "votes_given": ("Votes given", "Votes people gave."),
}
UNFAVOURABLE = {"unfollows_made", "communities_left"}

METRICS.register(
    *(
        Metric(
            key,
            title,
            "events",
            f"{definition} Accepted events of the matching types.",
            key,
            higher_is_better=key not in UNFAVOURABLE,
            recount="likes_received" if key == "likes_received" else "counts",
        )
        for key, (title, definition) in COUNTS.items()
    )
)
