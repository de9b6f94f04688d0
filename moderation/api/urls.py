from django.urls import re_path

from moderation.api.appeals import AppealsView
from moderation.api.numbers import NumbersView
from moderation.api.reports import ReportsView

urlpatterns = [
    re_path(r"^api/moderation/reports/?$", ReportsView.as_view(), name="moderation-reports"),
    re_path(r"^api/moderation/appeals/?$", AppealsView.as_view(), name="moderation-appeals"),
    re_path(r"^api/moderation/numbers/?$", NumbersView.as_view(), name="moderation-numbers"),
]
