"""What trends: as of any instant, in the view, and in the command."""

import json
import random
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from analytics import tasks  # noqa: F401 importing registers the jobs
from analytics.models import DefinitionVersion, TrendingPost
from analytics.trending import trending
from config.runs import JOBS
from ingestion.flags import EXCLUDED, Flag
from ingestion.models import Event
from tests.analytics.community import Community, at
from tests.analytics.test_content import does

FILLS = ("platform_daily",)

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def scores(community, moment, limit=10, **more):
    return {one.content_id: round(one.score, 4) for one in trending(community.workspace, moment, limit, **more)}


def by_hand(workspace, moment, limit, *, with_bots=False):
    """(id, score) by reading the events of posts one after the other."""
    posts = {}
    events = Event.objects.filter(workspace=workspace, occurred_at__lte=moment, object_id__isnull=False)
    for event in events.select_related("event_type"):
        if event.flags & EXCLUDED and not with_bots:
            continue
        post = posts.setdefault(event.object_id, {"created": None, "deleted": False, "likes": 0, "comments": 0})
        kind = event.event_type.counts_as
        if kind == "posts_created":
            post["created"] = min(post["created"] or event.occurred_at, event.occurred_at)
        elif kind == "content_deleted":
            post["deleted"] = True
        elif kind == "likes_given" and not event.flags & Flag.NO_PERSON:
            post["likes"] += -1 if event.flags & Flag.OPPOSITE else 1
        elif kind == "comments_created" and not event.flags & Flag.NO_PERSON:
            post["comments"] += 1
    found = []
    for name, post in posts.items():
        if post["created"] and not post["deleted"] and post["created"] >= moment - timedelta(days=7):
            hours = max((moment - post["created"]).total_seconds() / 3600, 1)
            found.append(((10 * max(post["likes"], 0) + 5 * post["comments"]) / hours, post["created"], name))
    found.sort(key=lambda one: (-one[0], -one[1].timestamp(), one[2]))
    return [(name, pytest.approx(score)) for score, _, name in found[:limit]]


def told(workspace, moment, limit, **more):
    return [(one.content_id, one.score) for one in trending(workspace, moment, limit, **more)]


def test_the_score_is_points_by_hours_and_an_hour_at_least(community):
    does(community, "post_created", "ada", at(0, "08:00"))
    does(community, "post_created", "ada", at(0, "11:30"), post="new")
    for who in ("ada", "bob", "cyd"):
        does(community, "like_given", who, at(0, "09:00"))
    does(community, "like_given", "cyd", at(0, "09:30"), action="unlike")
    does(community, "comment_created", "bob", at(0, "10:00"))
    does(community, "comment_created", "bob", at(0, "11:40"), post="new")

    # 2 likes and 1 comment in 4 hours; 1 comment in half an hour.
    assert scores(community, at(0, "12:00")) == {"p1": 6.25, "new": 5}
    # As of an earlier instant.
    assert scores(community, at(0, "09:15")) == {"p1": 24}
    assert scores(community, at(0, "07:59")) == {}


def test_only_the_last_seven_days_and_nothing_deleted(community, now_is):
    does(community, "post_created", "ada", at(0))
    does(community, "post_created", "ada", at(1), post="p2")
    does(community, "like_given", "bob", at(1), post="p2")
    does(community, "post_deleted", "a server", at(3), post="p2")
    for filled in (False, True):
        if filled:
            now_is(at(9))
            community.fill()
        assert scores(community, at(2)) == {"p1": 0, "p2": round(10 / 24, 4)}
        assert scores(community, at(4)) == {"p1": 0}
        assert scores(community, at(7)) == {"p1": 0}
        assert scores(community, at(7) + timedelta(seconds=1)) == {}


def test_what_is_created_again_is_no_news(community, now_is):
    does(community, "post_created", "ada", at(-20), received=at(0))
    does(community, "post_created", "ada", at(1), received=at(2))
    now_is(at(2))
    community.fill()
    assert scores(community, at(2)) == {}


@pytest.mark.parametrize("seed", [1, 2])
def test_filled_or_not_or_half_it_is_what_the_events_say(community, now_is, seed):
    acts = random.Random(seed)
    names = ["like_given"] * 6 + ["comment_created"] * 3 + ["post_deleted"]
    made = {}

    def something(received=None):
        post = f"p{acts.randrange(40)}"
        name = acts.choice(names) if post in made else "post_created"
        more = {"action": "unlike"} if name == "like_given" and acts.random() < 0.2 else {}
        moment = at(acts.randrange(14), f"{acts.randrange(24):02}:{acts.randrange(60):02}")
        if name != "post_created":
            moment = made[post] + acts.random() ** 2 * (at(15) - made[post])
        made.setdefault(post, moment)
        does(community, name, f"u{acts.randrange(9)}", moment, post=post, received=received, **more)

    def is_right():
        for moment in (at(6, "09:20"), at(10, "00:00"), at(14, "23:59:59"), at(15, "06:00"), at(19)):
            assert told(community.workspace, moment, 8) == by_hand(community.workspace, moment, 8)

    now_is(at(15, "07:00"))
    for _ in range(200):
        something()
    is_right()
    community.fill()
    is_right()
    for _ in range(20):
        something(received=at(15, "07:00"))
    is_right()
    community.fill()
    is_right()


def test_bots_are_left_out_unless_asked_for(community, now_is):
    does(community, "post_created", "ada", at(0, "08:00"))
    does(community, "like_given", "bob", at(0, "09:00"))
    envelope = {"type": "track", "event": "like_given", "userId": "cyd", "timestamp": at(0, "09:00").isoformat()}
    community.store([envelope | {"properties": {"post_id": "p1"}, "context": {"userAgent": CRAWLER}}], at(0))
    now_is(at(0, "10:00"))
    community.fill()
    assert scores(community, at(0, "10:00")) == {"p1": 5}
    assert scores(community, at(0, "10:00"), with_bots=True) == {"p1": 10}


def test_another_workspace_is_not_seen(community):
    other = Community("elsewhere")
    does(community, "post_created", "ada", at(0))
    does(other, "post_created", "ada", at(0))
    does(other, "like_given", "bob", at(0))
    assert scores(community, at(0, "13:00")) == {"p1": 0}
    assert scores(other, at(0, "13:00")) == {"p1": 10}


def test_the_weights_are_those_of_the_day(community):
    does(community, "post_created", "ada", at(0))
    does(community, "like_given", "bob", at(0))
    DefinitionVersion.objects.create(
        workspace=community.workspace,
        key="trending",
        value={"like_points": 7, "floor_hours": 2},
        valid_from=at(1).date(),
    )
    assert scores(community, at(0, "13:00")) == {"p1": 10}
    assert scores(community, at(1)) == {"p1": round(7 / 24, 4)}


def test_the_view_has_what_trends_by_the_last_fill_of_every_workspace(db):
    community, other = Community(), Community("elsewhere")
    now = timezone.now()
    for place, likes in ((community, 2), (other, 3)):
        does(place, "post_created", "ada", now - timedelta(hours=5))
        does(place, "post_created", "ada", now - timedelta(hours=5), post="quiet")
        does(place, "post_created", "ada", now - timedelta(hours=5), post="gone")
        does(place, "post_created", "ada", now - timedelta(days=8), post="old")
        does(place, "post_deleted", "ada", now - timedelta(hours=4), post="gone")
        for number in range(likes):
            does(place, "like_given", f"u{number}", now - timedelta(hours=4))
        place.fill()
    DefinitionVersion.objects.create(
        workspace=other.workspace, key="trending", value={"like_points": 1}, valid_from=(now - timedelta(days=2)).date()
    )
    run = JOBS["analytics.refresh_views"].run()

    assert run.status == "succeeded"
    for place, points in ((community, 20), (other, 3)):
        rows = TrendingPost.objects.filter(workspace_id=place.workspace.pk).order_by("rank")
        assert [(row.rank, row.content_id, row.points) for row in rows] == [(1, "p1", points), (2, "quiet", 0)]
        assert rows[0].score == pytest.approx(points / 5, rel=1e-3)


def command(workspace, *arguments):
    out = StringIO()
    call_command("metric", "trending", "--workspace", workspace.slug, *arguments, stdout=out)
    return out.getvalue()


def test_the_command_answers_as_of_an_instant(community):
    does(community, "post_created", "ada", at(0, "08:00"), channel_id="help")
    does(community, "post_created", "ada", at(0, "08:00"), post="p2")
    does(community, "like_given", "bob", at(0, "09:00"))
    does(community, "like_given", "bob", at(0, "23:59"), post="p2")

    facts = json.loads(command(community.workspace, "--at", "2026-03-02T10:00:00Z", "--limit", "1", "--json"))
    assert facts["at"] == "2026-03-02T10:00:00+00:00"
    assert facts["items"] == [
        {
            "rank": 1,
            "content_type": "post",
            "content_id": "p1",
            "author_id": str(community.person("ada")),
            "community_id": "help",
            "created_at": "2026-03-02T08:00:00+00:00",
            "likes": 1,
            "comments": 0,
            "score": 5.0,
            "numerator": 10.0,
            "denominator": 2.0,
        }
    ]
    # A time without an offset is one of the workspace's zone, and a day ends with its last instant.
    assert "5.0000  post p1  (1 likes, 0 comments in 2.0 hours)" in command(
        community.workspace, "--at", "2026-03-02T10:00"
    )
    assert "post p2  (1 likes" in command(community.workspace, "--at", "2026-03-02")
    stories = command(community.workspace, "--at", "2026-03-02", "--content-type", "story")
    assert stories == "Nothing to tell of these days\n"


@pytest.mark.parametrize("arguments", [["--at", "noon"], ["--limit", "0"], ["--limit", "99999999999999999999"]])
def test_the_command_refuses_what_it_cannot_read(community, arguments):
    with pytest.raises(CommandError):
        command(community.workspace, *arguments)


def test_an_instant_is_for_rankings_alone(community):
    with pytest.raises(CommandError, match="of a day"):
        call_command("metric", "dau", "--workspace", community.workspace.slug, "--at", "2026-03-02T10:00")
