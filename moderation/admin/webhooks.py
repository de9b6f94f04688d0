"""Addresses of the team's own application, their secrets, and what was sent to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from config.lib import posting
from config.lib.addresses import AddressRefused
from config.lib.admin import BigTableAdmin, OwnFilter, RowForm, WorkspaceAdmin, leave_dialog, monospace
from config.permissions import Area
from moderation import deliveries, webhooks
from moderation.models import Delivery, Webhook

OVERLAPS = [("24", "24 hours: the application moves over"), ("1", "1 hour"), ("0", "At once: the secret has leaked")]


class SecretForm(BaseDialogForm):
    overlap = forms.ChoiceField(label="The secret before ends after", choices=OVERLAPS, widget=UnfoldAdminSelectWidget)


class WebhookForm(RowForm):
    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            posting.place_of(url)
        except AddressRefused as refused:
            raise ValidationError(f"{refused}.") from None
        return url

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        workspace = found.get("workspace")
        if self.instance.pk is None and workspace is not None:
            there = Webhook.objects.filter(workspace=workspace).count()
            if there >= webhooks.MOST_WEBHOOKS:
                raise ValidationError(f"A workspace has at most {webhooks.MOST_WEBHOOKS} webhooks.")
        return found


@admin.register(Webhook)
class WebhookAdmin(WorkspaceAdmin):
    area = Area.MODERATION_RULES
    creatable = True
    deletable = True
    form = WebhookForm
    list_note = "Each is told what is decided at the desk. docs/howto/receive-webhooks.md says how to read it."
    list_display = ("url", "state", "waiting", "given_up", "answered_at")
    list_filter = ("enabled",)
    readonly_fields = (
        "state",
        "waiting",
        "given_up",
        "answered_at",
        "failures",
        "last_error",
        "next_attempt_at",
        "before_until",
    )
    actions_detail = ("new_secret", "send_ping", "list_deliveries")

    class Media:
        css = {"all": ["ingestion/snippets.css"]}
        js = ["ingestion/snippets.js"]

    def get_fieldsets(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("workspace", "url", "enabled")})]
        return [
            (None, {"fields": ("workspace", "url", "enabled", "before_until")}),
            ("How it is", {"fields": ("state", "waiting", "given_up", "answered_at")}),
            ("What went wrong", {"fields": ("last_error", "failures", "next_attempt_at")}),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        rows: QuerySet[Webhook] = super().get_queryset(request)
        return rows.annotate(
            pending_count=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.PENDING)),
            given_up_count=Count("deliveries", filter=Q(deliveries__status=Delivery.Status.GIVEN_UP)),
        )

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: Any) -> None:
        if "url" in form.changed_data:
            obj.failures, obj.error, obj.next_attempt_at = 0, "", None
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_continue", "_popup"} & set(request.POST):
            return response
        # On to its page, where its secret is made.
        return HttpResponseRedirect(self._url(obj.pk))

    @display(
        description="State",
        label={"works": "success", "fails": "danger", "disabled": "info", "new": "info", "needs a secret": "warning"},
    )
    def state(self, hook: Webhook) -> str:
        if not hook.enabled:
            return "disabled"
        if not hook.sealed_secret:
            return "needs a secret"
        if hook.failures:
            return "fails"
        return "new" if hook.answered_at is None else "works"

    @admin.display(description="Messages that wait")
    def waiting(self, hook: Webhook) -> str:
        return f"{getattr(hook, 'pending_count', 0):,}"

    @admin.display(description="Given up")
    def given_up(self, hook: Webhook) -> str:
        return f"{getattr(hook, 'given_up_count', 0):,}"

    @admin.display(description="Last error")
    def last_error(self, hook: Webhook) -> str:
        return monospace(hook.error)

    @action(
        description="New secret",
        permissions=["operate"],
        icon="key",
        dialog={
            "title": "Make a new secret?",
            "description": "It is shown once, here. Until the one before ends, both sign every message.",
            "form_submit_text": "Make it",
            "form_class": SecretForm,
        },
    )
    def new_secret(self, request: HttpRequest, form: SecretForm, object_id: str) -> HttpResponse:
        """The secret goes into this answer and nowhere else: no message, no session, no log."""
        hook = self.get_object(request, object_id)
        secret = webhooks.renew(hook, timedelta(hours=int(form.cleaned_data["overlap"])))
        self.log_change(request, hook, "New secret")
        context = {"secret": secret, "hook": hook, "url": self._url(object_id)}
        # The dialog as a whole is replaced, so that its button cannot make a second one.
        headers = {"HX-Retarget": "#dialog", "HX-Reselect": "#dialog"}
        return TemplateResponse(request, "admin/moderation/webhook/secret.html", context, headers=headers)

    @action(
        description="Send a ping",
        permissions=["operate"],
        icon="network_ping",
        dialog={
            "title": "Send a ping?",
            "description": "A signed message that tells of nothing; the list of deliveries says what came of it.",
            "form_submit_text": "Send it",
        },
    )
    def send_ping(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        hook = self.get_object(request, object_id)
        if hook.enabled and hook.sealed_secret:
            webhooks.ping(hook)
            self.message_user(request, "It is sent within seconds.")
        else:
            self.message_user(request, "It is disabled or has no secret.", messages.ERROR)
        return leave_dialog(request, self._url(object_id))

    @action(description="Deliveries", icon="outbox")
    def list_deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:moderation_delivery_changelist')}?webhook__id__exact={object_id}")

    @staticmethod
    def _url(object_id: str | int) -> str:
        return reverse("admin:moderation_webhook_change", args=[object_id])


@admin.register(Delivery)
class DeliveryAdmin(BigTableAdmin):
    area = Area.MODERATION_RULES
    workspace_path = "webhook__workspace"
    list_note = "Messages to the team's own application, of the last 30 days."
    list_display = ("created_at", "kind", "target", "state", "attempts", "answer", "next_attempt", "webhook")
    list_filter = ("status", "kind", ("webhook", OwnFilter))
    list_select_related = ("webhook",)
    search_fields = ("target__exact",)
    search_help_text = "Target, such as content:post:7"
    fields = (
        *("webhook", "message", "kind", "target", "state", "attempts", "answer"),
        *("created_at", "next_attempt", "give_up_at", "ended_at", "content"),
    )
    readonly_fields = fields
    actions = ("resend",)

    @display(description="State", label={"Waits": "info", "Accepted": "success", "Given up": "danger"})
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()

    @admin.display(description="Id")
    def message(self, delivery: Delivery) -> str:
        return f"msg_{delivery.message_id.hex}"

    @admin.display(description="Next attempt")
    def next_attempt(self, delivery: Delivery) -> Any:
        return delivery.next_attempt_at if delivery.status == Delivery.Status.PENDING else ""

    @admin.display(description="Body")
    def content(self, delivery: Delivery) -> str:
        return monospace(delivery.body)

    @admin.action(description="Send again", permissions=["operate"])
    def resend(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        ids = list(self.changeable(request, queryset).values_list("pk", flat=True))
        self.message_user(request, f"Sent again within seconds: {deliveries.resend(ids)}.")
