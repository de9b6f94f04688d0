"""Who was seen: distinct ids as they were sent, and which of them are one person."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from config.lib.admin import BigTableAdmin
from config.permissions import Area
from ingestion.models import Actor, IdentityLink

MOST_IDS = 50


@admin.register(Actor)
class ActorAdmin(BigTableAdmin):
    area = Area.DISTINCT_IDS
    list_note = "The search finds a distinct id as it was sent, as a whole."
    list_display = ("distinct_id", "kind", "created_at")
    list_filter = ("kind",)
    search_fields = ("distinct_id__exact",)
    # In the order of the index, so that the first page needs no sort of the table.
    ordering = ("workspace_id", "distinct_id")
    fields = ("distinct_id", "kind", "workspace", "created_at", "person", "same_person")
    readonly_fields = ("person", "same_person")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, {"title": "Distinct ids", **(extra_context or {})})
        return response

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[Actor],
        search_term: str,
    ) -> tuple[QuerySet[Actor], bool]:
        # Not cut into words: an id may have spaces.
        return (queryset.filter(distinct_id=search_term) if search_term else queryset), False

    @admin.display(description="Person")
    def person(self, actor: Actor) -> str:
        link = IdentityLink.objects.filter(workspace=actor.workspace_id, actor_id=actor.actor_id).first()
        if link is None:
            return str(actor.actor_id)
        return f"{link.person_id} (by {link.get_evidence_display().lower()}, {link.created_at:%Y-%m-%d})"

    @admin.display(description="Other ids of the person")
    def same_person(self, actor: Actor) -> str:
        links = IdentityLink.objects.filter(workspace=actor.workspace_id)
        person = links.filter(actor_id=actor.actor_id).values_list("person_id", flat=True).first() or actor.actor_id
        others = Q(actor_id=person) | Q(actor_id__in=links.filter(person_id=person).values("actor_id"))
        actors = Actor.objects.filter(others, workspace=actor.workspace_id).exclude(pk=actor.pk)
        return format_html_join(", ", "{}", ((other.distinct_id,) for other in actors[:MOST_IDS])) or "none"
