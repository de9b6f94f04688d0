"""Errors and speed of clients by day, page, browser and platform."""

import json
from io import StringIO
from statistics import median

import pytest
from django.core.management import call_command
from django.utils import timezone

from analytics import definition_changes
from analytics.definition_changes import Change
from analytics.models import ClientSignalDaily
from tests.analytics.community import Community, at

FILLS = ("client_daily", "client_signal_daily", "platform_daily")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def signals(community, by, signal, day=0):
    """{value: (events, people, p50, p95)} of a dimension."""
    rows = ClientSignalDaily.objects.filter(
        workspace=community.workspace, date=at(day).date(), dimension=by, signal=signal
    )
    return {row.value: (row.events, row.people, row.p50, row.p95) for row in rows}


def fails(community, who, moment, **more):
    community.happens("error_occurred", who, moment, **more)


def measures(community, who, moment, value, name="lcp", **properties):
    community.happens("performance_metric", who, moment, properties={"metricName": name, "value": value, **properties})


def test_a_day_has_its_errors_and_the_percentiles_of_its_page_loads(community):
    for clock in ("10:00", "11:00", "12:00", "13:00"):
        community.happens("page_view", "ada", at(0, clock))
    fails(community, "ada", at(0))
    fails(community, "ada", at(0, "13:00"))
    fails(community, "bob", at(0))
    loads = [100, 200, 300, 400, 1000]
    for minute, value in enumerate(loads):
        measures(community, "ada", at(0, f"14:{minute:02}"), value)
    measures(community, "ada", at(0, "15:00"), 9_999, name="ttfb")
    community.fill()

    told = {
        key: community.metric(key, 0)
        for key in ("client_errors", "client_error_rate", "people_with_errors", "page_load_p50", "page_load_p95")
    }
    assert [value.value for value in told.values()] == pytest.approx([3, 3 / 4, 2, 300, 880])
    assert told["page_load_p50"].data_points == 5
    assert (told["client_error_rate"].numerator, told["client_error_rate"].denominator) == (3, 4)


def test_a_day_without_errors_is_0_and_one_without_loads_null(community):
    community.happens("page_view", "ada", at(0))
    community.fill()
    assert [community.metric(key, 0).value for key in ("client_errors", "client_error_rate", "page_load_p95")] == [
        0,
        0,
        None,
    ]
    assert community.metric("client_error_rate", 1).value is None


def test_they_are_told_by_page_browser_and_platform(community):
    for number, (url, agent, platform) in enumerate(
        [
            ("https://example.org/posts/17?tab=1#top", FIREFOX, "web"),
            ("https://example.org/posts/99", FIREFOX, "web"),
            ("https://example.org/u/0b9f7c6e-3f53-4a3b-8f43-0d3a4d5e6f70/edit", None, "ios"),
            (None, None, None),
        ]
    ):
        context = {"page": {"url": url}} if url else {}
        envelope = {
            "type": "track",
            "event": "performance_metric",
            "messageId": f"m{number}",
            "userId": f"person {number}",
            "timestamp": at(0).isoformat(),
            "properties": {"metric": "LCP", "value": 100 * (number + 1)},
            "context": context | ({"userAgent": agent} if agent else {}) | ({"platform": platform} if platform else {}),
        }
        community.store([envelope], at(0))
    community.fill()

    assert signals(community, "all", "lcp") == {"all": (4, 4, 250, 385)}
    assert signals(community, "page", "lcp") == {
        "/posts/:id": (2, 2, 150, 195),
        "/u/:id/edit": (1, 1, 300, 300),
        "unknown": (1, 1, 400, 400),
    }
    assert {value: row[0] for value, row in signals(community, "browser", "lcp").items()} == {
        "Firefox": 2,
        "unknown": 2,
    }
    assert {value: row[0] for value, row in signals(community, "platform", "lcp").items()} == {
        "web": 2,
        "ios": 1,
        "unknown": 1,
    }


def test_a_page_is_the_same_whether_it_is_stored_once_or_with_its_events(community):
    for number in range(4):
        envelope = {"type": "track", "event": "error_occurred", "messageId": f"m{number}", "userId": "ada"}
        context = {"page": {"path": "/feed"}}
        community.store([envelope | {"timestamp": at(0, f"1{number}:00").isoformat(), "context": context}], at(0))
    community.fill()
    assert signals(community, "page", "errors") == {"/feed": (4, 1, None, None)}


def test_beyond_the_most_frequent_everything_is_one_row(community):
    value = {"page_loads": ["lcp"], "most_measures": 2, "most_pages": 3, "most_values": 5}
    definition_changes.apply(community.workspace, Change("client_signals", value, at(-1).date()))
    for page in range(6):
        for time in range(6 - page):
            fails(community, f"person {time}", at(0), properties={"message": "no", "path": f"/{'abcdef'[page]}"})
    for number, name in enumerate(["lcp", "ttfb", "fid", "cls"]):
        for time in range(4 - number):
            measures(community, "ada", at(0, f"1{time}:00"), 10 * (number + 1), name=name)
    community.fill()

    assert {value: row[:2] for value, row in signals(community, "page", "errors").items()} == {
        "/a": (6, 6),
        "/b": (5, 5),
        "/c": (4, 4),
        "other": (6, 3),
    }
    rows = ClientSignalDaily.objects.filter(dimension="all").values_list("signal", "events", "p50")
    assert set(rows) == {("errors", 21, None), ("lcp", 4, 10), ("ttfb", 3, 20), ("other", 3, None)}


def test_a_late_measurement_changes_its_day(community):
    measures(community, "ada", at(0), 100)
    measures(community, "ada", at(1), 100)
    community.fill()
    measures(community, "bob", at(0), 300)
    community.fill()
    community.happens("page_view", "bob", at(1), received=timezone.now())
    measures(community, "cyd", at(1, "11:00"), 500)
    community.fill()
    assert [community.metric("page_load_p50", day).value for day in (0, 1)] == [median([100, 300]), median([100, 500])]
    assert signals(community, "all", "lcp", 0) == {"all": (2, 2, 200, 290)}


def test_bots_and_other_workspaces_are_left_out(community):
    other = Community("commons-other")
    fails(other, "ada", at(0))
    envelope = {"type": "track", "event": "error_occurred", "userId": "robot", "timestamp": at(0).isoformat()}
    community.store([envelope | {"context": {"userAgent": CRAWLER}}], at(0))
    community.happens("page_view", "ada", at(0))
    community.fill()
    other.fill()
    assert (community.metric("client_errors", 0).value, other.metric("client_errors", 0).value) == (0, 1)
    assert signals(community, "all", "errors") == {}
    assert signals(other, "all", "errors") == {"all": (1, 1, None, None)}


@pytest.mark.parametrize(("more", "rows"), [((), 2), (("--of", "lcp"), 1), (("--of", "lcp", "--by", "platform"), 1)])
def test_the_command_tells_a_day(community, more, rows):
    fails(community, "ada", at(0))
    measures(community, "ada", at(0), 120)
    community.fill()
    out = StringIO()
    asked = ("metric", "client_signals", "--workspace", "commons", "--at", "2026-03-02", *more)
    call_command(*asked, "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert len(answer["rows"]) == rows
    assert answer["rows"][-1] | {"value": ""} == {
        "signal": "lcp",
        "value": "",
        "events": 1,
        "people": 1,
        "p50": 120,
        "p95": 120,
    }
    lines = StringIO()
    call_command(*asked, stdout=lines)
    assert "p50 120.0  p95 120.0" in lines.getvalue()
