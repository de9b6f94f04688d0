from economy.models.accounts import MOST_POINTS, Account, LedgerHead
from economy.models.corrections import Correction, CorrectionLimit
from economy.models.transfers import RefusedTransfer, Transfer

__all__ = ["MOST_POINTS", "Account", "Correction", "CorrectionLimit", "LedgerHead", "RefusedTransfer", "Transfer"]
