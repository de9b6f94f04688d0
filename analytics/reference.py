"""The generated pages of docs/reference: Markdown made of the declarations that the code itself runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.management import get_commands, load_command_class
from django.db import connection
from django.db.models import Field, Model

from analytics.metrics import HIGH_FROM, MEDIUM_FROM, METRICS, Metric
from analytics.person_metrics import PERSON_METRICS
from analytics.rollups.rollup import ROLLUPS, Rollup
from config.lib.schedules import SCHEDULES
from config.models import Role
from config.permissions import Area
from config.permissions import allowed as allowed_to
from ingestion import catalog
from ingestion.models import QuarantinedEvent
from ingestion.remedies import REMEDIES

ROOMS = ("config", "privacy", "ingestion", "analytics", "economy", "moderation")
# Columns that are in several tables and mean the same in all of them.
COLUMNS = {
    "actions": "Other events of an active category.",
    "active_people": "Distinct people active in the hour.",
    "bounces": "Sessions that bounced.",
    "calculated_at": "When the row was filled.",
    "ended_at": "Time of the last event.",
    "first_action_at": "Time of the first action.",
    "first_event_at": "Time of the first event of the day.",
    "first_seen_at": "Time of the first counted event.",
    "hour": "First instant of the hour.",
    "interaction_seconds": "Time from the start to the first action, of all sessions that have one.",
    "interactive_sessions": "Sessions with an action that is no page.",
    "is_bounce": "One page and no other action, or one page and under 10 seconds.",
    "last_event_at": "Time of the last event of the day.",
    "person_id": "The person: the actor, or whom it is linked to.",
    "session_pages": "Pages and screens seen in sessions.",
    "session_seconds": "Duration of all sessions together.",
    "started_at": "Time of the first event.",
    "workspace_id": "The workspace.",
}
WITH_EVERY_VALUE = [
    ("`numerator`", "What was counted, or the upper part of a ratio."),
    ("`denominator`", "The lower part of a ratio; with 0 the value is null. Null for plain counts."),
    ("`data_points`", "How many rows are behind the value."),
    (
        "`state`",
        "`open`: the day is not over. `settling`: over, but events may come or wait to be counted. `closed`: all are.",
    ),
    (
        "`confidence`",
        f"`high`: closed, at least {HIGH_FROM} data points. `low`: open, or under {MEDIUM_FROM}; else `medium`.",
    ),
    ("`calculated_at`", "When the newest row behind it was filled."),
]
COHORT_COMMANDS = {
    "`metric cohorts`": "Months, or weeks from Monday (`--grain week`): people, posts and comments per person who was "
    "ever active, and for each day n from 0 to 90 after the sign-up how many were active on the very day (`retained`) "
    "and on it or later (`rolling_retained`).",
    "`metric cohort_matrix`": "Weeks, or days (`--grain day`), of sign-up: for weeks 0 to 52, or days 0 to 90, how "
    "many were active in it. Week k is days 7k to 7k+6 after the own sign-up day. `retention` is of the eligible, "
    "`cumulative_share` of everybody in the cohort. `--cohort-grain month` makes lines of months.",
}
ADDED_UP = {
    "sum": "days are added",
    "ratio": "both parts are added, then divided",
    "mean": "days are added, then divided by their number",
    "hourly": "days are added, then divided by their hours",
    "day": "never: a number of one day",
    "day_ratio": "never: a number of one day",
    "running": "the sum of all days up to the last",
    "holds": "as of the last day",
    "reach": "never: a number of one day by the sum of all up to it",
    "growth": "the sum of the days by that of all before them",
    "kept": "the sum of all days before without that of the days, by that of all before",
}


OTHER_COMMANDS = {
    "`manage.py metric community_members`": "Any `community_` metric of each community, or of one with `--of ID`. "
    "Bots and test accounts are never in it. The view `community_engagement` has all of them as columns.",
    "`manage.py metric events --grain hour`": "Any count of `hourly_metrics` by UTC hour, of those that begin on the "
    "days asked for. Bots and test accounts are never in it.",
    "`manage.py metric profile_completion`": "Points of the profiles of all people: their sum, how many people there "
    "are, the mean, and how many profiles are completed. The points of each part are the definition "
    "`profile_completion`.",
    "`manage.py metric people_by_sources`": "People by the number of sources that sent their events, and how many are "
    "known from several. The view `unified_users` names the sources of each person.",
    "`manage.py metric user_types --grain month`": "Distinct people active in each bucket by user type: what the trait "
    "named by the definition `user_type` says of them now.",
}


def page(title: str, source: str, *parts: str) -> str:
    """A page with its heading, a comment that says what it is made of, and a final line feed."""
    head = f"<!-- Made by `manage.py reference` from {source}: edit that, not this page. -->"
    return "\n\n".join([head, f"# {title}", *parts]) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [list(heads)]
    lines += [["---"] * len(lines[0]), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: str | None) -> str:
    return f"`{value}`" if value else ""


def metrics_page() -> str:
    rows = [
        (
            code(metric.key),
            metric.title,
            metric.unit,
            metric.definition,
            _computed(metric),
            _added_up(metric),
            code(metric.recount) if metric.recount else "",
        )
        for metric in METRICS
    ]
    return page(
        "Metrics",
        "METRICS",
        f"{len(METRICS)} metrics. One reader serves the dashboards, the API and `manage.py metric`; how to add one "
        "stands in [add a metric](../howto/add-a-metric.md).",
        "## Ground rules",
        "A day is a calendar day in the workspace's time zone. A person is one human, whatever ids the events came "
        "under. Bots and test accounts are in no number unless somebody asks for them: the switch of the dashboards, "
        "`?bots=true`, `--with-bots`. Distinct people are never added up over days. Late events open their day again.",
        "## What comes with every value",
        table(("field", "meaning"), WITH_EVERY_VALUE),
        "## The metrics",
        table(("key", "title", "unit", "definition", "made of", "weeks and months", "counted anew by"), rows),
        "What a number is counted anew by is a statement of `sql/recount` of its room, which reads the events (or the "
        "reports, or the ledger) alone: the truth meter compares a random sample every night, and `manage.py recount` "
        "at any time.",
        "## Of one person",
        "`manage.py metric KEY --person ID`, where ID is any id of the person. Indices come with their parts.",
        table(
            ("key", "title", "unit", "definition", "made of"),
            [(code(m.key), m.title, m.unit, m.definition, _computed(m)) for m in PERSON_METRICS],
        ),
        "## Communities, hours and profiles",
        table(("command", "what it tells"), OTHER_COMMANDS.items()),
        "## Cohorts",
        "People by when they signed up: the time of the sign-up event, else of the trait `created_at`, else when first "
        "seen. People who were never seen again count.",
        table(("command", "what it tells"), COHORT_COMMANDS.items()),
        "A day or week that is not over for somebody leaves that person out of `eligible` and of `retained`. Where "
        "nobody is eligible all else is null: not yet. Late events and merges change the cohorts they concern. `--at` "
        "tells what was known when that day ended; rolling retention is then null where anybody was active later.",
    )


def _computed(metric: Metric) -> str:
    if metric.kind == "kept":
        return f"{code(metric.denominator)} - {code(metric.numerator)} of {code(metric.rollup)}"
    times = f"{metric.scale} * " if metric.scale != 1 else ""
    divided = f" / {code(metric.denominator)}" if metric.denominator else ""
    return f"{times}{code(metric.numerator)}{divided} of {code(metric.rollup)}"


def _added_up(metric: Metric) -> str:
    own = [code(rollup) for rollup in (metric.weekly, metric.monthly) if rollup]
    if own:
        return f"counted anew in {' and '.join(own)}"
    base = ROLLUPS[metric.rollup].grain
    return ADDED_UP[metric.kind] if base == "day" else f"a number of one {base}"


def rollups_page() -> str:
    return page(
        "Rollups",
        "ROLLUPS and their models",
        "Tables that the engine fills, each from one SQL file. How it works stands in "
        "[architecture](../architecture.md#the-rollup-engine), how to add one in "
        "[add a rollup](../howto/add-a-rollup.md).",
        *(part for rollup in ROLLUPS for part in _rollup(rollup)),
    )


def _rollup(rollup: Rollup) -> list[str]:
    model = rollup.model
    reads = ["events"] if rollup.reads_events else []
    reads += [
        f"`{key}`" + _reach(days, names=rollup.key in ROLLUPS[key].tells) for key, days in rollup.depends_on.items()
    ]
    facts = [
        ("table", code(rollup.table)),
        ("grain", rollup.grain),
        ("reads", ", ".join(reads)),
        ("SQL", code(rollup.sql_file)),
        ("late, broken after", f"{rollup.late_hours:g} h, {rollup.broken_hours:g} h{rollup.limits_from}"),
    ]
    columns = [(code(field.column), field.db_type(connection), meaning_of(field)) for field in columns_of(model)]
    return [
        f"## {rollup.title}",
        _first_paragraph(model.__doc__),
        table((code(rollup.key), ""), facts),
        table(("column", "type", "meaning"), columns),
    ]


def _reach(days: int | None, *, names: bool) -> str:
    if days is None:
        return " (the days it names)"
    if names:
        return f" (of {days} days ahead those it names)"
    return f" (a change reaches {days} days ahead)" if days else ""


def columns_of(model: type[Model]) -> list[Field[Any, Any]]:
    """Those of the primary key first."""
    options = model._meta  # noqa: SLF001 see above
    key = list(options.pk_fields)
    return [*key, *(field for field in options.concrete_fields if field.column and field not in key)]


def meaning_of(field: Field[Any, Any]) -> str:
    """What a column holds: its help text, else the definition of the metric that is made of it; "" when nobody says."""
    column = str(field.column)
    if column in METRICS:
        return str(field.help_text) or METRICS[column].definition
    return str(field.help_text) or COLUMNS.get(column, "")


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split())


def event_types_page() -> str:
    kinds = [(code(e["name"]), e["category"], code(e.get("counts_as") or ""), e["description"]) for e in catalog.KINDS]
    parts = ["## In every workspace", table(("type", "category", "counts as", "description"), kinds)]
    for system in catalog.SYSTEMS:
        parts += [f"## {catalog.title(system)} ({code(system)})"]
        for entry in catalog.declared(system):
            parts += _event_type(entry)
    return page(
        "Event types",
        "ingestion/catalog",
        "What `manage.py load_catalog` puts into a workspace. A type that several systems have is taken from the first "
        "of them that is loaded. How to add one of your own stands in "
        "[add an event type](../howto/add-an-event-type.md).",
        "People are active by events of every category but `system`, `error` and `performance`. Properties that are "
        "not listed are stored too; a property that is not required may be null or left out.",
        *parts,
    )


def _event_type(entry: dict[str, Any]) -> list[str]:
    facts = [f"Category {code(entry['category'])}"]
    if entry["counts_as"]:
        facts.append(f"counts as {code(entry['counts_as'])}")
    for field, pointers in sorted(entry["pointers"].items()):
        names = " or ".join(code(pointer.removeprefix("/")) for pointer in pointers)
        facts.append(f"{field.replace('_', ' ')} from {names}")
    properties = entry["schema"]["properties"]
    required = set(entry["schema"]["required"])
    rows = [
        (code(name), allowed(schema), "yes" if name in required else "", schema["description"])
        for name, schema in properties.items()
    ]
    parts = [f"### {entry['name']}", f"{entry['description']} {'; '.join(facts)}."]
    return [*parts, table(("property", "values", "required", "meaning"), rows)] if rows else parts


def allowed(schema: dict[str, Any]) -> str:
    """What a property may be, in words: its types without null, or its choices, and its range."""
    if "enum" in schema:
        return ", ".join(code(str(choice)) for choice in schema["enum"] if choice is not None)
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    words = " or ".join(name for name in types if name != "null")
    if "items" in schema:
        words += f" of {allowed(schema['items'])}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{words}, {least} to {most}"
    if least is not None:
        return f"{words}, at least {least}"
    return words if most is None else f"{words}, at most {most}"


def schedules_page() -> str:
    rows = [
        (
            schedule.key,
            code(schedule.task),
            code(schedule.crontab) if schedule.crontab else f"every {schedule.every_seconds} s",
            schedule.description,
        )
        for schedule in SCHEDULES
    ]
    return page(
        "Schedules",
        "SCHEDULES",
        "Times are UTC. `manage.py sync_schedules` adds those that a database lacks; from then on the row is the "
        "operator's to edit (admin, What ran, Schedules) and is never overwritten.",
        table(("schedule", "task", "when", "what it does"), rows),
    )


def commands_page() -> str:
    parts = []
    for room in ROOMS:
        found = sorted(name for name, app in get_commands().items() if app == room)
        if found:
            rows = [(code(name), load_command_class(room, name).help) for name in found]
            parts += [f"## {room}", table(("command", "what it does"), rows)]
    return page(
        "Commands",
        "the commands of each app",
        "Each is called as `.venv/bin/python manage.py NAME`, explains its options with `--help`, ends with 1 when it "
        "refuses and with 2 when it is called wrongly. Those that answer something take `--json`.",
        *parts,
    )


def quarantine_page() -> str:
    rows = [(code(reason.value), reason.label, REMEDIES[reason]) for reason in QuarantinedEvent.Reason]
    return page(
        "Quarantine reasons",
        "QuarantinedEvent.Reason and REMEDIES",
        "An event that cannot be stored is kept with one of these reasons, what was wrong, and the payload as it came. "
        "The rest of its batch is stored. The same event sent again counts up instead of making a second row. What to "
        "do when their number grows stands in [its runbook](../runbooks/quarantine-grows.md).",
        table(("reason", "meaning", "what to do"), rows),
    )


def roles_page() -> str:
    areas = [(area, [_right(role, area) for role in Role]) for area in Area]
    heads = ["", *(role.label for role in Role)]
    return page(
        "Roles",
        "config/permissions.py",
        "What a member of a workspace may do there, by role; who may change may view, and somebody with two roles has "
        "the rights of both. Superusers may do everything; only they reach schedules and users, which are of no "
        "workspace.",
        table(heads, ([area.value.replace("_", " ").capitalize(), *rights] for area, rights in areas)),
        "Distinct ids are the ids people were sent with. Personal data is what a quarantined payload or a "
        "trait says of a person, which is masked for all others.",
    )


def _right(role: Role, area: Area) -> str:
    if allowed_to(role, area, "change"):
        return "change"
    return "view" if allowed_to(role, area, "view") else ""


# File below docs/reference -> its text.
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "event-types.md": event_types_page,
    "metrics.md": metrics_page,
    "quarantine-reasons.md": quarantine_page,
    "roles.md": roles_page,
    "rollups.md": rollups_page,
    "schedules.md": schedules_page,
}
