from economy.models.accounts import MOST_POINTS, Account, LedgerHead
from economy.models.corrections import Correction, CorrectionLimit
from economy.models.health import PointAlert
from economy.models.levels import LevelReached, LevelState
from economy.models.rings import TransferRing
from economy.models.rules import ContentAct, PointMode, RuleTally, RuleVersion, WaitingEvent
from economy.models.supply import PointEconomyDaily
from economy.models.transfers import RefusedTransfer, Transfer

__all__ = [
    "MOST_POINTS",
    "Account",
    "ContentAct",
    "Correction",
    "CorrectionLimit",
    "LedgerHead",
    "LevelReached",
    "LevelState",
    "PointAlert",
    "PointEconomyDaily",
    "PointMode",
    "RefusedTransfer",
    "RuleTally",
    "RuleVersion",
    "Transfer",
    "TransferRing",
    "WaitingEvent",
]
