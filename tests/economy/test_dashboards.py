"""Points on dashboards of all: how many there are, were earned, spent and paid out stands among the other numbers."""

import pytest
from django.utils import timezone

from analytics.dashboards import DASHBOARDS
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.lib import buckets
from config.models import Role
from economy import ledger, supply
from economy.models import Account
from tests.analytics.community import at
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.pages import log_in

pytestmark = pytest.mark.django_db
CARDS = ("total_points_in_circulation", "points_earned", "points_spent", "bnb_redeemed")


def moved(points):
    """A workspace in which somebody got points on day 0 and on day 1 redeemed 10,000 of them and spent 5."""
    workspace = WorkspaceFactory(created_at=at(0))
    person = grant(workspace, points, occurred_at=at(0))
    ledger.post_many(
        workspace,
        [
            entry(person, Account.Kind.REDEMPTION, 10_000, kind="redemption", occurred_at=at(1)),
            entry(person, Account.Kind.SINK, 5, kind="post_creation", occurred_at=at(1)),
        ],
    )
    days = [buckets.day_start(at(day).date(), workspace.zone) for day in range(3)]
    engine.fill_chunk(ROLLUPS[supply.KEY], workspace, days, at(3))
    return workspace


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at(3))
    moved(70_000)
    return log_in(MemberFactory(workspace=moved(30_000), role=Role.VIEWER).user)


def test_points_follow_the_own_cards_of_the_executive_dashboard():
    executive = DASHBOARDS["executive"]
    assert executive.all_cards == (*executive.cards, *CARDS)


def test_its_address_tells_them_as_that_of_the_point_economy_does(client):
    summary, economy = (
        {one["key"]: one for one in client.get(f"/api/dashboard/{name}").json()["data"]["cards"]}
        for name in ("executive-summary", "economy")
    )
    assert [summary[key]["value"] for key in CARDS] == [19_995, 30_000, 10_005, 0.01]
    assert [summary[key] for key in CARDS] == [economy[key] for key in CARDS]
