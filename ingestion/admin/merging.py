"""Who is whom: what joined people, undone where it was wrong, and the people whom operators are asked about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from config.lib.admin import BigTableAdmin, leave_dialog
from config.permissions import Area
from ingestion import merging
from ingestion.models import Actor, IdentityConflict, MergeRecord

COLOURS = {"open": "warning", "joined": "success", "apart": "default"}


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=merging.LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept with the decision, for whoever looks at it later.",
    )


def with_names(rows: QuerySet[Any], **names: str) -> QuerySet[Any]:
    """Rows with the distinct ids, as they were sent, of the actors that fields name."""
    named: QuerySet[Any] = rows.annotate(
        **{
            name: Subquery(
                Actor.objects.filter(actor_id=OuterRef(field), workspace=OuterRef("workspace")).values("distinct_id")[
                    :1
                ]
            )
            for name, field in names.items()
        }
    )
    return named


class DecisionAdmin(BigTableAdmin):
    """Rows about people that operators decide on in dialogs that ask for a reason."""

    area = Area.PEOPLE

    def decide(self, request: HttpRequest, object_id: str, done: str, decision: Any, form: ReasonForm) -> HttpResponse:
        """Call a function of ingestion.merging on the row, and report."""
        row = self.get_object(request, object_id)
        try:
            decision(row, by=request.user, reason=form.cleaned_data["reason"])
        except merging.Refused as reason:
            self.message_user(request, str(reason), messages.WARNING)
        else:
            self.log_change(request, row, f"{done}: {form.cleaned_data['reason']}")
            self.message_user(request, f"{done}. The days of these people are counted again with the next rollups.")
        return leave_dialog(request, reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))


class UndoneFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("counts", "Counts"), ("undone", "Undone")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(undone_at__isnull=self.value() == "counts") if self.value() else queryset


@admin.register(MergeRecord)
class MergeRecordAdmin(DecisionAdmin):
    list_note = "Each row is what somebody said: that a distinct id is somebody's. What is undone counts for nothing."
    list_display = ("one", "other", "evidence_label", "occurred_at", "made_by", "undone_at")
    list_display_links = ("one", "other")
    list_filter = ("evidence", UndoneFilter)
    list_select_related = ("made_by",)
    search_fields = ("reason",)
    search_help_text = "A distinct id as a whole"
    ordering = ("-created_at", "-id")
    fieldsets = (
        (None, {"fields": ("one_page", "other_page", "evidence", "workspace")}),
        ("Where it comes from", {"fields": ("occurred_at", "created_at", "source", "event_id", "made_by", "reason")}),
        ("Undone", {"fields": ("undone_at", "undone_by", "undo_reason")}),
    )
    readonly_fields = ("one_page", "other_page")
    actions_detail = ("undo",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MergeRecord]:
        return with_names(super().get_queryset(request), one_name="actor_id", other_name="into_id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MergeRecord], search_term: str
    ) -> tuple[QuerySet[MergeRecord], bool]:
        if not search_term:
            return queryset, False
        actors = Actor.objects.filter(distinct_id=search_term).values("actor_id")
        return queryset.filter(actor_id__in=actors) | queryset.filter(into_id__in=actors), False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Undo, while it counts."""
        record = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if record and record.undone_at is None else []

    @admin.display(description="Distinct id")
    def one(self, record: MergeRecord) -> str:
        return named(record, "one_name", record.actor_id)

    @admin.display(description="Is that of")
    def other(self, record: MergeRecord) -> str:
        return named(record, "other_name", record.into_id)

    @admin.display(description="Distinct id")
    def one_page(self, record: MergeRecord) -> SafeString:
        return page_of(record, record.actor_id, self.one(record))

    @admin.display(description="Is that of")
    def other_page(self, record: MergeRecord) -> SafeString:
        return page_of(record, record.into_id, self.other(record))

    @display(description="By", ordering="evidence", label={"operator": "info", "server": "default"})
    def evidence_label(self, record: MergeRecord) -> tuple[str, str]:
        return record.evidence, record.get_evidence_display()

    @action(
        description="Undo",
        permissions=["operate"],
        icon="undo",
        dialog={
            "title": "Undo this merge?",
            "description": "The ids part as if it had never been said, and go on as other claims have them. It counts "
            "for nothing from now on, however often it is said again.",
            "form_submit_text": "Undo",
            "form_class": ReasonForm,
        },
    )
    def undo(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, "Undone", merging.undo, form)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(DecisionAdmin):
    list_note = (
        "Somebody said by a client key that these two are one, such as by logging in at the same device. Both have a "
        "user id, so nobody was joined."
    )
    list_display = ("one", "other", "status_label", "said", "opened_at", "decided_by")
    list_display_links = ("one", "other")
    list_filter = ("status",)
    list_select_related = ("decided_by", "record")
    search_fields = ("reason",)
    search_help_text = "A distinct id as a whole"
    # What is open first.
    ordering = (F("decided_at").desc(nulls_first=True), "-opened_at", "-id")
    fieldsets = (
        (None, {"fields": ("one_page", "other_page", "status", "workspace", "opened_at")}),
        ("What was said", {"fields": ("said", "claim_one", "claim_other")}),
        ("Decided", {"fields": ("decided_at", "decided_by", "reason")}),
    )
    readonly_fields = ("one_page", "other_page", "said", "claim_one", "claim_other")
    actions_detail = ("join", "keep_apart")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityConflict]:
        return with_names(
            super().get_queryset(request),
            one_name="first_id",
            other_name="second_id",
            claim_one_name="record__actor_id",
            claim_other_name="record__into_id",
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[IdentityConflict], search_term: str
    ) -> tuple[QuerySet[IdentityConflict], bool]:
        if not search_term:
            return queryset, False
        actors = Actor.objects.filter(distinct_id=search_term).values("actor_id")
        return queryset.filter(first_id__in=actors) | queryset.filter(second_id__in=actors), False

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Join and Keep apart, while it is open."""
        conflict = self.get_object(request, str(object_id))
        is_open = conflict is not None and conflict.status == IdentityConflict.Status.OPEN
        return super().get_actions_detail(request, object_id) if is_open else []

    @admin.display(description="One person")
    def one(self, conflict: IdentityConflict) -> str:
        return named(conflict, "one_name", conflict.first_id)

    @admin.display(description="The other")
    def other(self, conflict: IdentityConflict) -> str:
        return named(conflict, "other_name", conflict.second_id)

    @admin.display(description="One person")
    def one_page(self, conflict: IdentityConflict) -> SafeString:
        return page_of(conflict, conflict.first_id, self.one(conflict))

    @admin.display(description="The other")
    def other_page(self, conflict: IdentityConflict) -> SafeString:
        return page_of(conflict, conflict.second_id, self.other(conflict))

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, conflict: IdentityConflict) -> tuple[str, str]:
        return conflict.status, conflict.get_status_display()

    @admin.display(description="Said first")
    def said(self, conflict: IdentityConflict) -> str:
        return str(conflict.record)

    @admin.display(description="That the id")
    def claim_one(self, conflict: IdentityConflict) -> str:
        return named(conflict, "claim_one_name", conflict.record.actor_id)

    @admin.display(description="Is that of")
    def claim_other(self, conflict: IdentityConflict) -> str:
        return named(conflict, "claim_other_name", conflict.record.into_id)

    @action(
        description="Join",
        permissions=["operate"],
        icon="merge",
        dialog={
            "title": "Join these two people?",
            "description": "All their events, before and after, become those of one person. It can be undone.",
            "form_submit_text": "Join",
            "form_class": ReasonForm,
        },
    )
    def join(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, "Joined", merging.join, form)

    @action(
        description="Keep apart",
        permissions=["operate"],
        icon="call_split",
        dialog={
            "title": "Keep these two people apart?",
            "description": "They stay two, and nobody is asked again, whatever clients say. A merge by an operator or "
            "an alias by a server key still joins them.",
            "form_submit_text": "Keep apart",
            "form_class": ReasonForm,
        },
    )
    def keep_apart(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        return self.decide(request, object_id, "Kept apart", merging.keep_apart, form)


def page_of(row: Any, actor_id: UUID, name: str) -> SafeString:
    """A link to the page of whoever has the id."""
    return format_html(
        '<a class="agora-link" href="{}">{}</a>', reverse("admin:person", args=[row.workspace.slug, actor_id]), name
    )


def named(row: Any, annotation: str, actor_id: UUID) -> str:
    """The distinct id as it was sent, or the actor's uuid where it is known no more."""
    return getattr(row, annotation, None) or str(actor_id)
