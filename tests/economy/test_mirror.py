"""The mode mirror: the application owns the points, and the ledger repeats what it tells."""

import pytest

from economy import applying, arrivals
from economy.models import RefusedTransfer, Transfer
from tests.factories.economy import grant
from tests.factories.ingestion import IdentityLinkFactory

from .village import FIRST, Village, at, joined, posted, redeemed

pytestmark = pytest.mark.django_db


@pytest.fixture
def village():
    return Village(mode="mirror")


def transferred(user, minute, to, amount, **more):
    return "points_transferred", user, minute, {"to_user_id": to, "amount": amount, **more}


def test_transfers_that_are_told_of_are_repeated_and_no_rule_acts(village):
    issued = transferred("system", 0, "ada", 50, from_user_id="system", reason="registration_bonus")
    tip = transferred("ada", 2, "bob", 20, reason="tip", post_id="7")
    spent = transferred("ada", 3, "system", 5, reason="like_cost")
    assert village.told(joined("ada"), posted("ada", 1), issued, tip, spent) == (3, 0, 0, 0)
    assert village.points("ada", "bob") == {"ada": 25, "bob": 20}
    assert village.places() == {"mint": -50, "sink": 5}
    rows = Transfer.objects.filter(workspace=village.workspace).order_by("number")
    assert list(rows.values_list("kind", "reference", "rule")) == [
        ("registration_bonus", "", None),
        ("transfer", "post:7", None),
        ("like_cost", "", None),
    ]
    assert [row.occurred_at for row in rows] == [at(0), at(2), at(3)]
    assert arrivals.again(village.workspace, FIRST, FIRST) == 3
    assert village.apply() == (0, 0, 0, 3)
    assert village.is_right()


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("admin_adjustment", "adjustment"),
        ("refund", "refund"),
        ("reversal", "transfer"),
        ("bounty", "transfer"),
        (None, "transfer"),
    ],
    ids=str,
)
def test_a_reason_that_is_a_kind_is_one(village, reason, kind):
    village.told(transferred("system", 0, "ada", 5, from_user_id="system", reason=reason))
    assert Transfer.objects.get(workspace=village.workspace).kind == kind


def test_redemptions_are_told_of_too(village):
    grant(village.workspace, 100, village.actor("ada"))
    assert village.told(redeemed("ada", 1, 60), redeemed("ada", 2, 60, "r2")) == (1, 1, 0, 0)
    assert village.places() == {"mint": -100, "redemption": 60}
    assert RefusedTransfer.objects.get(workspace=village.workspace).kind == "redemption"


def test_payer_and_payee_are_people_under_all_their_ids(village):
    grant(village.workspace, 10, village.actor("ada"))
    village.send(transferred("bot", 1, "wallet-b", 4, from_user_id="wallet-a"))
    for wallet, name in (("wallet-a", "ada"), ("wallet-b", "bob")):
        ids = {"actor_id": village.actor(wallet), "person_id": village.actor(name)}
        IdentityLinkFactory(workspace=village.workspace, **ids)
    assert village.apply() == (1, 0, 0, 0)
    assert village.points("ada", "bob") == {"ada": 6, "bob": 4}


@pytest.mark.parametrize(
    "properties",
    [
        {"to_user_id": "ada", "amount": 5},
        {"amount": 5},
        {"to_user_id": "", "amount": 5},
        {"to_user_id": "bob", "amount": 10**30},
        {"to_user_id": "bob", "amount": 10**13},
    ],
    ids=["oneself", "nobody", "empty", "endless", "too much"],
)
def test_what_makes_no_sense_moves_nothing_and_harms_no_companion(village, properties):
    grant(village.workspace, 10, village.actor("ada"))
    village.send(("points_transferred", "ada", 1, properties), transferred("ada", 2, "cleo", 3))
    said = []
    done = applying.apply(village.workspace, said.append)
    assert (done.moved, done.unusable, len(said)) == (1, 1, 1)
    assert village.points("ada", "bob", "cleo") == {"ada": 7, "bob": 0, "cleo": 3}


@pytest.mark.parametrize("amount", [0, -1, 1.5, "7"], ids=str)
def test_what_is_no_amount_does_not_get_past_the_door(village, amount):
    assert village.send(transferred("ada", 1, "bob", amount)) == ["rejected"]


def test_in_the_mode_rules_they_move_nothing():
    village = Village()
    grant(village.workspace, 10, village.actor("ada"))
    assert village.told(transferred("ada", 1, "bob", 3)) == (0, 0, 0, 0)
    village.send(transferred("ada", 2, "bob", 3))
    village.mode("mirror")
    assert village.apply() == (0, 0, 0, 0)
    assert village.points("ada", "bob") == {"ada": 10, "bob": 0}


def test_other_tenants_transfers_are_theirs(village):
    other = Village("other", mode="mirror")
    for one in (village, other):
        grant(one.workspace, 10, one.actor("ada"))
        one.send(transferred("ada", 1, "bob", 3))
    village.apply()
    assert (village.points("ada", "bob"), other.points("ada", "bob")) == ({"ada": 7, "bob": 3}, {"ada": 10, "bob": 0})
