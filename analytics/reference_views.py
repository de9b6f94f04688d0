"""The generated page of docs/reference about views: what stands ready for whatever reads SQL."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Field
from django_pgviews.view import MaterializedView, View

from analytics import reference

# Steps on the way of the rollups, which no reader needs.
INNER = "ingestion"


def views() -> list[type[View]]:
    """Every view there is, by name."""
    found = [model for model in apps.get_models() if issubclass(model, View)]
    return sorted(found, key=_table)


def meaning_of(field: Field[Any, Any]) -> str:
    """What a column holds; "" when nobody says."""
    return str(field.help_text) or reference.COLUMNS.get(str(field.column), "")


def views_page() -> str:
    inner = [view for view in views() if view._meta.app_label == INNER]  # noqa: SLF001 its public name
    told = [view for view in views() if view not in inner]
    return reference.page(
        "Views",
        "the models of views",
        "What stands in PostgreSQL for reports and other programs that read SQL. Every view has `workspace_id`: filter "
        "by it. All read the rollups, so that their numbers are those of the last fill and of the metrics; bots and "
        "test accounts are in none of them. They change with a release: select columns by name.",
        "Materialised views are filled anew every 15 minutes beside their old rows, so that nobody waits "
        "(`analytics.refresh_views` in [schedules](schedules.md)); all others are as new as the rollups.",
        *(part for view in told for part in _view(view)),
        "## Of Agora's own",
        "These are for the rollups alone; other readers had better leave them, for they read events.",
        reference.table(
            ("view", "what it is"), [(reference.code(_table(view)), _first_paragraph(view)) for view in inner]
        ),
    )


def _view(view: type[View]) -> list[str]:
    fields = view._meta.concrete_fields  # noqa: SLF001 its public name
    kind = "Materialised. " if issubclass(view, MaterializedView) else ""
    rows = [(reference.code(field.column), field.db_type(connection), meaning_of(field)) for field in fields]
    return [
        f"## {_table(view)}",
        kind + _first_paragraph(view),
        reference.table(("column", "type", "meaning"), rows),
    ]


def _table(view: type[View]) -> str:
    return str(view._meta.db_table)  # noqa: SLF001 its public name


def _first_paragraph(view: type[View]) -> str:
    return " ".join((view.__doc__ or "").partition("\n\n")[0].split())
