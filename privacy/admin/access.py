"""Who read what over the API."""

from django.contrib import admin

from config.lib.admin import BigTableAdmin
from config.permissions import Area
from privacy.models import AccessRecord


@admin.register(AccessRecord)
class AccessRecordAdmin(BigTableAdmin):
    area = Area.ACCESS_LOG
    list_note = "Every read over the API, as it was asked. Nobody can change it. The search finds e-mails and paths."
    list_display = ("at", "who", "method", "path", "status", "rows")
    list_filter = ("status", "method")
    search_fields = ("who", "path")
    fields = (
        *("at", "workspace", "who", "user_id", "token_id", "source_id"),
        *("method", "path", "filters", "status", "rows", "query_id"),
    )
    readonly_fields = fields
