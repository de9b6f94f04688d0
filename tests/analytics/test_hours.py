"""The platform by hour: what an hour counts, its state, and days of 23 hours."""

import itertools
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics import hours
from config.lib.buckets import HOUR
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls

FILLS = ("hourly_metrics", "platform_daily", "platform_weekly")


def told(community, key, day=0):
    on = at(day).date()
    return {hour.hour: hour.value for hour in hours.read(key, community.workspace, on, on) if hour.value}


def test_an_hour_counts_what_begins_in_it_and_people_once(community):
    for clock, name, who in (
        ("09:00", "user_registered", "ada"),
        ("09:59:59", "post_created", "ada"),
        ("10:00", "post_created", "ada"),
        ("10:30", "comment_created", "bob"),
    ):
        community.happens(name, who, at(0, clock))
    community.fill()

    assert told(community, "events") == {at(0, "09:00"): 2, at(0, "10:00"): 2}
    assert told(community, "active_people") == {at(0, "09:00"): 1, at(0, "10:00"): 2}
    assert told(community, "posts_created") == {at(0, "09:00"): 1, at(0, "10:00"): 1}
    assert told(community, "signups") == {at(0, "09:00"): 1}


def test_likes_received_are_those_of_others_and_errors_make_nobody_active(community):
    for who, author in (("bob", "ada"), ("ada", "ada"), ("cyd", "ada")):
        community.happens("like_given", who, at(0), properties={"author_id": author})
    community.happens("like_given", "dan", at(0), properties={"author_id": "ada", "action": "unlike"})
    community.happens("error_occurred", "eve", at(0, "15:00"))
    community.fill()

    assert (told(community, "likes_given"), told(community, "likes_received")) == ({at(0): 3}, {at(0): 2})
    assert (told(community, "errors"), told(community, "active_people")) == ({at(0, "15:00"): 1}, {at(0): 4})


def test_a_late_event_and_bots(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "robot", 0)
    community.fill()
    assert told(community, "events") == {at(0): 1}
    community.happens("post_created", "bob", at(0, "12:30"))
    community.fill()

    assert told(community, "active_people") == {at(0): 2}


def test_a_day_has_23_hours_where_the_clocks_go_forward(db):
    community = Community("commons-new-york", "America/New_York")
    on = at(6).date()
    found = hours.read("events", community.workspace, on, on)

    assert len(found) == 23
    assert found[0].hour == at(6, "05:00")
    assert {after.hour - before.hour for before, after in itertools.pairwise(found)} == {HOUR}


def test_an_hour_in_which_a_day_begins_is_of_the_day_before(db):
    community = Community("commons-kathmandu", "Asia/Kathmandu")  # midnight there is 18:15 in UTC
    on = at(0).date()
    found = hours.read("events", community.workspace, on, on)

    assert (len(found), found[0].hour, found[-1].hour) == (24, at(-1, "19:00"), at(0, "18:00"))


def test_hours_under_way_are_open_and_those_to_be_filled_settle(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    now_is(at(0, "12:30"))
    community.happens("post_created", "ada", at(0, "12:10"))
    community.fill()
    now_is(at(0, "13:30"))
    found = {hour.hour: hour.state for hour in hours.read("events", community.workspace, at(0).date(), at(0).date())}
    assert (found[at(0, "12:00")], found[at(0, "13:00")]) == ("settling", "open")

    community.fill()
    (twelve,) = [h for h in hours.read("events", community.workspace, at(0).date(), at(0).date()) if h.value]
    assert (twelve.hour, twelve.state) == (at(0, "12:00"), "closed")


def test_another_workspace_has_hours_of_its_own(community):
    other = Community("commons-other")
    community.happens("post_created", "ada", at(0))
    community.fill()
    other.fill()

    assert (told(community, "events"), told(other, "events")) == ({at(0): 1}, {})


def test_the_command_tells_the_hours_of_a_day(community):
    community.happens("post_created", "ada", at(0, "10:20"))
    community.fill()
    arguments = ("--workspace", "commons", "--grain", "hour", "--at", "2026-03-02")
    out = StringIO()
    call_command("metric", "posts_created", *arguments, "--json", stdout=out)

    points = json.loads(out.getvalue())["points"]
    assert [point["value"] for point in points] == [int(hour == 10) for hour in range(24)]
    with pytest.raises(CommandError, match="not counted by hour"):
        call_command("metric", "dau", *arguments)
