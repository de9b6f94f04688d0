"""`manage.py metric content --of TYPE:ID`: what it answers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from analytics.content import Ratio, performance
from config.models import Workspace


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts of one content object, and lines that say them. Raises CommandError where there is none."""
    content_type, _, content_id = options["of"].partition(":")
    if not content_id:
        raise CommandError("Say which content by its type and id, such as --of post:42")
    found = performance(workspace, content_type, content_id, options["at"])
    if found is None:
        raise CommandError(f"Nothing was done to the {content_type} {content_id!r} by then, as far as is filled")
    facts = {"metric": "content", "workspace": workspace.slug, "at": options["at"]} | asdict(found)
    facts |= {key: _ratio(ratio) for key, ratio in found.ratios.items()}
    facts["virality_score"] = found.virality_score
    counts = ("views", "unique_views", "likes", "comments", "shares", "saves")
    lines = [f"{name:24} {facts[name]:>12,}" for name in counts]
    lines += [
        f"{key:24} {_short(ratio.value):>12}  ({ratio.numerator:,} / {ratio.denominator:,})"
        for key, ratio in found.ratios.items()
    ]
    lines.append(f"{'virality_score':24} {_short(found.virality_score):>12}")
    lines += [f"country {country:16} {people:>12,}" for country, people in found.countries.items()]
    return facts, lines


def _ratio(ratio: Ratio) -> dict[str, Any]:
    return {"value": ratio.value, **asdict(ratio)}


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:.4f}"
