"""Communities by day: who is a member as of that day, what members do, growth and churn."""

import json
import random
import uuid
from io import StringIO

from django.core.management import call_command
from django.db import connection

from analytics import change_previews, metrics
from analytics.definition_changes import Applied
from analytics.metrics import METRICS
from analytics.models import CommunityDaily, CommunityEngagement
from analytics.rollups import engine
from tests.analytics.community import Community, at
from tests.analytics.test_bots import CRAWLER

FILLS = ("churn_daily", "community_daily", "platform_daily")


def joins(community, who, day, to="chess", clock="12:00", name="community_join", **more):
    community.happens(name, who, at(day, clock), properties={"communityId": to}, **more)


def leaves(community, who, day, to="chess", clock="12:00"):
    joins(community, who, day, to, clock, "community_leave")


def posts(community, who, day, to="chess", name="community_post"):
    community.happens(name, who, at(day), properties={"communityId": to, "postId": "p", "authorId": "zoe"})


def told(community, key, days, of="chess"):
    """Of each day: the value."""
    return [
        metrics.read(METRICS[f"community_{key}"], community.workspace, at(day).date(), at(day).date(), of=of)[0].value
        for day in days
    ]


def row(community, day, of="chess"):
    return CommunityDaily.objects.filter(workspace=community.workspace, community_id=of, date=at(day).date()).first()


def test_members_come_and_go_and_rates_are_of_those_at_the_start_of_the_day(community):
    for who in ("ada", "bob", "cyd", "dan"):
        joins(community, who, 0)
    leaves(community, "dan", 2)
    joins(community, "eve", 2)
    joins(community, "fay", 2)
    community.fill()

    assert told(community, "members", range(-1, 4)) == [0, 4, 4, 5, 5]
    assert told(community, "new_members", range(4)) == [4, 0, 2, 0]
    assert told(community, "members_left", range(4)) == [0, 0, 1, 0]
    assert told(community, "growth_rate", range(4)) == [None, 0, 0.25, 0]
    assert told(community, "churn_rate", range(4)) == [None, 0, 0.25, 0]
    assert told(community, "retention_rate", range(4)) == [None, 1, 0.75, 1]
    (kept,) = metrics.read(METRICS["community_retention_rate"], community.workspace, *[at(2).date()] * 2, of="chess")
    assert (kept.numerator, kept.denominator) == (3, 4)


def test_what_members_do_counts_each_once_and_multiplies_nothing(community):
    joins(community, "ada", 0)
    joins(community, "bob", 0)
    for _ in range(3):
        posts(community, "ada", 1)
    posts(community, "bob", 1, name="post_comment")
    posts(community, "bob", 1, name="post_comment")
    posts(community, "eve", 1, name="post_comment")
    posts(community, "ada", 1, name="post_like")
    leaves(community, "bob", 1)
    community.fill()

    found = row(community, 1)
    assert (found.posts, found.comments, found.total_interactions) == (3, 3, 7)
    # Bob has left by the end of the day, and Eve never was a member.
    assert (found.active_members, found.active_people, found.members_left) == (1, 3, 1)
    assert told(community, "avg_posts_per_member", [1]) == [3]
    assert told(community, "engagement_rate", [0, 1, 2]) == [0, 1, 0]


def test_joining_twice_and_leaving_what_one_is_not_in_change_nothing(community):
    joins(community, "ada", 0)
    joins(community, "ada", 1)
    leaves(community, "bob", 1)
    leaves(community, "ada", 2)
    leaves(community, "ada", 3)
    community.fill()

    assert told(community, "members", range(5)) == [1, 1, 0, 0, 0]
    assert told(community, "new_members", range(5)) == [1, 0, 0, 0, 0]
    assert told(community, "members_left", range(5)) == [0, 0, 1, 0, 0]


def test_who_leaves_and_comes_back_on_one_day_did_both(community):
    joins(community, "ada", 0)
    leaves(community, "ada", 1, clock="09:00")
    joins(community, "ada", 1, clock="10:00")
    joins(community, "bob", 1, clock="10:00")
    leaves(community, "bob", 1, clock="11:00")
    community.fill()

    assert (row(community, 1).new_members, row(community, 1).members_left) == (2, 2)
    assert told(community, "members", range(3)) == [1, 1, 1]


def test_at_the_same_instant_the_order_of_arrival_decides(community):
    leaves(community, "ada", 0)
    joins(community, "ada", 0, received=at(0, "12:01"))
    joins(community, "bob", 0)
    community.happens("community_leave", "bob", at(0), received=at(0, "12:01"), properties={"communityId": "chess"})
    community.fill()

    assert told(community, "members", [0]) == [1]


def test_a_group_call_says_that_its_person_is_a_member(community):
    envelope = {"type": "group", "messageId": "g", "userId": "ada", "groupId": "chess", "timestamp": at(0).isoformat()}
    community.store([envelope], at(0))
    community.fill()

    assert told(community, "members", [0]) == [1]


def test_a_late_join_makes_a_member_of_those_days_and_no_other(community):
    joins(community, "bob", 0)
    posts(community, "ada", 40)
    posts(community, "ada", 60)
    joins(community, "ada", 50)
    posts(community, "bob", 45)
    community.fill()
    assert told(community, "active_members", (40, 45, 60)) == [0, 1, 1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE community_daily SET calculated_at = '2000-01-01'")

    joins(community, "ada", 10, received=at(90))
    community.fill()

    assert told(community, "members", (9, 10, 49, 50, 60)) == [1, 2, 2, 2, 2]
    assert told(community, "new_members", (10, 50)) == [1, 0]
    assert told(community, "active_members", (40, 45, 60)) == [1, 1, 1]
    filled = CommunityDaily.objects.filter(calculated_at__gt=at(0)).values_list("date", flat=True)
    assert sorted(filled) == [at(day).date() for day in (10, 40, 50)]


def test_a_late_leave_ends_a_membership_until_the_next_join(community):
    joins(community, "ada", 0)
    joins(community, "ada", 30)
    posts(community, "ada", 20)
    community.fill()
    leaves(community, "ada", 10)
    community.fill()

    assert told(community, "members", (9, 10, 29, 30)) == [1, 0, 0, 1]
    assert told(community, "new_members", (30,)) == [1]
    assert told(community, "active_members", (20,)) == [0]


def test_bots_are_no_members_and_do_nothing(community):
    moment = at(0)
    for name in ("community_join", "community_post"):
        envelope = {"type": "track", "event": name, "userId": "robot", "timestamp": moment.isoformat()}
        envelope |= {"messageId": name, "properties": {"communityId": "chess"}, "context": {"userAgent": CRAWLER}}
        community.store([envelope], moment)
    community.fill()

    assert row(community, 0) is None


def test_communities_are_apart_and_so_are_workspaces(community):
    other = Community("commons-other")
    joins(community, "ada", 0)
    joins(community, "ada", 0, to="go")
    joins(other, "ada", 0)
    joins(other, "bob", 0)
    leaves(community, "ada", 1, to="go")
    community.fill()
    other.fill()

    assert (told(community, "members", (0, 1)), told(community, "members", (0, 1), of="go")) == ([1, 1], [1, 0])
    assert told(other, "members", (0, 1)) == [2, 2]


def test_one_person_behind_two_ids_is_one_member(community):
    joins(community, "ada", 0)
    community.happens("community_join", None, at(1), anonymous_id="visitor", properties={"communityId": "chess"})
    community.fill()
    assert told(community, "members", (1,)) == [2]

    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
    community.store([identify | {"timestamp": at(9).isoformat()}], at(9))
    community.fill()
    assert told(community, "members", (0, 1)) == [1, 1]


def test_the_view_tells_members_and_rates_of_each_day(community):
    joins(community, "ada", 0)
    joins(community, "bob", 0)
    leaves(community, "bob", 3)
    posts(community, "ada", 3)
    community.fill()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT members, members_before, engagement_rate, growth_rate, churn_rate, retention_rate,"
            " avg_posts_per_member FROM community_engagement WHERE workspace_id = %s ORDER BY date",
            [community.workspace.pk],
        )
        assert cursor.fetchall() == [(2, 0, 0, None, None, None, 0), (1, 2, 1, -0.5, 0.5, 0.5, 1)]
    assert list(CommunityEngagement.objects.order_by("date").values_list("members", flat=True)) == [2, 1]


def test_the_command_tells_each_community_or_one(community):
    joins(community, "ada", 0)
    joins(community, "ada", 0, to="go")
    joins(community, "bob", 1, to="go")
    community.fill()

    def ask(*more):
        out = StringIO()
        call_command("metric", "community_members", "--workspace", "commons", "--json", *more, stdout=out)
        return json.loads(out.getvalue())

    each = ask("--at", "2026-03-03")["each"]
    assert {name: one["value"] for name, one in each.items()} == {"chess": 1, "go": 2}
    one = ask("--at", "2026-03-03", "--of", "go")
    assert (one["community_id"], one["value"]) == ("go", 2)
    days = ask("--from", "2026-03-02", "--to", "2026-03-03")["each"]
    assert [point["value"] for point in days["go"]["points"]] == [1, 2]


def test_random_lives_are_what_following_them_by_hand_says_in_any_order_of_arrival(db):
    chance = random.Random(11)
    whats = ("community_join", "community_leave", "community_post", "post_like")
    lives = [
        (at(day, f"{chance.randrange(24):02}:{number % 60:02}"), who, what)
        for number in range(3)
        for day in range(40)
        for who in ("ada", "bob", "cyd")
        for what in whats
        if chance.random() < 0.06
    ]
    # One thing at a time, so that the order of arrival decides nothing.
    lives = [one for number, one in enumerate(lives) if one[:2] not in {other[:2] for other in lives[:number]}]
    expected = by_hand(lives)
    for order in (lives, chance.sample(lives, len(lives))):
        community = Community(f"commons-{uuid.uuid4()}")
        for number, (moment, who, what) in enumerate(order):
            community.happens(what, who, moment, properties={"communityId": "chess"})
            if number % 20 == 7:
                community.fill()
        community.fill()
        rows = CommunityEngagement.objects.filter(workspace_id=community.workspace.pk).order_by("date")
        columns = ("date", "members")
        assert list(rows.values_list(*columns)) == [(day, found[0]) for day, found in expected.items()]
        counted = CommunityDaily.objects.filter(workspace=community.workspace).order_by("date")
        names = ("new_members", "members_left", "active_members", "posts", "total_interactions")
        assert list(counted.values_list(*names)) == [found[1:] for found in expected.values()]


def by_hand(lives):
    """Day -> (members at its end, new, left, active members, posts, interactions)."""
    members, found = set(), {}
    for day in sorted({moment.date() for moment, _, _ in lives}):
        new = left = made = interactions = 0
        makers = set()
        for moment, who, what in sorted(lives):
            if moment.date() != day:
                continue
            if what == "community_join":
                new += who not in members
                members.add(who)
            elif what == "community_leave":
                left += who in members
                members.discard(who)
            else:
                interactions += 1
                made += what == "community_post"
                makers |= {who} if what == "community_post" else set()
        found[day] = (len(members), new, left, len(makers & members), made, interactions)
    return found


def test_a_preview_of_what_changes_takes_communities_in(community):
    joins(community, "ada", 0, clock="23:30")
    posts(community, "ada", 1)
    community.fill()

    def move():
        type(community.workspace).objects.filter(pk=community.workspace.pk).update(time_zone="Asia/Kathmandu")
        days = {at(0, "00:00"), at(1, "00:00")}
        engine.open_buckets(community.workspace, {"membership_daily": days, "community_daily": days})
        return Applied(0, [])

    found = change_previews.preview(community.workspace, move)
    assert found.buckets["community_daily"]
