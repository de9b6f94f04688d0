"""Who may log in. Users are of the whole installation, so only superusers come here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.lib.admin import ChildTable, InstallationAdmin
from config.models import Member, User
from config.permissions import Area

# Roles in workspaces say who may do what; nothing asks groups.
admin.site.unregister(Group)


class Memberships(ChildTable):
    model = Member
    area = Area.USERS
    fields = ("workspace", "role", "created_at")
    readonly_fields = ("created_at",)
    verbose_name_plural = "Roles in workspaces"
    can_delete = True
    hide_title = True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, InstallationAdmin):  # type: ignore[type-arg,misc]  # Django's class is generic in its stubs only
    area = Area.USERS
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    inlines = (Memberships,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            "Access",
            {
                "fields": ("is_active", "is_staff", "is_superuser"),
                "description": "What somebody may see and change is said by their roles in workspaces. "
                "Superusers may everything, in every workspace.",
            },
        ),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
