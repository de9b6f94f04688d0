"""Activity of each person by day (metrics.md)."""

import pytest

from analytics.models import UserActivityDaily
from tests.analytics.community import Community, at

FILLS = ("platform_daily",)

COUNTED = {
    "post_created": "posts_created",
    "comment_created": "comments_created",
    "like_given": "likes_given",
    "post_shared": "shares",
    "user_follow": "follows_made",
    "message_sent": "messages_sent",
    "profile_view": "profile_views",
    "news_article_view": "news_articles_viewed",
    "trending_item_view": "trending_items_viewed",
    "story_view": "stories_viewed",
    "media_upload": "media_uploaded",
    "community_join": "communities_joined",
    "community_leave": "communities_left",
    "community_post": "community_posts",
    "post_view": "posts_viewed",
    "page_view": "pages_viewed",
    "collection_created": "collections_created",
    "vote": "votes_given",
}


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Of each kind of event one, by somebody of its name."""
    community = Community("commons-counted")
    for name in COUNTED:
        community.happens(name, name, at(0))
    community.fill()
    return community


@pytest.mark.parametrize(("name", "column"), COUNTED.items())
def test_an_event_adds_one_to_its_count_and_to_no_other(filled, as_filled, name, column):
    row = as_filled(filled).activity(name, 0)
    assert {other: getattr(row, other) for other in COUNTED.values() if getattr(row, other)} == {column: 1}
    assert (row.events, row.active_events) == (1, 1)


def test_an_event_without_a_count_makes_active_and_adds_nothing(community):
    community.happens("something_new", "ada", at(0))
    community.fill()

    row = community.activity("ada", 0)
    assert row.active_events == 1
    assert not any(getattr(row, column) for column in COUNTED.values())


@pytest.mark.parametrize("category", ["system", "error", "performance"])
def test_events_of_machines_make_nobody_active(community, category):
    community.happens("probe", "ada", at(0), event_category=category)
    community.fill()

    assert (community.activity("ada", 0).events, community.activity("ada", 0).active_events) == (1, 0)
    assert community.metric("dau", 0).value == 0


def test_taking_a_like_or_a_follow_back_is_the_opposite_and_never_counts_as_the_act(community):
    for name, action in (("post_like", "like"), ("post_like", "unlike"), ("user_follow", "unfollow")):
        community.happens(name, "ada", at(0), properties={"action": action, "authorId": "bob"})
    community.fill()

    row = community.activity("ada", 0)
    assert (row.likes_given, row.follows_made, row.unfollows_made) == (1, 0, 1)


def test_likes_are_received_from_others_only(community):
    for liker in ("bob", "cyd", "ada"):
        community.happens("like_given", liker, at(0), properties={"post_id": "p", "author_id": "ada"})
    community.fill()

    assert community.activity("ada", 0).likes_received == 2
    assert community.activity("bob", 0).likes_received == 0


def test_likes_received_on_an_idle_day_do_not_make_active(community):
    community.happens("like_given", "bob", at(0), properties={"author_id": "ada"})
    community.fill()

    row = community.activity("ada", 0)
    assert (row.likes_received, row.events, row.first_event_at) == (1, 0, None)
    assert community.metric("dau", 0).value == 1


def test_sources_are_added_up_before_they_meet_so_that_none_multiplies_another(community):
    for minute in range(2):
        community.happens("post_created", "ada", at(0, f"12:0{minute}"))
    for minute in range(3):
        community.happens("comment_created", "ada", at(0, f"15:0{minute}"))
    for liker in ("bob", "cyd"):
        community.happens("like_given", liker, at(0), properties={"author_id": "ada"})
    community.fill()

    row = community.activity("ada", 0)
    assert (row.posts_created, row.comments_created, row.likes_received, row.sessions) == (2, 3, 2, 2)


def test_events_of_nobody_belong_to_nobody(community):
    community.happens("post_created", None, at(0))
    community.happens("post_created", "undefined", at(0))
    community.fill()

    assert not UserActivityDaily.objects.filter(workspace=community.workspace).exists()
    assert community.day(0) is None


def test_bots_are_kept_apart(community):
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    envelope = {
        "type": "track",
        "event": "post_view",
        "messageId": "b",
        "userId": "ada",
        "timestamp": at(0).isoformat(),
        "context": {"userAgent": crawler},
    }
    community.store([envelope], at(0))
    community.fill()

    assert community.activity("ada", 0) is None
    assert community.activity("ada", 0, excluded=True).posts_viewed == 1
    assert community.metric("dau", 0).value == 0


def test_days_are_those_of_the_workspaces_zone(community):
    community.workspace.time_zone = "Asia/Kathmandu"  # 5:45 ahead of UTC
    community.workspace.save()
    community.happens("post_created", "ada", at(0, "18:14"))
    community.happens("post_created", "ada", at(0, "18:15"))
    community.fill()

    assert community.activity("ada", 0).posts_created == 1
    assert community.activity("ada", 1).posts_created == 1
