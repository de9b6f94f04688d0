"""Funnels and retention on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import cohorts, funnel_days, funnel_steps, funnels, small_groups
from analytics.analyses import funnel_facts, matrix_facts
from analytics.api.answering import reply
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.queries import DATE
from analytics.api.reading import ReadingView, workspace_of
from analytics.breakdowns import breakdown
from analytics.caching import answered
from analytics.funnel_steps import Resolved
from analytics.guarding import TookTooLong, guarded
from analytics.metrics import METRICS
from analytics.models import Funnel
from analytics.queries import InvalidQuery, dimension_of, flag_of, known, limit_of, range_of
from config.api.errors import ERROR, ApiError
from config.api.parsers import SmallJSONParser
from config.lib.buckets import DAY, day_of
from config.models import Workspace
from config.permissions import Area, may
from ingestion.keys import SourceContext

MOST_DAYS = {"funnel": 366, "breakdown": 366, "day": 366, "week": 3_660, "month": 3_660}
LONGEST_STEP = 500
MOST_GROUPS, GROUPS = 1_000, 50
RANGE = {
    "type": "object",
    "properties": {"from": DATE, "to": DATE},
    "required": ["from", "to"],
    "additionalProperties": False,
    "description": "Days of the workspace's zone, both included.",
}
FUNNEL = {
    "type": "object",
    "properties": {
        "funnel": {"type": "string", "description": "Key of a saved one; else engagement."},
        "steps": {
            "type": "array",
            "items": {"type": "string", "maxLength": LONGEST_STEP},
            "description": "Or steps of its own, as `manage.py metric funnel` takes them; for analysts and admins.",
        },
        "window": {"type": "string", "description": "Time from the first step, such as 30m, 24h or 7d."},
        "time_range": RANGE,
        "bots": {"type": "boolean", "default": False},
    },
    "required": ["time_range"],
    "additionalProperties": False,
}
RETENTION = {
    "type": "object",
    "properties": {
        "cohorts": {"type": "string", "enum": ["day", "week", "month"], "default": "week"},
        "by": {"type": "string", "enum": ["day", "week"], "default": "week"},
        "time_range": RANGE,
        "bots": {"type": "boolean", "default": False},
    },
    "required": ["time_range"],
    "additionalProperties": False,
}
BREAKDOWN = {
    "type": "object",
    "properties": {
        "metric": {"type": "string", "description": "One that is of a community, a feature or a field."},
        "time_range": RANGE,
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_GROUPS, "default": GROUPS},
    },
    "required": ["metric", "time_range"],
    "additionalProperties": False,
}
LAST_YEAR = {"time_range": {"from": "2026-01-01", "to": "2026-06-30"}}
REFUSALS = dict.fromkeys((400, 401, 403, 404, 413, 422, 429), ERROR)


def answer_of(name: str) -> dict[int, Any]:
    fields: dict[str, Any] = {"status": serializers.CharField(), "data": serializers.DictField()}
    return {200: inline_serializer(name, fields), **REFUSALS}


class AnalysisView(ReadingView):
    """Base of the analyses: everybody may ask, and is told nothing of groups that are too small."""

    area = Area.ANALYSES
    parser_classes = (SmallJSONParser,)

    def asked(self, request: Request, fields: dict[str, Any]) -> tuple[dict[str, Any], date, date]:
        """The body, whose fields are known ones, with its range. Raises InvalidQuery."""
        body = request.data
        if not isinstance(body, dict):
            raise InvalidQuery("invalid_query", "A question is a JSON object")
        for name in body:
            known("field", name, fields["properties"])
        first, last = range_of(body.get("time_range"))
        self.told.filters = {"asked": body}
        return body, first, last

    @contextmanager
    def of_events(self) -> Iterator[None]:
        """What reads raw events: guarded, and only so many at once. Raises TookTooLong, and ApiError 429."""
        end = self.taken_place("analyses")
        try:
            with guarded():
                yield
        finally:
            end()

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, InvalidQuery):
            details = {"near": exc.near} if exc.near else None
            return super().handle_exception(ApiError(400, exc.code, str(exc), details))
        if isinstance(exc, TookTooLong):
            said = "It took too long and was stopped; ask for fewer days"
            return super().handle_exception(ApiError(422, "took_too_long", said))
        return super().handle_exception(exc)


class FunnelView(AnalysisView):
    """How many people went through ordered steps within a window, of those who entered in the range."""

    @extend_schema(
        operation_id="analysis_funnel",
        parameters=[OF_WORKSPACE],
        request={"application/json": FUNNEL},
        responses=answer_of("FunnelAnswer"),
        examples=[OpenApiExample("a saved funnel", value={"funnel": "engagement", **LAST_YEAR}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        body, first, last = self.asked(request, FUNNEL)
        short_enough(first, last, MOST_DAYS["funnel"])
        with_bots = flag_of(body, "bots")
        window, steps = _steps(request, workspace, body)
        least = small_groups.least_people(workspace)

        def read() -> dict[str, Any]:
            with self.of_events():
                found = funnels.measure(workspace, steps, window, first, last, with_bots=with_bots)
            facts = {"workspace": workspace.slug, "from": first, "to": last, "with_bots": with_bots}
            data = facts | {"window_seconds": int(window.total_seconds())} | funnel_facts(found, least)
            return {"status": "success", "data": data}

        self.told.rows = len(steps)
        asked = [first, last, window, [[one.step.text, one.types] for one in steps], with_bots, least]
        # Events are read, which no fill tells of.
        return reply(request, answered(workspace, "funnel", asked, read, rollups=[]))


class RetentionView(AnalysisView):
    """Of the people who signed up in each day, week or month of the range: how many came back."""

    @extend_schema(
        operation_id="analysis_retention",
        parameters=[OF_WORKSPACE],
        request={"application/json": RETENTION},
        responses=answer_of("RetentionAnswer"),
        examples=[OpenApiExample("weeks", value=LAST_YEAR, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        body, first, last = self.asked(request, RETENTION)
        grain: Any = known("cohort", body.get("cohorts", "week"), ("day", "week", "month"))
        by: Any = known("bucket", body.get("by", "week"), ("day", "week"))
        short_enough(first, last, MOST_DAYS[grain])
        with_bots, least = flag_of(body, "bots"), small_groups.least_people(workspace)
        today = day_of(timezone.now(), workspace.zone)

        def read() -> dict[str, Any]:
            found = cohorts.retention(workspace, grain, first, last, by=by, with_bots=with_bots)
            facts = {"workspace": workspace.slug, "from": first, "to": last, "with_bots": with_bots}
            known_to = {"as_of": cohorts.not_over(workspace) - DAY, "cohorts_by": grain, "by": by}
            return {"status": "success", "data": facts | known_to | {"cohorts": matrix_facts(found, by, least)}}

        return reply(request, answered(workspace, "retention", [first, last, grain, by, with_bots, least, today], read))


class BreakdownView(AnalysisView):
    """A metric by community, feature or field: over the range where days can be added, else on its last day. The
    largest first; groups that are too small are taken together.
    """

    @extend_schema(
        operation_id="analysis_breakdown",
        parameters=[OF_WORKSPACE],
        request={"application/json": BREAKDOWN},
        responses=answer_of("BreakdownAnswer"),
        examples=[
            OpenApiExample("posts", value={"metric": "community_posts_made", **LAST_YEAR}, request_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        body, first, last = self.asked(request, BREAKDOWN)
        metric = METRICS[known("metric", body.get("metric"), [one.key for one in METRICS if one.per])]
        if "day" not in metric.grains:
            raise InvalidQuery("invalid_metric", f"{metric.key} is no number of days")
        limit = limit_of(body.get("limit", GROUPS), MOST_GROUPS)
        short_enough(first, last, MOST_DAYS["breakdown"])
        dimension = dimension_of(metric)

        def read() -> dict[str, Any]:
            found = breakdown(workspace, metric, first, last)
            facts = {"workspace": workspace.slug, "metric": metric.key, "from": first, "to": last}
            rows = [
                {dimension: one.name, "groups": one.groups, "value": one.value, "share": one.share} for one in found
            ]
            over = "range" if metric.adds_up else "last day"
            return {"status": "success", "data": facts | {"over": over, "total_rows": len(rows), "rows": rows[:limit]}}

        asked = [metric.key, first, last, limit, small_groups.least_people(workspace)]
        return reply(request, answered(workspace, "breakdown", asked, read))


def short_enough(first: date, last: date, most: int) -> None:
    if (last - first).days >= most:
        raise InvalidQuery("range_too_long", f"A range of this is of {most:,} days at most")


def _steps(request: Request, workspace: Workspace, body: dict[str, Any]) -> tuple[timedelta, list[Resolved]]:
    """Raises InvalidQuery, and PermissionDenied for steps of its own, which could be made for a single person."""
    window = parsed("window", str(body["window"]), funnel_steps.parse_window) if "window" in body else None
    texts = body.get("steps")
    if texts is None:
        keys = list(Funnel.objects.filter(workspace=workspace).values_list("key", flat=True))
        key = known("funnel", body.get("funnel", funnel_days.ENGAGEMENT), keys)
        funnel = Funnel.objects.get(workspace=workspace, key=key)
        return window or funnel_days.window_of(funnel), funnel_days.resolved(funnel)
    if "funnel" in body:
        raise InvalidQuery("invalid_steps", "Give `steps` or `funnel`, not both")
    if not builds(request, workspace):
        raise exceptions.PermissionDenied("Your role asks for saved funnels alone")
    if not isinstance(texts, list) or not all(map(_is_text, texts)):
        raise InvalidQuery("invalid_steps", f"`steps` is a list of texts of at most {LONGEST_STEP} characters")
    steps = funnel_steps.resolve(workspace, parsed("steps", texts, funnel_steps.parse_steps))
    for name in (name for resolved in steps for name in resolved.unknown):
        raise InvalidQuery("unknown_event", f"Nothing is called {name!r} here", funnel_steps.alike(workspace, name))
    return window or funnel_steps.parse_window(funnels.DEFAULT_WINDOW), steps


def builds(request: Request, workspace: Workspace) -> bool:
    """Whether the caller may ask what nobody has saved, which could be made for a single person."""
    return isinstance(request.auth, SourceContext) or may(request.user, "change", Area.ANALYSES, workspace.pk)


def _is_text(said: Any) -> bool:
    return isinstance(said, str) and len(said) <= LONGEST_STEP and "\0" not in said


def parsed(name: str, said: Any, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(said)
    except ValueError as error:
        raise InvalidQuery(f"invalid_{name}", str(error)) from None
