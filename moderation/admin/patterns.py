"""Abuse patterns: what they look for, the hits they would have had, and the hits they had."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from analytics import funnel_steps
from analytics.admin.funnels import WindowField
from config.admin.site import PAGES
from config.lib.admin import BigTableAdmin, OwnFilter, RowForm, WorkspaceAdmin, monospace
from config.permissions import Area, workspaces_of
from ingestion.models import Event
from ingestion.people import names
from moderation import pattern_hits, pattern_search, patterns
from moderation.admin.desk import case_url
from moderation.models import Pattern, PatternHit

HISTORY_DAYS = (1, 7, 30)
# Longer ones are for manage.py patterns test.
HISTORY_TIMEOUT = timedelta(seconds=20)
LATELY = timedelta(days=7)


class LinesField(forms.CharField):
    """One a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class PatternForm(RowForm):
    steps = LinesField(
        widget=UnfoldAdminTextareaWidget({"rows": 4, "spellcheck": "false"}),
        help_text="One a line, in order: an event type, or several as a|b. [channel=general] after it asks for the "
        "value of a property, likes_given stands for every type that counts as it, and report_submitted for reports.",
    )
    same = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2, "spellcheck": "false"}),
        help_text="What is the same across steps, one a line: actor, author, object, community or a property, and the "
        "steps, such as title 1=3; without steps, in all.",
    )
    window_seconds = WindowField(
        label="Within",
        initial=3_600,
        widget=UnfoldAdminTextInputWidget(),
        help_text="From the first event to the last, such as 60s, 1h or 7d.",
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        workspace = found.get("workspace") or getattr(self.instance, "workspace", None)
        if not self.errors and workspace is not None:
            facts = {name: value for name, value in found.items() if hasattr(Pattern, name)}
            try:
                patterns.check(Pattern(**facts | {"workspace": workspace}))
            except ValidationError as error:
                self.add_error(None, error)
        if found.get("enabled") and not self.instance.enabled:
            self.instance.enabled_at = timezone.now()
        return found


@admin.register(Pattern)
class PatternAdmin(WorkspaceAdmin):
    area = Area.MODERATION_RULES
    creatable = True
    deletable = True
    frozen = ("key", "workspace")
    form = PatternForm
    list_note = "What may be abuse, looked for in all that comes. A hit opens a case and does nothing else by itself."
    list_display = ("title", "state", "steps_shown", "window_shown", "priority", "lately")
    list_filter = ("enabled",)
    search_fields = ("title", "key")
    readonly_fields = ("enabled_at", "error_shown")
    actions_detail = ("test_on_history", "list_hits")
    fieldsets = (
        (None, {"fields": ("title", "key", "workspace")}),
        ("What it looks for", {"fields": ("per", "steps", "same", "window_seconds")}),
        ("How many", {"fields": ("count", "distinct_by", "distinct_least", "distinct_most", "younger_than_days")}),
        ("What a hit becomes", {"fields": ("reason", "priority", "enabled", "enabled_at", "error_shown")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        for workspace in workspaces_of(request.user, self.area):
            patterns.ensure(workspace.pk)
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pattern]:
        rows: QuerySet[Pattern] = super().get_queryset(request)
        return rows.annotate(hits_lately=Count("hits", filter=Q(hits__at__gt=timezone.now() - LATELY)))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # A shipped one would be there again with the next look.
        is_shipped = isinstance(obj, Pattern) and obj.key in patterns.DEFAULTS
        return not is_shipped and super().has_delete_permission(request, obj)

    @display(description="State", label={"on": "success", "off": "info", "fails": "danger"})
    def state(self, pattern: Pattern) -> str:
        if not pattern.enabled:
            return "off"
        return "fails" if pattern.error else "on"

    @admin.display(description="Steps")
    def steps_shown(self, pattern: Pattern) -> str:
        return " → ".join(pattern.steps)

    @admin.display(description="Within", ordering="window_seconds")
    def window_shown(self, pattern: Pattern) -> str:
        return funnel_steps.window_text(pattern.window_seconds)

    @admin.display(description="Hits in 7 days")
    def lately(self, pattern: Pattern) -> str:
        return f"{getattr(pattern, 'hits_lately', 0):,}"

    @admin.display(description="Last error")
    def error_shown(self, pattern: Pattern) -> str:
        return monospace(pattern.error)

    @action(description="Test on history", icon="history")
    def test_on_history(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:moderation_pattern_history", args=[object_id]))

    @action(description="Hits", icon="list")
    def list_hits(self, request: HttpRequest, object_id: str) -> HttpResponse:
        address = reverse("admin:moderation_patternhit_changelist")
        return HttpResponseRedirect(f"{address}?pattern__id__exact={object_id}")


@admin.register(PatternHit)
class PatternHitAdmin(BigTableAdmin):
    area = Area.MODERATION
    workspace_path = "pattern__workspace"
    list_note = "Each time that an abuse pattern was met, with the evidence."
    list_display = ("pattern", "about", "at", "last_at", "events", "people", "case")
    list_filter = (("pattern", OwnFilter),)
    list_select_related = ("pattern", "report__case")
    fields = ("pattern", "about", "case", "started_at", "at", "last_at", "events", "people", "evidence_shown")
    readonly_fields = fields

    @admin.display(description="About")
    def about(self, hit: PatternHit) -> str:
        ids = [one for one in (hit.person_id, hit.other_person_id) if one is not None]
        if not ids or hit.pattern.per == Pattern.Per.OBJECT:
            return hit.subject
        known = names(hit.pattern.workspace_id, ids)
        return " and ".join(known.get(one, str(one)) for one in ids)

    @admin.display(description="Case")
    def case(self, hit: PatternHit) -> SafeString | str:
        if hit.report is None:
            return ""
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
            case_url(hit.report.case),
            hit.report.case,
        )

    @admin.display(description="Evidence")
    def evidence_shown(self, hit: PatternHit) -> SafeString:
        events = Event.objects.filter(
            workspace=hit.pattern.workspace_id,
            occurred_at__range=(hit.started_at, hit.last_at),
            event_id__in=[one for one in hit.evidence if not one.startswith("report:")],
        ).select_related("event_type")
        known = names(hit.pattern.workspace_id, {event.actor_id for event in events})
        lines = [
            f"{event.occurred_at:%Y-%m-%d %H:%M:%S}  {event.event_type.name}  "
            f"{known.get(event.actor_id, event.actor_id)}  {event.object_id or ''}"
            for event in sorted(events, key=lambda event: (event.occurred_at, event.event_id))
        ]
        return monospace("\n".join([*lines, *(one for one in hit.evidence if one.startswith("report:"))]))


@never_cache
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """The hits that a pattern would have had in the last ?days=."""
    rows = Pattern.objects.filter(workspace__in=workspaces_of(request.user, Area.MODERATION_RULES))
    pattern = get_object_or_404(rows.select_related("workspace"), pk=pk)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, HISTORY_DAYS) else HISTORY_DAYS[1]
    refused, found = "", []
    try:
        patterns.check(pattern)
        found = pattern_search.history(pattern, days, HISTORY_TIMEOUT)
    except ValidationError as error:
        refused = " ".join(error.messages)
    except OperationalError:
        refused = f"It takes too long for a page: manage.py patterns test {pattern.key} --days {days} has the time."
    context = {
        **admin.site.each_context(request),
        "title": pattern.title,
        "pattern": pattern,
        "days": days,
        "choices": HISTORY_DAYS,
        "refused": refused,
        "rows": [pattern_hits.facts_of(pattern, one) for one in found[:100]],
        "count": len(found),
        "more": len(found) == pattern_search.MOST_HITS,
        "back": reverse("admin:moderation_pattern_change", args=[pk]),
    }
    return TemplateResponse(request, "admin/moderation/history.html", context)


PAGES += [
    path("moderation/patterns/<int:pk>/history/", admin.site.admin_view(history), name="moderation_pattern_history"),
]
