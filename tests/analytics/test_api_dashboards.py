"""Dashboards over HTTP: the numbers of the pages, for whom, and what is asked of the database."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.api.dashboards import addresses
from analytics.dashboards import numbers
from analytics.spans import MOST_DAYS, Span
from config.models import Role
from tests.factories.analytics import PlatformDailyFactory, RollupStateFactory, UserCohortFactory
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import log_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
NAMES = [
    *("executive-summary", "engagement", "economy", "content", "moderation", "retention", "growth", "performance"),
    *("flourish", "add-value", "wave-participation", "community", "pipeline"),
]
# How many questions each asks of the database: a change is written here by hand, so that it is seen.
QUERIES = json.loads((Path(__file__).parent / "dashboard_queries.json").read_text())


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def filled(workspace, factor=1):
    """70 days up to today."""
    RollupStateFactory(workspace=workspace, filled_to=datetime(2026, 3, 15, tzinfo=UTC), filled_at=NOW)
    for ago in range(70):
        counts = {"dau": factor * (170 - ago), "new_signups": factor * (ago % 5), "sessions": factor * 10}
        PlatformDailyFactory(workspace=workspace, date=TODAY - ago * DAY, calculated_at=NOW, **counts)
    UserCohortFactory(workspace=workspace, signed_up_on=TODAY)
    return workspace


@pytest.fixture
def workspace():
    return filled(WorkspaceFactory())


@pytest.fixture
def client(workspace):
    return log_in(MemberFactory(workspace=workspace, role=Role.VIEWER).user)


def ask(client, name, **query):
    return client.get(f"/api/dashboard/{name}", query)


def test_there_is_one_address_for_each_dashboard():
    assert set(addresses()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_what_the_page_shows_of_the_own_workspace(client, workspace, name):
    filled(WorkspaceFactory(), factor=1000)
    answer = ask(client, name)
    assert answer.status_code == 200
    data, board = answer.json()["data"], addresses()[name]
    found = numbers(board, workspace, Span(TODAY - 30 * DAY, TODAY - DAY))
    assert (data["workspace"], data["dashboard"]) == (workspace.slug, name)
    assert [(one["key"], one["value"], one["before"], one["state"]) for one in data["cards"]] == [
        (one.metric.key, one.value, one.before, one.state) for one in found.figures
    ]
    assert [(one["key"], [series["values"] for series in one["series"]]) for one in data["charts"]] == [
        (chart.key, [[value.value for value in series.values] for series in found.series[chart.key]])
        for chart in board.charts
    ]
    assert [one["people"] for one in data["cohorts"]] == [month.size for month in found.months]


@pytest.mark.parametrize("name", NAMES)
def test_as_many_questions_are_asked_of_the_database_as_its_baseline_says(client, name):
    with CaptureQueriesContext(connection) as asked:
        ask(client, name)
    assert {name: len(asked)} == {name: QUERIES[name]}


class TestRange:
    def test_days_and_what_they_are_compared_with_are_those_asked_for(self, client, workspace):
        query = {"from": TODAY - 10 * DAY, "to": TODAY - 4 * DAY}
        data = ask(client, "growth", **query).json()["data"]
        (signups, *_) = data["cards"]
        assert (data["from"], data["to"]) == (str(query["from"]), str(query["to"]))
        assert (signups["value"], signups["before"]) == (4 + 0 + 1 + 2 + 3 + 4 + 0, 1 + 2 + 3 + 4 + 0 + 1 + 2)
        assert data["charts"][0]["days"] == [str(TODAY - ago * DAY) for ago in range(10, 3, -1)]
        assert ask(client, "growth", compare="none", **query).json()["data"]["cards"][0]["before"] is None
        assert ask(client, "growth", compare="year", **query).json()["data"]["cards"][0]["before"] is None

    def test_today_is_told_as_open(self, client):
        data = ask(client, "executive-summary", to=TODAY).json()["data"]
        assert (data["cards"][0]["value"], data["cards"][0]["state"]) == (170, "open")

    def test_bots_are_counted_in_where_asked_for(self, client, workspace):
        PlatformDailyFactory(workspace=workspace, date=TODAY - DAY, with_bots=True, dau=999, calculated_at=NOW)
        assert ask(client, "executive-summary").json()["data"]["cards"][0]["value"] == 169
        answer = ask(client, "executive-summary", bots="true").json()
        assert (answer["data"]["cards"][0]["value"], answer["metadata"]["with_bots"]) == (999, True)

    @pytest.mark.parametrize(
        ("query", "code", "words"),
        [
            ({"from": "2026-03-10", "to": "2026-03-01"}, "invalid_from", "after `to`"),
            ({"from": "1926-03-01"}, "invalid_from", "from 2000-01-01 on"),
            ({"from": "2001-03-01"}, "invalid_from", f"at most {MOST_DAYS:,}"),
            ({"to": "2026-03-16"}, "invalid_to", "up to today"),
            ({"to": "2026-02-30"}, "invalid_to", "must be a date"),
            ({"to": "'; DROP TABLE platform_daily"}, "invalid_to", "must be a date"),
            ({"compare": "everything"}, "invalid_compare", "previous, year, none"),
            ({"bots": "perhaps"}, "invalid_flag", "true or false"),
        ],
        ids=["turned round", "a century", "too long", "tomorrow", "no day", "injection", "compare", "bots"],
    )
    def test_what_cannot_be_told_is_refused_in_words(self, client, query, code, words):
        answer = ask(client, "growth", **query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert words in answer.json()["message"]


class TestWho:
    @pytest.mark.parametrize("role", Role.values)
    def test_every_role_reads_its_own_workspace_and_no_other(self, role):
        member = MemberFactory(role=role)
        client, other = log_in(member.user), WorkspaceFactory()
        assert ask(client, "economy").status_code == 200
        assert ask(client, "economy", workspace=member.workspace.slug).status_code == 200
        for slug in (other.slug, "nowhere"):
            answer = ask(client, "economy", workspace=slug)
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_workspace")

    def test_nobody_reads_without_a_login(self):
        assert ask(Client(), "growth").status_code == 401

    def test_an_unknown_dashboard_names_those_there_are(self, client):
        answer = ask(client, "weather")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_dashboard")
        assert "wave-participation" in answer.json()["message"]
