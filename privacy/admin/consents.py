"""What people agreed to, answer by answer, and how many events were refused for want of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from config.lib.admin import BigTableAdmin, ReadOnlyAdmin, leave_dialog
from config.lib.uuids import uuid5
from config.models import Workspace
from config.permissions import Area, workspaces_of
from privacy import consents
from privacy.answers import Answer
from privacy.models import ConsentRecord, RefusedEvents
from privacy.purposes import ASKED_CHOICES

ANSWERS = [("yes", "Agrees"), ("no", "Refuses")]


class AnswerForm(BaseDialogForm):
    workspace = forms.ModelChoiceField(Workspace.objects.none(), widget=UnfoldAdminSelectWidget)
    distinct_id = forms.CharField(
        label="Distinct id", max_length=512, widget=UnfoldAdminTextInputWidget, help_text="As the application sends it."
    )
    purpose = forms.ChoiceField(choices=ASKED_CHOICES, widget=UnfoldAdminSelectWidget)
    answer = forms.ChoiceField(choices=ANSWERS, widget=UnfoldAdminSelectWidget)
    source = forms.CharField(
        label="How they said so",
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text="Such as a letter or a call.",
    )
    policy_version = forms.CharField(max_length=50, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        field: Any = self.fields["workspace"]
        field.queryset = workspaces_of(request.user, Area.CONSENTS, "change")
        field.initial = field.queryset.first()


@admin.register(ConsentRecord)
class ConsentRecordAdmin(BigTableAdmin):
    area = Area.CONSENTS
    list_note = (
        "Every answer as it was given. The search finds the answers of a distinct id as it was sent, as a whole."
    )
    list_display = ("decided_at", "purpose", "answer", "policy_version", "source", "evidence")
    list_filter = ("purpose", "granted", "evidence")
    search_fields = ("actor_id",)
    actions_list = ("record_answer",)
    fields = (
        *("workspace", "actor_id", "purpose", "granted", "decided_at", "recorded_at"),
        *("source", "policy_version", "evidence", "event_id", "recorded_by"),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsentRecord], search_term: str
    ) -> tuple[QuerySet[ConsentRecord], bool]:
        if not search_term:
            return queryset, False
        found = Q(pk__in=[])
        for workspace in workspaces_of(request.user, self.area):
            found |= Q(workspace=workspace, actor_id=uuid5(workspace.uuid, search_term.strip()))
        return queryset.filter(found), False

    @display(description="Answer", ordering="granted", label={"agrees": "success", "refuses": "danger"})
    def answer(self, record: ConsentRecord) -> str:
        return "agrees" if record.granted else "refuses"

    @action(
        description="Record an answer",
        permissions=["operate"],
        icon="add",
        dialog={
            "title": "Record what a person said?",
            "description": "It counts from the next event on and stays in the history.",
            "form_submit_text": "Record it",
            "form_class": AnswerForm,
        },
    )
    def record_answer(self, request: HttpRequest, form: AnswerForm) -> HttpResponse:
        said = form.cleaned_data
        answer = Answer(
            actor_id=uuid5(said["workspace"].uuid, said["distinct_id"].strip()),
            purpose=said["purpose"],
            granted=said["answer"] == "yes",
            decided_at=timezone.now(),
            source=said["source"],
            policy_version=said["policy_version"],
        )
        consents.record(
            said["workspace"].pk,
            [answer],
            evidence=ConsentRecord.Evidence.OPERATOR,
            recorded_by=request.user.pk,
        )
        self.message_user(
            request, f"Recorded: {said['distinct_id']}, {said['purpose']}, {dict(ANSWERS)[said['answer']]}."
        )
        return leave_dialog(request, reverse("admin:privacy_consentrecord_changelist"))


@admin.register(RefusedEvents)
class RefusedEventsAdmin(ReadOnlyAdmin):
    area = Area.CONSENTS
    list_note = "Events of people who did not agree. Nothing but this count is kept of them."
    list_display = ("day", "purpose", "events")
    list_filter = ("purpose",)
    date_hierarchy = "day"
