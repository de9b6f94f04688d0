from economy.models.accounts import MOST_POINTS, Account, LedgerHead
from economy.models.corrections import Correction, CorrectionLimit
from economy.models.rules import ContentAct, PointMode, RuleTally, RuleVersion, WaitingEvent
from economy.models.transfers import RefusedTransfer, Transfer

__all__ = [
    "MOST_POINTS",
    "Account",
    "ContentAct",
    "Correction",
    "CorrectionLimit",
    "LedgerHead",
    "PointMode",
    "RefusedTransfer",
    "RuleTally",
    "RuleVersion",
    "Transfer",
    "WaitingEvent",
]
