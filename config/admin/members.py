"""Who is in a workspace, in which role."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminEmailInputWidget

from config.lib.admin import WorkspaceAdmin
from config.models import Member, User
from config.permissions import Area


class ByEmail(ModelChoiceField):  # type: ignore[type-arg]  # generic in its stubs only
    """A user by their e-mail: a list to choose from would show every tenant's people."""

    widget = UnfoldAdminEmailInputWidget
    default_error_messages = {"invalid_choice": "Nobody logs in by this e-mail; a superuser can add them as a user."}

    def to_python(self, value: Any) -> User | None:
        if value in self.empty_values:
            return None
        return super().to_python(User.objects.filter(email__iexact=value).values_list("pk", flat=True).first() or 0)


@admin.register(Member)
class MemberAdmin(WorkspaceAdmin):
    area = Area.MEMBERS
    creatable = True
    deletable = True
    frozen = ("user", "workspace")
    list_note = "Somebody with two roles has two rows."
    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")
    fields = ("user", "workspace", "role")

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            return ByEmail(queryset=User.objects.filter(is_active=True), help_text="The e-mail they log in by.")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
