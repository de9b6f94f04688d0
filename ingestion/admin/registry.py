"""What may happen: event types and the schemas of their properties."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from config.lib.admin import RowForm, WorkspaceAdmin, leave_dialog
from config.models import Workspace
from config.permissions import Area, workspace_ids, workspaces_of
from ingestion import registry, sightings, versions
from ingestion.admin.json_fields import JsonField
from ingestion.admin.quarantine_addresses import waiting_links
from ingestion.admin.versions import Versions
from ingestion.inference import fields_of, schema_of
from ingestion.models import EventType, Kind

MOST_SHOWN = 25


class SeenForm(BaseDialogForm):
    form_before_template = "admin/ingestion/eventtype/seen.html"

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        assert object_id is not None
        samples = sightings.of_type(EventType.objects.get(pk=object_id))
        fields = fields_of(samples.all)
        return {"samples": samples, "fields": fields[:MOST_SHOWN], "more": max(len(fields) - MOST_SHOWN, 0)}


class RefusedForm(BaseDialogForm):
    """Names that sources refused as unknown, of workspaces whose event types the user may change."""

    names = forms.MultipleChoiceField(
        label="Names, with the events that wait", widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        ids = workspace_ids(self.request.user, Area.EVENT_TYPES, "change")
        named = dict(workspaces_of(self.request.user, Area.EVENT_TYPES, "change").values_list("pk", "name"))
        choices = [
            (f"{workspace}:{name}", f"{name} ({count:,})" + (f", {named[workspace]}" if len(named) > 1 else ""))
            for workspace, name, count in sightings.refused_names(ids)
        ]
        field = self.fields["names"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            field.help_text = "There are none: every name that was sent is an event type."

    def by_workspace(self) -> dict[int, list[str]]:
        chosen: dict[int, list[str]] = {}
        for value in self.cleaned_data["names"]:
            workspace, _, name = value.partition(":")
            chosen.setdefault(int(workspace), []).append(name)
        return chosen


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
    list_note = "Types that nobody declared are discovered: open one, look, and make a schema from what was seen."
    actions_detail = ("new_version", "from_seen")
    actions_row = ("from_seen",)
    actions_list = ("add_refused",)
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

    def response_add(self, request: HttpRequest, obj: EventType, post_url_continue: str | None = None) -> HttpResponse:
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_continue", "_popup"} & set(request.POST):
            return response
        # On to its page, where its first version is drafted.
        return HttpResponseRedirect(reverse("admin:ingestion_eventtype_change", args=[obj.pk]))

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

    @action(
        description="Schema from events",
        permissions=["operate"],
        icon="auto_awesome",
        dialog={
            "title": "Make a schema from what was seen?",
            "description": "It becomes a draft with the fields below, all optional, which checks nothing until it is "
            "published. It holds no values.",
            "form_submit_text": "Draft it",
            "form_class": SeenForm,
        },
    )
    def from_seen(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        kind = self.get_object(request, object_id)
        samples = sightings.of_type(kind).all
        if not samples:
            self.message_user(request, f"Nothing was seen of {kind} yet.", messages.WARNING)
            return leave_dialog(request, reverse("admin:ingestion_eventtype_change", args=[kind.pk]))
        version = versions.draft(kind, schema_of(samples))
        self.log_change(request, kind, f"Drafted v{version.version} from {len(samples):,} events")
        self.message_user(request, f"Drafted from {len(samples):,} events. Narrow it, save, and publish it.")
        return leave_dialog(request, reverse("admin:ingestion_eventtypeversion_change", args=[version.pk]))

    @action(
        description="Refused names",
        permissions=["operate"],
        icon="playlist_add",
        dialog={
            "title": "Take refused names in as event types?",
            "description": "Sources that quarantine unknown types refused events of these names. Taken in, a name is "
            "listed as discovered, and new events of it are stored unchecked until it has a schema. What waits in the "
            "quarantine can then be replayed.",
            "form_submit_text": "Take in",
            "form_class": RefusedForm,
        },
    )
    def add_refused(self, request: HttpRequest, form: RefusedForm) -> HttpResponse:
        taken, links = 0, []
        for workspace, names in form.by_workspace().items():
            # The kinds of the Segment API but track have names of their own, which every workspace knows.
            registry.discover(workspace, [(name, Kind.TRACK.value, "user_action") for name in names])
            taken += len(names)
            links.append([waiting_links(request, Workspace.objects.get(pk=workspace), names)])
        said = "Taken in: {}. Make each a schema from its events.{}"
        self.message_user(request, format_html(said, taken, format_html_join("", "{}", links)))
        return leave_dialog(request, reverse("admin:ingestion_eventtype_changelist") + "?discovered__exact=1")
