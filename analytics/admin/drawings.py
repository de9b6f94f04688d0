"""How numbers are shown: cards, charts with their tables, and values with their units."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format, number_format

from analytics.dashboards import AVERAGE_DAYS, COHORTS_TITLE, Chart, Figure, Month, Numbers, Series
from config.lib.admin import duration_words

NOTHING = "\N{EN DASH}"
LEAST_PERCENT = 0.05
DURATIONS = {"s": "seconds", "seconds": "seconds", "hours": "hours"}
# The small line in a card.
SPARK_WIDTH, SPARK_HEIGHT = 100, 24
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


def shown(unit: str, value: float | None) -> str:
    """A value with its unit, as people read it."""
    if value is None:
        return NOTHING
    if unit in {"ratio", "%"}:
        percent = (100 if unit == "ratio" else 1) * value
        # What is small but not nothing is not told as nothing.
        return f"{percent:.1f}%" if abs(percent) >= LEAST_PERCENT or not value else f"{percent:.2g}%"
    if unit == "index":
        return f"{value:.2f}"
    if unit in DURATIONS:
        return duration_words(timedelta(**{DURATIONS[unit]: value}))
    text = str(number_format(value, decimal_pos=0 if float(value).is_integer() else 1, force_grouping=True))
    return f"{text} ms" if unit == "ms" else text


def card(figure: Figure) -> dict[str, Any]:
    """What a card's template shows; direction is up, down or flat, mood is good, bad or neutral."""
    change = figure.change
    flat = change is None or abs(change) < 0.05  # noqa: PLR2004 what one decimal shows as 0
    unit = " points" if figure.metric.unit in {"ratio", "%"} else "%"
    return {
        "key": figure.metric.key,
        "title": figure.metric.title,
        "definition": figure.metric.definition,
        "value": shown(figure.metric.unit, figure.value),
        "when": day_words(figure.last)
        if figure.over == "day"
        else f"{day_words(figure.first)} to {day_words(figure.last)}",
        "change": NOTHING if change is None else f"{abs(change):,.1f}{unit}",
        "direction": "flat" if flat else "up" if change > 0 else "down",  # type: ignore[operator]  # None is flat
        "mood": "neutral" if flat or figure.is_good is None else "good" if figure.is_good else "bad",
        "compared": change is not None,
        "before": f"{shown(figure.metric.unit, figure.before)} {_before(figure)}",
        "spark": _spark(figure.values),
        "spark_words": _spark_words(figure),
        "data_points": figure.data_points,
        "state": figure.state,
        "state_help": STATES[figure.state],
        "confidence": figure.confidence,
        "confidence_help": CONFIDENCE[figure.confidence],
    }


def _spark(values: list[float | None]) -> list[str]:
    """Points of the lines through the days that have a value, each line without a gap; none for a single day."""
    known = [value for value in values if value is not None]
    if len(values) < 2 or not known or not any(known):  # noqa: PLR2004 a line has two ends
        return []
    low, high = min(known), max(known)
    step, height = SPARK_WIDTH / (len(values) - 1), SPARK_HEIGHT - 2
    lines: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
            continue
        share = (value - low) / (high - low) if high > low else 0.5
        lines[-1].append(f"{place * step:.1f},{1 + height * (1 - share):.1f}")
    return [" ".join(line) for line in lines if len(line) > 1]


def _spark_words(figure: Figure) -> str:
    known = [value for value in figure.values if value is not None]
    if not known:
        return ""
    unit = figure.metric.unit
    return f"By day: lowest {shown(unit, min(known))}, highest {shown(unit, max(known))}."


def _before(figure: Figure) -> str:
    return f"on {day_words(figure.against)}" if figure.over == "day" and figure.against else "in the period before"


def day_words(day: date) -> str:
    return date_format(day, "j M Y")


def charts_of(found: Numbers) -> list[dict[str, Any]]:
    charts = [
        _chart(one, found.series[one.key], found.targets.get(one.key))
        for one in found.dashboard.charts
        if one.key in found.series
    ]
    return [*charts, _cohort_chart(found.months)] if found.dashboard.cohorts and found.group is None else charts


def _chart(chart: Chart, series: list[Series], target: float | None) -> dict[str, Any]:
    days = series[0].values
    if chart.kind == "stacked":
        # Parts that never were anything would only fill the legend.
        series = [one for one in series if any(value.value for value in one.values)] or series[:1]
    guides: dict[str, list[Any]] = {
        f"{one.metric.title}, mean of {AVERAGE_DAYS} days": one.average for one in series if one.average is not None
    }
    if chart.target is not None:
        guides[chart.target.title] = [target] * len(days)
    return drawing(
        chart.key,
        chart.title,
        kind=chart.kind,
        labels=[day_words(value.date) for value in days],
        states=[value.state for value in days],
        series={one.metric.title: [value.value for value in one.values] for one in series},
        guides=guides,
        percent=all(one.metric.unit == "ratio" for one in series),
    )


def _cohort_chart(months: list[Month]) -> dict[str, Any]:
    return drawing(
        "cohorts",
        COHORTS_TITLE,
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
    guides: dict[str, list[Any]] | None = None,
    stacked: bool = False,
    percent: bool = False,
    of: str = "Day",
) -> dict[str, Any]:
    """The data of the canvas, rows for the table beside it, and a sentence for whoever sees neither.

    Stacked bars stand on each other, as areas of the kind "stacked" do; guides are thin lines beside the series, such
    as targets; percent says that 1 is read as 100 %; `of` says what the labels are.
    """
    guides = guides or {}
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
        "is_empty": not any(value for values in series.values() for value in values),
        "heads": [*series, *guides],
        "rows": list(zip(labels, zip(*series.values(), *guides.values(), strict=True), states, strict=True)),
        "data": {
            "key": key,
            "kind": kind,
            "stacked": stacked or kind == "stacked",
            "percent": percent,
            "labels": labels,
            "unfinished": [state != "closed" for state in states],
            "series": [{"title": name, "values": values} for name, values in series.items()],
            "guides": [{"title": name, "values": values} for name, values in guides.items()],
        },
    }


def _round(value: float | None) -> str:
    """Whole, but for numbers so small that they would all be 0 or 1."""
    number = float(value or 0)
    return f"{number:,.0f}" if abs(number) >= 10 or number.is_integer() else f"{number:.2f}"  # noqa: PLR2004
