"""A preview of a change as commands print it."""

from __future__ import annotations

from typing import Any

from analytics.change_previews import Preview


def facts_of(found: Preview) -> dict[str, Any]:
    """A preview for scripts."""
    return {
        "would_open_buckets": found.total,
        "buckets": found.buckets,
        "days": found.days_in_all,
        "looked_at": {"from": found.first, "to": found.last, "days": found.looked_at},
        "metrics": [
            {
                "metric": row.metric.key,
                "before": row.before,
                "after": row.after,
                "days": [{"date": day, "before": before, "after": after} for day, before, after in row.days],
            }
            for row in found.rows
        ],
        "columns": [
            {"rollup": one.rollup.key, "column": one.name, "before": one.before, "after": one.after}
            for one in found.columns
        ],
    }


def lines_of(found: Preview) -> list[str]:
    """A preview for people: what would be filled again, and a table of the numbers before and after."""
    lines = [f"{found.total:,} buckets would be filled again, of {found.days_in_all:,} days:"]
    lines += [f"  {key:28} {count:>8,}" for key, count in found.buckets.items()]
    if found.first is None:
        return [*lines, "No day is counted by it yet."]
    lines.append(f"Numbers of {found.first} to {found.last} ({found.looked_at:,} of {found.days_in_all:,} days):")
    if not found.rows and not found.columns:
        return [*lines, "  none changes"]
    lines.append(f"  {'':44} {'before':>14} {'after':>14} {'days':>5}")
    for row in found.rows:
        lines.append(f"  {row.metric.key:44} {_number(row.before):>14} {_number(row.after):>14} {len(row.days):>5}")
    for one in found.columns:
        name = f"{one.rollup.key}.{one.name}"
        lines.append(f"  {name:44} {_number(one.before):>14} {_number(one.after):>14}")
    return lines


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")
