"""Communities with what group calls have told of them; what is personal in it is for those who may read it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.lib.admin import BigTableAdmin
from config.permissions import Area, may
from ingestion import traits
from ingestion.masking import masked
from ingestion.models import Community
from ingestion.models.traits import Trait


def shown(found: Sequence[Trait], *, unmasked: bool) -> SafeString:
    """Traits as a table: what, its value, and since when it is known."""
    rows = []
    for trait in found:
        ((key, value),) = ({trait.key: trait.value} if unmasked else masked({trait.key: trait.value})).items()
        rows.append((key, _text(value), date_format(trait.occurred_at, "j M Y, H:i")))
    if not rows:
        return SafeString("none")
    body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows)
    head = SafeString('<tr><th scope="col">Trait</th><th scope="col">Value</th><th scope="col">Said at (UTC)</th></tr>')
    return format_html('<table class="agora-table"><thead>{}</thead><tbody>{}</tbody></table>', head, body)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@admin.register(Community)
class CommunityAdmin(BigTableAdmin):
    area = Area.COMMUNITIES
    list_note = "Communities appear here when a group call tells something of them. The search finds an id as a whole."
    list_display = ("community_id", "created_at")
    search_fields = ("community_id__exact",)
    ordering = ("workspace_id", "community_id")
    fields = ("community_id", "workspace", "created_at", "traits_shown")
    readonly_fields = ("traits_shown",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Community | None:
        row: Community | None = super().get_object(request, object_id, from_field)
        if row is not None:
            # The methods that show a field are told of the row, not of who is looking.
            row.__dict__["unmasked"] = may(request.user, "view", Area.PERSONAL_DATA, row.workspace_id)
        return row

    @admin.display(description="Traits")
    def traits_shown(self, community: Community) -> SafeString:
        return shown(traits.of_community(community.pk), unmasked=community.__dict__["unmasked"])
