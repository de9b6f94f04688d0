"""Tokens by which programs log in as a user: one's own, and for admins of a workspace those of its members."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from config import tokens
from config.lib.admin import leave_dialog
from config.models import ApiToken, Member, Scope, User
from config.permissions import Area, workspace_ids

LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "A year")]


class NewTokenForm(BaseDialogForm):
    name = forms.CharField(
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text="What it is for, such as the monthly report.",
    )
    scopes = forms.MultipleChoiceField(
        label="Good for",
        choices=Scope.choices,
        initial=[Scope.READ_METRICS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="It never may more than you.",
    )
    lifetime = forms.ChoiceField(label="Ends after", choices=LIFETIMES, initial="90", widget=UnfoldAdminSelectWidget)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    list_before_template = "admin/list_note.html"
    list_note = "Programs log in with them as their user, to read over HTTP. docs/howto/call-the-api.md says how."
    list_display = ("name", "owner", "begins_with", "state", "good_for", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    fields = (
        "name",
        "owner",
        "begins_with",
        "state",
        "good_for",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields
    actions_list = ("new_token",)
    actions_detail = ("revoke_token",)

    class Media:
        css = {"all": ["config/admin.css", "ingestion/snippets.css"]}
        js = ["ingestion/snippets.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        rows: QuerySet[ApiToken] = super().get_queryset(request)
        ids = workspace_ids(request.user, Area.MEMBERS, "change")
        if ids is None:
            return rows
        members = Member.objects.filter(workspace_id__in=ids).values("user_id")
        return rows.filter(Q(user_id=request.user.pk) | Q(user_id__in=members))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_active and (obj is None or self.get_queryset(request).filter(pk=obj.pk).exists())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are made in a dialog, which shows them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_delete_permission = has_change_permission

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Their user, and superusers: a token may be of other workspaces as well."""
        row = None if object_id is None else self.get_object(request, object_id)
        if row is None or row.revoked_at is not None:
            return False
        return request.user.is_superuser or row.user_id == request.user.pk

    @admin.display(description="User", ordering="user__email")
    def owner(self, token: ApiToken) -> str:
        """No link: only superusers open the pages of users."""
        return token.user.email

    @admin.display(description="Begins with")
    def begins_with(self, token: ApiToken) -> str:
        return f"{token.prefix}…"

    @admin.display(description="Good for")
    def good_for(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @display(description="State", label={"works": "success", "ended": "warning", "revoked": "danger"})
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return "revoked"
        return "works" if token.expires_at > timezone.now() else "ended"

    @action(
        description="New token",
        icon="vpn_key",
        dialog={
            "title": "Make a token",
            "description": "It is shown once, here. Whoever has it reads what you may, as far as it is good for it.",
            "form_submit_text": "Make it",
            "form_class": NewTokenForm,
        },
    )
    def new_token(self, request: HttpRequest, form: NewTokenForm) -> HttpResponse:
        """The token goes into this answer and nowhere else: no message, no session, no log."""
        assert isinstance(request.user, User)
        said = form.cleaned_data
        ends = timezone.now() + timedelta(days=int(said["lifetime"]))
        row, token = tokens.issue(request.user, said["name"], said["scopes"], ends)
        self.log_addition(request, row, f"New token {row}")
        context = {"token": token, "row": row, "url": reverse("admin:config_apitoken_changelist")}
        # The dialog as a whole is replaced, so that its button cannot make a second one.
        headers = {"HX-Retarget": "#dialog", "HX-Reselect": "#dialog"}
        return TemplateResponse(request, "admin/config/token.html", context, headers=headers)

    @action(
        description="Revoke",
        permissions=["revoke"],
        icon="block",
        dialog={
            "title": "Revoke the token?",
            "description": "What uses it is refused from then on. It cannot be taken back.",
            "form_submit_text": "Revoke",
        },
    )
    def revoke_token(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if tokens.revoke([row]):
            self.log_change(request, row, "Revoked")
        self.message_user(request, f"{row} is revoked.")
        return leave_dialog(request, reverse("admin:config_apitoken_change", args=[object_id]))
