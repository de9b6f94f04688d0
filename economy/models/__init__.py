from economy.models.accounts import Account, LedgerHead
from economy.models.transfers import RefusedTransfer, Transfer

__all__ = ["Account", "LedgerHead", "RefusedTransfer", "Transfer"]
