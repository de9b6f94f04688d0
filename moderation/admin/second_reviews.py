"""Second looks: a decided case as it came, without what the first moderator decided."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.admin.site import PAGES
from config.permissions import Area, workspaces_of
from ingestion.admin.quarantine_addresses import number_of
from moderation import queues, second_reviews
from moderation.admin.desk import kinds_for, queue_url, user_of
from moderation.models import SecondReview
from moderation.second_reviews import ReviewRefused


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The next of ?workspace= that is not the moderator's own. POST with `review` and `verdict` judges."""
    mine = list(workspaces_of(request.user, Area.MODERATION, "change"))
    if not mine:
        raise PermissionDenied
    slug = request.GET.get("workspace", mine[0].slug)
    workspace = next((one for one in mine if one.slug == slug), None)
    if workspace is None:
        raise Http404
    user = user_of(request)
    if request.method == "POST":
        number = number_of(request.POST.get("review", ""))
        try:
            second_reviews.judge(number, workspace.pk, user, request.POST.get("verdict", ""))
        except ReviewRefused as refused:
            messages.error(request, f"{refused}.")
        else:
            messages.success(request, "Noted. The case stays as it was decided.")
        return HttpResponseRedirect(request.get_full_path())
    review = second_reviews.waiting(workspace.pk, user).first()
    context = {
        **admin.site.each_context(request),
        "title": "Second looks",
        "workspace": workspace,
        "queue_url": queue_url(workspace),
        "review": review,
    }
    if review is not None:
        case = review.action.case
        # Whoever decides decides a case.
        assert case is not None
        labels = [*((kind.value, kind.label) for kind in kinds_for(case)), SecondReview.VERDICTS[-1]]
        context |= {
            "case": case,
            "file": queues.file_of(case),
            "verdicts": [(str(key), value, label) for key, (value, label) in enumerate(labels, 1)],
        }
    return TemplateResponse(request, "admin/moderation/second_review.html", context)


PAGES += [path("moderation/second/", admin.site.admin_view(page), name="moderation_second_review")]
