"""Where events come from, and the keys that let senders write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from config.lib.admin import ChildTable, WorkspaceAdmin
from config.permissions import Area
from ingestion import keys, quotas, snippets
from ingestion.admin.origins import SourceForm
from ingestion.models import Source, WriteKey

OVERLAPS = [("24", "24 hours: senders move over"), ("1", "1 hour"), ("0", "At once: the key has leaked")]


class RotationForm(BaseDialogForm):
    scope = forms.ChoiceField(choices=WriteKey.Scope.choices, widget=UnfoldAdminSelectWidget)
    overlap = forms.ChoiceField(label="The keys before end after", choices=OVERLAPS, widget=UnfoldAdminSelectWidget)


class Keys(ChildTable):
    model = WriteKey
    area = Area.SOURCES
    read_only = True
    fields = ("begins_with", "scope", "created_at", "ends")
    readonly_fields = fields
    hide_title = True
    verbose_name_plural = "Keys (only their hashes are kept)"

    @admin.display(description="Begins with")
    def begins_with(self, key: WriteKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="Ends")
    def ends(self, key: WriteKey) -> datetime | str:
        return key.expires_at or "never"


@admin.register(Source)
class SourceAdmin(WorkspaceAdmin):
    area = Area.SOURCES
    creatable = True
    list_display = ("name", "is_enabled", "unknown_types", "old_events", "last_key")
    list_filter = ("enabled",)
    search_fields = ("name",)
    form = SourceForm
    fieldsets = (
        (None, {"fields": ("name", "workspace", "enabled")}),
        ("What it may send", {"fields": ("allowed_origins", "unknown_types", "old_events", "quarantine_days")}),
        ("How much", {"fields": ("quota", "quota_by_address", "over_quota_today", "anomalous_above")}),
    )
    readonly_fields = ("over_quota_today",)
    inlines = (Keys,)
    change_form_outer_after_template = "admin/ingestion/source/snippets.html"
    actions = ("enable", "disable")
    actions_detail = ("new_client_key", "new_server_key", "rotate_keys")

    class Media:
        css = {"all": ["ingestion/snippets.css"]}
        js = ["ingestion/snippets.js"]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:
        if source := options.get("obj"):
            context |= self._snippets(request, source)
        response: HttpResponse = super().render_change_form(request, context, **options)
        return response

    def _snippets(self, request: HttpRequest, source: Source, scope: str = "", key: str = "") -> dict[str, Any]:
        """What the template of the snippets shows; they open at one that a key just made stands in."""
        found = list(snippets.of_source(request.build_absolute_uri("/"), scope, key))
        opened = next((s for s in found if s.sender.scope == scope), found[0])
        return {
            "snippets": found,
            "opened": opened,
            "source": source,
            "may_make_keys": self.may(request, "change", source),
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        queryset: QuerySet[Source] = super().get_queryset(request)
        return queryset.annotate(last_key_at=Max("keys__created_at"))

    def response_add(self, request: HttpRequest, obj: Source, post_url_continue: str | None = None) -> HttpResponse:
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_continue", "_popup"} & set(request.POST):
            return response
        # On to its page, where its first key is made.
        return HttpResponseRedirect(reverse("admin:ingestion_source_change", args=[obj.pk]))

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        keys.forget()

    @admin.display(description="Events over the quotas today")
    def over_quota_today(self, source: Source) -> str:
        found = quotas.refused(source.pk, timezone.now())
        return "Redis cannot be asked" if found is None else f"{found:,}"

    @display(description="Enabled", ordering="enabled", label={"yes": "success", "no": "warning"})
    def is_enabled(self, source: Source) -> str:
        return "yes" if source.enabled else "no"

    @admin.display(description="Last key made", ordering="last_key_at", empty_value="none yet")
    def last_key(self, source: Source) -> datetime | None:
        made: datetime | None = source.last_key_at  # type: ignore[attr-defined]  # get_queryset adds it
        return made

    @admin.action(description="Enable", permissions=["operate"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description="Disable", permissions=["operate"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Source], *, on: bool) -> None:
        changeable = self.changeable(request, queryset).values("pk")
        changed = Source.objects.filter(pk__in=changeable).update(enabled=on)
        keys.forget()
        self.message_user(request, f"{'Enabled' if on else 'Disabled'}: {changed}.")

    @action(
        description="New client key",
        permissions=["operate"],
        icon="key",
        dialog={
            "title": "Make a client key?",
            "description": "It may stand in a browser or an app: whoever has it can write events and read nothing. "
            "It is shown once, here.",
            "form_submit_text": "Make it",
        },
    )
    def new_client_key(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        return self._issue(request, object_id, WriteKey.Scope.CLIENT)

    @action(
        description="New server key",
        permissions=["operate"],
        icon="vpn_key",
        dialog={
            "title": "Make a server key?",
            "description": "Keep it on servers: what it says of other people's addresses and devices is believed. "
            "It is shown once, here.",
            "form_submit_text": "Make it",
        },
    )
    def new_server_key(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        return self._issue(request, object_id, WriteKey.Scope.SERVER)

    @action(
        description="Rotate keys",
        permissions=["operate"],
        icon="sync",
        dialog={
            "title": "Rotate keys?",
            "description": "A new key is made and shown once, here; those of the same scope end.",
            "form_submit_text": "Rotate",
            "form_class": RotationForm,
        },
    )
    def rotate_keys(self, request: HttpRequest, form: RotationForm, object_id: str) -> HttpResponse:
        source = self.get_object(request, object_id)
        overlap = timedelta(hours=int(form.cleaned_data["overlap"]))
        row, key = keys.rotate(source, form.cleaned_data["scope"], overlap=overlap)
        return self._show(request, row, key)

    def _issue(self, request: HttpRequest, object_id: str, scope: str) -> HttpResponse:
        row, key = keys.issue(self.get_object(request, object_id), scope)
        return self._show(request, row, key)

    def _show(self, request: HttpRequest, row: WriteKey, key: str) -> HttpResponse:
        """The key goes into this answer and nowhere else: no message, no session, no log."""
        keys.forget()
        self.log_change(request, row.source, f"New {row.scope} key {row}")
        url = reverse("admin:ingestion_source_change", args=[row.source_id])
        context = {"key": key, "scope": row.scope, "url": url} | self._snippets(request, row.source, row.scope, key)
        # The dialog as a whole is replaced, so that its button cannot make a second key.
        headers = {"HX-Retarget": "#dialog", "HX-Reselect": "#dialog"}
        return TemplateResponse(request, "admin/ingestion/source/key.html", context, headers=headers)
