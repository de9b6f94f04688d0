from django.contrib import admin
from unfold.decorators import display

from config.lib.admin import OwnFilter, ReadOnlyAdmin
from config.permissions import Area
from ingestion.models import ImportedFile


@admin.register(ImportedFile)
class ImportedFileAdmin(ReadOnlyAdmin):
    area = Area.IMPORTS
    list_note = "A file is imported on the server: manage.py import_events FILE --workspace SLUG"
    list_display = ("name", "progress", "source", "received_at", "lines_done", "accepted", "duplicates", "rejected")
    list_filter = (("source", OwnFilter), "mapping")
    list_select_related = ("source",)
    search_fields = ("name", "digest__startswith")
    fieldsets = (
        (None, {"fields": ("name", "workspace", "source", "progress", "received_at", "finished_at")}),
        ("How it was read", {"fields": ("mapping", "shift_days", "digest")}),
        ("What came of it", {"fields": ("lines_done", "accepted", "duplicates", "rejected")}),
    )

    @display(description="Progress", ordering="finished_at", label={"finished": "success", "not finished": "warning"})
    def progress(self, file: ImportedFile) -> str:
        return "not finished" if file.finished_at is None else "finished"
