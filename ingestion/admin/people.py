"""People as pages of the admin: found by any id, looked at, merged, and taken apart again."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from config.admin.site import PAGES
from config.models import User, Workspace
from config.people import PANELS, Somebody
from config.permissions import Area, may, workspace_ids
from ingestion import merging, people, traits
from ingestion.admin.traits import shown
from ingestion.masking import masked
from ingestion.models import Actor, MergeRecord


def url_of(workspace: Workspace, person_id: UUID) -> str:
    return reverse("admin:person", args=[workspace.slug, person_id])


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """?q= is a distinct id as it was sent, or a uuid; the only one found is gone to at once."""
    if not may(request.user, "view", Area.PEOPLE):
        raise PermissionDenied
    text = request.GET.get("q", "")
    found = people.find(workspace_ids(request.user, Area.PEOPLE), text)
    if len(found) == 1:
        (actor,) = found
        return HttpResponseRedirect(url_of(actor.workspace, people.person_of(actor.workspace_id, actor.actor_id)))
    context = {
        **admin.site.each_context(request),
        "title": "People",
        "q": text,
        "found": [(actor, url_of(actor.workspace, actor.actor_id)) for actor in found],
    }
    return TemplateResponse(request, "admin/people/search.html", context)


@require_safe
def page(request: HttpRequest, slug: str, person_id: UUID) -> HttpResponse:
    """All about a person, with the events before ?before=. An id that is somebody's leads to that person's page."""
    workspace = _workspace(request, slug)
    if (person := people.person_of(workspace.pk, person_id)) != person_id:
        return HttpResponseRedirect(url_of(workspace, person))
    ids = people.identities(workspace.pk, person_id)
    if not ids:
        raise Http404("There is no such person")
    actor_ids = [one.actor_id for one in ids]
    unmasked = may(request.user, "view", Area.PERSONAL_DATA, workspace.pk)
    before = people.cursor_of(request.GET.get("before", ""))
    events, after = people.timeline(workspace.pk, actor_ids, before)
    names = {one.actor_id: one.distinct_id for one in ids}
    records = people.records_of(workspace.pk, actor_ids)
    names |= people.names(workspace.pk, {end for one in records for end in (one.actor_id, one.into_id)} - names.keys())
    conflicts = people.open_conflicts(workspace.pk, person_id)
    context = {
        **admin.site.each_context(request),
        "title": "Person",
        "workspace": workspace,
        "person_id": person_id,
        "ids": ids,
        "most_ids": people.MOST_IDS,
        "traits": shown(traits.of_person(workspace.pk, actor_ids), unmasked=unmasked),
        "unmasked": unmasked,
        "may_change": may(request.user, "change", Area.PEOPLE, workspace.pk),
        "panels": _panels(request, Somebody(workspace, person_id, actor_ids)),
        "records": [
            (one, names.get(one.actor_id), names.get(one.into_id), {one.actor_id, one.into_id} <= set(actor_ids))
            for one in records
        ],
        "conflicts": [reverse("admin:ingestion_identityconflict_change", args=[one.pk]) for one in conflicts],
        "events": [(one, names[one.actor_id], _details(one, unmasked=unmasked)) for one in events],
        "is_first": before is None,
        "older": after and "?" + urlencode({"before": str(after)}) + "#timeline",
    }
    return TemplateResponse(request, "admin/people/person.html", context)


def _workspace(request: HttpRequest, slug: str, action: Any = "view") -> Workspace:
    """The workspace in which the user may do that with people; others are not there, or forbidden."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None or not may(request.user, "view", Area.PEOPLE, workspace.pk):
        if not may(request.user, "view", Area.PEOPLE):
            raise PermissionDenied
        raise Http404("There is no such workspace, or its people are not yours to see")
    if not may(request.user, action, Area.PEOPLE, workspace.pk):
        raise PermissionDenied
    return workspace


def _panels(request: HttpRequest, somebody: Somebody) -> list[dict[str, Any]]:
    """What other rooms show of the person to whoever is looking."""
    made = []
    for panel in PANELS:
        if may(request.user, "view", panel.area, somebody.workspace.pk):
            context = panel.context(somebody)
            made.append({"key": panel.key, "title": panel.title, "html": render_to_string(panel.template, context)})
    return made


def _details(event: people.Happened, *, unmasked: bool) -> str:
    """The rest of an event as JSON."""
    facts = {
        "object_id": event.object_id,
        "community_id": event.community_id,
        "session_id": event.session_id,
        "value": event.value,
        "properties": event.properties,
        "context": event.context,
    }
    rest = {name: value for name, value in facts.items() if value not in (None, {})}
    return json.dumps(rest if unmasked else masked(rest), indent=2, ensure_ascii=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=merging.LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept with the decision, for whoever looks at it later.",
    )


class MergeForm(ReasonForm):
    other = forms.CharField(
        label="Other id",
        max_length=512,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Any distinct id of the other person, as it was sent. All their ids become this person's.",
    )
    field_order = ("other", "reason")

    def __init__(self, *args: Any, workspace: Workspace, **options: Any) -> None:
        super().__init__(*args, **options)
        self.workspace = workspace

    def clean_other(self) -> Actor:
        found = people.find([self.workspace.pk], self.cleaned_data["other"])
        if not found:
            raise forms.ValidationError("There is no such distinct id in this workspace.")
        return found[0]


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, slug: str, person_id: UUID) -> HttpResponse:
    """Asks for the other id and a reason, shows who would become one, and does it when that is confirmed."""
    workspace = _workspace(request, slug, "change")
    ids = people.identities(workspace.pk, person_id)
    if not ids:
        raise Http404("There is no such person")
    form = MergeForm(request.POST or None, workspace=workspace)
    context = _decision(request, workspace, person_id, ids, form, "Merge somebody into this person")
    if request.method == "POST" and form.is_valid():
        other: Actor = form.cleaned_data["other"]
        if "confirmed" in request.POST:
            try:
                merging.merge(
                    workspace, other.actor_id, person_id, by=_operator(request), reason=form.cleaned_data["reason"]
                )
            except merging.Refused as reason:
                form.add_error(None, str(reason))
            else:
                messages.success(request, "Merged. The days of both are counted again with the next rollups.")
                return HttpResponseRedirect(url_of(workspace, people.person_of(workspace.pk, person_id)))
        else:
            context["others"] = people.identities(workspace.pk, people.person_of(workspace.pk, other.actor_id))
    return TemplateResponse(request, "admin/people/merge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, slug: str, person_id: UUID, record_id: UUID) -> HttpResponse:
    """Asks for a reason, and undoes what a record says."""
    workspace = _workspace(request, slug, "change")
    record = MergeRecord.objects.filter(workspace=workspace, pk=record_id).first()
    if record is None:
        raise Http404("There is no such merge")
    ids = people.identities(workspace.pk, person_id)
    form = ReasonForm(request.POST or None)
    context = _decision(request, workspace, person_id, ids, form, "Undo a merge")
    names = people.names(workspace.pk, [record.actor_id, record.into_id])
    context |= {"record": record, "one": names.get(record.actor_id), "other": names.get(record.into_id)}
    if request.method == "POST" and form.is_valid():
        try:
            merging.undo(record, by=_operator(request), reason=form.cleaned_data["reason"])
        except merging.Refused as reason:
            form.add_error(None, str(reason))
        else:
            messages.success(request, "Undone. The days of these people are counted again with the next rollups.")
            return HttpResponseRedirect(url_of(workspace, people.person_of(workspace.pk, person_id)))
    return TemplateResponse(request, "admin/people/undo.html", context)


def _operator(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _decision(
    request: HttpRequest,
    workspace: Workspace,
    person_id: UUID,
    ids: list[people.Identity],
    form: forms.Form,
    title: str,
) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "workspace": workspace,
        "ids": ids,
        "form": form,
        "back": url_of(workspace, person_id),
    }


PAGES += [
    path("people/", admin.site.admin_view(search), name="people"),
    path("people/<slug:slug>/<uuid:person_id>/", admin.site.admin_view(page), name="person"),
    path("people/<slug:slug>/<uuid:person_id>/merge/", admin.site.admin_view(merge), name="person_merge"),
    path("people/<slug:slug>/<uuid:person_id>/undo/<uuid:record_id>/", admin.site.admin_view(undo), name="person_undo"),
]
