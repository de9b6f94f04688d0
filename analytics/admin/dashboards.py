"""Dashboards as pages of the admin: who may look, of which workspace, over how many days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format, number_format
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from analytics import realtime, recount
from analytics.dashboards import DASHBOARDS, RANGES, Chart, Dashboard, Figure, Month, Numbers, Series, numbers
from analytics.metrics import Metric
from config.admin.site import PAGES
from config.lib.admin import duration_words
from config.models import Workspace
from config.permissions import Area, may, workspaces_of

NOTHING = "\N{EN DASH}"
WORKSPACE_KEY = "dashboard_workspace"
STATES = {
    "open": "The day is not over.",
    "settling": "The day is over; late events may still change the number.",
    "closed": "The day is over and everything that came is counted.",
}
CONFIDENCE = {
    "high": "Closed, with at least 100 data points.",
    "medium": "Closed with 30 to 99 data points, or still settling.",
    "low": "Fewer than 30 data points, or the day is still open.",
}


@require_safe
def page(request: HttpRequest, dashboard: Dashboard) -> HttpResponse:
    """A dashboard of ?workspace= (slug; remembered in the session) over ?days=, with bots where ?bots=1.

    404 for a workspace of others.
    """
    workspaces = list(workspaces_of(request.user))
    context = {**admin.site.each_context(request), "title": dashboard.title, "dashboard": dashboard}
    if not workspaces:
        return TemplateResponse(request, "admin/dashboards/nowhere.html", context, status=403)
    workspace = chosen(request, workspaces)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(number) for number in RANGES} else RANGES[0]
    with_bots = request.GET.get("bots") == "1"
    found = numbers(dashboard, workspace, days, with_bots=with_bots)
    context |= {
        "workspace": workspace,
        "workspaces": workspaces,
        "days": days,
        "with_bots": with_bots,
        "ranges": RANGES,
        "numbers": found,
        **_truth(request, workspace),
        "live": live_values(workspace),
        "live_url": f"{reverse('admin:dashboard_live')}?workspace={workspace.slug}",
    }
    if found.begins is None:
        context["events_url"] = request.build_absolute_uri(reverse("events"))
        return TemplateResponse(request, "admin/dashboards/empty.html", context)
    charts = charts_of(found)
    context |= {
        "cards": [card(figure) for figure in found.figures],
        "charts": charts,
        "chart_data": [chart["data"] for chart in charts],
        "nothing_in_range": not any(
            value.value for all_of in found.series.values() for s in all_of for value in s.values
        ),
    }
    return TemplateResponse(request, "admin/dashboards/dashboard.html", context)


def _truth(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    """How true the numbers were found last, and where whoever may see it finds more."""
    found = recount.latest(workspace)
    if found is None or not may(request.user, "view", Area.ROLLUPS, workspace.pk):
        return {"truth": found}
    if found.drifted:
        return {"truth": found, "truth_url": reverse("admin:analytics_recount_change", args=[found.pk])}
    return {"truth": found, "truth_url": f"{reverse('admin:analytics_recount_changelist')}?workspace={workspace.slug}"}


def chosen(request: HttpRequest, workspaces: list[Workspace]) -> Workspace:
    """Of ?workspace=, else the one looked at last, else the first. Raises Http404 for one that is not among them."""
    by_slug = {workspace.slug: workspace for workspace in workspaces}
    asked = request.GET.get("workspace")
    if asked is not None:
        if asked not in by_slug:
            raise Http404("There is no such workspace, or it is not yours")
        request.session[WORKSPACE_KEY] = asked
        return by_slug[asked]
    return by_slug.get(request.session.get(WORKSPACE_KEY, ""), workspaces[0])


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """{as_of, dau, online, events_per_minute} of ?workspace=; numbers are null while Redis cannot be asked."""
    if not admin.site.has_permission(request):
        return JsonResponse({"code": "not_logged_in", "message": "Log in to the admin.", "details": {}}, status=401)
    workspace = workspaces_of(request.user).filter(slug=request.GET.get("workspace", "")).first()
    if workspace is None:
        error = {"code": "not_found", "message": "There is no such workspace, or it is not yours.", "details": {}}
        return JsonResponse(error, status=404)
    return JsonResponse(live_values(workspace))


def live_values(workspace: Workspace) -> dict[str, Any]:
    now = realtime.live(workspace)
    return {"as_of": now.as_of, "dau": now.dau, "online": now.online, "events_per_minute": now.events_per_minute}


def shown(metric: Metric, value: float | None) -> str:
    """A value with its unit, as people read it."""
    if value is None:
        return NOTHING
    if metric.unit == "ratio":
        return f"{100 * value:.1f}%"
    if metric.unit == "%":
        return f"{value:.1f}%"
    if metric.unit == "index":
        return f"{value:.2f}"
    if metric.unit in {"seconds", "hours"}:
        return duration_words(timedelta(**{metric.unit: value}))
    return str(number_format(value, decimal_pos=0 if float(value).is_integer() else 1, force_grouping=True))


def card(figure: Figure) -> dict[str, Any]:
    """What a card's template shows; direction is up, down or flat, mood is good, bad or neutral."""
    change = figure.change
    flat = change is None or abs(change) < 0.05  # noqa: PLR2004 what one decimal shows as 0
    unit = " points" if figure.metric.unit in {"ratio", "%"} else "%"
    return {
        "key": figure.metric.key,
        "title": figure.metric.title,
        "definition": figure.metric.definition,
        "value": shown(figure.metric, figure.value),
        "when": day_words(figure.last)
        if figure.over == "day"
        else f"{day_words(figure.first)} to {day_words(figure.last)}",
        "change": NOTHING if change is None else f"{abs(change):,.1f}{unit}",
        "direction": "flat" if flat else "up" if change > 0 else "down",  # type: ignore[operator]  # None is flat
        "mood": "neutral" if flat or figure.is_good is None else "good" if figure.is_good else "bad",
        "compared": change is not None,
        "before": f"{shown(figure.metric, figure.before)} {_before(figure)}",
        "data_points": figure.data_points,
        "state": figure.state,
        "state_help": STATES[figure.state],
        "confidence": figure.confidence,
        "confidence_help": CONFIDENCE[figure.confidence],
    }


def _before(figure: Figure) -> str:
    return f"on {day_words(figure.against)}" if figure.over == "day" else "in the period before"


def day_words(day: date) -> str:
    return date_format(day, "j M Y")


def charts_of(found: Numbers) -> list[dict[str, Any]]:
    charts = [_chart(chart, found.series[chart.key]) for chart in found.dashboard.charts]
    return [*charts, _cohort_chart(found.months)] if found.dashboard.cohorts else charts


def _chart(chart: Chart, series: list[Series]) -> dict[str, Any]:
    days = series[0].values
    return drawing(
        chart.key,
        chart.title,
        kind=chart.kind,
        labels=[day_words(value.date) for value in days],
        states=[value.state for value in days],
        series={one.metric.title: [value.value for value in one.values] for one in series},
    )


def _cohort_chart(months: list[Month]) -> dict[str, Any]:
    return drawing(
        "cohorts",
        "Cohorts: people by month of sign-up",
        kind="bar",
        labels=[date_format(month.start, "M Y") for month in months],
        states=["open" if month.unfinished else "closed" for month in months],
        series={"People": [month.size for month in months]},
        of="Month",
    )


def drawing(  # noqa: PLR0913 each is said by name
    key: str,
    title: str,
    *,
    kind: str,
    labels: list[str],
    states: list[str],
    series: dict[str, list[Any]],
    stacked: bool = False,
    of: str = "Day",
) -> dict[str, Any]:
    """The data of the canvas, rows for the table beside it, and a sentence for whoever sees neither.

    Stacked bars stand on each other; `of` says what the labels are.
    """
    told = "; ".join(
        f"{name}: {_round(values[0])} ({labels[0]}) to {_round(values[-1])} ({labels[-1]}), "
        f"highest {_round(max(v or 0 for v in values))}"
        for name, values in series.items()
    )
    return {
        "key": key,
        "title": title,
        "label": f"{title}. {told}.",
        "of": of,
        "heads": list(series),
        "rows": list(zip(labels, zip(*series.values(), strict=True), states, strict=True)),
        "data": {
            "key": key,
            "kind": kind,
            "stacked": stacked,
            "labels": labels,
            "unfinished": [state != "closed" for state in states],
            "series": [{"title": name, "values": values} for name, values in series.items()],
        },
    }


def _round(value: float | None) -> str:
    """Whole, but for numbers so small that they would all be 0 or 1."""
    number = float(value or 0)
    return f"{number:,.0f}" if abs(number) >= 10 or number.is_integer() else f"{number:.2f}"  # noqa: PLR2004


def urls() -> list[URLPattern]:
    """Pages of all dashboards; the first is where the admin begins."""
    wrap: Callable[..., Any] = admin.site.admin_view
    pages = [
        path(f"dashboards/{one.key}/", wrap(partial(page, dashboard=one)), name=f"dashboard_{one.key}")
        for one in DASHBOARDS
    ]
    first = RedirectView.as_view(pattern_name=f"admin:{pages[0].name}", query_string=True)
    return [
        path("", wrap(first), name="index"),
        path("dashboards/live/", live, name="dashboard_live"),
        *pages,
    ]


PAGES += urls()
