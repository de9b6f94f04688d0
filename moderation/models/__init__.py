from moderation.models.actions import Action
from moderation.models.appeals import Appeal, Strike
from moderation.models.arrivals import TakenEvent, TouchedHour
from moderation.models.care import DeskPreference, Exposure
from moderation.models.cases import Case, Report, Status, Target
from moderation.models.log import LogEntry
from moderation.models.metrics import ModerationMetricsDaily
from moderation.models.patterns import Pattern, PatternHit, PatternHour
from moderation.models.policies import DeskSettings, Policy, Reason, Severity
from moderation.models.second_reviews import SecondReview
from moderation.models.service_levels import Breach, ServiceLevel
from moderation.models.webhooks import Delivery, Webhook

__all__ = [
    "Action",
    "Appeal",
    "Breach",
    "Case",
    "Delivery",
    "DeskPreference",
    "DeskSettings",
    "Exposure",
    "LogEntry",
    "ModerationMetricsDaily",
    "Pattern",
    "PatternHit",
    "PatternHour",
    "Policy",
    "Reason",
    "Report",
    "SecondReview",
    "ServiceLevel",
    "Severity",
    "Status",
    "Strike",
    "TakenEvent",
    "Target",
    "TouchedHour",
    "Webhook",
]
