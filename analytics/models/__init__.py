from analytics.models.activation import ActivatingDaily, Activation, ActivationDaily
from analytics.models.activity import HourlyMetrics, PlatformDaily, UserActivityDaily
from analytics.models.activity_views import ActiveUser, DailyActiveUsers, MonthlyActiveUsers, WeeklyActiveUsers
from analytics.models.arrivals import ArrivalDaily, ArrivalHour
from analytics.models.bots import Bot
from analytics.models.churn import ActivityGap, ChurnDaily
from analytics.models.clients import ClientDaily, ClientSignalDaily
from analytics.models.communities import CommunityDaily, MembershipDay
from analytics.models.content import Content, ContentDaily, ContentPerformanceDaily, ContentViewer
from analytics.models.definitions import DefinitionVersion
from analytics.models.engagement import EngagementDaily, Follow, FollowCount, UserEngagementDaily
from analytics.models.failures import RollupFailure
from analytics.models.features import Feature, FeatureDaily, FeatureMonthly, FeatureUse, FeatureWeekly
from analytics.models.field_nulls import FieldNullDaily
from analytics.models.funnels import Funnel, FunnelDay
from analytics.models.groups import CohortActivityDaily, PlatformActivityDaily, SegmentActivityDaily
from analytics.models.leaderboard import Leaderboard
from analytics.models.lifecycle import EngagementLevelDaily, LifecycleDaily, RecencyDaily
from analytics.models.people import Person, Session
from analytics.models.platform import PlatformMonthly, PlatformWeekly
from analytics.models.profiles import ProfileEntriesDaily
from analytics.models.recounts import Drift, Recount
from analytics.models.retention import CohortRetention, PersonLatest, UserCohort
from analytics.models.state import OpenBucket, RollupState, TouchedHour, TouchedSince
from analytics.models.trending import TrendingPost
from analytics.models.views import CommunityEngagement, UnifiedUser
from analytics.models.wellbeing import Streak, UserWellbeingDaily, WaveActivityDaily, WellbeingActivityDaily
from analytics.models.wellbeing_platform import PlatformHealthDaily, WellbeingDaily, WellbeingWeekly
from analytics.models.wellbeing_views import ActivationStats, WaveParticipationStats

__all__ = [
    "ActivatingDaily",
    "Activation",
    "ActivationDaily",
    "ActivationStats",
    "ActiveUser",
    "ActivityGap",
    "ArrivalDaily",
    "ArrivalHour",
    "Bot",
    "ChurnDaily",
    "ClientDaily",
    "ClientSignalDaily",
    "CohortActivityDaily",
    "CohortRetention",
    "CommunityDaily",
    "CommunityEngagement",
    "Content",
    "ContentDaily",
    "ContentPerformanceDaily",
    "ContentViewer",
    "DailyActiveUsers",
    "DefinitionVersion",
    "Drift",
    "EngagementDaily",
    "EngagementLevelDaily",
    "Feature",
    "FeatureDaily",
    "FeatureMonthly",
    "FeatureUse",
    "FeatureWeekly",
    "FieldNullDaily",
    "Follow",
    "FollowCount",
    "Funnel",
    "FunnelDay",
    "HourlyMetrics",
    "Leaderboard",
    "LifecycleDaily",
    "MembershipDay",
    "MonthlyActiveUsers",
    "OpenBucket",
    "Person",
    "PersonLatest",
    "PlatformActivityDaily",
    "PlatformDaily",
    "PlatformHealthDaily",
    "PlatformMonthly",
    "PlatformWeekly",
    "ProfileEntriesDaily",
    "RecencyDaily",
    "Recount",
    "RollupFailure",
    "RollupState",
    "SegmentActivityDaily",
    "Session",
    "Streak",
    "TouchedHour",
    "TouchedSince",
    "TrendingPost",
    "UnifiedUser",
    "UserActivityDaily",
    "UserCohort",
    "UserEngagementDaily",
    "UserWellbeingDaily",
    "WaveActivityDaily",
    "WaveParticipationStats",
    "WeeklyActiveUsers",
    "WellbeingActivityDaily",
    "WellbeingDaily",
    "WellbeingWeekly",
]
