"""What somebody who may do everything to the database changes of a ledger is found."""

import hashlib
import json
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection

from economy import chain, verification
from economy.ledger import post, post_many
from economy.models import Account, Transfer
from economy.verification import verify
from tests.factories.config import WorkspaceFactory
from tests.factories.economy import entry, grant

pytestmark = pytest.mark.django_db
ADA, BOB = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def workspace(monkeypatch):
    """Ten transfers, which are read in several pieces."""
    monkeypatch.setattr(verification, "CHUNK", 3)
    made = WorkspaceFactory()
    grant(WorkspaceFactory(), 5, ADA)
    grant(made, 100, ADA)
    post_many(made, [entry(ADA, BOB, amount) for amount in range(1, 10)])
    return made


@contextmanager
def all_powerful():
    """A cursor that no trigger stops."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE economy_transfer DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("ALTER TABLE economy_transfer ENABLE TRIGGER USER")


def tamper(workspace, statement):
    with all_powerful() as cursor:
        cursor.execute(statement, {"workspace": workspace.pk})
        assert cursor.rowcount


def test_a_ledger_that_nobody_touched_is_right(workspace):
    report = verify(workspace)
    assert (report.is_right, report.transfers, report.number, report.broken) == (True, 10, 10, None)
    assert report.hash == bytes(Transfer.objects.get(workspace=workspace, number=10).hash).hex()


def test_a_workspace_without_a_ledger_is_right():
    assert verify(WorkspaceFactory()).is_right


WHERE = "WHERE workspace_id = %(workspace)s AND number"
CHANGES = {
    "an amount": (f"UPDATE economy_transfer SET amount = 99 {WHERE} = 4", 4),
    "who paid": (
        f"UPDATE economy_transfer SET from_account_id = to_account_id, to_account_id = from_account_id {WHERE} = 7",
        7,
    ),
    "a reason": (f"UPDATE economy_transfer SET reason = 'Prize' {WHERE} = 1", 1),
    "a time by a microsecond": (
        f"UPDATE economy_transfer SET occurred_at = occurred_at + interval '1 microsecond' {WHERE} = 9",
        9,
    ),
    "a hash": (f"UPDATE economy_transfer SET hash = sha256('x') {WHERE} = 5", 5),
    "the last row gone": (f"DELETE FROM economy_transfer {WHERE} = 10", 10),
    "the first row gone": (f"DELETE FROM economy_transfer {WHERE} = 1", 1),
    "a row in the middle gone": (f"DELETE FROM economy_transfer {WHERE} = 6", 6),
    "all rows gone": ("DELETE FROM economy_transfer WHERE workspace_id = %(workspace)s", 1),
    "a row put in behind": (f"UPDATE economy_transfer SET number = 12 {WHERE} = 10", 10),
    "the head gone": ("DELETE FROM economy_ledgerhead WHERE workspace_id = %(workspace)s", 1),
}


@pytest.mark.parametrize(("statement", "number"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_the_first_broken_number(workspace, statement, number):
    tamper(workspace, statement)
    report = verify(workspace)
    assert (report.is_right, report.broken) == (False, number)
    assert report.why


def test_two_rows_that_changed_places_are_found(workspace):
    for old, new in ((3, -1), (8, 3), (-1, 8)):
        tamper(workspace, f"UPDATE economy_transfer SET number = {new} {WHERE} = {old}")
    assert verify(workspace).broken == 3


def test_a_row_that_was_added_beside_the_chain_is_found(workspace):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO economy_transfer SELECT (jsonb_populate_record(t, '{"
            '"number": 11, "idempotency_key": "forged"}\')).* FROM economy_transfer AS t '
            f"{WHERE} = 10",
            {"workspace": workspace.pk},
        )
    report = verify(workspace)
    assert (report.broken, report.transfers) == (11, 10)
    assert [off.transfers - off.balance for off in report.off] == [-9, 9]


def test_a_balance_that_was_changed_is_found_though_the_chain_is_whole(workspace):
    Account.objects.filter(workspace=workspace, person_id=BOB).update(balance=1_000)
    report = verify(workspace)
    assert (report.broken, report.is_right) == (None, False)
    assert [(off.person_id, off.balance, off.transfers) for off in report.off] == [(BOB, 1_000, 45)]


def test_sums_beyond_the_column_are_told_too(workspace):
    tamper(workspace, f"UPDATE economy_transfer SET amount = {2**63 - 1} {WHERE} IN (4, 5)")
    assert {off.transfers > 2**63 for off in verify(workspace).off} == {True, False}


def test_a_chain_that_was_written_anew_as_a_whole_is_found_by_an_earlier_anchor(workspace):
    before = verify(workspace)
    with all_powerful() as cursor:
        for table in ("transfer", "refusedtransfer", "ledgerhead", "account"):
            cursor.execute(f"DELETE FROM economy_{table} WHERE workspace_id = %s", [workspace.pk])
    grant(workspace, 100, ADA)
    short = verify(workspace, (before.number, before.hash))
    assert (short.broken, "ends before the anchor" in short.why) == (2, True)
    post_many(workspace, [entry(ADA, BOB, amount) for amount in range(1, 12)])
    assert verify(workspace).is_right
    report = verify(workspace, (before.number, before.hash))
    assert (report.broken, "written anew" in report.why) == (10, True)


def test_a_chain_that_went_on_still_leads_through_an_earlier_anchor(workspace):
    before = verify(workspace)
    post(workspace, entry(ADA, BOB, 1))
    assert verify(workspace, (before.number, before.hash)).is_right
    assert verify(workspace, (0, chain.beginning(workspace.uuid).hex())).is_right


def test_the_chain_of_another_workspace_is_another_chain():
    one, two = WorkspaceFactory(), WorkspaceFactory()
    assert chain.beginning(one.uuid) != chain.beginning(two.uuid)


def test_a_hash_can_be_made_again_with_the_standard_library_alone(workspace):
    post(workspace, entry(ADA, BOB, 1, key="ключ", reference='"quoted"', event_id=BOB, occurred_at=datetime.now(UTC)))
    before = hashlib.sha256(workspace.uuid.bytes).digest()
    for row in Transfer.objects.filter(workspace=workspace).order_by("number"):
        said = [row.number, row.from_account_id, row.to_account_id, row.amount, row.kind, row.reference]
        for moment in (row.occurred_at, row.recorded_at):
            seconds = int(moment.replace(microsecond=0).timestamp())
            said.append(seconds * 1_000_000 + moment.microsecond)
        event_id = None if row.event_id is None else str(row.event_id)
        said += [row.idempotency_key, row.rule, event_id, row.reverses, row.made_by_id, row.reason]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(before + text.encode()).digest()
        assert before == bytes(row.hash)
