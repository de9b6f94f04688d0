"""The admin's sections, named by the operators' questions; an entry shows to whoever may view what it leads to."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def _page(title: str, icon: str, view: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{view}")}


def _list(title: str, icon: str, model: str) -> dict[str, Any]:
    """The list of a model, given as app.model."""
    return _page(title, icon, f"{model.replace('.', '_')}_changelist") | {"permission": _may_view(model)}


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    def permission(request: HttpRequest) -> bool:
        # Settings import this module, so models and admin are not there before a request is.
        from django.apps import apps
        from django.contrib import admin

        return admin.site.get_model_admin(apps.get_model(model)).has_view_permission(request)

    return permission


def _may_export(request: HttpRequest) -> bool:
    from config.permissions import Area, may

    return may(request.user, "view", Area.EXPORTS)


NAVIGATION: list[dict[str, Any]] = [
    {
        "title": "Dashboards",
        "items": [
            _page("Executive", "monitoring", "dashboard_executive"),
            _page("User engagement", "bolt", "dashboard_engagement"),
            _page("Point economy", "toll", "dashboard_economy"),
            _page("Content", "article", "dashboard_content"),
            _page("Moderation", "shield", "dashboard_moderation"),
            _page("Retention", "event_repeat", "dashboard_retention"),
            _page("Growth", "trending_up", "dashboard_growth"),
            _page("Technical performance", "speed", "dashboard_performance"),
            _page("Flourish", "spa", "dashboard_flourish"),
            _page("Add-Value", "volunteer_activism", "dashboard_add-value"),
            _page("Wave participation", "waves", "dashboard_wave-participation"),
            _page("Community", "groups", "dashboard_community"),
            _page("Pipeline health", "conveyor_belt", "dashboard_pipeline"),
            _list("Funnels", "filter_alt", "analytics.funnel"),
            _list("Features", "widgets", "analytics.feature"),
            {"title": "API", "icon": "api", "link": reverse_lazy("api-docs")},
            _page("Exports", "download", "exports") | {"permission": _may_export},
        ],
    },
    {
        "title": "What came in",
        "separator": True,
        "items": [
            _list("Sources", "input", "ingestion.source"),
            _list("Source databases", "database", "ingestion.sourcedatabase"),
            _list("Event types", "schema", "ingestion.eventtype"),
            _page("Quarantine", "report", "quarantine") | {"permission": _may_view("ingestion.quarantinedevent")},
            _list("Anomalies", "speed", "ingestion.anomaly"),
            _list("Imported files", "upload_file", "ingestion.importedfile"),
            _page("Spool", "hourglass_top", "spool") | {"permission": _may_view("config.run")},
        ],
    },
    {
        "title": "Who",
        "separator": True,
        "items": [
            _page("People", "person_search", "people") | {"permission": _may_view("ingestion.mergerecord")},
            _list("Distinct ids", "fingerprint", "ingestion.actor"),
            _list("Merges", "merge", "ingestion.mergerecord"),
            _list("Conflicts", "person_alert", "ingestion.identityconflict"),
            _list("Communities", "groups", "ingestion.community"),
            _list("Workspaces", "workspaces", "config.workspace"),
            _list("Members", "group", "config.member"),
            _list("Users", "person", "config.user"),
            _list("API tokens", "vpn_key", "config.apitoken"),
        ],
    },
    {
        "title": "Points",
        "separator": True,
        "items": [
            _page("Control room", "monitoring", "point_economy") | {"permission": _may_view("economy.pointalert")},
            _page("Ledger", "account_balance", "ledgers") | {"permission": _may_view("economy.correction")},
            _list("Point alerts", "notification_important", "economy.pointalert"),
            _list("Transfer rings", "sync", "economy.transferring"),
            _list("Corrections", "rule", "economy.correction"),
            _list("Correction limits", "speed", "economy.correctionlimit"),
            _list("Rules", "price_change", "economy.ruleversion"),
            _list("Modes", "toggle_on", "economy.pointmode"),
            _page("What if", "compare_arrows", "points_what_if") | {"permission": _may_view("economy.ruleversion")},
        ],
    },
    {
        "title": "What people report",
        "separator": True,
        "items": [
            _page("Moderation", "gavel", "moderation_queue") | {"permission": _may_view("moderation.case")},
            _page("Numbers", "bar_chart", "moderation_numbers") | {"permission": _may_view("moderation.case")},
            _list("Cases", "folder_open", "moderation.case"),
            _list("Reports", "flag", "moderation.report"),
            _list("Actions", "rule", "moderation.action"),
            _list("Appeals", "balance", "moderation.appeal"),
            _list("Strikes", "sports", "moderation.strike"),
            _list("Moderation log", "receipt_long", "moderation.logentry"),
            _list("Breaches", "alarm", "moderation.breach"),
            _list("Policies", "policy", "moderation.policy"),
            _list("Service levels", "timer", "moderation.servicelevel"),
            _list("Desk settings", "tune", "moderation.desksettings"),
            _list("Abuse patterns", "pattern", "moderation.pattern"),
            _list("Hits of patterns", "target", "moderation.patternhit"),
            _list("Exposure", "visibility", "moderation.exposure"),
            _list("Webhooks", "webhook", "moderation.webhook"),
            _list("Deliveries", "outbox", "moderation.delivery"),
        ],
    },
    {
        "title": "What we promise",
        "separator": True,
        "items": [
            _list("Consents", "verified_user", "privacy.consentrecord"),
            _list("Refused events", "block", "privacy.refusedevents"),
            _list("Access log", "history_edu", "privacy.accessrecord"),
        ],
    },
    {
        "title": "What ran",
        "separator": True,
        "items": [
            _list("Runs", "history", "config.run"),
            _list("Schedules", "schedule", "django_celery_beat.periodictask"),
        ],
    },
    {
        "title": "Is it right",
        "separator": True,
        "items": [
            _page("Rollups", "stacks", "rollups") | {"permission": _may_view("analytics.rollupstate")},
            _list("Rollup states", "table_chart", "analytics.rollupstate"),
            _list("Truth meter", "verified", "analytics.recount"),
            # Whoever sees how far rollups are filled sees what they are told by.
            _page("Definitions", "tune", "definitions") | {"permission": _may_view("analytics.rollupstate")},
        ],
    },
]
