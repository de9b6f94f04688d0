"""Transfer rings: who passed points to whom until they came back, and what an operator made of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.decorators import display

from config.lib.admin import WorkspaceAdmin
from config.models import User
from config.permissions import Area
from economy import rings
from economy.models import Account, TransferRing
from economy.statements import names_of

COLOURS = {"open": "warning", "confirmed": "danger", "dismissed": "default"}
MOST_SHOWN = 50


@admin.register(TransferRing)
class TransferRingAdmin(WorkspaceAdmin):
    area = Area.POINTS
    list_note = (
        "Points that people passed on from one to the next until they came back, looked for every night. How long, how "
        "many and how much is the definition “Rings of transfers”. Open one to see the transfers and to judge it; "
        "to take points back, reverse a transfer or adjust a balance."
    )
    list_display = ("__str__", "status_label", "transfers", "first_at", "last_at", "found_at", "decided_by")
    list_filter = ("status",)
    list_select_related = ("decided_by",)
    fields = (
        "workspace",
        "people",
        "points",
        "transfers",
        "first_at",
        "last_at",
        "found_at",
        "shown_transfers",
        "status",
        "note",
        "decided_by",
        "decided_at",
    )
    readonly_fields = (
        "people",
        "points",
        "transfers",
        "first_at",
        "last_at",
        "found_at",
        "shown_transfers",
        "decided_by",
        "decided_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferRing]:
        rows: QuerySet[TransferRing] = super().get_queryset(request)
        return rows.order_by("-last_at", "-id")

    @display(description="Status", ordering="status", label=COLOURS)
    def status_label(self, row: TransferRing) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description="People, in the order the points went")
    def people(self, row: TransferRing) -> SafeString:
        found = Account.objects.filter(workspace=row.workspace_id).in_bulk(row.accounts)
        names = names_of(row.workspace, found.values())
        return render_to_string(
            "admin/economy/ring_people.html",
            {"workspace": row.workspace, "people": [(found[pk], names[pk]) for pk in row.accounts if pk in found]},
        )

    @admin.display(description="Transfers")
    def shown_transfers(self, row: TransferRing) -> SafeString:
        transfers = rings.evidence(row, MOST_SHOWN)
        names = names_of(row.workspace, [one for entry in transfers for one in (entry.from_account, entry.to_account)])
        rows = [(entry, names[entry.from_account_id], names[entry.to_account_id]) for entry in transfers]
        return render_to_string("admin/economy/rows.html", {"workspace": row.workspace, "rows": rows, "is_first": True})

    def save_model(self, request: HttpRequest, obj: TransferRing, form: Any, change: bool) -> None:  # noqa: FBT001 Django's own form
        assert isinstance(request.user, User)
        rings.judge(obj, request.user)
