"""The point economy by day: supply, flows by kind and how points are spread, with balances reckoned by hand."""

import uuid
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from analytics import metrics, recount
from analytics.metrics import METRICS
from analytics.models import OpenBucket
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.lib import buckets
from economy import ledger, supply
from economy.models import Account, PointEconomyDaily, Transfer
from tests.analytics.community import at
from tests.factories.config import WorkspaceFactory
from tests.factories.economy import entry, grant

pytestmark = pytest.mark.django_db
MINT, SINK, REDEMPTION = Account.Kind.MINT, Account.Kind.SINK, Account.Kind.REDEMPTION
ADA, BOB, CYD = (uuid.UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def workspace():
    return WorkspaceFactory(created_at=at(0))


@pytest.fixture
def now_is(monkeypatch):
    return lambda moment: monkeypatch.setattr(timezone, "now", lambda: moment)


def fill(workspace, days=3):
    """The days 0 to days - 1 of this rollup alone, in one chunk."""
    rollup = ROLLUPS[supply.KEY]
    chunk = [buckets.day_start(at(day).date(), workspace.zone) for day in range(days)]
    return engine.fill_chunk(rollup, workspace, chunk, at(days))


def row(workspace, day):
    return PointEconomyDaily.objects.filter(workspace=workspace, date=at(day).date()).first()


def holding(workspace, balances, day=0):
    """People who have so many points on the day; 0 is somebody who spent what they had."""
    entries = []
    for points in balances:
        person = uuid.uuid4()
        entries.append(entry(MINT, person, points or 1, occurred_at=at(day, "01:00")))
        if not points:
            entries.append(entry(person, SINK, 1, occurred_at=at(day, "02:00")))
    ledger.post_many(workspace, entries)


@pytest.mark.parametrize(
    ("balances", "gini"),
    [
        ([1, 2, 3, 4, 5], "0.2667"),
        ([0, 0, 0, 10], "0.7500"),
        ([7, 7, 7], "0.0000"),
        ([100, 95, 50, 1200, 10000], "0.7341"),
        ([5], "0.0000"),
        ([0, 0], None),
    ],
    ids=str,
)
def test_gini_has_the_known_answers(workspace, balances, gini):
    holding(workspace, balances)
    fill(workspace)
    found = row(workspace, 0)
    assert found.gini is None if gini is None else round(found.gini, 4) == Decimal(gini)
    assert (found.people, found.points_held) == (len(balances), sum(balances))


@pytest.mark.parametrize(
    ("balances", "numerator"),
    [
        ([7, 2**31 - 1, 2**31, 10**12], 2_999_999_999_980),
        ([7, 4 * 10**18, 4 * 10**18], 8 * 10**18 - 14),
    ],
    ids=["around what is small", "beyond what a whole number of the database holds"],
)
def test_gini_is_exact_however_large_balances_are(workspace, balances, numerator):
    holding(workspace, [1] * len(balances))
    people = Account.objects.filter(workspace=workspace, kind=Account.Kind.PERSON).order_by("pk")
    for account, balance in zip(people, balances, strict=True):
        Account.objects.filter(pk=account.pk).update(balance=balance)
    fill(workspace, 1)
    found = row(workspace, 0)
    assert (found.gini_numerator, found.gini_denominator) == (numerator, len(balances) * sum(balances))
    assert (found.points_held, found.top_1_percent_balance) == (sum(balances), max(balances))


def test_what_somebody_did_on_one_day_is_summed_before_anything_is_joined(workspace):
    grant(workspace, 100, ADA, occurred_at=at(0))
    costs = [("post_creation", 5)] * 2 + [("comment_creation", 2)] * 3
    entries = [entry(ADA, SINK, points, kind=kind, occurred_at=at(1)) for kind, points in costs]
    entries.append(entry(MINT, ADA, 3, kind="like_reward", occurred_at=at(1)))
    ledger.post_many(workspace, entries)
    fill(workspace)

    found = row(workspace, 1)
    assert (found.earned, found.spent, found.net, found.transfers) == (3, 16, -13, 6)
    assert (found.post_creation_count, found.post_creation_points, found.post_creation_earned) == (2, 10, 0)
    assert (found.comment_creation_count, found.comment_creation_points) == (3, 6)
    assert (found.like_reward_count, found.like_reward_points, found.like_reward_earned) == (1, 3, 3)
    assert (found.points_before, found.total_points_in_circulation, found.mean_points) == (100, 87, Decimal("93.5"))
    assert (found.inflation_rate, round(found.velocity, 4)) == (-13, Decimal("0.1711"))
    # A day of nothing is there as well, and before the first transfer there is none.
    assert (row(workspace, 2).total_points_in_circulation, row(workspace, 2).inflation_rate) == (87, 0)
    assert row(workspace, 0).inflation_rate is None
    assert row(workspace, -1) is None


def test_points_between_people_are_neither_earned_nor_spent_and_redeemed_ones_have_a_worth(workspace):
    grant(workspace, 30_000, ADA, occurred_at=at(0))
    said = [
        entry(ADA, BOB, 1_000, occurred_at=at(1)),
        entry(ADA, REDEMPTION, 10_000, kind="redemption", occurred_at=at(1)),
        entry(MINT, SINK, 5, occurred_at=at(1)),
    ]
    numbers = [outcome.number for outcome in ledger.post_many(workspace, said)]
    assert ledger.reverse(workspace, numbers[0], by=None, reason="By mistake").number
    fill(workspace)

    found = row(workspace, 1)
    assert (found.earned, found.spent, found.transfer_points, found.transfers) == (0, 10_000, 0, 3)
    assert (found.bnb_redeemed, found.redemption_points, found.total_points_in_circulation) == (
        Decimal("0.01"),
        10_000,
        20_000,
    )
    # The reversal is of today: by the end of that day Bob still had them.
    assert (found.users_with_points, found.median_balance) == (2, 10_000)


def test_the_richest_hundredth_is_rounded_up_and_takes_in_a_part_of_equals(workspace):
    holding(workspace, [10] * 98 + [50] * 3)
    fill(workspace)
    found = row(workspace, 0)
    assert (found.top_1_percent_balance, found.median_balance, found.users_with_points) == (100, 10, 101)
    assert round(found.top_1_percent_share, 4) == round(Decimal(100) / 1130, 4)


def test_erased_people_keep_their_points_in_the_supply_and_are_no_people(workspace):
    holding(workspace, [10])
    grant(workspace, 90, ADA, occurred_at=at(0))
    Account.objects.filter(workspace=workspace, person_id=ADA).update(person_id=None)
    fill(workspace)
    found = row(workspace, 0)
    assert (found.total_points_in_circulation, found.people, found.points_held, found.gini) == (100, 1, 10, 0)


def test_days_are_those_of_the_workspace(workspace):
    workspace.time_zone = "Pacific/Auckland"
    workspace.save()
    # One o'clock in the night of the next day there.
    grant(workspace, 10, ADA, occurred_at=at(0, "12:00"))
    fill(workspace)
    assert (row(workspace, 0), row(workspace, 1).earned) == (None, 10)


def test_a_transfer_that_comes_late_opens_its_day_and_all_since_and_no_other_workspace_sees_it(workspace, now_is):
    other = WorkspaceFactory(created_at=at(0))
    holding(other, [1, 2, 3])
    grant(workspace, 100, ADA, occurred_at=at(3))
    now_is(at(5, "10:30"))
    only = [supply.KEY]
    assert (
        engine.bring_up_to_date(workspace, only=only).failed == engine.bring_up_to_date(other, only=only).failed == {}
    )
    assert [row(workspace, day) and row(workspace, day).total_points_in_circulation for day in range(6)] == [
        *[None] * 3,
        *[100] * 3,
    ]
    kept = list(PointEconomyDaily.objects.filter(workspace=other).values_list())
    supply_of = METRICS["total_points_in_circulation"]
    assert metrics.read(supply_of, workspace, at(4).date(), at(4).date())[0].state == "closed"

    grant(workspace, 50, BOB, occurred_at=at(1))
    (value,) = metrics.read(supply_of, workspace, at(4).date(), at(4).date())
    assert (value.value, value.state) == (100, "settling")
    engine.collect(workspace, at(5, "10:31"))
    opened = OpenBucket.objects.filter(rollup=supply.KEY).values_list("workspace", "bucket")
    assert sorted(opened) == [(workspace.pk, at(day, "00:00")) for day in range(1, 6)]
    engine.bring_up_to_date(workspace, only=only)
    engine.bring_up_to_date(other, only=only)
    assert [row(workspace, day).total_points_in_circulation for day in range(1, 6)] == [50, 50, 150, 150, 150]
    assert [row(workspace, day).people for day in range(1, 6)] == [1, 1, 2, 2, 2]
    assert [value.value for value in metrics.read(supply_of, workspace, at(0).date(), at(13).date(), "week")] == [
        150,
        150,
    ]
    # The other's day under way alone was filled again.
    of_other = PointEconomyDaily.objects.filter(workspace=other, date__lt=at(5).date())
    assert list(of_other.values_list()) == kept[:-1]


def test_every_number_is_what_the_transfers_say_however_the_days_are_cut_into_fills(workspace):
    """Against statements of their own, which go person by person."""
    chance, people = Random(3), [uuid.UUID(int=number) for number in range(1, 30)]
    kinds = [kind.value for kind in Transfer.Kind if kind != "reversal"]
    for number in range(150):
        source, target = chance.sample([*people, MINT, MINT, SINK, REDEMPTION], 2)
        source = MINT if number < 60 else source
        kind, moment = chance.choice(kinds), at(chance.randrange(6)) + timedelta(minutes=chance.randrange(1440))
        if source != target:
            ledger.post(workspace, entry(source, target, chance.randrange(1, 200), kind=kind, occurred_at=moment))
    # An account that never held anything, as one that is looked at to be corrected.
    ledger.account_of(workspace, CYD)
    fill(workspace, 7)
    stored = list(PointEconomyDaily.objects.order_by("date").values())
    of_economy = [metric for metric in METRICS if metric.rollup == supply.KEY]
    samples = [recount.Sample(metric, at(day).date()) for metric in of_economy for day in range(7)]
    outcome = recount.compare(workspace, samples)
    assert ([recount.told(one) for one in outcome.drifts], outcome.left_out) == ([], 0)
    assert outcome.checked == len(samples) > 200
    for day in (5, 0, 3):
        start = buckets.day_start(at(day).date(), workspace.zone)
        engine.fill_chunk(ROLLUPS[supply.KEY], workspace, [start], at(7))
    again = list(PointEconomyDaily.objects.order_by("date").values())
    assert [one | {"calculated_at": None} for one in again] == [one | {"calculated_at": None} for one in stored]
    for one in stored:
        assert one["net"] == one["earned"] - one["spent"]
        assert sum(one[f"{kind}_points"] for kind in Transfer.Kind) == one["earned"] + one["spent"]
        assert sum(one[f"{kind}_earned"] for kind in Transfer.Kind) == one["earned"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(balance) FROM economy_account WHERE kind = 'person'")
        assert cursor.fetchone()[0] == stored[-1]["total_points_in_circulation"]
