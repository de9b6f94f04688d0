"""Who was seen: distinct ids as they were sent, and which of them are one person."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.lib.admin import BigTableAdmin
from config.permissions import Area, may
from ingestion import traits
from ingestion.admin.traits import shown
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
    fields = ("distinct_id", "kind", "workspace", "created_at", "person", "same_person", "traits_shown")
    readonly_fields = ("person", "same_person", "traits_shown")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Actor | None:
        row: Actor | None = super().get_object(request, object_id, from_field)
        if row is not None:
            # The methods that show a field are told of the row, not of who is looking.
            row.__dict__["unmasked"] = may(request.user, "view", Area.PERSONAL_DATA, row.workspace_id)
        return row

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
    def person(self, actor: Actor) -> SafeString:
        if actor.kind == Actor.Kind.SOURCE:
            return SafeString("nobody")
        link = IdentityLink.objects.filter(workspace=actor.workspace_id, actor_id=actor.actor_id)
        record = next((one.record for one in link.select_related("record")), None)
        url = reverse("admin:person", args=[actor.workspace.slug, actor.actor_id])
        page = format_html('<a class="agora-link" href="{}">All of the person</a>', url)
        return page if record is None else format_html("{} (theirs by: {})", page, record)

    @admin.display(description="Other ids of the person")
    def same_person(self, actor: Actor) -> str:
        links = IdentityLink.objects.filter(workspace=actor.workspace_id)
        person = links.filter(actor_id=actor.actor_id).values_list("person_id", flat=True).first() or actor.actor_id
        others = Q(actor_id=person) | Q(actor_id__in=links.filter(person_id=person).values("actor_id"))
        actors = Actor.objects.filter(others, workspace=actor.workspace_id).exclude(pk=actor.pk)
        return format_html_join(", ", "{}", ((other.distinct_id,) for other in actors[:MOST_IDS])) or "none"

    @admin.display(description="Traits said of this id")
    def traits_shown(self, actor: Actor) -> SafeString:
        return shown(traits.of_person(actor.workspace_id, [actor.pk]), unmasked=actor.__dict__["unmasked"])
