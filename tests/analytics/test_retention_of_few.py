"""Shares of people who signed up: of so few that they would tell of single ones nothing is told."""

import pytest
from django.utils import timezone

from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory
from tests.pages import log_in

FILLS = ("platform_daily", "cohort_retention", "user_cohorts", "churn_daily")
NOW = at(9)


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Three people sign up on day 0, four on day 1, six on day 2; all but the last of each come back the next day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: NOW)
        community = Community("commons-few")
        for day, people in enumerate((3, 4, 6)):
            for number in range(people):
                community.happens("user_signup", f"{day}-{number}", at(day))
                if number + 1 < people:
                    community.happens("page_view", f"{day}-{number}", at(day + 1))
        community.fill()
    return community


@pytest.fixture
def client(filled, as_filled, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return log_in(MemberFactory(workspace=as_filled(filled).workspace, role=Role.ANALYST).user)


def asked(client, first, last):
    days = {"from": str(at(first).date()), "to": str(at(last).date())}
    return client.get("/api/dashboard/retention", days).json()["data"]


def retention(client, first, last):
    """The card of the people who signed up on the days from first to last."""
    return asked(client, first + 1, last + 1)["cards"][0]


def test_days_of_few_have_no_share_and_are_in_that_of_several_days(client):
    card = retention(client, 0, 2)
    assert (card["key"], card["value"], card["data_points"]) == ("retention_day_1", 10 / 13, 13)
    assert card["by_day"] == [None, None, 5 / 6]
    # The chart tells day 7, too, which is known later.
    first_week = asked(client, 7, 8)["charts"][0]
    assert first_week["days"][0] == str(at(0).date())
    assert first_week["series"][0]["values"][:3] == [None, None, 5 / 6]


def test_a_range_of_few_has_none(client):
    card = retention(client, 0, 0)
    assert (card["value"], card["data_points"], card["confidence"]) == (None, 0, "low")
    assert retention(client, 0, 1)["value"] == 5 / 7


def test_queries_say_why(client):
    body = {"metrics": ["retention_day_1"], "time_range": {"from": str(at(0).date()), "to": str(at(2).date())}}
    rows = client.post("/api/metrics/query", body, content_type="application/json").json()["data"]
    assert [one["value"] for one in rows] == [None, None, 5 / 6]
    assert [one.get("suppressed") for one in rows] == ["A group of fewer than 5 people"] * 2 + [None]
    assert [one["denominator"] for one in rows] == [None, None, 6]


def test_the_application_s_own_dashboard_tells_none_of_few(client):
    of_day = [
        client.get("/api/analytics/executive-dashboard", {"date": str(at(day).date())}).json()["data"]["retention_d1"]
        for day in (1, 2, 3)
    ]
    assert of_day == [None, None, 5 / 6]


def test_weeks_of_few_have_no_size(client, filled):
    tables = client.get("/api/dashboard/retention").json()["data"]["tables"]
    (row,) = next(one for one in tables if one["key"] == "cohorts")["rows"]
    assert row[1] == 13
