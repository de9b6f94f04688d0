"""What the admin classes of every room stand on: tenants kept apart, machine tables read-only, big tables estimated."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model, QuerySet, TextField
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from config.permissions import Action, Area, may, workspace_ids, workspaces_of

SHORT_TEXT = {TextField: {"widget": UnfoldAdminTextareaWidget({"rows": 3})}}
# Counted exactly up to here; beyond, what the planner expects is near enough.
EXACT_ROWS = 10_000


def monospace(text: str) -> SafeString:
    """Text as it is, escaped, lines kept."""
    return format_html('<pre class="agora-mono" tabindex="0">{}</pre>', text) if text else SafeString("")


def pretty(value: Any) -> SafeString:
    """JSON over several lines, escaped. Raises RecursionError when it is nested too deeply."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # Half a surrogate pair is text in Python and none in UTF-8.
    return monospace(text.encode("utf-8", "backslashreplace").decode())


def duration_words(duration: timedelta | None) -> str:
    """Such as "0.4 s", "1 min 5 s" or "2 h 3 min"; "" for None."""
    if duration is None:
        return ""
    # A run that was skipped ends in the instant before its row is made.
    seconds_of_all = max(duration.total_seconds(), 0)
    if duration < timedelta(minutes=1):
        return f"{seconds_of_all:.1f} s"
    hours, rest = divmod(round(seconds_of_all), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def leave_dialog(request: HttpRequest, url: str) -> HttpResponse:
    """Go on to a page from a dialog, which is htmx's where JavaScript runs and a plain page where it does not."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


class WorkspaceFilter(admin.SimpleListFilter):
    """By workspace, offering only the user's; not shown to somebody who has one."""

    title = "workspace"
    parameter_name = "workspace"

    def lookups(self, request: HttpRequest, model_admin: WorkspaceAdmin) -> list[tuple[str, str]]:  # type: ignore[override]  # it stands on no other class
        self.path = model_admin.workspace_path
        return [(row.slug, row.name) for row in workspaces_of(request.user, model_admin.area)]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.path}__slug": self.value()}) if self.value() else queryset


class OwnFilter(admin.RelatedFieldListFilter):
    """By a related row, offering only those the user may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        related = model_admin.admin_site.get_model_admin(field.related_model)
        return [(row.pk, str(row)) for row in related.get_queryset(request)]


class RowForm(ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A form that also holds a row to constraints over fields which it shows read-only."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if not self.errors:
            try:
                self.instance.validate_constraints()
            except ValidationError as error:
                self.add_error(None, error)


class WorkspaceAdmin(ModelAdmin):
    """Rows of workspaces: a user sees those of workspaces in which config.permissions lets them view the area.

    Nothing can be added or deleted unless the class says so.
    """

    area: ClassVar[Area]
    # Lookups from a row to its workspace.
    workspace_path: ClassVar[str] = "workspace"
    creatable: ClassVar[bool] = False
    deletable: ClassVar[bool] = False
    # Fields that are fixed once the row is there.
    frozen: ClassVar[tuple[str, ...]] = ("workspace",)
    # A sentence above the list.
    list_note: ClassVar[str] = ""
    list_before_template = "admin/list_note.html"
    form = RowForm
    formfield_overrides = SHORT_TEXT

    class Media:
        css = {"all": ["config/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        if self.workspace_path != "pk":
            queryset = queryset.select_related(self.workspace_path)
        ids = workspace_ids(request.user, self.area)
        return queryset if ids is None else queryset.filter(**{f"{self.workspace_path}__in": ids})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            # A year of twenty digits in the address: Django shows the whole list then, as for other odd filters.
            raise IncorrectLookupParameters(error) from None

    def may(self, request: HttpRequest, action: Action, row: Model | None = None) -> bool:
        """Whether the user may do it to the row; without one, in any workspace."""
        if row is None or request.user.is_superuser:
            return may(request.user, action, self.area)
        workspace_id = self.workspace_id_of(row)
        return workspace_id is not None and may(request.user, action, self.area, workspace_id)

    def workspace_id_of(self, row: Model) -> int | None:
        *steps, last = self.workspace_path.split("__")
        found: Any = row
        for step in steps:
            found = getattr(found, step)
        workspace_id: int | None = found.pk if last == "pk" else getattr(found, f"{last}_id")
        return workspace_id

    def changeable(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that the user may change; actions work on nothing else."""
        ids = workspace_ids(request.user, self.area, "change")
        return queryset if ids is None else queryset.filter(**{f"{self.workspace_path}__in": ids})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, "change", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.creatable and self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.deletable and self.may(request, "change", obj)

    def has_operate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For actions, also of read-only rows: whether the user may change what they work on."""
        row = None if object_id is None else self.get_object(request, object_id)
        return self.may(request, "change", row) and (object_id is None or row is not None)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if obj is None else (*fields, *self.frozen)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        several = self.workspace_path != "pk" and workspaces_of(request.user, self.area)[:2].count() > 1
        return [*columns, "workspace_name"] if several else columns

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        return filters if self.workspace_path == "pk" else [*filters, WorkspaceFilter]

    @admin.display(description="Workspace")
    def workspace_name(self, row: Model) -> str:
        found: Any = row
        for step in self.workspace_path.split("__"):
            found = getattr(found, step)
        return "" if found is None else str(found)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        workspaces = list(workspaces_of(request.user, self.area, "change")[:2])
        return {"workspace": workspaces[0].pk, **initial} if len(workspaces) == 1 else initial

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Choices of a row are rows the user may see; of its workspace, those in which they may change the area."""
        related = self.admin_site.get_model_admin(db_field.related_model)
        if db_field.name == "workspace":
            kwargs["queryset"] = workspaces_of(request.user, self.area, "change")
        elif isinstance(related, WorkspaceAdmin):
            kwargs["queryset"] = related.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReadOnlyAdmin(WorkspaceAdmin):
    """A table that only the machine writes. Actions on it ask for the permission `operate`."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class EstimatedPaginator(Paginator):  # type: ignore[type-arg]  # generic in its stubs only
    """Counts exactly up to EXACT_ROWS; beyond, takes the planner's estimate, which stands on pg_class."""

    estimated = False

    @cached_property
    def count(self) -> int:
        rows = self.object_list.order_by()  # type: ignore[attr-defined]  # the admin gives a queryset
        counted: int = rows[: EXACT_ROWS + 1].count()
        self.estimated = counted > EXACT_ROWS
        return max(_planned_rows(rows), EXACT_ROWS) if self.estimated else counted


def _planned_rows(queryset: QuerySet[Any]) -> int:
    (plan,) = json.loads(queryset.explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])


class BigList(ChangeList):
    """Unfiltered, it has no other number to tell beside its own."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class BigTableAdmin(ReadOnlyAdmin):
    """A table that may have millions of rows: no count(*), no facets."""

    paginator = EstimatedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # Actions work on what is seen, never on millions of rows.
    list_disable_select_all = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BigList]:
        return BigList


class _Child:
    """Rows shown with their parent, under the parent's rights."""

    area: ClassVar[Area]
    extra = 0
    can_delete = False
    read_only: ClassVar[bool] = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request.user, "view", self.area)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return not self.read_only and may(request.user, "change", self.area)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ChildTable(_Child, TabularInline):
    pass


class ChildForms(_Child, StackedInline):
    pass


class InstallationAdmin(ModelAdmin):
    """Rows of the whole installation: whoever may change the area, which no role of a workspace does, may all."""

    area: ClassVar[Area]
    formfield_overrides = SHORT_TEXT

    class Media:
        css = {"all": ["config/admin.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, "change", self.area)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return self.has_module_permission(request)

    has_change_permission = has_delete_permission = has_operate_permission = has_view_permission
