"""Corrections of the ledger: asked for with a reason, and approved by a second operator above the limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from config.admin.site import PAGES
from config.lib.admin import BigTableAdmin, WorkspaceAdmin, leave_dialog
from config.models import User, Workspace
from config.permissions import Area, may
from economy import corrections, statements
from economy.admin.browser import workspace_or_refuse
from economy.entries import LONGEST_TEXT
from economy.ledger import Refused
from economy.models import MOST_POINTS, Correction, CorrectionLimit
from ingestion import people

COLOURS = {"waiting": "warning", "done": "success", "refused": "danger", "declined": "default"}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept in the ledger for good, so name nobody here.",
    )


class AdjustForm(ReasonForm):
    points = forms.IntegerField(
        min_value=-MOST_POINTS,
        max_value=MOST_POINTS,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Given from the mint; with a minus taken, into the sink.",
    )
    field_order = ("points", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: HttpRequest, slug: str, person_id: UUID) -> HttpResponse:
    """Asks how many points and why, and gives or takes them."""
    workspace = _changeable(request, slug)
    names = people.names(workspace.pk, [person_id])
    if not names and statements.account_of(workspace, person_id) is None:
        raise Http404("There is no such person")
    balance = statements.balance_of(workspace, person_id)
    context = {
        "title": "Adjust a balance",
        "what": f"{names.get(person_id, person_id)} has {balance:,} points.",
        "verb": "Adjust",
        "back": reverse("admin:ledger_statement", args=[slug, person_id]),
    }
    form = AdjustForm(request.POST or None)

    def done() -> Correction:
        given = form.cleaned_data
        return corrections.adjust(workspace, person_id, given["points"], by=_operator(request), reason=given["reason"])

    return _correct(request, workspace, form, context, done)


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Asks why, and reverses a transfer."""
    workspace = _changeable(request, slug)
    context = {
        "title": f"Reverse transfer {number:,}",
        "what": "Its points go back by another transfer; both stay in the ledger. It can be done once.",
        "verb": "Reverse",
        "back": reverse("admin:ledger_transfer", args=[slug, number]),
    }
    form = ReasonForm(request.POST or None)

    def done() -> Correction:
        return corrections.reverse(workspace, number, by=_operator(request), reason=form.cleaned_data["reason"])

    return _correct(request, workspace, form, context, done)


def _changeable(request: HttpRequest, slug: str) -> Workspace:
    workspace = workspace_or_refuse(request, slug)
    if not may(request.user, "change", Area.POINTS, workspace.pk):
        raise PermissionDenied
    return workspace


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _correct(
    request: HttpRequest,
    workspace: Workspace,
    form: forms.Form,
    context: dict[str, Any],
    done: Callable[[], Correction],
) -> HttpResponse:
    """Show the form, or do what it asks for and say what came of it."""
    if request.method == "POST" and form.is_valid():
        try:
            correction = done()
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            _tell(request, correction)
            return HttpResponseRedirect(context["back"])
    limit = corrections.limit_of(workspace)
    page = {**admin.site.each_context(request), **context, "workspace": workspace, "form": form, "limit": limit}
    return TemplateResponse(request, "admin/economy/correct.html", page)


def _tell(request: HttpRequest, correction: Correction) -> None:
    if correction.status == Correction.Status.DONE:
        messages.success(request, f"Done: transfer {correction.number:,}.")
    elif correction.status == Correction.Status.REFUSED:
        messages.warning(request, "Refused: the person has too few points. It is recorded among the refused transfers.")
    else:
        messages.info(request, "It is above your limit, so it waits until a second operator approves.")


@admin.register(Correction)
class CorrectionAdmin(BigTableAdmin):
    area = Area.POINTS
    list_note = "What operators asked of the ledger. What waits takes a second operator, who opens it and decides."
    list_display = ("what", "status_label", "asked_by", "asked_at", "decided_by", "reason")
    list_filter = ("status",)
    list_select_related = ("asked_by", "decided_by", "account")
    search_fields = ("reason",)
    ordering = ("-asked_at", "-id")
    fieldsets = (
        (None, {"fields": ("what", "whose", "status", "transfer", "workspace")}),
        ("Asked for", {"fields": ("asked_by", "asked_at", "reason")}),
        ("Decided", {"fields": ("decided_by", "decided_at")}),
    )
    readonly_fields = ("what", "whose", "transfer")
    actions_detail = ("approve", "decline")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        rows: QuerySet[Correction] = super().get_queryset(request)
        return rows.select_related("workspace", "account")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Approve and Decline, while it waits; nobody is offered to approve what they asked for."""
        row = self.get_object(request, str(object_id))
        if row is None or row.status != Correction.Status.WAITING:
            return []
        found = super().get_actions_detail(request, object_id)
        own = row.asked_by_id == request.user.pk
        return [one for one in found if not (own and "approve" in one.action_name)]

    @admin.display(description="Correction")
    def what(self, row: Correction) -> str:
        return str(row)

    @admin.display(description="Of")
    def whose(self, row: Correction) -> SafeString | str:
        if row.reverses is not None:
            return _link("ledger_transfer", row, row.reverses, f"transfer {row.reverses:,}")
        if row.account is None or row.account.person_id is None:
            return "Erased person"
        name = people.names(row.workspace_id, [row.account.person_id]).get(row.account.person_id)
        return _link("ledger_statement", row, row.account.person_id, name or str(row.account.person_id))

    @admin.display(description="Transfer")
    def transfer(self, row: Correction) -> SafeString | str:
        return "" if row.number is None else _link("ledger_transfer", row, row.number, f"{row.number:,}")

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, row: Correction) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @action(
        description="Approve",
        permissions=["operate"],
        icon="check",
        dialog={
            "title": "Approve this correction?",
            "description": "The points move at once. The ledger keeps who asked for it; this page keeps who approved.",
            "form_submit_text": "Approve",
            "form_class": BaseDialogForm,
        },
    )
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, corrections.approve)

    @action(
        description="Decline",
        permissions=["operate"],
        icon="close",
        dialog={
            "title": "Decline this correction?",
            "description": "Nothing moves. Whoever asked for it may withdraw it so as well.",
            "form_submit_text": "Decline",
            "form_class": BaseDialogForm,
        },
    )
    def decline(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._decide(request, object_id, corrections.decline)

    def _decide(self, request: HttpRequest, object_id: str, decision: Callable[..., Correction]) -> HttpResponse:
        row = self.get_object(request, object_id)
        try:
            decided = decision(row, by=_operator(request))
        except Refused as refused:
            self.message_user(request, str(refused), messages.WARNING)
        else:
            self.log_change(request, decided, decided.get_status_display())
            self.message_user(request, f"{decided.get_status_display()}.")
        return leave_dialog(request, reverse("admin:economy_correction_changelist"))


@admin.register(CorrectionLimit)
class CorrectionLimitAdmin(WorkspaceAdmin):
    # Not POINTS: whoever corrects would set their own limit.
    area = Area.DEFINITIONS
    creatable = True
    list_note = f"A workspace without a row has the limit of {CorrectionLimit().points:,} points."
    list_display = ("workspace", "points")
    fields = ("workspace", "points")


def _link(page: str, row: Correction, key: Any, words: str) -> SafeString:
    url = reverse(f"admin:{page}", args=[row.workspace.slug, key])
    return format_html('<a class="agora-link" href="{}">{}</a>', url, words)


PAGES += [
    path("ledger/<slug:slug>/person/<uuid:person_id>/adjust/", admin.site.admin_view(adjust), name="ledger_adjust"),
    path("ledger/<slug:slug>/<int:number>/reverse/", admin.site.admin_view(take_back), name="ledger_reverse"),
]
