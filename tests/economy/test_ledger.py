"""The ledger: what is posted, what is refused, and what nobody can do to it."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from economy import ledger, statements
from economy.entries import LONGEST_KEY, Entry, InvalidEntry
from economy.ledger import Conflict, Outcome, Refused, post, post_many, reverse
from economy.models import MOST_POINTS, Account, LedgerHead, RefusedTransfer, Transfer
from tests.factories.config import UserFactory, WorkspaceFactory
from tests.factories.economy import entry, grant

from .reading import balances, is_right, refusals

pytestmark = pytest.mark.django_db
MINT, SINK, TREASURY, REDEMPTION = (
    Account.Kind.MINT,
    Account.Kind.SINK,
    Account.Kind.TREASURY,
    Account.Kind.REDEMPTION,
)
ADA, BOB = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


class TestPosting:
    def test_a_transfer_moves_points_and_keeps_what_was_said(self, workspace):
        event_id, moment = uuid.uuid4(), datetime(2026, 3, 2, 12, tzinfo=UTC)
        said = {"reference": "post:7", "rule": "create_post@3", "event_id": event_id, "occurred_at": moment}
        grant(workspace, 100, ADA)
        outcome = post(workspace, Entry(ADA, SINK, 5, "post_creation", "event-1", **said))
        assert outcome == Outcome("event-1", 2, None, is_new=True)
        row = Transfer.objects.get(workspace=workspace, number=2)
        assert {name: getattr(row, name) for name in said} == said
        assert (row.from_account.person_id, row.to_account.kind, row.amount) == (ADA, "sink", 5)
        assert (row.kind, row.idempotency_key, row.made_by_id, row.reason) == ("post_creation", "event-1", None, "")
        assert balances(workspace) == {"mint": -100, ADA: 95, "sink": 5}

    def test_all_balances_together_are_nothing_and_people_hold_what_was_minted_and_not_sunk(self, workspace):
        grant(workspace, 100, ADA)
        grant(workspace, 40, BOB)
        post_many(workspace, [entry(ADA, BOB, 30), entry(BOB, SINK, 5), entry(BOB, TREASURY, 10)])
        held = balances(workspace)
        assert sum(held.values()) == 0
        assert held[ADA] + held[BOB] == -held["mint"] - held["sink"] - held["treasury"] == 125
        assert is_right(workspace)

    def test_numbers_begin_at_one_in_each_workspace(self, workspace):
        other = WorkspaceFactory()
        assert [post(one, entry(MINT, ADA, 1)).number for one in (workspace, other, workspace)] == [1, 1, 2]

    def test_nothing_is_written_for_no_entries(self, workspace):
        assert post_many(workspace, []) == []
        assert not LedgerHead.objects.exists()

    @pytest.mark.parametrize("count", [1, 200])
    def test_a_batch_takes_four_statements_however_long_it_is(self, workspace, count, django_assert_num_queries):
        grant(workspace, 1)
        batch = [entry(MINT, uuid.uuid4(), 1) for _ in range(count)]
        with django_assert_num_queries(6):  # two of them are the savepoint
            outcomes = post_many(workspace, batch)
        assert [outcome.number for outcome in outcomes] == list(range(2, count + 2))

    def test_a_batch_that_is_too_long_is_refused_as_a_whole(self, workspace, monkeypatch):
        monkeypatch.setattr(ledger, "MOST_ENTRIES", 2)
        with pytest.raises(InvalidEntry, match="At most 2 transfers"):
            post_many(workspace, [entry(MINT, ADA, 1) for _ in range(3)])
        assert not Transfer.objects.exists()


class TestTheSameKeyAgain:
    def test_with_the_same_content_is_the_transfer_that_is_there(self, workspace):
        said = entry(MINT, ADA, 5)
        first = post(workspace, said)
        again = post(workspace, said)
        assert (again.number, first.is_new, again.is_new) == (first.number, True, False)
        assert balances(workspace) == {"mint": -5, ADA: 5}

    @pytest.mark.parametrize(
        "other",
        [
            {"amount": 6},
            {"source": TREASURY},
            {"target": BOB},
            {"kind": "refund"},
            {"reference": "x"},
            {"reason": "x"},
            {"rule": "x"},
            {"event_id": uuid.UUID(int=9)},
            {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC)},
        ],
        ids=lambda other: next(iter(other)),
    )
    def test_with_other_content_is_a_conflict_and_nothing_of_the_batch_is_written(self, workspace, other):
        said = {"source": MINT, "target": ADA, "amount": 5, "kind": "transfer", "key": "k"}
        post(workspace, Entry(**said))
        with pytest.raises(Conflict, match="'k'"):
            post_many(workspace, [entry(MINT, BOB, 1), Entry(**(said | other))])
        assert Transfer.objects.count() == 1
        assert balances(workspace) == {"mint": -5, ADA: 5}
        assert is_right(workspace)

    def test_within_a_batch_counts_once(self, workspace):
        said = entry(MINT, ADA, 5)
        outcomes = post_many(workspace, [said, said])
        assert [(one.number, one.is_new) for one in outcomes] == [(1, True), (1, False)]
        with pytest.raises(Conflict):
            post_many(workspace, [entry(MINT, ADA, 5, key="k"), entry(MINT, ADA, 6, key="k")])

    def test_of_another_workspace_is_another_key(self, workspace):
        post(workspace, entry(MINT, ADA, 5, key="k"))
        assert post(WorkspaceFactory(), entry(MINT, BOB, 7, key="k")).is_new

    def test_a_refused_one_stays_refused_when_the_points_are_there(self, workspace):
        said = entry(ADA, SINK, 5)
        assert post(workspace, said).why == "not_affordable"
        grant(workspace, 100, ADA)
        again = post(workspace, said)
        assert (again.number, again.why, again.is_new) == (None, "not_affordable", False)
        assert refusals(workspace) == [(5, "not_affordable", 0)]
        with pytest.raises(Conflict):
            post(workspace, entry(ADA, SINK, 6, key=said.key))


class TestRefusedSpends:
    def test_what_a_person_cannot_afford_is_recorded_and_harms_no_companion(self, workspace):
        grant(workspace, 10, ADA)
        grant(workspace, 10, BOB)
        batch = [entry(ADA, SINK, 8), entry(ADA, SINK, 3), entry(BOB, SINK, 10), entry(ADA, SINK, 2)]
        outcomes = post_many(workspace, batch)
        assert [(one.number, one.why) for one in outcomes] == [
            (3, None),
            (None, "not_affordable"),
            (4, None),
            (5, None),
        ]
        assert refusals(workspace) == [(3, "not_affordable", 2)]
        assert balances(workspace) == {"mint": -20, "sink": 20}
        assert is_right(workspace)

    @pytest.mark.parametrize(("order", "whys"), [((0, 1), [None, None]), ((1, 0), ["not_affordable", None])])
    def test_points_that_an_earlier_entry_brings_can_be_spent_by_a_later_one(self, workspace, order, whys):
        both = [entry(MINT, ADA, 5), entry(ADA, SINK, 5)]
        assert [one.why for one in post_many(workspace, [both[place] for place in order])] == whys

    def test_the_own_accounts_of_a_workspace_may_be_below_zero(self, workspace):
        assert post(workspace, entry(TREASURY, ADA, 5)).number == 1

    def test_no_account_outgrows_its_column(self, workspace):
        grant(workspace, 1, ADA)
        Account.objects.filter(workspace=workspace, person_id=ADA).update(balance=2**63 - 10)
        assert post(workspace, entry(MINT, ADA, 9)).number
        assert post(workspace, entry(MINT, ADA, 1)).why == "too_much"

    def test_the_database_itself_lets_no_person_below_zero(self, workspace):
        grant(workspace, 1, ADA)
        with pytest.raises(DatabaseError, match="account_not_below_zero"), transaction.atomic():
            Account.objects.filter(person_id=ADA).update(balance=-1)


BAD_AMOUNTS = {
    "zero": 0,
    "negative": -1,
    "nan": float("nan"),
    "1e30": 1e30,
    "ten to the thirty": 10**30,
    "digits without end": 10**5000,
    "a fraction": 1.5,
    "a whole float": 5.0,
    "true": True,
    "text": "5",
    "nothing": None,
    "too many": MOST_POINTS + 1,
}


class TestBadInput:
    @pytest.mark.parametrize("amount", BAD_AMOUNTS.values(), ids=BAD_AMOUNTS)
    def test_an_amount_that_is_none_is_refused(self, workspace, amount):
        with pytest.raises(InvalidEntry, match=r"^An amount is "):
            post_many(workspace, [entry(MINT, ADA, 1), entry(MINT, ADA, amount)])
        assert not Account.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"target": MINT}, "from one account to another"),
            ({"target": Account.Kind.PERSON}, "named by uuid"),
            ({"kind": "gift"}, "There is no kind 'gift'"),
            ({"kind": "reversal"}, "A reversal names"),
            ({"reverses": 1}, r"reversed by reverse\(\)"),
            ({"key": ""}, "needs an idempotency key"),
            ({"key": "k" * (LONGEST_KEY + 1)}, "at most 200 characters"),
            ({"key": 5}, "is text, not 5"),
            ({"key": "a\0b"}, "cannot be stored"),
            ({"reference": "\ud800"}, "cannot be stored"),
            ({"reason": "x" * 1_001}, "at most 1,000 characters"),
            ({"occurred_at": datetime(2026, 1, 1)}, "needs an offset"),  # noqa: DTZ001 what is refused
            ({"occurred_at": datetime(1999, 1, 1, tzinfo=UTC)}, "between 2000 and now"),
            ({"occurred_at": datetime(9999, 1, 1, tzinfo=UTC)}, "between 2000 and now"),
        ],
        ids=str,
    )
    def test_what_is_wrong_is_said(self, workspace, wrong, message):
        said = {"source": MINT, "target": ADA, "amount": 5, "kind": "transfer", "key": "k"}
        with pytest.raises(InvalidEntry, match=message):
            post(workspace, Entry(**(said | wrong)))
        assert not Transfer.objects.exists()


class TestReversing:
    def test_a_transfer_is_taken_back_once_by_another(self, workspace):
        operator = UserFactory()
        grant(workspace, 10, ADA)
        spent = post(workspace, entry(ADA, SINK, 4, reference="post:7")).number
        outcome = reverse(workspace, spent, by=operator, reason=" A mistake ")
        row = Transfer.objects.get(workspace=workspace, number=outcome.number)
        assert (row.kind, row.reverses, row.reference, row.reason) == ("reversal", spent, "post:7", "A mistake")
        assert row.made_by == operator
        assert balances(workspace) == {"mint": -10, ADA: 10}
        with pytest.raises(Refused, match="was reversed already, by 3"):
            reverse(workspace, spent, by=operator, reason="Again")
        with pytest.raises(Refused, match="A reversal is not reversed"):
            reverse(workspace, outcome.number, by=operator, reason="Back")
        assert is_right(workspace)

    def test_what_is_spent_cannot_be_taken_back_until_the_points_are_there(self, workspace):
        grant(workspace, 10, ADA)
        post(workspace, entry(ADA, SINK, 4))
        assert reverse(workspace, 1, by=None, reason="Twice").why == "not_affordable"
        grant(workspace, 4, ADA)
        assert reverse(workspace, 1, by=None, reason="Twice").number == 4

    @pytest.mark.parametrize("number", [0, 2, -1])
    def test_a_transfer_that_is_not_there_is_not_reversed(self, workspace, number):
        other = WorkspaceFactory()
        grant(workspace, 1)
        grant(other, 1)
        grant(other, 1)
        with pytest.raises(Refused, match="There is no transfer"):
            reverse(workspace, number, by=None, reason="Wrong")

    def test_a_reason_is_needed(self, workspace):
        grant(workspace, 1)
        with pytest.raises(Refused, match="Say why"):
            reverse(workspace, 1, by=None, reason=" ")


class TestOnlyEverAddedTo:
    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE economy_transfer SET amount = 6",
            "DELETE FROM economy_transfer",
            "TRUNCATE economy_transfer",
            "TRUNCATE config_workspace CASCADE",
        ],
    )
    def test_no_statement_changes_a_transfer(self, workspace, change):
        grant(workspace, 5)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
                cursor.execute(change)
        assert is_right(workspace)

    def test_a_ledger_goes_with_its_workspace_and_no_other_does(self, workspace):
        other = WorkspaceFactory()
        for one in (workspace, other):
            grant(one, 5, ADA)
            post(one, entry(ADA, SINK, 9))
        workspace.delete()
        for model in (Account, Transfer, LedgerHead, RefusedTransfer):
            assert set(model.objects.values_list("workspace", flat=True)) == {other.pk}
        assert is_right(other)

    def test_a_person_who_is_erased_leaves_the_chain_and_the_sums_whole(self, workspace):
        grant(workspace, 5, ADA)
        Account.objects.filter(workspace=workspace, person_id=ADA).update(person_id=None)
        assert is_right(workspace)
        assert statements.account_of(workspace, ADA) is None
        with pytest.raises(Refused, match="erased"):
            reverse(workspace, 1, by=None, reason="Wrong")
        grant(workspace, 7, ADA)
        assert statements.balance_of(workspace, ADA) == 7

    def test_an_operator_who_is_deleted_stays_written(self, workspace):
        operator = UserFactory()
        post(workspace, entry(MINT, ADA, 5, made_by=operator.pk, reason="Prize"))
        pk = operator.pk
        operator.delete()
        assert Transfer.objects.get().made_by_id == pk
        assert is_right(workspace)


def test_other_workspaces_are_neither_seen_nor_changed(workspace):
    other = WorkspaceFactory()
    grant(workspace, 10, ADA)
    before = (balances(workspace), refusals(workspace), LedgerHead.objects.get(workspace=workspace).number)
    assert post(other, entry(ADA, SINK, 5)).why == "not_affordable"
    grant(other, 3, ADA)
    reverse(other, 1, by=None, reason="Wrong")
    assert (balances(workspace), refusals(workspace), LedgerHead.objects.get(workspace=workspace).number) == before
    assert balances(other) == {}


def test_times_follow_each_other_as_numbers_do(workspace):
    before = timezone.now()
    for _ in range(3):
        grant(workspace, 1)
    times = list(Transfer.objects.filter(workspace=workspace).values_list("recorded_at", flat=True))
    assert [before, *times] == sorted([before, *times])
    assert times[-1] - before < timedelta(minutes=5)
