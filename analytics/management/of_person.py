"""`manage.py metric KEY --person ID`: what it takes and what it answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser

from analytics import metrics
from analytics.metrics import Metric
from analytics.person_metrics import PARTS, PERSON_METRICS
from config.models import Workspace
from ingestion.identity import actor_id_of
from ingestion.merging import person_of


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--person", metavar="ID", help="Of one person, named by any of their ids, with the parts.")


def answer(
    workspace: Workspace, first: date, last: date, options: dict[str, Any], *, one_day: bool
) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them. Raises CommandError for a metric that is not of people, or not of the grain.

    Somebody who was never seen has done nothing.
    """
    key = options["key"]
    if key not in PERSON_METRICS:
        raise CommandError(
            f"There is no metric {key!r} of a person; there are: {', '.join(m.key for m in PERSON_METRICS)}"
        )
    metric = PERSON_METRICS[key]
    grain = options["grain"] or metric.grains[0]
    person_id = person_of(workspace.pk, actor_id_of(workspace.uuid, options["person"]))
    wanted = [metric, *(PERSON_METRICS[part] for part in PARTS.get(key, ()))]
    try:
        found = metrics.read_many(wanted, workspace, first, last, grain, of=str(person_id))
    except metrics.NoSuchGrain as error:
        raise CommandError(str(error)) from None
    values = found.pop(key)
    parts = [{part: of[number].value for part, of in found.items()} for number in range(len(values))]
    points = [asdict(value) | ({"parts": those} if those else {}) for value, those in zip(values, parts, strict=True)]
    facts = {
        "metric": key,
        "workspace": workspace.slug,
        "person": options["person"],
        "person_id": str(person_id),
        "unit": metric.unit,
        "grain": grain,
    }
    facts |= points[0] if one_day else {"from": first, "to": last, "points": points}
    return facts, [_line(metric, point) for point in points]


def _line(metric: Metric, point: dict[str, Any]) -> str:
    parts = ", ".join(f"{name} {_short(number)}" for name, number in point.get("parts", {}).items())
    told = f"  ({parts})" if parts else ""
    return f"{point['date']}  {_short(point['value']):>12} {metric.unit}{told}  {point['state']}"


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:,.4f}".rstrip("0").rstrip(".")
