"""The control room: what it shows to whom, and what its curves and lists are made of."""

from uuid import UUID

import pytest
from django.urls import reverse

from config.models import Role
from economy import control_room, ledger, tasks
from economy.models import Account, PointEconomyDaily
from tests.economy.market import MINT, SINK, trade
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.economy import entry

pytestmark = pytest.mark.django_db
URL = "/admin/points/"


@pytest.fixture
def workspace():
    return WorkspaceFactory(name="Forum")


def test_it_shows_cards_charts_lists_and_checks_of_one_workspace(client, workspace):
    richest = trade(workspace)[0]
    other = WorkspaceFactory()
    trade(other, people=3, seed=2)
    tasks.check_health(workspace.slug)
    client.force_login(MemberFactory(workspace=workspace, role=Role.MODERATOR).user)
    answer = client.get(URL)
    assert answer.status_code == 200
    context = answer.context
    assert [chart["key"] for chart in context["charts"]] == ["supply", "flows", "lorenz", "bands", "gini", "velocity"]
    supply = context["charts"][0]["data"]["series"][0]["values"][-1]
    held = Account.objects.filter(workspace=workspace, kind="person").values_list("balance", flat=True)
    assert supply == sum(held)
    flows = {one["title"]: one["values"] for one in context["charts"][1]["data"]["series"]}
    assert set(flows) == {
        "+ Registration bonus",
        "+ Likes reached",
        *("\N{MINUS SIGN} Post created", "\N{MINUS SIGN} Comment created", "\N{MINUS SIGN} Like given"),
    }
    days = PointEconomyDaily.objects.filter(workspace=workspace).order_by("-date")[: len(flows["+ Likes reached"])]
    assert [sum(of_day) for of_day in zip(*flows.values(), strict=True)] == [one.net for one in reversed(days)]
    (_, earners), (_, spenders) = context["top"]
    assert (earners[0][0], len(earners), len(spenders)) == (richest, 10, 10)
    assert "no alert" in answer.content.decode()
    assert client.get(URL, {"workspace": other.slug}).status_code == 404


def test_the_lorenz_curve_goes_through_its_known_points(workspace):
    assert control_room.lorenz(workspace) is None
    people = [entry(MINT, entry_id, points) for entry_id, points in zip(_ids(5), (1, 2, 3, 4, 10), strict=True)]
    ledger.post_many(workspace, people)
    curve = control_room.lorenz(workspace)
    assert len(curve) == 21
    assert [curve[part] for part in (0, 2, 4, 8, 12, 16, 18, 20)] == [0, 2.5, 5, 15, 30, 50, 75, 100]


def test_who_has_no_points_is_part_of_the_poorest(workspace):
    rich, poor = _ids(2)
    ledger.post_many(workspace, [entry(MINT, rich, 10), entry(MINT, poor, 5), entry(poor, SINK, 5)])
    curve = control_room.lorenz(workspace)
    assert [curve[part] for part in (10, 15, 20)] == [0, 50, 100]


def test_before_the_first_points_it_says_so_and_strangers_see_nothing(client, workspace):
    client.force_login(MemberFactory(workspace=workspace, role=Role.ADMIN).user)
    assert b"No points yet" in client.get(URL).content
    client.force_login(MemberFactory(workspace=workspace, role=Role.ANALYST).user)
    assert client.get(URL).status_code == 403
    assert reverse("admin:point_economy") == URL


def _ids(count):
    return [UUID(int=number + 1) for number in range(count)]
