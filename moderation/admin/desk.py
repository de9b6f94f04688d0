"""The moderators' desk: the queue, one case at a time, and decisions that can be taken back for some minutes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.admin.site import PAGES
from config.models import User, Workspace
from config.permissions import Area, may, workspaces_of
from ingestion.admin.quarantine_addresses import number_of
from moderation import appeals, batches, care, claims, media, policies, queues, second_reviews, service_levels
from moderation.decisions import OF_PEOPLE, DecisionRefused
from moderation.forms import LONGEST_NOTE, DecisionForm
from moderation.models import Action, Case, Reason, Target
from moderation.models.service_levels import PRIORITIES
from moderation.queues import MOST_ROWS, Filters
from moderation.visibility import OF_CONTENT, content_state

HELD = {"free": "Nobody's", "mine": "Mine", "taken": "Somebody's"}
# What a key of the keyboard does on the page of a case, in the order of the choices.
KEYS = "123456789"


def user_of(request: HttpRequest) -> User:
    # admin_view lets nobody else in.
    assert isinstance(request.user, User)
    return request.user


def queue_url(workspace: Workspace) -> str:
    return f"{reverse('admin:moderation_queue')}?{urlencode({'workspace': workspace.slug})}"


def case_label(case: Case) -> str:
    return dict(PRIORITIES)[case.priority]


def case_url(case: Case) -> str:
    return reverse("admin:moderation_case", args=[case.pk])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest) -> HttpResponse:
    """The open cases of ?workspace=. POST with `do` takes the next, decides on those chosen, or takes back."""
    mine = list(workspaces_of(request.user, Area.MODERATION))
    if not mine:
        raise PermissionDenied
    slug = request.GET.get("workspace", mine[0].slug)
    workspace = next((one for one in mine if one.slug == slug), None)
    if workspace is None:
        raise Http404
    if request.method == "POST":
        if not may(request.user, "change", Area.MODERATION, workspace.pk):
            raise PermissionDenied
        return _act(request, workspace)
    policies.ensure(workspace.pk)
    user = user_of(request)
    filters = _filters(request)
    rows = list(queues.queue(workspace.pk, filters, user)[: MOST_ROWS + 1])
    reasons = queues.reasons_of(rows)
    context = {
        **admin.site.each_context(request),
        "title": "Moderation",
        "workspace": workspace,
        "workspaces": mine,
        "rows": [
            {"case": case, "reasons": reasons.get(case.pk, []), "label": case_label(case)} for case in rows[:MOST_ROWS]
        ],
        "more": len(rows) > MOST_ROWS,
        "filters": filters,
        "reasons": Reason.choices,
        "targets": Target.choices,
        "priorities": PRIORITIES,
        "held": HELD.items(),
        "kinds": Action.Kind.choices,
        "second_reviews": second_reviews.waiting(workspace.pk, user_of(request)).count(),
        "late": service_levels.late(workspace.pk),
        "appeals": appeals.waiting(workspace.pk)[:MOST_ROWS],
        "batches": batches.undoable(workspace.pk, user),
        "undo_minutes": policies.settings_of(workspace.pk).undo_minutes,
        "may_change": may(request.user, "change", Area.MODERATION, workspace.pk),
        "url": request.get_full_path(),
        "care": care.standing(workspace.pk, user),
        "preference": care.preference_of(user),
    }
    return TemplateResponse(request, "admin/moderation/queue.html", context)


def _filters(request: HttpRequest) -> Filters:
    """404 for a value that is none; an empty one asks for nothing."""
    asked = {name: request.GET.get(name) or None for name in ("reason", "target", "priority", "held")}
    known: dict[str, Any] = {
        "reason": Reason.values,
        "target": Target.values,
        "priority": [str(priority) for priority, _ in PRIORITIES],
        "held": HELD,
    }
    if any(value is not None and value not in known[name] for name, value in asked.items()):
        raise Http404
    priority = asked["priority"]
    return Filters(asked["reason"], asked["target"], None if priority is None else int(priority), asked["held"])


def _act(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    back = HttpResponseRedirect(request.get_full_path())
    do = request.POST.get("do")
    if do == "next":
        return _next(request, workspace)
    if do == "undo":
        _undo(request, workspace)
    elif do == "prefer":
        care.prefer(user_of(request), blurred="blurred" in request.POST, grayscale="grayscale" in request.POST)
        messages.success(request, "Pictures and videos are shown so from now on.")
    elif do == "decide":
        form = DecisionForm(request.POST)
        chosen = [number_of(text) for text in request.POST.getlist("case")][:MOST_ROWS]
        if not chosen:
            messages.error(request, "Nothing was decided: choose cases first.")
        elif not form.is_valid():
            messages.error(request, f"Nothing was decided. {form.sentence()}")
        else:
            done = batches.decide(chosen, workspace.pk, form.decision(user_of(request)))
            _tell(request, done)
    return back


def _tell(request: HttpRequest, done: batches.Done) -> None:
    if done.decided:
        messages.success(request, f"Decided: {done.decided}.")
    for why in sorted({why for _, why in done.refused}):
        count = sum(1 for _, one in done.refused if one == why)
        messages.warning(request, f"Not decided: {count}. {why}.")


def _next(request: HttpRequest, workspace: Workspace) -> HttpResponse:
    case = claims.claim_next(workspace.pk, user_of(request))
    if case is None:
        messages.info(request, "Nothing waits that nobody looks at.")
        return HttpResponseRedirect(queue_url(workspace))
    return HttpResponseRedirect(case_url(case))


def _undo(request: HttpRequest, workspace: Workspace) -> None:
    try:
        batch = UUID(request.POST.get("batch", ""))
    except ValueError:
        raise Http404 from None
    try:
        count = batches.undo(batch, workspace.pk, user_of(request))
    except DecisionRefused as refused:
        messages.error(request, f"Nothing was taken back: {refused}.")
    else:
        messages.success(request, f"Taken back: {count}. They wait again.")


def kinds_for(case: Case) -> list[Action.Kind]:
    """What can be done about it."""
    kinds = [kind for kind in Action.Kind if kind not in (OF_CONTENT if case.target != Target.CONTENT else ())]
    return [kind for kind in kinds if case.person_id is not None or kind not in OF_PEOPLE]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """A case with what a moderator has to know. POST with `do` claims, releases or decides it."""
    rows = Case.objects.filter(workspace__in=workspaces_of(request.user, Area.MODERATION))
    case = get_object_or_404(rows.select_related("workspace", "claimed_by"), pk=pk)
    may_change = may(request.user, "change", Area.MODERATION, case.workspace_id)
    form = DecisionForm(request.POST if request.POST.get("do") == "decide" else None)
    if may_change:
        care.look(case, user_of(request), is_beat=request.POST.get("do") == "beat")
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        if request.POST.get("do") == "beat":
            return JsonResponse({"break": care.standing(case.workspace_id, user_of(request)).needs_break})
        answer = _work(request, case, form)
        if answer is not None:
            return answer
    found = media.media_of(case)
    is_asked = request.GET.get("media") == "shown"
    context = {
        **admin.site.each_context(request),
        "title": "Moderation",
        "case": case,
        "workspace": case.workspace,
        "label": case_label(case),
        "file": queues.file_of(case),
        "state": content_state(case),
        "form": form,
        "kinds": [(key, kind.value, kind.label) for key, kind in zip(KEYS, kinds_for(case), strict=False)],
        "reasons": Reason.choices,
        "may_change": may_change,
        "is_mine": case.is_open and case.is_claimed and case.claimed_by_id == request.user.pk,
        "is_taken": case.is_open and case.is_claimed and case.claimed_by_id != request.user.pk,
        "queue_url": queue_url(case.workspace),
        "media": found,
        "is_asked": is_asked,
        "care": care.standing(case.workspace_id, user_of(request)),
        "preference": care.preference_of(user_of(request)),
        "may_see_people": may(request.user, "view", Area.PEOPLE, case.workspace_id),
    }
    policy = media.security_policy(found if is_asked else ())
    return TemplateResponse(
        request,
        "admin/moderation/case.html",
        context,
        status=422 if form.errors else 200,
        headers={"Content-Security-Policy": policy},
    )


def _work(request: HttpRequest, case: Case, form: DecisionForm) -> HttpResponse | None:
    """None where the form has to be filled in again."""
    user, do = user_of(request), request.POST.get("do")
    answer = HttpResponseRedirect(case_url(case))
    try:
        if do == "claim":
            claims.claim(case.pk, case.workspace_id, user)
        elif do == "release":
            claims.release(case.pk, case.workspace_id, user)
            answer = HttpResponseRedirect(queue_url(case.workspace))
        elif do in {"uphold", "reject"}:
            number, note = number_of(request.POST.get("appeal", "")), request.POST.get("note", "").strip()
            if len(note) > LONGEST_NOTE or "\0" in note:
                raise DecisionRefused(f"A note has at most {LONGEST_NOTE:,} characters")
            heard = appeals.decide(number, case.workspace_id, user, upheld=do == "uphold", note=note)
            messages.success(request, f"Appeal {heard.get_status_display().lower()}.")
        elif do == "decide":
            if not form.is_valid():
                return None
            done = batches.decide([case.pk], case.workspace_id, form.decision(user))
            _tell(request, done)
            answer = HttpResponseRedirect(queue_url(case.workspace))
            if "next" in request.POST and done.decided:
                answer = _next(request, case.workspace)  # type: ignore[assignment]  # it redirects as well
    except DecisionRefused as refused:
        messages.error(request, f"{refused}.")
    return answer


PAGES += [
    path("moderation/queue/", admin.site.admin_view(queue), name="moderation_queue"),
    path("moderation/queue/<int:pk>/", admin.site.admin_view(page), name="moderation_case"),
]
