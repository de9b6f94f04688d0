from django.urls import re_path

from analytics.api.field_nulls import NullRateView
from analytics.api.metrics import PlatformSummaryView

urlpatterns = [
    re_path(r"^api/metrics/platform-summary/?$", PlatformSummaryView.as_view(), name="platform-summary"),
    re_path(r"^api/metrics/null-rate/?$", NullRateView.as_view(), name="null-rate"),
]
