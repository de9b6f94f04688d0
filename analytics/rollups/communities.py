"""Rollups of communities: who is a member, and what happens in them."""

from analytics.rollups.rollup import ROLLUPS, Rollup

# What somebody does in a community; the first are those that make content.
CONTENT = ("posts_created", "community_posts", "comments_created", "votes_given", "collections_created")

ROLLUPS.register(
    Rollup(
        key="membership_daily",
        title="Joins and leaves of each person by community and day",
        table="membership_daily",
        grain="day",
        reads_events=True,
        own_delete=True,
        event_types={"membership_types": ("communities_joined", "communities_left", "group")},
    ),
    Rollup(
        key="community_daily",
        title="Communities by day",
        table="community_daily",
        grain="day",
        reads_events=True,
        # Beyond the day itself the statement names the days on which it changes who is a member.
        depends_on={"membership_daily": 0},
        event_types={"act_types": (*CONTENT, "likes_given", "shares")},
    ),
)
