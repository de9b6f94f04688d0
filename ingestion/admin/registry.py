"""What may happen: event types and the schemas of their properties."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display

from config.lib.admin import RowForm, WorkspaceAdmin, leave_dialog
from config.permissions import Area
from ingestion import registry, versions
from ingestion.admin.json_fields import JsonField
from ingestion.admin.versions import Versions
from ingestion.models import EventType


class EventTypeForm(RowForm):
    pointers = JsonField(
        rows=5,
        required=False,
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
    actions_detail = ("new_version",)
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

    @action(
        description="New version",
        permissions=["operate"],
        icon="add_notes",
        dialog={
            "title": "Draft a new version of the schema?",
            "description": "It begins as the newest version and checks nothing until it is published.",
            "form_submit_text": "Draft it",
        },
    )
    def new_version(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        kind = self.get_object(request, object_id)
        version = versions.draft(kind)
        self.log_change(request, kind, f"Drafted v{version.version}")
        return leave_dialog(request, reverse("admin:ingestion_eventtypeversion_change", args=[version.pk]))
