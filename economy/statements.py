"""What an account holds and what moved it, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from config.lib.sql import statement
from config.models import Workspace
from economy.models import Account, RefusedTransfer, Transfer
from ingestion import people

STATEMENT = statement("economy", "ledger_statement")
PAGE_LINES = 50
_NO_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer as the account sees it: points above 0 came in; balance is the account's after it."""

    number: int
    points: int
    balance: int
    kind: str
    other_kind: str
    other_person: UUID | None
    reference: str
    occurred_at: datetime
    recorded_at: datetime
    idempotency_key: str
    reason: str
    reverses: int | None

    @property
    def label(self) -> str:
        return str(Transfer.Kind(self.kind).label)


def account_of(workspace: Workspace, person_id: UUID) -> Account | None:
    """None for a person who has never had points."""
    return Account.objects.filter(workspace=workspace, person_id=person_id).first()


def balance_of(workspace: Workspace, person_id: UUID) -> int:
    account = account_of(workspace, person_id)
    return 0 if account is None else account.balance


def lines(account: Account, before: int | None = None, most: int = PAGE_LINES) -> tuple[list[Line], int | None]:
    """(the latest transfers of the account before a number, the number before which the next page begins or None)."""
    parameters = {
        "workspace": account.workspace_id,
        "account": account.pk,
        "before": _NO_NUMBER if before is None else before,
        "most": most + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, parameters)
        found = [Line(number, points, int(balance), *rest) for number, points, balance, *rest in cursor.fetchall()]
    page = found[:most]
    return page, page[-1].number if len(found) > most else None


def refused(workspace: Workspace, account: Account | None = None, most: int = PAGE_LINES) -> list[RefusedTransfer]:
    """What an account, or any, could not pay, the latest first."""
    rows = RefusedTransfer.objects.filter(workspace=workspace).select_related("from_account")
    if account is not None:
        rows = rows.filter(from_account=account)
    return list(rows.order_by("-id")[:most])


def names_of(workspace: Workspace, accounts: Iterable[Account]) -> dict[int, str]:
    """How the people of accounts are called, by account; the workspace's own accounts by their kind."""
    found = list(accounts)
    known = people.names(workspace.pk, {one.person_id for one in found if one.person_id is not None})
    return {one.pk: known.get(one.person_id, str(one.person_id)) if one.person_id else _place(one) for one in found}


def _place(account: Account) -> str:
    return "Erased person" if account.kind == Account.Kind.PERSON else account.get_kind_display()
