"""What a ledger holds, as tests compare it."""

from economy import verification
from economy.models import Account, RefusedTransfer


def balances(workspace):
    """{party: points} of all accounts that hold any."""
    rows = Account.objects.filter(workspace=workspace).exclude(balance=0)
    return {row.person_id or row.kind: row.balance for row in rows}


def refusals(workspace):
    return list(
        RefusedTransfer.objects.filter(workspace=workspace).order_by("id").values_list("amount", "why", "balance")
    )


def is_right(workspace):
    return verification.verify(workspace).is_right
