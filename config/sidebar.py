"""The admin's sections, named by the operators' questions."""

from typing import Any

from django.urls import reverse_lazy


def _item(title: str, icon: str, view: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{view}")}


NAVIGATION: list[dict[str, Any]] = [
    {
        "title": "Dashboards",
        "items": [_item("Executive", "monitoring", "dashboard_executive")],
    },
    {
        "title": "What came in",
        "separator": True,
        "items": [
            _item("Sources", "input", "ingestion_source_changelist"),
            _item("Event types", "schema", "ingestion_eventtype_changelist"),
            _item("Quarantine", "report", "ingestion_quarantinedevent_changelist"),
            _item("Imported files", "upload_file", "ingestion_importedfile_changelist"),
        ],
    },
    {
        "title": "Who",
        "separator": True,
        "items": [
            _item("Distinct ids", "fingerprint", "ingestion_actor_changelist"),
            _item("Workspaces", "workspaces", "config_workspace_changelist"),
            _item("Members", "group", "config_member_changelist"),
            _item("Users", "person", "config_user_changelist"),
        ],
    },
    {
        "title": "What ran",
        "separator": True,
        "items": [
            _item("Runs", "history", "config_run_changelist"),
            _item("Schedules", "schedule", "django_celery_beat_periodictask_changelist"),
        ],
    },
    {
        "title": "Is it right",
        "separator": True,
        "items": [
            _item("Rollup states", "table_chart", "analytics_rollupstate_changelist"),
            _item("Open buckets", "pending_actions", "analytics_openbucket_changelist"),
        ],
    },
]
