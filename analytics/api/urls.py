from django.urls import re_path

from analytics.api.analyses import BreakdownView, FunnelView, RetentionView
from analytics.api.dashboards import DashboardView
from analytics.api.event_analyses import EventsView, PathsView
from analytics.api.executive import ExecutiveView
from analytics.api.exports import ExportsView, ExportView
from analytics.api.field_nulls import NullRateView
from analytics.api.live_metrics import LiveMetricsView, LiveMetricView
from analytics.api.metrics import PlatformSummaryView
from analytics.api.people import AddValueIndexView, FlourishIndexView, UserActivityView
from analytics.api.queries import CatalogueView, QueryView

urlpatterns = [
    re_path(r"^api/metrics/?$", CatalogueView.as_view(), name="metrics"),
    re_path(r"^api/metrics/query/?$", QueryView.as_view(), name="metrics-query"),
    re_path(r"^api/dashboard/(?P<name>[a-z-]+)/?$", DashboardView.as_view(), name="dashboard"),
    re_path(r"^api/metrics/platform-summary/?$", PlatformSummaryView.as_view(), name="platform-summary"),
    re_path(r"^api/metrics/null-rate/?$", NullRateView.as_view(), name="null-rate"),
    re_path(r"^api/metrics/flourish-index/?$", FlourishIndexView.as_view(), name="flourish-index"),
    re_path(r"^api/metrics/add-value-index/?$", AddValueIndexView.as_view(), name="add-value-index"),
    re_path(r"^api/metrics/user-activity/?$", UserActivityView.as_view(), name="user-activity"),
    re_path(r"^api/analysis/breakdown/?$", BreakdownView.as_view(), name="analysis-breakdown"),
    re_path(r"^api/analysis/funnel/?$", FunnelView.as_view(), name="analysis-funnel"),
    re_path(r"^api/analysis/retention/?$", RetentionView.as_view(), name="analysis-retention"),
    re_path(r"^api/analytics/executive-dashboard/?$", ExecutiveView.as_view(), name="executive-dashboard"),
    re_path(r"^api/analysis/events/?$", EventsView.as_view(), name="analysis-events"),
    re_path(r"^api/analysis/paths/?$", PathsView.as_view(), name="analysis-paths"),
    re_path(r"^api/exports/?$", ExportsView.as_view(), name="exports"),
    re_path(r"^api/exports/(?P<name>[a-z-]+)/?$", ExportView.as_view(), name="export"),
    re_path(r"^api/realtime/metrics/?$", LiveMetricsView.as_view(), name="realtime-metrics"),
    re_path(r"^api/realtime/(?P<name>[^/]+)/?$", LiveMetricView.as_view(), name="realtime-metric"),
]
