"""One content object as of a day: ratios with their parts, and where its audience is."""

import json
import math
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.content import performance
from ingestion.models import Event
from tests.analytics.community import Community, at
from tests.analytics.test_content import does

FILLS = ("content", "content_daily")


@pytest.fixture
def post(community):
    does(community, "post_created", "ada", at(0), channel_id="help", tags=["art"])
    for who in ("bob", "cyd", "dan", "eve"):
        does(community, "post_view", who, at(0))
    does(community, "like_given", "bob", at(0))
    does(community, "comment_created", "bob", at(1))
    does(community, "post_shared", "cyd", at(1))
    does(community, "post_deleted", "ada", at(2))
    # As the gate of consent leaves it: only people who agree have a country.
    for who, country in (("bob", "AT"), ("cyd", "NP"), ("dan", "AT")):
        Event.objects.filter(actor_id=community.person(who)).update(country=country)
    community.fill()
    return community


def test_it_is_told_as_of_a_day(post):
    first = performance(post.workspace, "post", "p1", at(0).date())
    assert (first.views, first.likes, first.comments, first.shares, first.deleted_at) == (4, 1, 0, 0, None)
    now = performance(post.workspace, "post", "p1")
    assert (now.views, now.likes, now.comments, now.shares, now.deleted_at) == (4, 1, 1, 1, at(2))
    assert {key: (ratio.numerator, ratio.value) for key, ratio in now.ratios.items()} == {
        "quality_score": (1, 0.25),
        "content_engagement_rate": (3, 0.75),
        "viral_coefficient": (1, 0.25),
        "comment_to_view": (1, 0.25),
    }
    assert now.virality_score == pytest.approx(100 * (1 - math.exp(-2.5)))


def test_countries_are_those_of_people_who_agree(post):
    assert performance(post.workspace, "post", "p1", at(0).date()).countries == {"AT": 2, "NP": 1}
    # bob and cyd came back the day after.
    assert performance(post.workspace, "post", "p1").countries == {"AT": 3, "NP": 2}


def test_without_views_ratios_are_null(community):
    does(community, "like_given", "bob", at(0))
    community.fill()
    found = performance(community.workspace, "post", "p1")
    assert {ratio.value for ratio in found.ratios.values()} == {None}
    assert found.virality_score is None


def test_nothing_is_told_of_what_is_not_there_yet_or_elsewhere(post):
    other = Community("elsewhere")
    assert performance(post.workspace, "post", "p1", at(-1).date()) is None
    assert performance(post.workspace, "comment", "p1") is None
    assert performance(other.workspace, "post", "p1") is None


def test_the_command_tells_it(post):
    def ask(*arguments):
        out = StringIO()
        call_command("metric", "content", "--workspace", "commons", *arguments, stdout=out)
        return out.getvalue()

    facts = json.loads(ask("--of", "post:p1", "--at", "2026-03-02", "--json"))
    assert (facts["views"], facts["quality_score"]) == (4, {"value": 0.25, "numerator": 1, "denominator": 4})
    assert (facts["countries"], facts["tags"], facts["community_id"]) == ({"AT": 2, "NP": 1}, ["art"], "help")
    assert "unique_views                        4" in ask("--of", "post:p1")
    for wrong in ("p1", "post:", "post:p9"):
        with pytest.raises(CommandError):
            ask("--of", wrong)
