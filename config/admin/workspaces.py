from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextareaWidget

from config.lib.admin import RowForm, WorkspaceAdmin
from config.models import Workspace
from config.permissions import Area


class LinesField(forms.CharField):
    """A list of texts, one a line; each once, in the order given."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class WorkspaceForm(RowForm):
    ignored_ids = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "spellcheck": "false"}),
        help_text=Workspace._meta.get_field("ignored_ids").help_text,  # noqa: SLF001 Django's own name for it
    )


@admin.register(Workspace)
class WorkspaceModelAdmin(WorkspaceAdmin):
    area = Area.WORKSPACES
    workspace_path = "pk"
    form = WorkspaceForm
    # Live counters and computed ids are kept under the slug; another zone has all days filled again.
    frozen = ("slug", "time_zone")
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
                "description": '<a class="agora-link" href="../time-zone/">Change the time zone</a>, with a preview of '
                "the numbers that move",
            },
        ),
        ("Consent", {"fields": ("consent_policy",)}),
        ("Who is nobody", {"fields": ("ignored_ids",)}),
    )
