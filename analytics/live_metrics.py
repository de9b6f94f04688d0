"""The live numbers that the API, sockets and pages tell, and what they mean. analytics/realtime.py counts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from analytics.realtime import ONLINE_SECONDS
from analytics.under_way import UNDER_WAY
from config.lib.registry import Registry


@dataclass(frozen=True, slots=True)
class LiveMetric:
    """key is a field of realtime.Live."""

    key: str
    title: str
    unit: str
    definition: str


class NoSuchLiveMetric(ValueError):  # noqa: N818 as NoSuchGrain
    """The message names the near ones."""


LIVE: Registry[LiveMetric] = Registry("live metric")
_MINUTES = int(UNDER_WAY.total_seconds()) // 60
LIVE.register(
    LiveMetric(
        "dau",
        "Active today",
        "people",
        "Distinct people with an event today, a day of the workspace's zone; events of the categories system, error "
        "and performance do not count.",
    ),
    LiveMetric(
        "online",
        "Online now",
        "people",
        f"Distinct people with such an event in the last {ONLINE_SECONDS // 60} minutes.",
    ),
    LiveMetric(
        "active_sessions",
        "Sessions under way",
        "sessions",
        "Distinct people with such an event within the session gap, 30 minutes unless the workspace says otherwise: "
        "their sessions have not ended.",
    ),
    LiveMetric(
        "live_waves",
        "Waves under way",
        "waves",
        f"Distinct waves that somebody joined, discussed or shared a micro-act in within the last {_MINUTES} minutes.",
    ),
    LiveMetric(
        "micro_acts_today",
        "Micro-acts today",
        "acts",
        "Micro-acts people recorded today, a day of the workspace's zone.",
    ),
    LiveMetric(
        "activations_in_progress",
        "Activations under way",
        "sessions",
        f"Activation sessions that began in the last {_MINUTES} minutes and were not completed since.",
    ),
    LiveMetric(
        "events_per_minute", "Events in the last minute", "events", "Events that happened in the last full minute."
    ),
)


def keys_of(names: Iterable[str]) -> list[str]:
    """The keys of names, in which a hyphen may stand for an underscore; each once.

    Raises NoSuchLiveMetric.
    """
    keys = list(dict.fromkeys(name.strip().lower().replace("-", "_") for name in names))
    for key in keys:
        if key not in LIVE:
            every = [one.key for one in LIVE]
            near = get_close_matches(key, every, n=3) or every
            raise NoSuchLiveMetric(f"There is no live metric {key[:50]!r}; near it are {', '.join(near)}")
    return keys
