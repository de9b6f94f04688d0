"""What waits in Redis for PostgreSQL to come back, as a page."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from config.admin.site import PAGES
from config.celery import app
from config.models import Run
from config.permissions import Area, may
from ingestion import spool

LATEST_RUNS = 10


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET shows the state, POST asks a worker to drain. The spool is of all workspaces, so it shows no contents."""
    if not may(request.user, "view", Area.RUNS):
        raise PermissionDenied
    drains = may(request.user, "change", Area.RUNS)
    if request.method == "POST":
        if not drains:
            raise PermissionDenied
        app.send_task("ingestion.drain_spool")
        messages.success(request, "A worker drains the spool; its run shows how far it got.")
        return HttpResponseRedirect(reverse("admin:spool"))
    context = {
        **admin.site.each_context(request),
        "title": "Spool",
        "state": spool.state(),
        "drains": drains,
        "runs": Run.objects.filter(name="ingestion.drain_spool").order_by("-started_at")[:LATEST_RUNS],
    }
    return TemplateResponse(request, "admin/ingestion/spool.html", context)


PAGES.append(path("spool/", admin.site.admin_view(page), name="spool"))
