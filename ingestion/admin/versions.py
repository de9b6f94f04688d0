"""Versions of event types: drafted and tried, published, retired."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from config.lib.admin import ChildTable, RowForm, WorkspaceAdmin, leave_dialog, monospace
from config.permissions import Area
from ingestion import versions
from ingestion.admin.json_fields import SampleField, SchemaField
from ingestion.admin.quarantine_addresses import waiting_links
from ingestion.admin.version_dialogs import PAGES, PublishForm, RetireForm, changes_shown, trial_shown
from ingestion.json_text import formatted
from ingestion.models import EventTypeVersion
from ingestion.schemas import ordered
from ingestion.verdicts import attempt, judge
from ingestion.versions import NotPublished, Status

COLOURS = {"draft": "info", "active": "success", "retired": "default"}
# Id of the place in the page where the verdict stands.
VERDICT = "schema-verdict"
WRITTEN = "input changed delay:500ms"


def state_of(version: EventTypeVersion) -> str:
    """In words; the version comes from versions.with_followed."""
    if version.status != Status.ACTIVE:
        return version.get_status_display()
    followed = version.followed  # type: ignore[attr-defined]  # annotated
    return "Active, behind a higher one" if followed else "Active: checks new events"


class VersionForm(RowForm):
    schema = SchemaField(
        rows=24, help_text="JSON Schema 2020-12 of the properties. It checks nothing until it is published."
    )
    sample = SampleField(
        rows=6,
        label="Try a payload",
        help_text="Properties, or a whole event as it is sent. It is kept nowhere.",
    )

    class Meta:
        model = EventTypeVersion
        fields = ("schema",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, trigger in (("schema", f"load, {WRITTEN}"), ("sample", WRITTEN)):
            if name in self.fields:
                self.fields[name].widget.attrs |= self._judged(trigger)

    def _judged(self, trigger: str) -> dict[str, str]:
        """Judged while it is written: htmx sends the form and puts what comes back into the page."""
        url = reverse("admin:ingestion_eventtypeversion_verdict", args=[self.instance.pk])
        place = f"#{VERDICT}"
        return {"hx-post": url, "hx-trigger": trigger, "hx-target": place, "hx-sync": f"{place}:replace"}


class Versions(ChildTable):
    """The versions of an event type, on its page."""

    model = EventTypeVersion
    area = Area.EVENT_TYPES
    read_only = True
    fields = ("page", "state", "major", "kind_of_change", "published_at", "retired_at")
    readonly_fields = fields
    hide_title = True
    verbose_name_plural = "Versions of its schema (the highest active one checks new events)"

    @admin.display(description="Version")
    def page(self, version: EventTypeVersion) -> SafeString:
        url = reverse("admin:ingestion_eventtypeversion_change", args=[version.pk])
        return format_html('<a class="agora-link" href="{}">v{}</a>', url, version.version)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventTypeVersion]:
        return versions.with_followed(super().get_queryset(request))

    @admin.display(description="Status")
    def state(self, version: EventTypeVersion) -> str:
        return state_of(version)

    @admin.display(description="Compatibility")
    def kind_of_change(self, version: EventTypeVersion) -> str:
        return "" if version.published_at is None else version.get_compatibility_display()


@admin.register(EventTypeVersion)
class EventTypeVersionAdmin(WorkspaceAdmin):
    area = Area.EVENT_TYPES
    workspace_path = "event_type__workspace"
    form = VersionForm
    list_display = ("named", "state", "major", "published_at", "retired_at")
    list_filter = ("status",)
    search_fields = ("event_type__name",)
    list_note = "Drafts begin on the page of their event type: New version."
    frozen = ()
    deletable = True
    actions_detail = ("publish", "retire")
    fieldsets = (
        (None, {"fields": ("event_type_shown", "number", "major", "state_shown")}),
        ("Schema", {"fields": ("schema", "sample", "verdict")}),
        ("What came in", {"fields": ("seen",)}),
    )
    readonly_fields = ("event_type_shown", "number", "major", "state_shown", "changes", "verdict", "seen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventTypeVersion]:
        return versions.with_followed(super().get_queryset(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was published stays as it was."""
        return (obj is None or obj.status == Status.DRAFT) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.status == Status.DRAFT) and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        shown = ("Schema", {"fields": ("schema_shown", "changes")})
        is_draft = obj is not None and obj.status == Status.DRAFT
        return (fieldsets[0], shown, *(fieldsets[2:] if is_draft else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = super().get_readonly_fields(request, obj)
        return fields if self.has_change_permission(request, obj) else (*fields, "schema_shown")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Publish on a draft, Retire on an active version."""
        version = self.get_object(request, str(object_id))
        offered = {Status.DRAFT: "publish", Status.ACTIVE: "retire"}
        name = None if version is None else offered.get(version.status)
        return [one for one in super().get_actions_detail(request, object_id) if one.path == name]

    @admin.display(description="Version", ordering="event_type__name")
    def named(self, version: EventTypeVersion) -> str:
        return str(version)

    @admin.display(description="Event type")
    def event_type_shown(self, version: EventTypeVersion) -> SafeString:
        url = reverse("admin:ingestion_eventtype_change", args=[version.event_type_id])
        return format_html('<a class="agora-link" href="{}">{}</a>', url, version.event_type)

    @display(description="Status", ordering="status", label=COLOURS)
    def state(self, version: EventTypeVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    @admin.display(description="Status")
    def state_shown(self, version: EventTypeVersion) -> str:
        return state_of(version)

    @admin.display(description="Version")
    def number(self, version: EventTypeVersion) -> str:
        return f"v{version.version}"

    @admin.display(description="What it changes")
    def changes(self, version: EventTypeVersion) -> SafeString:
        return changes_shown(version)

    @admin.display(description="Verdict")
    def verdict(self, version: EventTypeVersion) -> SafeString:
        return format_html('<div id="{}" aria-live="polite">{}</div>', VERDICT, changes_shown(version))

    @admin.display(description="Would pass (as saved)")
    def seen(self, version: EventTypeVersion) -> SafeString:
        return trial_shown(version)

    @admin.display(description="Schema")
    def schema_shown(self, version: EventTypeVersion) -> SafeString:
        return monospace(formatted(ordered(version.schema)))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verdict_view)
        name = "ingestion_eventtypeversion_verdict"
        return [path("<int:object_id>/verdict/", view, name=name), *super().get_urls()]

    def verdict_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What is to be said of the schema and the payload in the form; nothing is stored."""
        version = self.get_object(request, str(object_id))
        if request.method != "POST" or version is None or not self.has_view_permission(request, version):
            raise PermissionDenied
        before = versions.before(version)
        earlier = None if before is None else before.schema
        verdict = judge(request.POST.get("schema", ""), earlier, version.event_type.pointers)
        sample = request.POST.get("sample", "").strip()
        tried = attempt(sample, verdict.schema, version.event_type) if sample and verdict.schema is not None else None
        context = {"version": version, "before": before, "verdict": verdict, "tried": tried}
        return TemplateResponse(request, f"{PAGES}/verdict.html", context)

    @action(
        description="Publish",
        permissions=["operate"],
        icon="publish",
        dialog={
            "title": "Publish this version?",
            "form_submit_text": "Publish",
            "form_class": PublishForm,
        },
    )
    def publish(self, request: HttpRequest, form: PublishForm, object_id: str) -> HttpResponse:
        version = form.version
        try:
            version = versions.publish(version, new_major=bool(form.cleaned_data.get("new_major")))
        except NotPublished as reason:
            said = "; ".join([str(reason), *(str(detail) for detail in reason.details)])
            self.message_user(request, f"Not published. {said}.", messages.ERROR)
            return leave_dialog(request, reverse("admin:ingestion_eventtypeversion_change", args=[version.pk]))
        self.log_change(request, version, f"Published as major {version.major}")
        kind = version.event_type
        links = waiting_links(request, kind.workspace, [kind.name])
        said = "{} is published; it checks new events within seconds.{}"
        self.message_user(request, format_html(said, version, links))
        return leave_dialog(request, reverse("admin:ingestion_eventtype_change", args=[version.event_type_id]))

    @action(
        description="Retire",
        permissions=["operate"],
        icon="archive",
        dialog={
            "title": "Retire this version?",
            "form_submit_text": "Retire",
            "form_class": RetireForm,
        },
    )
    def retire(self, request: HttpRequest, form: RetireForm, object_id: str) -> HttpResponse:
        version = form.version
        try:
            then = versions.retire(version)
        except NotPublished as reason:
            self.message_user(request, f"Not retired. {reason}.", messages.ERROR)
        else:
            self.log_change(request, version, "Retired")
            said = "new events are stored unchecked" if then is None else f"{then} checks new events"
            self.message_user(request, f"{version} is retired; {said}.")
        return leave_dialog(request, reverse("admin:ingestion_eventtype_change", args=[version.event_type_id]))
