"""`manage.py metric standing`: lifecycle, segment and level at the end of a day, of one person or counted over all."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from analytics import activation, lifecycle
from analytics.lifecycle import LEVELS, LIFECYCLES, SEGMENTS
from config.models import Workspace
from ingestion.identity import actor_id_of
from ingestion.merging import person_of

KEY = "standing"


def answer(workspace: Workspace, yesterday: date, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them. A person who has not signed up by the day stands nowhere."""
    day = options["at"] or yesterday
    facts = {"metric": KEY, "workspace": workspace.slug, "date": day}
    told = _of_person(workspace, day, options["person"]) if options["person"] else _of_all(workspace, day)
    return facts | told, [f"{name:24} {_words(value)}" for name, value in told.items()]


def _of_all(workspace: Workspace, day: date) -> dict[str, Any]:
    found = lifecycle.states(workspace, day)
    told: dict[str, Any] = {"people": len(found)}
    for name, stands in (("lifecycle", LIFECYCLES), ("segment", SEGMENTS), ("level", LEVELS)):
        counted = Counter(getattr(one, name) for one in found)
        told[name] = {stand: counted[stand] for stand in stands}
    return told


def _of_person(workspace: Workspace, day: date, distinct_id: str) -> dict[str, Any]:
    person_id = person_of(workspace.pk, actor_id_of(workspace.uuid, distinct_id))
    found = lifecycle.state(workspace, day, person_id)
    stands = (
        dict.fromkeys(("signed_up_on", "last_on", "lifecycle", "segment", "level")) if found is None else asdict(found)
    )
    activated = activation.of_person(workspace, person_id)
    return {
        "person": distinct_id,
        **stands,
        "person_id": str(person_id),
        # Of now, whatever the day.
        "activation_status": activated is not None and activated.activation_status,
        "activated_at": None if activated is None else activated.activated_at,
        "days_to_first_activity": None if activated is None else activated.days_to_first_activity,
    }


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:,}" for name, number in value.items())
    return "–" if value is None else str(value)
