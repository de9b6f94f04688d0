"""The team's own databases, from whose outboxes events are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminPasswordWidget

from config.lib.addresses import AddressRefused
from config.lib.admin import RowForm, WorkspaceAdmin, duration_words, leave_dialog, monospace
from config.permissions import Area
from ingestion import outbox, source_databases
from ingestion.models import SourceDatabase

COLOURS = {"read": "success", "behind": "warning", "away": "danger", "disabled": "info", "new": "info"}
# The schedule looks every minute; what has waited for longer than three of them is late.
BEHIND_AFTER = timedelta(minutes=3)


class SourceDatabaseForm(RowForm):
    dsn = forms.CharField(
        label="Address",
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="postgresql://user:password@host:5432/name. It is kept sealed and never shown again; left empty, "
        "the one before stays.",
    )

    def clean_dsn(self) -> str:
        dsn: str = self.cleaned_data["dsn"]
        if not dsn:
            if not self.instance.sealed_dsn:
                raise ValidationError("Give the address of the database")
            return dsn
        try:
            outbox.reach(dsn)
        except (outbox.DsnRefused, AddressRefused) as error:
            raise ValidationError(str(error)) from None
        return dsn


@admin.register(SourceDatabase)
class SourceDatabaseAdmin(WorkspaceAdmin):
    area = Area.SOURCES
    workspace_path = "source__workspace"
    creatable = True
    deletable = True
    frozen = ("source",)
    form = SourceDatabaseForm
    list_note = "manage.py cdc_sql TABLE prints the SQL that makes the outbox in such a database."
    list_display = ("source", "state", "waiting", "lag", "answered_at", "accepted", "rejected")
    list_filter = ("enabled",)
    list_select_related = ("source",)
    search_fields = ("source__name",)
    readonly_fields = (
        *("address", "state", "waiting", "lag", "polled_at", "answered_at", "last_error", "failures"),
        *("next_poll_at", "accepted", "duplicates", "rejected"),
    )
    actions_detail = ("test_connection",)

    def get_fieldsets(self, request: HttpRequest, obj: SourceDatabase | None = None) -> Any:
        secret = ("dsn",) if self.may(request, "change", obj) else ()
        if obj is None:
            return [(None, {"fields": ("source", *secret, "enabled")})]
        return [
            (None, {"fields": ("source", "address", *secret, "enabled")}),
            ("How it is", {"fields": ("state", "waiting", "lag", "polled_at", "answered_at")}),
            ("What went wrong", {"fields": ("last_error", "failures", "next_poll_at")}),
            ("What came of it", {"fields": ("accepted", "duplicates", "rejected")}),
        ]

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Sources that the user may change, not all that they may see."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        sources = self.admin_site.get_model_admin(db_field.related_model)
        field.queryset = sources.changeable(request, field.queryset)
        return field

    def save_model(self, request: HttpRequest, obj: SourceDatabase, form: Any, change: Any) -> None:
        if dsn := form.cleaned_data["dsn"]:
            source_databases.set_dsn(obj, dsn)
            obj.failures, obj.next_poll_at, obj.error = 0, None, ""
        super().save_model(request, obj, form, change)

    @display(description="State", label=COLOURS)
    def state(self, database: SourceDatabase) -> str:
        if not (database.enabled and database.source.enabled):
            return "disabled"
        if database.error:
            return "away"
        if database.answered_at is None:
            return "new"
        waits = _lag(database)
        return "behind" if waits is not None and waits > BEHIND_AFTER else "read"

    @display(description="Oldest row waits for")
    def lag(self, database: SourceDatabase) -> str:
        return duration_words(_lag(database))

    @display(description="Address")
    def address(self, database: SourceDatabase) -> str:
        return source_databases.shown_dsn(database)

    @display(description="Last error")
    def last_error(self, database: SourceDatabase) -> str:
        return monospace(database.error)

    @action(
        description="Test connection",
        permissions=["operate"],
        icon="cable",
        dialog={
            "title": "Test the connection?",
            "description": "Agora logs in to the database and counts what waits in its outbox; nothing is read.",
            "form_submit_text": "Test",
        },
    )
    def test_connection(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        database = self.get_object(request, object_id)
        try:
            found = source_databases.look(database)
        except source_databases.Away as error:
            self.message_user(request, f"It cannot be read: {error}", messages.ERROR)
        else:
            self.message_user(request, f"It answers, and its outbox can be read; rows waiting: {found.waiting}.")
        return leave_dialog(request, reverse("admin:ingestion_sourcedatabase_change", args=[object_id]))


def _lag(database: SourceDatabase) -> timedelta | None:
    return None if database.oldest_at is None else timezone.now() - database.oldest_at
