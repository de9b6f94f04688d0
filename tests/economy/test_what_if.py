"""What if rules had other amounts: decided as live events are, with nothing written; the page and the command."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from config.lib.buckets import day_start
from config.models import Role
from economy import ledger, what_if
from economy.admin import what_if as what_if_admin
from economy.models import Account, ContentAct, RefusedTransfer, RuleTally, Transfer
from economy.what_if import compare, gini
from ingestion.models import Actor
from tests.factories.config import MemberFactory
from tests.factories.economy import grant
from tests.pages import log_in

from .reading import balances
from .village import BEGIN, FIRST, Village, commented, joined, liked, posted, unliked

TODAY = timezone.now().date()
# Minutes from the villages' time zero to two days ago.
THEN = int((day_start(TODAY, timezone.get_default_timezone()) - timedelta(days=2) - BEGIN).total_seconds() // 60)
DAY = 1440
# Those days and some before, so that midnight may pass meanwhile.
DAYS = 5
TABLES = (Transfer, RefusedTransfer, Account, ContentAct, RuleTally)


@pytest.fixture(scope="module")
def village(lasting_db):
    """Ada and Bob were here before the days that are replayed; Cleo comes in them."""
    village = Village()
    fans = [f"fan{number}" for number in range(3)]
    village.rule("likes_3", event="like_given", effect="milestone", amount=7, at_count=3, kind="like_reward")
    village.rule(
        "undo_like", event="like_given", effect="refund", refunds="like_content", kind="refund", on_opposite=True
    )
    village.rule("read", event="post_view", effect="reward", amount=2, kind="transfer", most_per_day=1)
    before = [joined("ada", 0), joined("bob", 0), *(joined(fan, 0) for fan in fans), posted("ada", 5), liked("fan0", 6)]
    during = [
        (joined, "cleo", 1),
        (joined, "ada", 2),
        (posted, "cleo", 3, "p2"),
        (commented, "bob", 4),
        (liked, "fan1", 5),
        (unliked, "fan0", 6),
        (liked, "fan2", DAY + 7),
        (liked, "fan2", 8, "p2", "cleo"),
        (unliked, "fan2", DAY + 9, "p2", "cleo"),
        (posted, "dan", 10, "p3"),
    ]
    village.told(*before, received=BEGIN + timedelta(minutes=10))
    views = [("post_view", "ada", THEN + minute, {"post_id": "p1"}) for minute in (20, 21, DAY + 1)]
    village.told(*(make(who, THEN + minute, *more) for make, who, minute, *more in during), *views)
    at = BEGIN + timedelta(minutes=THEN + DAY)
    grant(village.workspace, 30, village.actor("dan"), kind="adjustment", occurred_at=at)
    for name in ("ada", "bob", "cleo", "dan", *fans):
        Actor.objects.filter(actor_id=village.actor(name)).update(distinct_id=f"<i>{name}</i>")
    return village


@pytest.fixture(autouse=True)
def _db(village, db):
    pass


def held(village):
    return {who: points for who, points in balances(village.workspace).items() if not isinstance(who, str)}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([1, 2, 3, 4, 5], 0.2667),
        ([0, 0, 0, 10], 0.75),
        ([7, 7, 7], 0),
        ([100, 95, 50, 1200, 10000], 0.7341),
        ([], None),
        ([0, 0], None),
    ],
    ids=str,
)
def test_gini_is_as_it_is_known(points, expected):
    found = gini(points)
    assert found is expected is None or found == pytest.approx(expected, abs=5e-5)


def test_without_changes_both_sides_are_what_the_ledger_holds(village):
    found = compare(village.workspace, DAYS, {})
    assert found.as_it_is == found.changed
    assert (found.affected_people, found.affected) == (0, [])
    assert found.as_it_is.supply == sum(held(village).values())
    assert found.as_it_is.gini == pytest.approx(gini([*held(village).values()]))
    assert (found.events, found.people) == (13, 7)
    assert found.as_it_is.points == {
        "registration_bonus": 100,
        "create_post": 5,
        "create_comment": 2,
        "like_content": 3,
        "likes_3": 7,
        "undo_like": 2,
        "read": 4,
    }
    assert found.as_it_is.refused == {"create_post": 1}


def test_other_amounts_change_what_follows_from_them(village):
    said = {"registration_bonus": "50", "create_post": "51", "like_content": "off", "likes_3": "1000"}
    found = compare(village.workspace, DAYS, said)
    assert found.changed.refused == {"create_post": 2}
    points = {one.person_id: (one.before, one.after) for one in found.affected}
    ada, cleo, fan = (village.actor(name) for name in ("ada", "cleo", "fan1"))
    was = held(village)
    assert points[ada] == (was[ada], was[ada] + 993)
    assert points[cleo] == (95, 50)
    assert points[fan] == (99, 100)
    assert found.changed.supply - found.as_it_is.supply == 993 - 45 + sum(
        after - before for who, (before, after) in points.items() if who not in {ada, cleo}
    )


def test_nothing_is_written(village):
    before = [(model, list(model.objects.order_by("pk").values())) for model in TABLES]
    compare(village.workspace, DAYS, {"create_post": "1"})
    assert before == [(model, list(model.objects.order_by("pk").values())) for model in TABLES]


def test_other_tenants_points_and_events_are_not_in_it(village):
    other = Village("elsewhere")
    other.told(joined("zoe", THEN), posted("zoe", THEN + 1))
    grant(other.workspace, 500)
    assert compare(village.workspace, DAYS, {}).events == 13
    found = compare(other.workspace, DAYS, {})
    assert (found.events, found.people, found.as_it_is.supply) == (2, 2, 595)


def test_what_operators_took_back_stays_taken_back(village):
    number = Transfer.objects.get(
        workspace=village.workspace, kind="post_creation", occurred_at__gt=BEGIN + timedelta(1)
    ).number
    ledger.reverse(village.workspace, number, by=None, reason="A mistake")
    assert compare(village.workspace, DAYS, {}).as_it_is.supply == sum(held(village).values())


@pytest.mark.parametrize(
    ("days", "said", "why"),
    [
        (0, {}, "From 1 to 365 days"),
        (366, {}, "From 1 to 365 days"),
        (3, {"nothing": "1"}, "There is no such rule"),
        *[
            (3, {"create_post": text}, "whole points")
            for text in ("0", "-1", "NaN", "1e30", "²", "9" * 5_000, "", "1.5")
        ],
        (3, {"undo_like": "3"}, "it can only be off"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_makes_no_sense_is_refused(village, days, said, why):
    with pytest.raises(ValidationError, match=why):
        compare(village.workspace, days, said)


def test_the_command_tells_both_sides(village, capsys):
    call_command("economy", "whatif", "--workspace", "village", "--days", str(DAYS), "--rule", "create_post=60")
    told = capsys.readouterr().out
    assert "as it is                           changed\n" in told
    assert "create_post 1 for 5, 1 refused 1 for 60, 1 refused" in " ".join(told.split())
    assert f"  {village.actor('cleo')}  95 -> 40" in told
    call_command("economy", "whatif", "--workspace", "village", "--days", str(DAYS), "--json")
    assert json.loads(capsys.readouterr().out)["affected_people"] == 0
    for words, why in (
        (["create_post"], "is not KEY=AMOUNT"),
        (["create_post=0"], "create_post: This is whole points"),
        (["x=1"], "x: There is no such rule"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("economy", "whatif", "--workspace", "village", "--rule", *words)


def test_more_events_than_a_replay_takes_are_refused(village, monkeypatch):
    with pytest.raises(what_if.TooMuch, match="more than 12 events"):
        compare(village.workspace, DAYS, {}, most_events=12)
    monkeypatch.setattr(what_if_admin, "MOST_EVENTS", 2)
    shown = page(Role.ADMIN, village, days=DAYS)
    assert "ask for fewer days. The command economy whatif takes more" in shown


def page(role, village, **asked):
    client = log_in(MemberFactory(workspace=village.workspace, role=role).user)
    answer = client.get(reverse("admin:points_what_if"), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_shows_both_sides_and_who_is_affected(village):
    empty = page(Role.ADMIN, village)
    assert "post_created costs 5" in empty
    assert "As it is" not in empty
    shown = page(Role.ADMIN, village, days=DAYS, create_post="60", workspace="village")
    for words in (
        "13 events",
        "1 for 60, 1 refused",
        "1 of 7 people would have",
        "&lt;i&gt;cleo&lt;/i&gt;",
        "<td>40</td>",
    ):
        assert words in shown


def test_who_may_not_see_points_of_people_sees_sums(village):
    shown = page(Role.ANALYST, village, days=DAYS, create_post="60")
    assert "1 of 7 people would have" in shown
    assert "cleo" not in shown


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"days": "x"}, "Enter a whole number"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"days": "3", "create_post": "-1"}, "This is whole points"),
        ({"days": "3", "create_post": "NaN"}, "This is whole points"),
    ],
    ids=["words", "no day", "negative", "no number"],
)
def test_what_makes_no_sense_is_told_in_the_form(village, asked, why):
    assert why in page(Role.ADMIN, village, **asked)


def test_others_workspaces_are_not_there(village):
    client = log_in(MemberFactory(role=Role.ADMIN).user)
    address = reverse("admin:points_what_if")
    assert client.get(address, {"workspace": "village"}).status_code == 404
    assert "No rules hold today" in client.get(address).content.decode()
    assert log_in(MemberFactory(role=Role.VIEWER).user).get(address).status_code == 403
    assert FIRST < TODAY
