"""`manage.py metric funnel`: what it takes and what it answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from analytics import funnel_days, funnel_steps, funnels
from analytics.analyses import funnel_facts
from analytics.funnel_steps import Resolved
from analytics.funnels import StepResult
from analytics.models import Funnel
from config.models import Workspace


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--steps",
        help="Of a funnel: event types with commas between them. a|b is any of two, a[path=/x] asks for the value of a "
        "property, and posts_created stands for every type that counts as it.",
    )
    parser.add_argument("--funnel", metavar="KEY", help="A saved funnel; engagement where no steps are given.")
    parser.add_argument(
        "--window",
        help="Of a funnel: the time that a person has from the first step, such as 30m, 24h or 7d. 7d, or that of the "
        "saved funnel, when left out.",
    )


def answer(workspace: Workspace, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The facts, and lines that say them. A funnel without --from and --to is of all events that there are.

    Raises CommandError for what cannot be read or is unknown.
    """
    first, last = options["first"] or options["at"], options["last"] or options["at"]
    if first and last and last < first:
        raise CommandError("--to is earlier than --from")
    try:
        window, steps = _asked(workspace, options)
    except ValueError as error:
        raise CommandError(str(error)) from None
    found = funnels.measure(workspace, steps, window, first, last, with_bots=options["with_bots"])
    facts = {
        "metric": "funnel",
        "workspace": workspace.slug,
        "window_seconds": int(window.total_seconds()),
        "from": first,
        "to": last,
        "with_bots": options["with_bots"],
        **funnel_facts(found),
    }
    return facts, [_line(step) for step in found]


def _asked(workspace: Workspace, options: dict[str, Any]) -> tuple[timedelta, list[Resolved]]:
    """Raises ValueError where it cannot be read, CommandError where it is not there."""
    if options["steps"] and options["funnel"]:
        raise CommandError("Give --steps or --funnel, not both")
    if options["steps"]:
        window = funnel_steps.parse_window(options["window"] or funnels.DEFAULT_WINDOW)
        steps = funnel_steps.resolve(workspace, funnel_steps.parse_steps(funnel_steps.split(options["steps"])))
        for name in (name for resolved in steps for name in resolved.unknown):
            known = ", ".join(funnel_steps.alike(workspace, name))
            raise CommandError(f"Nothing is called {name!r} here" + (f"; did you mean {known}?" if known else ""))
        return window, steps
    key = options["funnel"] or funnel_days.ENGAGEMENT
    funnel = Funnel.objects.filter(workspace=workspace, key=key).first()
    if funnel is None:
        keys = ", ".join(Funnel.objects.filter(workspace=workspace).values_list("key", flat=True)) or "none"
        raise CommandError(f"There is no funnel {key!r} (there are: {keys}); --steps a,b,c asks for one of its own")
    window = funnel_steps.parse_window(options["window"]) if options["window"] else funnel_days.window_of(funnel)
    return window, funnel_days.resolved(funnel)


def _line(step: StepResult) -> str:
    line = f"{step.step:>2}  {step.name:32} {step.people:>10,}  {step.conversion_text:>7} of all"
    if step.step == 1:
        return line
    line += f"  {step.step_conversion_text:>7} of the step before, {step.dropped:,} dropped"
    return line if step.median_seconds is None else f"{line}, median {step.median_text}"
