"""What was done to content: by day with cumulative counts, and what each object has come to."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from analytics.models import Content, ContentPerformanceDaily, ContentViewer, OpenBucket
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.lib.buckets import day_start
from config.lib.sql import statement
from ingestion.models import Event
from tests.analytics.community import Community, at
from tests.analytics.content import COUNTS, content, expected, row, table
from tests.factories.config import WorkspaceFactory

FILLS = ("content", "user_activity_daily")

NAMES = ("post_view", "like_given", "comment_created", "post_shared", "post_saved")
POST = {"post_id": "p1"}


def does(community, name, who, moment, post="p1", **properties):
    received = properties.pop("received", None)
    community.happens(name, who, moment, received=received, properties={"post_id": post, **properties})


def day(number):
    return at(number).date()


def test_counts_stand_at_the_end_of_each_day_beside_their_change(community):
    does(community, "post_created", "ada", at(0, "08:00"))
    for name in NAMES:
        for who in ("bob", "cyd"):
            does(community, name, who, at(0, "09:00"))
    does(community, "post_view", "bob", at(0, "10:00"))
    does(community, "post_view", "bob", at(3))
    does(community, "post_view", "dan", at(3))
    does(community, "like_given", "dan", at(3))
    community.fill()

    assert row(community, "p1", day(0)) == (3, 2, 2, 2, 2, 2, 3, 2, 2, 2, 2, 2)
    assert row(community, "p1", day(1)) is None
    assert row(community, "p1", day(3)) == (5, 3, 3, 2, 2, 2, 2, 1, 1, 0, 0, 0)
    found = content(community, "p1")
    assert (found.views, found.unique_views, found.likes, found.comments, found.shares, found.saves) == (
        5,
        3,
        3,
        2,
        2,
        2,
    )
    assert (found.created_at, found.deleted_at, found.last_on) == (at(0, "08:00"), None, day(3))


def test_what_is_taken_back_is_the_opposite_act(community):
    for who in ("bob", "cyd"):
        does(community, "like_given", who, at(0))
        does(community, "post_saved", who, at(0))
    does(community, "like_given", "bob", at(1), action="unlike")
    does(community, "post_saved", "cyd", at(1), action="unsave")
    community.fill()

    assert row(community, "p1", day(0)) == (0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0, 2)
    assert row(community, "p1", day(1)) == (0, 0, 1, 0, 0, 1, 0, 0, -1, 0, 0, -1)


def test_a_like_of_ones_own_post_is_one_of_the_post_and_none_received(community):
    does(community, "like_given", "ada", at(0), author_id="ada")
    community.fill()

    assert content(community, "p1").likes == 1
    assert community.activity("ada", 0).likes_received == 0


def test_author_community_and_tags_are_those_of_the_creation(community):
    does(community, "like_given", "bob", at(0), channel_id="elsewhere", author_id="somebody")
    does(community, "post_created", "ada", at(0), channel_id="help", tags=["Guide", "#guide", "art ", ""])
    does(community, "like_given", "bob", at(1), channel_id="elsewhere", author_id="somebody")
    does(community, "like_given", "bob", at(1), post="p2", channel_id="help", author_id="cyd")
    community.fill()

    found = content(community, "p1")
    assert (found.author_id, found.community_id, found.tags) == (community.person("ada"), "help", ["art", "guide"])
    # Of what was made before anybody counted, what is known of it.
    found = content(community, "p2")
    assert (found.author_id, found.community_id, found.created_at) == (community.person("cyd"), "help", None)


def test_a_server_may_post_for_somebody(community):
    does(community, "post_created", "the server", at(0), author_id="ada")
    community.fill()
    assert content(community, "p1").author_id == community.person("ada")


def test_content_that_nobody_made_or_deleted_is_known_and_nobodys_acts_count_for_nothing(community):
    does(community, "post_created", None, at(0))
    does(community, "post_view", None, at(0))
    does(community, "like_given", None, at(0))
    does(community, "post_deleted", None, at(1, "07:00"))
    does(community, "post_view", None, at(2))
    community.fill()

    found = content(community, "p1")
    assert (found.author_id, found.created_at, found.deleted_at) == (None, at(0), at(1, "07:00"))
    assert (found.views, found.unique_views, found.likes, found.last_on) == (0, 0, 0, day(1))


def test_comments_are_content_of_their_own(community):
    does(community, "post_created", "ada", at(0), post="5")
    does(community, "comment_created", "bob", at(0), post="5", comment_id="5")
    # The same id, of the comment.
    does(community, "like_given", "cyd", at(0), post="5", comment_id="5")
    does(community, "like_given", "dan", at(0), post="5", content_id="5", content_type="comment")
    does(community, "like_given", "eve", at(0), post="5")
    does(community, "comment_deleted", "bob", at(1), post="5", comment_id="5")
    community.fill()

    post, comment = content(community, "5"), content(community, "5", "comment")
    assert (post.likes, post.comments, post.deleted_at) == (1, 1, None)
    assert (comment.likes, comment.comments, comment.deleted_at) == (2, 0, at(1))
    assert (comment.author_id, comment.created_at) == (community.person("bob"), at(0))


def test_bots_are_left_out(community):
    does(community, "post_view", "bob", at(0))
    envelope = {"type": "track", "event": "post_view", "userId": "cyd", "timestamp": at(0).isoformat()}
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    community.store([envelope | {"properties": POST, "context": {"userAgent": crawler}}], at(0))
    community.fill()
    assert row(community, "p1", day(0))[:2] == (1, 1)


def test_days_are_those_of_the_workspace(db):
    community = Community("kathmandu", time_zone="Asia/Kathmandu")
    does(community, "post_view", "bob", at(0, "18:14"))
    does(community, "post_view", "cyd", at(0, "18:16"))
    community.fill()
    assert row(community, "p1", day(0))[0] == 1
    assert row(community, "p1", day(1))[0] == 2


def test_a_late_event_raises_its_day_and_the_later_ones_of_its_content_alone(community, now_is):
    for number in (0, 40, 80):
        for post in ("p1", "p2"):
            does(community, "like_given", f"a{number}", at(number), post=post)
    now_is(at(80, "13:00"))
    community.fill()
    before = dict(
        ContentPerformanceDaily.objects.filter(content_id="p2", date__gt=day(0)).values_list("date", "calculated_at")
    )

    does(community, "like_given", "late", at(0, "13:00"), received=at(80, "13:00"))
    does(community, "post_view", "late", at(20, "13:00"), received=at(80, "13:00"))
    assert OpenBucket.objects.filter(rollup="content_performance_daily").count() == 0
    community.fill()

    assert [row(community, "p1", day(n))[2] for n in (0, 20, 40, 80)] == [2, 2, 3, 4]
    assert [row(community, "p1", day(n))[0] for n in (0, 20, 40, 80)] == [0, 1, 1, 1]
    assert content(community, "p1").likes == 4
    assert content(community, "p1").views == 1
    after = dict(
        ContentPerformanceDaily.objects.filter(content_id="p2", date__gt=day(0)).values_list("date", "calculated_at")
    )
    # The day under way is filled with every fill.
    assert {on for on in before if before[on] != after[on]} <= {day(80)}
    assert table(community.workspace) == expected(community.workspace)


def test_an_earlier_first_view_takes_the_later_one_away(community, now_is):
    for number in (10, 20, 30):
        does(community, "post_view", "bob", at(number))
    does(community, "post_view", "cyd", at(20))
    now_is(at(31))
    community.fill()
    assert [row(community, "p1", day(n))[1] for n in (10, 20, 30)] == [1, 2, 2]

    does(community, "post_view", "cyd", at(5), received=at(31))
    community.fill()
    assert [(row(community, "p1", day(n))[1], row(community, "p1", day(n))[7]) for n in (5, 10, 20, 30)] == [
        (1, 1),
        (2, 1),
        (2, 0),
        (2, 0),
    ]


def test_days_filled_in_any_order_and_again_say_the_same(community, now_is):
    acts = random.Random(4)
    for _ in range(150):
        who, name = f"u{acts.randrange(6)}", acts.choice(NAMES)
        more = {"action": "unlike"} if name == "like_given" and acts.random() < 0.2 else {}
        moment = at(acts.randrange(12), f"{acts.randrange(24):02}:30")
        does(community, name, who, moment, post=f"p{acts.randrange(4)}", **more)
    now_is(at(12))
    rollup, workspace = ROLLUPS["content_performance_daily"], community.workspace
    zone = workspace.zone
    order = list(range(12)) * 2
    acts.shuffle(order)
    for number in order:
        engine.fill_chunk(rollup, workspace, [day_start(day(number), zone)], at(12))
    wanted = expected(workspace)
    assert len(wanted) > 30
    assert table(workspace) == wanted

    engine.fill_chunk(rollup, workspace, [day_start(day(2), zone), day_start(day(9), zone)], at(12))
    assert table(workspace) == wanted


def test_events_that_were_taken_out_are_taken_off_again(community, now_is):
    acts = random.Random(7)
    for _ in range(120):
        moment = at(acts.randrange(10), f"{acts.randrange(24):02}:30")
        does(community, acts.choice(NAMES), f"u{acts.randrange(4)}", moment, post=f"p{acts.randrange(3)}")
    does(community, "post_created", "ada", at(1), post="p0")
    does(community, "post_deleted", "ada", at(6), post="p0")
    does(community, "like_given", "ada", at(3), post="short-lived")
    now_is(at(10))
    community.fill()
    workspace, zone = community.workspace, community.workspace.zone
    assert content(community, "p0").deleted_at == at(6)

    doomed = [event for event in Event.objects.filter(workspace=workspace) if acts.random() < 0.4]
    doomed += Event.objects.filter(workspace=workspace, event_type__name__in=["post_created", "post_deleted"])
    doomed += Event.objects.filter(workspace=workspace, object_id="short-lived")
    days = {event.occurred_at.date() for event in doomed}
    Event.objects.filter(event_id__in=[event.event_id for event in doomed]).delete()
    for number in sorted(days, reverse=True):
        engine.open_buckets(workspace, {"content_performance_daily": {day_start(number, zone)}})
    community.fill()

    assert table(workspace) == expected(workspace)
    found = content(community, "p0")
    last = max(on for post, on in expected(workspace) if post == "p0")
    assert (found.created_at, found.deleted_at, found.last_on) == (None, None, last)
    assert (found.views, found.unique_views, found.likes) == expected(workspace)["p0", last][:3]
    assert content(community, "short-lived") is None


def test_two_ids_that_prove_to_be_one_person_are_one_viewer(community, now_is):
    for number, who in ((1, "device"), (2, "bob"), (4, "device"), (6, "bob"), (6, "cyd")):
        happens_as(community, who, at(number))
    now_is(at(7))
    community.fill()
    assert [row(community, "p1", day(n))[1] for n in (1, 2, 4, 6)] == [1, 2, 2, 3]

    identify(community, "device", "bob", at(7))
    community.fill()
    assert [row(community, "p1", day(n))[1] for n in (1, 2, 4, 6)] == [1, 1, 1, 2]
    assert ContentViewer.objects.filter(workspace=community.workspace).count() == 2
    assert table(community.workspace) == expected(community.workspace)


def happens_as(community, who, moment):
    ids = {"anonymous_id": who, "user_id": None} if who == "device" else {}
    community.happens("post_view", who, moment, properties=POST, **ids)


def identify(community, anonymous, user, moment):
    envelope = {"type": "identify", "anonymousId": anonymous, "userId": user, "timestamp": moment.isoformat()}
    community.store([envelope], moment)


def test_another_workspace_is_neither_seen_nor_changed(community, now_is):
    other = Community("elsewhere")
    for place in (community, other):
        does(place, "post_view", "bob", at(0))
        does(place, "post_view", "bob", at(5))
    now_is(at(6))
    other.fill()
    before = list(Content.objects.filter(workspace=other.workspace).values()), table(other.workspace)
    does(community, "post_view", "cyd", at(0), received=at(6))
    community.fill()

    assert row(community, "p1", day(5))[:2] == (3, 2)
    assert (list(Content.objects.filter(workspace=other.workspace).values()), table(other.workspace)) == before
    assert row(other, "p1", day(5))[:2] == (2, 1)


@pytest.mark.parametrize("history", [10, 90])
def test_a_late_event_writes_no_more_rows_with_a_long_history(community, now_is, history):
    """Of content that it is not about."""
    for number in range(0, history, 2):
        does(community, "like_given", "bob", at(number), post="busy")
    does(community, "like_given", "bob", at(1), post="quiet")
    now_is(at(history))
    community.fill()
    stamps = dict(ContentPerformanceDaily.objects.filter(content_id="busy").values_list("date", "calculated_at"))

    does(community, "like_given", "cyd", at(1), post="quiet", received=at(history))
    rollup = ROLLUPS["content_performance_daily"]
    engine.collect(community.workspace, at(history))
    opened = OpenBucket.objects.filter(workspace=community.workspace, rollup=rollup.key)
    assert {bucket.bucket.date() for bucket in opened} <= {day(1), day(history), day(history - 1)}
    community.fill()
    same = ContentPerformanceDaily.objects.filter(content_id="busy", date__lt=day(history) - timedelta(days=2))
    assert all(stamps[on] == stamp for on, stamp in same.values_list("date", "calculated_at"))
    assert row(community, "quiet", day(1))[2] == 2


def test_a_workspace_without_statistics_costs_what_it_holds(community):
    """And not each content object against all others."""
    known, objects = WorkspaceFactory(), 1500
    filling = {
        "bucket_start": at(1, "00:00"),
        "bucket_end": at(2, "00:00"),
        "date_start": day(1),
        "date_end": day(2),
        "time_zone": "UTC",
    }
    with connection.cursor() as cursor:
        _insert_days(cursor, known, 20_000)
        cursor.execute(statement("analytics", "content"), filling | {"workspace_id": known.pk})
        cursor.execute("ANALYZE content, content_performance_daily")
        _insert_days(cursor, community.workspace, objects)
        for _ in range(2):
            cursor.execute(
                "EXPLAIN (ANALYZE, FORMAT JSON) " + statement("analytics", "content"),
                filling | {"workspace_id": community.workspace.pk},
            )
            assert _thrown_away(cursor.fetchone()[0][0]["Plan"]) < objects * 100
    assert Content.objects.filter(workspace=community.workspace).count() == objects


def _thrown_away(plan):
    """How many rows a plan has read and thrown away."""
    own = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
    return own * plan["Actual Loops"] + sum(map(_thrown_away, plan.get("Plans", ())))


def _insert_days(cursor, workspace, objects):
    cursor.execute(
        "INSERT INTO content_performance_daily (workspace_id, content_type, content_id, date, calculated_at,"
        f" {', '.join(f'{name}, {name}_delta' for name in COUNTS)})"
        f" SELECT %s, 'post', 'p' || n, %s, now(), {', '.join('1' for _ in COUNTS * 2)}"
        " FROM generate_series(1, %s) AS n",
        [workspace.pk, day(1), objects],
    )
