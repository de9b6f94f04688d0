from analytics.models.activity import HourlyMetrics, PlatformDaily, UserActivityDaily
from analytics.models.bots import Bot
from analytics.models.definitions import DefinitionVersion
from analytics.models.people import Person, Session
from analytics.models.state import OpenBucket, RollupState, TouchedHour

__all__ = [
    "Bot",
    "DefinitionVersion",
    "HourlyMetrics",
    "OpenBucket",
    "Person",
    "PlatformDaily",
    "RollupState",
    "Session",
    "TouchedHour",
    "UserActivityDaily",
]
