"""`manage.py metric KEY --grain hour`: what it answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from analytics import hours
from config.models import Workspace


def answer(workspace: Workspace, yesterday: date, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them. Raises CommandError for what is not counted by hour."""
    key = options["key"]
    if key not in hours.KEYS:
        raise CommandError(f"{key!r} is not counted by hour; these are: {', '.join(hours.KEYS)}")
    if options["with_bots"]:
        raise CommandError("Hours are counted without bots and test accounts only")
    first = options["at"] or options["first"] or options["last"] or yesterday
    last = options["at"] or options["last"] or first
    if last < first:
        raise CommandError("--to is earlier than --from")
    found = hours.read(key, workspace, first, last)
    facts = {"metric": key, "workspace": workspace.slug, "grain": "hour", "from": first, "to": last}
    lines = [f"{hour.hour:%Y-%m-%d %H:%M}Z  {hour.value:>10,}  {hour.state}" for hour in found]
    return facts | {"points": [asdict(hour) for hour in found]}, lines
