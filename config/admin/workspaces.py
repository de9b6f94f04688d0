from django.contrib import admin

from config.lib.admin import WorkspaceAdmin
from config.models import Workspace
from config.permissions import Area


@admin.register(Workspace)
class WorkspaceModelAdmin(WorkspaceAdmin):
    area = Area.WORKSPACES
    workspace_path = "pk"
    # Live counters and computed ids are kept under them.
    frozen = ("slug",)
    list_note = (
        "A new workspace is made on the server, since its first keys are shown there: manage.py create_workspace SLUG"
    )
    list_display = ("name", "slug", "time_zone", "created_at")
    search_fields = ("name", "slug")
    readonly_fields = ("uuid", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "slug", "uuid", "created_at")}),
        (
            "Days",
            {
                "fields": ("time_zone",),
                "description": "Days that are counted already keep their old limits until they are filled again: "
                "manage.py rollup --workspace SLUG --from DAY --to DAY",
            },
        ),
        ("Consent", {"fields": ("consent_policy",)}),
    )
