"""What raw events have in common, and what follows what, on demand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import event_analyses, funnel_steps, small_groups
from analytics.api.analyses import RANGE, AnalysisView, answer_of, builds, parsed, short_enough
from analytics.api.answering import reply
from analytics.api.metrics import OF_WORKSPACE
from analytics.api.reading import workspace_of
from analytics.caching import answered
from analytics.event_analyses import PROPERTY, VALUES
from analytics.queries import InvalidQuery, flag_of, known, limit_of
from config.models import Workspace
from ingestion.models import EventType

MOST_DAYS = 92
MOST_GROUPS, GROUPS = 1_000, 50
MOST_EVENTS = 20
MOST_DEPTH, DEPTH = 5, 3
MOST_OF_STEP, OF_STEP = 20, 5
GAP = "30m"
LONGEST_GAP_DAYS = 7
LONGEST_PROPERTY = 100
A_MONTH = {"time_range": {"from": "2026-01-01", "to": "2026-01-31"}}
EVENTS = {
    "type": "object",
    "properties": {
        "by": {
            "type": "string",
            "description": f"{', '.join(key for key in VALUES if key != PROPERTY)}; analysts and admins also "
            f"{PROPERTY}NAME.",
        },
        "events": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": MOST_EVENTS,
            "description": "Names of the event types to count; all without it.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_GROUPS, "default": GROUPS},
        "time_range": RANGE,
        "bots": {"type": "boolean", "default": False},
    },
    "required": ["by", "time_range"],
    "additionalProperties": False,
}
PATHS = {
    "type": "object",
    "properties": {
        "start": {"type": "string", "description": "Name of the event type that paths begin with."},
        "depth": {"type": "integer", "minimum": 1, "maximum": MOST_DEPTH, "default": DEPTH},
        "gap": {
            "type": "string",
            "description": "What comes later than this ends a path, such as 30m.",
            "default": GAP,
        },
        "top": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_OF_STEP,
            "default": OF_STEP,
            "description": "How many events of each step are told by name.",
        },
        "time_range": RANGE,
        "bots": {"type": "boolean", "default": False},
    },
    "required": ["start", "time_range"],
    "additionalProperties": False,
}


class EventsView(AnalysisView):
    """How many events there were, and of how many people, by what they have in common."""

    @extend_schema(
        operation_id="analysis_events",
        parameters=[OF_WORKSPACE],
        request={"application/json": EVENTS},
        responses=answer_of("EventsByValueAnswer"),
        examples=[OpenApiExample("platforms", value={"by": "platform", **A_MONTH}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        body, first, last = self.asked(request, EVENTS)
        short_enough(first, last, MOST_DAYS)
        by = self._by(request, workspace, body.get("by"))
        types = _types(workspace, body["events"]) if "events" in body else None
        most, with_bots = limit_of(body.get("limit", GROUPS), MOST_GROUPS), flag_of(body, "bots")
        least = small_groups.least_people(workspace)

        def read() -> dict[str, Any]:
            with self.of_events():
                found = event_analyses.by_value(
                    workspace, by, first, last, types=types, least_people=least, most=most, with_bots=with_bots
                )
            facts = {"workspace": workspace.slug, "from": first, "to": last, "with_bots": with_bots, "by": by}
            return {
                "status": "success",
                "data": facts | asdict(found) | _whole(found.people, least, events=found.events),
            }

        self.told.rows = most
        return reply(
            request,
            answered(workspace, "events", [first, last, by, types, most, with_bots, least], read, rollups=[]),
        )

    def _by(self, request: Request, workspace: Workspace, said: Any) -> str:
        """Raises InvalidQuery, and PermissionDenied of a property, whose values could be made for a single person."""
        if not isinstance(said, str) or not said.startswith(PROPERTY):
            return known("dimension", said, [*(key for key in VALUES if key != PROPERTY), f"{PROPERTY}NAME"])
        name = said.removeprefix(PROPERTY)
        if not name or len(name) > LONGEST_PROPERTY or "\0" in name:
            raise InvalidQuery("invalid_by", f"A property has a name of at most {LONGEST_PROPERTY} characters")
        if not builds(request, workspace):
            raise exceptions.PermissionDenied("Your role does not take events apart by their properties")
        return said


class PathsView(AnalysisView):
    """What people did after an event, step by step, and how many of them."""

    @extend_schema(
        operation_id="analysis_paths",
        parameters=[OF_WORKSPACE],
        request={"application/json": PATHS},
        responses=answer_of("PathsAnswer"),
        examples=[OpenApiExample("after a post", value={"start": "post_created", **A_MONTH}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        workspace = workspace_of(request, self.area)
        body, first, last = self.asked(request, PATHS)
        short_enough(first, last, MOST_DAYS)
        types = _types(workspace, [body.get("start")])
        gap = parsed("gap", str(body.get("gap", GAP)), funnel_steps.parse_window)
        if gap.days >= LONGEST_GAP_DAYS:
            raise InvalidQuery("invalid_gap", f"`gap` is less than {LONGEST_GAP_DAYS}d")
        depth = limit_of(body.get("depth", DEPTH), MOST_DEPTH, "depth")
        most = limit_of(body.get("top", OF_STEP), MOST_OF_STEP, "top")
        with_bots, least = flag_of(body, "bots"), small_groups.least_people(workspace)

        def read() -> dict[str, Any]:
            with self.of_events():
                found = event_analyses.paths(
                    workspace,
                    types,
                    first,
                    last,
                    gap=gap,
                    depth=depth,
                    most=most,
                    least_people=least,
                    with_bots=with_bots,
                )
            facts = {"workspace": workspace.slug, "from": first, "to": last, "with_bots": with_bots}
            facts |= {"start": body["start"]} | _whole(found.people, least, paths=found.times)
            return {"status": "success", "data": facts | {"steps": [asdict(move) for move in found.moves]}}

        self.told.rows = depth * most
        asked = [first, last, types, gap, depth, most, with_bots, least]
        return reply(request, answered(workspace, "paths", asked, read, rollups=[]))


def _whole(people: int, least: int, **numbers: int) -> dict[str, int | None]:
    """What is told of all together: nothing where they are too few, of whom no part is told either."""
    small = 0 < people < least
    return {name: None if small else number for name, number in {"people": people, **numbers}.items()}


def _types(workspace: Workspace, said: Any) -> list[int]:
    """Ids of the event types of these names. Raises InvalidQuery with those that may have been meant."""
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_EVENTS:
        raise InvalidQuery("invalid_events", f"`events` is a list of 1 to {MOST_EVENTS} names")
    there = dict(EventType.objects.filter(workspace=workspace).order_by("name").values_list("name", "pk"))
    return sorted({there[known("event", one, there)] for one in said})
