"""Metrics of the pipeline (metrics.md 8): how much comes, what of it is turned away, how late it is."""

from analytics.metrics import METRICS, Metric
from analytics.rollups.rollup import ROLLUPS, Rollup

ROLLUP = "arrival_daily"
ALL = "Bots and test accounts are among them."

ROLLUPS.register(
    Rollup(
        key=ROLLUP,
        title="Arrivals by day of receipt",
        table="arrival_daily",
        grain="day",
        # Opened as rollups of events are; the counts themselves are of analytics.arrivals.
        reads_events=True,
    )
)

METRICS.register(
    Metric(
        "events_received",
        "Events received",
        "events",
        f"Events that came in on the day, whatever became of them. {ALL}",
        "received",
        rollup=ROLLUP,
    ),
    Metric(
        "throughput",
        "Throughput",
        "events/min",
        f"Events received divided by the minutes of the day that were over at the last fill. {ALL}",
        "received",
        kind="ratio",
        denominator="minutes",
        data_points="received",
        rollup=ROLLUP,
        idle=0,
    ),
    Metric(
        "error_rate",
        "Error rate",
        "ratio",
        "Events that were rejected and went to the quarantine, divided by those received; null where none were.",
        "rejected",
        kind="ratio",
        denominator="received",
        rollup=ROLLUP,
        higher_is_better=False,
    ),
    Metric(
        "duplicate_rate",
        "Duplicate rate",
        "ratio",
        "Events that were there before, divided by those received; null where none were.",
        "duplicates",
        kind="ratio",
        denominator="received",
        rollup=ROLLUP,
        higher_is_better=False,
    ),
    *(
        Metric(
            f"{key}_{percentile}",
            f"{title}, {words}",
            "s",
            f"{meaning} of the seconds from {span}, of the events stored; exact to a tenth. Null where none were.",
            f"{column}_{percentile}",
            kind="day_ratio",
            denominator="has_stored",
            data_points="stored",
            rollup=ROLLUP,
            higher_is_better=False,
        )
        for key, column, title, span in (
            ("lag", "lag", "Lag", "received to stored"),
            ("arrival_delay", "delay", "Delay of arrival", "occurred to received"),
        )
        for percentile, words, meaning in (
            ("p50", "median", "The median"),
            ("p95", "95th percentile", "The 95th percentile"),
        )
    ),
)
