"""How complete events are: how often the fields that a type's schema declares are missing or null."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from math import ceil
from typing import Any

from django.db.models import Sum

from analytics import definitions
from analytics.definitions import ALWAYS, DEFINITIONS, FOR_EVER, Definition
from analytics.metrics import METRICS, Metric
from analytics.models import UserActivityDaily
from analytics.rollups import dependents
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib import buckets
from config.lib.sql import statement
from config.models import Workspace
from ingestion import versions

KEY = "field_null_daily"
DEFINITION = "field_nulls"


def declared(workspace: Workspace) -> dict[int, list[str]]:
    """Properties that the versions which check new events name, by id of the event type; types without are left out."""
    schemas = versions.all_judging(workspace).values_list("event_type_id", "schema")
    return {kind: names for kind, schema in schemas if (names := _properties(schema))}


def _properties(schema: Any) -> list[str]:
    """Those at the top of a JSON Schema; of one that is none, as from before schemas were checked, nothing."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return sorted(properties) if isinstance(properties, dict) else []


def statements(workspace: Workspace, parameters: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """sql/field_null_daily.sql for each day with events: how many of them are looked at differs from day to day."""
    fields = declared(workspace)
    if not fields:
        return
    own = {"types": list(fields), "fields": json.dumps(fields)}
    for day, step in _steps(workspace, parameters["date_start"], parameters["date_end"]):
        bounds = {
            "bucket_start": buckets.day_start(day, workspace.zone),
            "bucket_end": buckets.day_start(day + buckets.DAY, workspace.zone),
        }
        yield statement("analytics", KEY), parameters | own | bounds | {"day": day, "step": step}


def _steps(workspace: Workspace, first: date, end: date) -> Iterator[tuple[date, int]]:
    """The days of [first, end) with any event, each with of how many events one is looked at."""
    held = definitions.held(workspace, DEFINITION, first, end)
    people = UserActivityDaily.objects.filter(workspace=workspace, date__gte=first, date__lt=end, excluded=False)
    counted = people.order_by("date").values_list("date").annotate(Sum("events")).filter(events__sum__gt=0)
    for day, events in counted:
        most = next(one.value["most_events"] for one in held if one.since <= day < one.until)
        yield day, ceil(events / most)


def refill(workspace: Workspace) -> None:
    """Open every day for the next fill, as after a change of what is declared."""
    wanted = dependents.of_days(workspace, lambda rollup: rollup.key == KEY, ALWAYS, FOR_EVER)
    dependents.open_all(workspace, wanted)


DEFINITIONS.register(
    Definition(
        DEFINITION,
        "Completeness of fields",
        "most_events: of a day with more, about so many are looked at.",
        {"most_events": 20_000},
        limits={"most_events": (1, 10_000_000)},
    )
)

ROLLUPS.register(
    Rollup(
        key=KEY,
        title="Nulls of declared fields by day",
        table=KEY,
        grain="day",
        depends_on={"user_activity_daily": 0},
        definitions=(DEFINITION,),
        statements=statements,
    )
)

METRICS.register(
    Metric(
        "null_rate",
        "Null rate",
        "ratio",
        "Of the events of a type that were looked at, the share in which a declared field is missing or null; an empty "
        "text is no null. Declared are the properties at the top of the schema that checks new events of the type, on "
        "all days, those before it was published included. Of a day with more events than the definition field_nulls "
        "says, a sample of about so many is looked at, chosen by a hash of their ids, so that a refill looks at the "
        "same.",
        "nulls",
        kind="ratio",
        denominator="events",
        rollup=KEY,
        per="field",
        higher_is_better=False,
    )
)
