"""Ratios of content, its velocity, and what leads: channels and tags."""

import json
import math
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from analytics import metrics
from analytics.content_metrics import virality
from analytics.metrics import METRICS
from analytics.models import ContentDaily
from analytics.rankings import ranked
from tests.analytics.community import Community, at
from tests.analytics.test_content import does

FILLS = ("content_daily", "platform_daily")

RATIOS = ("quality_score", "content_engagement_rate", "viral_coefficient", "comment_to_view")


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Day 0: 2 posts, 10 views, 3 likes of which 1 taken back, 2 comments, 1 share. Day 2: a like and nothing else."""
    community = Community()
    does(community, "post_created", "ada", at(0), channel_id="help", tags=["art", "guide"])
    does(community, "post_created", "bob", at(0), post="p2", channel_id="news", tags=["Art"])
    for number in range(10):
        does(community, "post_view", f"u{number}", at(0), post="p2" if number < 4 else "p1")
    for who in ("u1", "u2", "u3"):
        does(community, "like_given", who, at(0))
    does(community, "like_given", "u3", at(0), action="unlike")
    does(community, "comment_created", "u1", at(0))
    does(community, "comment_created", "u1", at(0), post="p2")
    does(community, "post_shared", "u2", at(0), post="p2")
    does(community, "post_shared", "u2", at(0), post="p3", channel_id="elsewhere")
    does(community, "like_given", "u5", at(2))
    community.fill()
    return community


@pytest.fixture
def busy(filled, as_filled):
    return as_filled(filled)


def test_ratios_keep_both_parts(busy):
    parts = {key: (busy.metric(key, 0).numerator, busy.metric(key, 0).denominator) for key in RATIOS}
    assert parts == {
        "quality_score": (2, 10),
        "content_engagement_rate": (6, 10),
        "viral_coefficient": (2, 10),
        "comment_to_view": (2, 10),
    }
    assert busy.metric("quality_score", 0).value == 0.2
    assert busy.metric("virality_score", 0).value == pytest.approx(100 * (1 - math.exp(-2)))


def test_nothing_to_divide_by_is_null(busy):
    for key in (*RATIOS, "virality_score"):
        value = busy.metric(key, 2)
        assert (value.value, value.denominator, value.data_points) == (None, 0, value.data_points)
        assert busy.metric(key, 1).value is None
    assert busy.metric("quality_score", 1).data_points == 0


def test_a_week_divides_its_sums(busy):
    (value,) = metrics.read(METRICS["quality_score"], busy.workspace, at(0).date(), at(0).date(), "week")
    assert (value.numerator, value.denominator, value.value) == (3, 10, 0.3)


@pytest.mark.parametrize(("shares", "views", "score"), [(0, 10, 0), (1, 10, 63.2121), (10, 10, 99.9955), (-1, 10, 0)])
def test_virality_lies_between_0_and_100(shares, views, score):
    assert virality(shares / views) == pytest.approx(score, abs=1e-4)


def test_velocity_is_posts_and_comments_per_hour(busy):
    value = busy.metric("content_velocity", 0)
    assert (value.numerator, value.denominator, value.data_points) == (4, 24, 4)
    assert busy.metric("content_velocity", 1).value == 0


def test_velocity_knows_the_hours_of_a_day(db, now_is):
    # The clocks went forward on 29 March.
    community = Community("vienna", time_zone="Europe/Vienna")
    does(community, "post_created", "ada", datetime(2026, 3, 29, 10, tzinfo=UTC))
    now_is(datetime(2026, 3, 30, 4, tzinfo=UTC))
    community.fill()
    assert community.metric("content_velocity", 27).denominator == 23
    # Of the day under way those so far.
    assert community.metric("content_velocity", 28).denominator == 6
    assert community.metric("content_velocity", 30).value is None


def test_late_events_reach_the_sums(busy, now_is):
    now_is(at(3))
    does(busy, "post_view", "late", at(0), received=at(3))
    busy.fill()
    assert busy.metric("quality_score", 0).denominator == 11


def test_channels_lead_by_engagement(busy):
    found = ranked(busy.workspace, "top_channels", at(0).date(), at(0).date(), 10)
    assert [
        (one.rank, one.name, one.objects, one.views, one.likes, one.comments, one.shares, one.value) for one in found
    ] == [
        (1, "help", 1, 6, 2, 1, 0, 3),
        (2, "news", 1, 4, 0, 1, 1, 2),
        (3, "elsewhere", 1, 0, 0, 0, 1, 1),
    ]
    assert [one.value for one in ranked(busy.workspace, "top_channels", at(0).date(), at(2).date(), 1)] == [4]


def test_tags_lead_by_what_is_done_to_content_with_them(busy):
    found = ranked(busy.workspace, "active_tags", at(0).date(), at(2).date(), 10)
    assert [(one.name, one.objects, one.value) for one in found] == [("art", 2, 8), ("guide", 1, 5)]


def test_another_workspace_is_in_no_ranking_and_no_sum(busy):
    other = Community("elsewhere")
    does(other, "post_created", "ada", at(0), channel_id="help", tags=["art"])
    does(other, "like_given", "bob", at(0))
    other.fill()
    assert [one.value for one in ranked(other.workspace, "top_channels", at(0).date(), at(0).date(), 10)] == [1]
    assert [one.value for one in ranked(busy.workspace, "active_tags", at(0).date(), at(2).date(), 10)] == [8, 5]
    assert ContentDaily.objects.filter(workspace=other.workspace).values_list("likes", "views").get() == (1, 0)


def test_the_command_tells_rankings(busy):
    def ask(*arguments):
        out = StringIO()
        call_command("metric", *arguments, "--workspace", "commons", stdout=out)
        return out.getvalue()

    facts = json.loads(ask("top_channels", "--from", "2026-03-02", "--to", "2026-03-04", "--limit", "1", "--json"))
    assert (facts["from"], facts["to"]) == ("2026-03-02", "2026-03-04")
    assert [(item["name"], item["value"]) for item in facts["items"]] == [("help", 4)]
    assert "art" in ask("active_tags", "--at", "2026-03-02")
    assert "p1" in ask("trending_score", "--at", "2026-03-02T13:00Z")
    assert "0.2" in ask("quality_score", "--at", "2026-03-02")
