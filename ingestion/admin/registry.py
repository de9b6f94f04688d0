"""What may happen: event types and the schemas of their properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from config.lib.admin import ChildForms, RowForm, WorkspaceAdmin
from config.permissions import Area
from ingestion import registry
from ingestion.event_types import compile_schema
from ingestion.models import EventType, EventTypeVersion


class Indented(json.JSONEncoder):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"indent": 2}))


class JsonEditor(UnfoldAdminTextareaWidget):
    def __init__(self, rows: int) -> None:
        super().__init__({"class": "agora-mono", "rows": rows, "spellcheck": "false", "autocomplete": "off"})


def references(schema: Any) -> Iterator[str]:
    """All that a schema refers to."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in {"$ref", "$dynamicRef"} and isinstance(value, str):
                yield value
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


class VersionForm(RowForm):
    schema = forms.JSONField(
        encoder=Indented,
        widget=JsonEditor(rows=14),
        help_text="JSON Schema 2020-12 of the properties. The highest active version checks new events.",
    )

    class Meta:
        model = EventTypeVersion
        fields = ("version", "status", "schema")

    def clean_schema(self) -> dict[str, Any]:
        schema = self.cleaned_data["schema"]
        if not isinstance(schema, dict):
            raise ValidationError('A schema is a JSON object such as {"type": "object"}')
        # Looked at first: compiling would fetch what the reference names, from this server.
        for reference in references(schema):
            if not reference.startswith("#"):
                raise ValidationError(f'"{reference}" lies outside of the schema; references start with #')
        try:
            compile_schema(schema)
        except ValueError as error:
            raise ValidationError(f"Not a valid schema: {str(error).splitlines()[0]}") from None
        return schema


class Versions(ChildForms):
    model = EventTypeVersion
    area = Area.EVENT_TYPES
    form = VersionForm
    verbose_name = "version"
    verbose_name_plural = "versions"
    fields = (("version", "status"), "schema")

    def get_formset(self, request: HttpRequest, obj: EventType | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if obj is not None and "version" in formset.form.base_fields:
            highest = obj.versions.aggregate(highest=Max("version"))["highest"] or 0
            formset.form.base_fields["version"].initial = highest + 1
        return formset


class EventTypeForm(RowForm):
    pointers = forms.JSONField(
        required=False,
        encoder=Indented,
        widget=JsonEditor(rows=5),
        help_text=EventType._meta.get_field("pointers").help_text,  # noqa: SLF001 Django's documented model API
    )

    def clean_pointers(self) -> dict[str, Any]:
        return self.cleaned_data["pointers"] or {}


@admin.register(EventType)
class EventTypeAdmin(WorkspaceAdmin):
    area = Area.EVENT_TYPES
    form = EventTypeForm
    creatable = True
    frozen = ("name", "workspace")
    list_display = ("name", "category", "kind", "counts_as", "owner", "origin")
    list_filter = ("discovered", "category", "kind", "counts_as")
    search_fields = ("name", "description", "owner")
    inlines = (Versions,)
    fieldsets = (
        (None, {"fields": ("name", "workspace", "description", "owner")}),
        (
            "How it counts",
            {
                "fields": ("kind", "category", "counts_as", "purpose"),
                "description": "A change counts from the next fill on; days that are filled keep their numbers until "
                "they are filled again (manage.py rollup --from DAY --to DAY).",
            },
        ),
        ("What it is about", {"fields": ("object_type", "pointers")}),
    )

    @display(description="Declared", ordering="discovered", label={"discovered": "warning", "declared": "success"})
    def origin(self, kind: EventType) -> str:
        return "discovered" if kind.discovered else "declared"

    def save_model(self, request: HttpRequest, obj: EventType, form: Any, change: Any) -> None:
        # Whoever saves it has looked at it, which is what declaring means.
        obj.discovered = False
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 Django's signature
        super().save_related(request, form, formsets, change)
        kind: EventType = form.instance
        transaction.on_commit(partial(registry.forget, kind.workspace_id))
