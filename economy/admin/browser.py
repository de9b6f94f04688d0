"""The ledger as pages of the admin: all transfers, those of a person, one of them, and what was refused.

Pages go on from a number (keyset), so the millionth costs what the first does; nothing is counted.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from config.admin.site import PAGES
from config.models import Workspace
from config.permissions import Area, may, workspaces_of
from economy import statements
from economy.models import Account, RefusedTransfer, Transfer
from economy.statements import names_of
from ingestion import people

PAGE_ROWS = 50
# Any number of so many digits has 64 bits.
MOST_DIGITS = 18


def workspace_or_refuse(request: HttpRequest, slug: str) -> Workspace:
    """The workspace whose points the user may see; others are not there, or forbidden."""
    if not may(request.user, "view", Area.POINTS):
        raise PermissionDenied
    workspace = workspaces_of(request.user, Area.POINTS).filter(slug=slug).first()
    if workspace is None:
        raise Http404("There is no such workspace, or its points are not yours to see")
    return workspace


@require_safe
def ledgers(request: HttpRequest) -> HttpResponse:
    """The workspaces whose points the user may see; the only one is gone to at once."""
    if not may(request.user, "view", Area.POINTS):
        raise PermissionDenied
    found = list(workspaces_of(request.user, Area.POINTS))
    if len(found) == 1:
        return HttpResponseRedirect(reverse("admin:ledger", args=[found[0].slug]))
    context = {**admin.site.each_context(request), "title": "Ledgers", "workspaces": found}
    return TemplateResponse(request, "admin/economy/ledgers.html", context)


@require_safe
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """?kind= of one kind, ?before= of older ones; ?person= goes to the statement of whoever has the id."""
    workspace = workspace_or_refuse(request, slug)
    named = request.GET.get("person", "").strip()
    if named and (person_id := people.person_named(workspace, named)):
        return HttpResponseRedirect(reverse("admin:ledger_statement", args=[slug, person_id]))
    kind = request.GET.get("kind", "")
    kind = kind if kind in Transfer.Kind else ""
    rows = Transfer.objects.filter(workspace=workspace)
    if kind:
        rows = rows.filter(kind=kind)
    page, older = _page(request, rows, "number")
    places = Account.objects.filter(workspace=workspace).exclude(kind=Account.Kind.PERSON).order_by("id")
    context = {
        **_context(request, workspace, f"Ledger of {workspace}"),
        "rows": _named(workspace, page),
        "older": older and f"?{urlencode({'kind': kind})}&before={older}",
        "is_first": "before" not in request.GET,
        "kinds": Transfer.Kind.choices,
        "kind": kind,
        "named": named,
        "places": places,
        # All balances together are 0, so people have what the others lack.
        "supply": -sum(place.balance for place in places),
    }
    return TemplateResponse(request, "admin/economy/ledger.html", context)


@require_safe
def refusals(request: HttpRequest, slug: str) -> HttpResponse:
    """What was asked for and not made, the latest first."""
    workspace = workspace_or_refuse(request, slug)
    page, older = _page(request, RefusedTransfer.objects.filter(workspace=workspace), "id")
    context = {
        **_context(request, workspace, "Refused transfers"),
        "rows": _named(workspace, page),
        "older": older and "?" + urlencode({"before": older}),
        "is_first": "before" not in request.GET,
    }
    return TemplateResponse(request, "admin/economy/refusals.html", context)


@require_safe
def statement(request: HttpRequest, slug: str, person_id: UUID) -> HttpResponse:
    """What moved the points of a person, with the balance after each."""
    workspace = workspace_or_refuse(request, slug)
    names = people.names(workspace.pk, [person_id])
    account = statements.account_of(workspace, person_id)
    if account is None and not names:
        raise Http404("There is no such person")
    lines, older = ([], None) if account is None else statements.lines(account, _before(request))
    names |= people.names(workspace.pk, {line.other_person for line in lines if line.other_person} - names.keys())
    context = {
        **_context(request, workspace, "Statement"),
        "person_id": person_id,
        "name": names.get(person_id, str(person_id)),
        "account": account,
        "lines": [(line, _other(line, names)) for line in lines],
        "older": older and "?" + urlencode({"before": older}),
        "is_first": "before" not in request.GET,
        "refused": [] if account is None else statements.refused(workspace, account),
        "may_correct": may(request.user, "change", Area.POINTS, workspace.pk),
        "may_see_person": may(request.user, "view", Area.PEOPLE, workspace.pk),
    }
    return TemplateResponse(request, "admin/economy/statement.html", context)


@require_safe
def transfer(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """All that one transfer says."""
    workspace = workspace_or_refuse(request, slug)
    rows = Transfer.objects.filter(workspace=workspace).select_related("from_account", "to_account", "made_by")
    row = rows.filter(number=number).first() if len(str(number)) <= MOST_DIGITS else None
    if row is None:
        raise Http404("There is no such transfer")
    names = names_of(workspace, [row.from_account, row.to_account])
    context = {
        **_context(request, workspace, f"Transfer {number:,}"),
        "row": row,
        "from_name": names[row.from_account_id],
        "to_name": names[row.to_account_id],
        "may_correct": may(request.user, "change", Area.POINTS, workspace.pk),
        "hash": bytes(row.hash).hex(),
        "reversed_by": rows.filter(reverses=number).first(),
    }
    return TemplateResponse(request, "admin/economy/transfer.html", context)


def _context(request: HttpRequest, workspace: Workspace, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, "workspace": workspace}


def _before(request: HttpRequest) -> int | None:
    """?before= as a number; whatever else it says is not there."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def _page(request: HttpRequest, rows: QuerySet[Any], key: str) -> tuple[list[Any], int | None]:
    """(the latest rows before ?before=, where the next page begins or None)."""
    before = _before(request)
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    found = list(rows.select_related("from_account", "to_account").order_by(f"-{key}")[: PAGE_ROWS + 1])
    page = found[:PAGE_ROWS]
    return page, getattr(page[-1], key) if len(found) > PAGE_ROWS else None


def _named(workspace: Workspace, rows: list[Any]) -> list[tuple[Any, str, str]]:
    """[(row, who gave, who got)]."""
    names = names_of(workspace, [account for row in rows for account in (row.from_account, row.to_account)])
    return [(row, names[row.from_account_id], names[row.to_account_id]) for row in rows]


def _other(line: statements.Line, names: dict[UUID, str]) -> str:
    if line.other_person is not None:
        return names.get(line.other_person, str(line.other_person))
    return "Erased person" if line.other_kind == Account.Kind.PERSON else Account.Kind(line.other_kind).label


PAGES += [
    path("ledger/", admin.site.admin_view(ledgers), name="ledgers"),
    path("ledger/<slug:slug>/", admin.site.admin_view(ledger), name="ledger"),
    path("ledger/<slug:slug>/refused/", admin.site.admin_view(refusals), name="ledger_refused"),
    path("ledger/<slug:slug>/person/<uuid:person_id>/", admin.site.admin_view(statement), name="ledger_statement"),
    path("ledger/<slug:slug>/<int:number>/", admin.site.admin_view(transfer), name="ledger_transfer"),
]
