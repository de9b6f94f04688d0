from django.urls import re_path

from moderation.api.reports import ReportsView

urlpatterns = [re_path(r"^api/moderation/reports/?$", ReportsView.as_view(), name="moderation-reports")]
