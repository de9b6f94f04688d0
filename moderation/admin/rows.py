"""What the desk stands on, as lists: cases and reports of all times, what was done, the log, and the rows to tune."""

from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.decorators import action

from config.lib.admin import BigTableAdmin, WorkspaceAdmin, duration_words
from config.permissions import Area, workspace_ids
from moderation.admin.desk import case_url
from moderation.models import (
    Action,
    Appeal,
    Breach,
    Case,
    DeskSettings,
    Exposure,
    LogEntry,
    Policy,
    Report,
    ServiceLevel,
    Strike,
)


@admin.register(Case)
class CaseAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_note = "All cases, those that are closed as well. Work on them in Moderation."
    list_display = ("__str__", "status", "priority", "risk", "reports", "opened_at", "closed_at", "claimed_by")
    list_filter = ("status", "target", "priority")
    list_select_related = ("claimed_by",)
    search_fields = ("target_id__exact",)
    search_help_text = "Id of the content, person or community"
    ordering = ("-opened_at", "-id")
    actions_detail = ("open_at_the_desk",)

    @action(description="Open at the desk", icon="gavel")
    def open_at_the_desk(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object(request, object_id)
        return HttpResponseRedirect(case_url(case) if case is not None else "../")


@admin.register(Report)
class ReportAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_display = ("key", "reason", "status", "priority", "risk", "case", "submitted_at", "resolved_at")
    list_filter = ("status", "reason", "priority")
    list_select_related = ("case",)
    search_fields = ("key__exact",)
    search_help_text = "Id of the report"


@admin.register(Action)
class ActionAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_display = ("kind", "outcome", "reason", "case", "automated", "by", "decided_at", "undone_at")
    list_filter = ("kind", "outcome", "reason", "automated")
    list_select_related = ("case", "by")


@admin.register(Appeal)
class AppealAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_note = "Somebody else than who made a decision decides on the appeal, on the page of the case."
    list_display = ("key", "status", "action", "appealed_at", "decision_by", "decided_by", "decided_at")
    list_filter = ("status",)
    list_select_related = ("action", "decision_by", "decided_by")
    search_fields = ("key__exact",)


@admin.register(Strike)
class StrikeAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_display = ("person_id", "reason", "given_at", "expires_at", "revoked_at")
    list_filter = ("reason",)
    search_fields = ("person_id",)


@admin.register(LogEntry)
class LogEntryAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_note = "Every step of every case. The database lets nobody change it."
    list_display = ("at", "step", "said", "case", "by")
    list_filter = ("step",)
    list_select_related = ("case", "by")


@admin.register(Policy)
class PolicyAdmin(WorkspaceAdmin):
    area = Area.MODERATION_RULES
    list_display = ("reason", "severity", "review_above", "automatic", "automatic_above", "strike_days")
    frozen = ("workspace", "reason")


@admin.register(DeskSettings)
class DeskSettingsAdmin(WorkspaceAdmin):
    area = Area.MODERATION_RULES
    list_display = ("__str__", "hide_after_reports", "claim_minutes", "undo_minutes", "break_after_minutes")
    list_select_related = ("workspace",)


@admin.register(Exposure)
class ExposureAdmin(BigTableAdmin):
    area = Area.MODERATION_RULES
    list_note = "How long moderators had cases before them. Everybody sees their own, who sets the desk's rules all."
    list_display = ("user", "started_at", "lasted", "case")
    list_select_related = ("user", "case")
    list_filter = ("started_at",)
    search_fields = ("user__email__exact",)
    search_help_text = "E-mail of the moderator"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Exposure]:
        rows: QuerySet[Exposure] = super().get_queryset(request)
        ids = workspace_ids(request.user, self.area, "change")
        return rows if ids is None else rows.filter(Q(workspace__in=ids) | Q(user=request.user.pk))

    @admin.display(description="Lasted")
    def lasted(self, exposure: Exposure) -> str:
        return duration_words(exposure.seen_at - exposure.started_at)


@admin.register(ServiceLevel)
class ServiceLevelAdmin(WorkspaceAdmin):
    area = Area.MODERATION_RULES
    list_display = ("priority", "within_minutes")
    frozen = ("workspace", "priority")


@admin.register(Breach)
class BreachAdmin(BigTableAdmin):
    area = Area.MODERATION
    list_note = "Cases that waited longer than their service level allows. They are looked for every five minutes."
    list_display = ("case", "priority", "due_at", "found_at", "over_at")
    list_filter = ("priority", ("over_at", EmptyFieldListFilter))
    list_select_related = ("case",)
