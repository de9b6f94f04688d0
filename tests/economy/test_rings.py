"""Rings of transfers: what is one, that each is told once, and how it is judged."""

import json
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from analytics import definition_changes
from analytics.definition_changes import Change
from config.models import Role, Run
from economy import health, ledger, rings, tasks
from economy.models import Account, Transfer, TransferRing
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.factories.ingestion import ActorFactory
from tests.pages import said

pytestmark = pytest.mark.django_db
# The accounts are made in this order.
ADA, BOB, CY, DAN, EVE, FAY = (UUID(int=number) for number in range(1, 7))
NOW = timezone.now()


@pytest.fixture
def workspace():
    return rich()


def rich():
    """Six people with 1,000 points each."""
    workspace = WorkspaceFactory(created_at=NOW - timedelta(days=60))
    for person in (ADA, BOB, CY, DAN, EVE, FAY):
        grant(workspace, 1_000, person, occurred_at=NOW - timedelta(days=30))
    return workspace


def give(workspace, *gifts, days_ago=1):
    """Gifts as (giver, points, taker)."""
    moment = NOW - timedelta(days=days_ago)
    entries = [entry(giver, taker, points, occurred_at=moment) for giver, points, taker in gifts]
    return [done.number for done in ledger.post_many(workspace, entries)]


def go_round(workspace, *people, points=100, days_ago=1):
    """Each gives the next, and the last the first."""
    return give(
        workspace,
        *((giver, points, taker) for giver, taker in zip(people, [*people[1:], people[0]], strict=True)),
        days_ago=days_ago,
    )


def found(workspace, **more):
    people = dict(Account.objects.filter(workspace=workspace).values_list("id", "person_id"))
    return [([people[pk] for pk in one.accounts], one.points, one.transfers) for one in rings.search(workspace, **more)]


def test_a_ring_is_told_once_from_its_first_account_on_in_the_order_of_the_points(workspace):
    go_round(workspace, CY, ADA, BOB)
    # The other way round it is another one.
    go_round(workspace, EVE, DAN)
    give(workspace, (ADA, 30, BOB), (ADA, 500, FAY), (FAY, 40, CY))
    assert found(workspace) == [([ADA, BOB, CY], 100, 4), ([DAN, EVE], 100, 2)]


def test_gifts_that_never_come_back_are_none(workspace):
    give(workspace, (ADA, 100, BOB), (BOB, 100, CY), (CY, 100, DAN), (ADA, 100, DAN), (EVE, 100, ADA))
    assert found(workspace) == []


def test_small_gifts_add_up_and_what_comes_back_is_a_good_part(workspace):
    give(workspace, *[(ADA, 3, BOB), (BOB, 3, ADA)] * 3)
    assert found(workspace) == []
    give(workspace, (ADA, 1, BOB), (BOB, 1, ADA))
    assert found(workspace) == [([ADA, BOB], 10, 8)]
    # Now 30 go one way and 10 come back: less than half.
    give(workspace, (ADA, 20, BOB))
    assert found(workspace) == []


def test_points_from_the_workspace_and_reversals_are_no_gifts(workspace):
    numbers = give(workspace, (ADA, 100, BOB))
    ledger.reverse(workspace, numbers[0], by=None, reason="wrong")
    give(workspace, (CY, 50, Account.Kind.SINK), (Account.Kind.MINT, 50, CY))
    assert found(workspace) == []


def test_days_and_people_are_a_definition(workspace):
    go_round(workspace, ADA, BOB, CY, DAN, EVE)
    go_round(workspace, ADA, FAY, days_ago=10)
    assert found(workspace) == []
    assert found(workspace, days=20) == [([ADA, FAY], 100, 2)]
    value = {"days": 30, "people": 5, "least_points": 10, "least_share": 0.5}
    definition_changes.apply(workspace, Change(rings.KEY, value, (NOW - timedelta(days=2)).date()))
    assert found(workspace) == [([ADA, BOB, CY, DAN, EVE], 100, 5), ([ADA, FAY], 100, 2)]


def test_another_workspace_has_its_own(workspace):
    other = rich()
    go_round(other, ADA, BOB)
    assert found(workspace) == []
    assert rings.note(workspace) == 0
    assert (rings.note(other), TransferRing.objects.get().workspace) == (1, other)


def test_an_open_ring_goes_on_and_a_judged_one_begins_again_with_new_gifts(workspace):
    go_round(workspace, ADA, BOB, days_ago=3)
    assert (rings.note(workspace), rings.note(workspace)) == (1, 0)
    go_round(workspace, ADA, BOB, days_ago=2)
    assert rings.note(workspace) == 0
    ring = TransferRing.objects.get()
    assert (ring.points, ring.transfers, ring.last_at) == (200, 4, NOW - timedelta(days=2))
    assert [row.amount for row in rings.evidence(ring, 3)] == [100, 100, 100]

    ring.status = TransferRing.Status.DISMISSED
    rings.judge(ring, MemberFactory(workspace=workspace).user)
    assert rings.note(workspace) == 0
    go_round(workspace, ADA, BOB)
    assert rings.note(workspace) == 1
    assert sorted(TransferRing.objects.values_list("status", flat=True)) == ["dismissed", "open"]


def test_the_job_finds_them_and_the_check_tells_of_them_until_they_are_judged(workspace):
    go_round(workspace, ADA, BOB)
    tasks.find_rings(workspace.slug)
    run = Run.objects.get(name="economy.find_rings", workspace=workspace)
    assert (run.status, run.rows_out) == ("succeeded", 1)
    health.check(workspace)
    assert health.alerts(workspace)["transfer_rings"].said == "1 transfer rings are to be judged."
    TransferRing.objects.update(status="confirmed")
    health.check(workspace)
    assert health.alerts(workspace) == {}


def test_the_command_tells_them_and_writes_nothing(workspace):
    ActorFactory(workspace=workspace, actor_id=ADA, distinct_id="ada")
    go_round(workspace, ADA, BOB)

    def call(*words):
        out = StringIO()
        call_command("economy", "rings", "--workspace", workspace.slug, *words, stdout=out)
        return out.getvalue()

    assert call() == f"100 points in 2 transfers: ada -> {BOB} -> ada\nrings: 1\n"
    (told,) = json.loads(call("--json"))
    assert (told["people"], told["points"]) == ([str(ADA), str(BOB)], 100)
    assert call("--days", "1") == "rings: 0\n"
    assert not TransferRing.objects.exists()


def test_whoever_may_change_points_judges_a_ring_with_its_transfers_before_them(client, workspace):
    ActorFactory(workspace=workspace, actor_id=ADA, distinct_id="<b>ada</b>")
    numbers = go_round(workspace, ADA, BOB)
    rings.note(workspace)
    ring = TransferRing.objects.get()
    page = reverse("admin:economy_transferring_change", args=[ring.pk])
    for role, status in ((Role.ANALYST, 403), (Role.MODERATOR, 200), (Role.COMMUNITY_MANAGER, 200)):
        member = MemberFactory(workspace=workspace, role=role)
        client.force_login(member.user)
        assert client.get(page).status_code == status
    text = client.get(page).content.decode()
    assert "&lt;b&gt;ada&lt;/b&gt;" in text
    assert all(reverse("admin:ledger_transfer", args=[workspace.slug, number]) in text for number in numbers)
    answer = client.post(page, {"status": "confirmed", "note": "They told us", "points": 1}, follow=True)
    assert any("was changed successfully" in one for one in said(answer))
    ring.refresh_from_db()
    assert (ring.status, ring.note, ring.points) == ("confirmed", "They told us", 100)
    assert (ring.decided_by, ring.decided_at is None) == (member.user, False)
    client.force_login(MemberFactory(workspace=workspace, role=Role.MODERATOR).user)
    assert client.post(page, {"status": "open"}).status_code == 403
    client.force_login(MemberFactory(role=Role.ADMIN).user)
    client.post(page, {"status": "open"})
    ring.refresh_from_db()
    assert ring.status == "confirmed"


def test_an_erased_person_stays_a_place_in_the_ring_without_a_name(client, workspace):
    go_round(workspace, ADA, BOB)
    rings.note(workspace)
    Account.objects.filter(workspace=workspace, person_id=ADA).update(person_id=None)
    client.force_login(MemberFactory(workspace=workspace, role=Role.ADMIN).user)
    page = reverse("admin:economy_transferring_change", args=[TransferRing.objects.get().pk])
    text = client.get(page).content.decode()
    assert ("Erased person" in text, str(ADA) in text) == (True, False)
    assert Transfer.objects.filter(workspace=workspace, kind="transfer").count() == 2
