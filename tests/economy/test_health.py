"""Checks of the point economy: what opens an alert, that it is one, and what closes it."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics import definition_changes
from analytics.definition_changes import Change
from analytics.rollups import engine
from config.models import Role, Run
from economy import health, ledger, supply, tasks
from economy.models import Account, PointAlert
from tests.analytics.community import at
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.economy import entry, grant

pytestmark = pytest.mark.django_db
ADA, BOB = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def now_is(monkeypatch):
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def workspace():
    """100 points on day 0 and 20 more on day 1, most with one person; from day 2 on people spend 5 a day."""
    workspace = WorkspaceFactory(created_at=at(0))
    grant(workspace, 90, ADA, occurred_at=at(0))
    grant(workspace, 10, BOB, occurred_at=at(0))
    grant(workspace, 20, ADA, occurred_at=at(1))
    spent = [entry(ADA, Account.Kind.SINK, 5, occurred_at=at(day)) for day in (2, 3, 4)]
    ledger.post_many(workspace, spent)
    return workspace


def failing(workspace):
    return sorted(health.alerts(workspace))


def look(workspace, now_is, day):
    """As the night after the day does."""
    now_is(at(day + 1, "03:00"))
    engine.bring_up_to_date(workspace, only=[supply.KEY])
    return health.check(workspace)


def test_each_check_opens_one_alert_and_closes_it_when_it_passes(workspace, now_is):
    other = WorkspaceFactory(created_at=at(0))
    # Nothing was there before: no rate can be told.
    assert look(workspace, now_is, 0)["high_inflation"].is_well is None
    assert failing(workspace) == []

    found = look(workspace, now_is, 1)
    assert (found["high_inflation"].is_well, found["high_inflation"].said[:6]) == (False, "+20.0 ")
    assert failing(workspace) == ["high_inflation"]

    look(workspace, now_is, 2)
    look(workspace, now_is, 3)
    assert failing(workspace) == []
    found = look(workspace, now_is, 4)
    assert found["deflation"].said.endswith(": -5, -5, -5.")
    look(workspace, now_is, 4)
    assert failing(workspace) == ["deflation"]
    look(workspace, now_is, 5)
    assert failing(workspace) == []
    told = (
        PointAlert.objects.filter(workspace=workspace).order_by("id").values_list("check_key", "opened_at", "closed_at")
    )
    assert list(told) == [
        ("high_inflation", at(2, "03:00"), at(3, "03:00")),
        ("deflation", at(5, "03:00"), at(6, "03:00")),
    ]
    assert not PointAlert.objects.filter(workspace=other).exists()


def test_thresholds_are_rows_that_operators_set(workspace, now_is):
    look(workspace, now_is, 3)
    value = {"inflation_percent": 10.0, "deflation_days": 2, "gini": 0.3}
    definition_changes.apply(workspace, Change(health.KEY, value, at(0).date()))
    health.check(workspace)
    # 10 and 100 points: half of (100 - 10) / 110 is 0.4091.
    assert failing(workspace) == ["deflation", "inequality"]
    assert "Gini 0.4091" in health.alerts(workspace)["inequality"].said


def test_a_day_that_is_not_filled_says_nothing_and_leaves_alerts_as_they_are(workspace, now_is):
    look(workspace, now_is, 1)
    now_is(at(4, "03:00"))
    assert health.check(workspace)["high_inflation"] == health.NOT_YET
    assert failing(workspace) == ["high_inflation"]


def test_a_balance_that_its_transfers_do_not_make_is_critical_and_the_run_tells_it(workspace):
    account = Account.objects.get(workspace=workspace, person_id=BOB)
    Account.objects.filter(pk=account.pk).update(balance=1_000)
    tasks.check_health(workspace.slug)
    assert health.alerts(workspace)["ledger_mismatch"].severity == "critical"
    run = Run.objects.get(name="economy.check_health", workspace=workspace)
    assert (run.status, run.rows_in) == ("succeeded", 5)
    assert f"ledger_mismatch: FAILS. Account {account.pk} (person) has a balance of 1,000" in run.log
    Account.objects.filter(pk=account.pk).update(balance=10)
    tasks.check_health(workspace.slug)
    assert failing(workspace) == []


def test_the_list_of_alerts_is_for_those_who_see_points(client, workspace):
    Account.objects.filter(workspace=workspace, person_id=BOB).update(balance=1_000)
    health.check(workspace)
    url = reverse("admin:economy_pointalert_changelist")
    for role, status in ((Role.ANALYST, 403), (Role.MODERATOR, 200)):
        client.force_login(MemberFactory(workspace=workspace, role=role).user)
        assert client.get(url).status_code == status
    assert b"Ledger and balances" in client.get(url).content
    stranger = MemberFactory(role=Role.ADMIN)
    client.force_login(stranger.user)
    assert b"Ledger and balances" not in client.get(url).content
