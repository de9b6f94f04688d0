"""What the application's own executive dashboard shows, by the names that it has for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import metrics, small_groups
from analytics.api.answering import reply
from analytics.api.metrics import METADATA, OF_WORKSPACE, ON_DATE, day_of_request, metadata_of
from analytics.api.reading import MetricsView, workspace_of
from analytics.caching import answered
from analytics.metrics import METRICS
from config.api.errors import ERROR
from config.lib.buckets import day_of
from config.models import Workspace

# Field: metric of the day.
OF_THE_DAY = {
    "total_users": "total_users",
    "dau": "dau",
    "mau": "mau",
    "dau_mau_ratio": "stickiness",
    "posts_per_day": "posts_created",
    "comments_per_day": "comments_created",
    "avg_session_duration_min": "session_duration",
    "points_in_circulation": "total_points_in_circulation",
    "bnb_rewards_distributed": "bnb_redeemed",
    "churn_rate": "churn_rate",
}
# Field: so many days after they signed up; the people asked about are those for whom that is the day.
RETENTION = {"retention_d1": 1, "retention_d7": 7, "retention_d30": 30}
FIELDS = {name: serializers.FloatField(allow_null=True) for name in (*OF_THE_DAY, "new_signups_today", *RETENTION)}


class ExecutiveView(MetricsView):
    """The numbers of one day: posts, comments, rewards and sessions are the day's, retention is of the people who
    signed up 1, 7 and 30 days before it, and new_signups_today is of today, whatever day is asked for.
    """

    @extend_schema(
        operation_id="executive_dashboard",
        parameters=[ON_DATE, OF_WORKSPACE],
        responses={
            200: inline_serializer(
                "ExecutiveDashboard",
                {
                    "status": serializers.CharField(),
                    "data": inline_serializer(
                        "ExecutiveDashboardData",
                        {"workspace": serializers.CharField(), "date": serializers.DateField(), **FIELDS},
                    ),
                    "metadata": METADATA,
                },
            ),
            **dict.fromkeys((400, 401, 403, 404), ERROR),
        },
    )
    def get(self, request: Request) -> Response:
        workspace = workspace_of(request)
        day, today = day_of_request(request, workspace), day_of(timezone.now(), workspace.zone)
        return reply(request, answered(workspace, "executive", [day, today], lambda: told(workspace, day, today)))


def told(workspace: Workspace, day: date, today: date) -> dict[str, Any]:
    wanted = [METRICS[key] for key in (*OF_THE_DAY.values(), "events")]
    found = {key: one for key, (one,) in metrics.read_many(wanted, workspace, day, day).items()}
    data: dict[str, Any] = {"workspace": workspace.slug, "date": day}
    data |= {name: found[key].value for name, key in OF_THE_DAY.items()}
    if data["avg_session_duration_min"] is not None:
        data["avg_session_duration_min"] /= 60
    (signups,) = metrics.read(METRICS["new_signups"], workspace, today, today)
    data["new_signups_today"] = signups.value
    least = small_groups.least_people(workspace)
    for name, days in RETENTION.items():
        signed_up = day - timedelta(days=days)
        metric = METRICS[f"retention_day_{days}"]
        (kept,) = metrics.read(metric, workspace, signed_up, signed_up)
        data[name] = None if small_groups.is_of_few(metric, kept.denominator, least) else kept.value
    return {"status": "success", "data": data, "metadata": metadata_of(found["events"])}
