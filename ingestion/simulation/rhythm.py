"""When members come: the hours of their own day, the days of the week, the zones they live in."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from .draws import Lottery

HOUR_SECONDS = 3600
DAY_SECONDS = 86400
# 1 January 1970 was a Thursday; Monday is 0.
EPOCH_WEEKDAY = 3


class Zone(NamedTuple):
    """Where a member lives; the offset ignores daylight saving, which no statistic here would notice."""

    name: str
    offset_hours: int
    locale: str
    weight: float


ZONES = (
    Zone("Europe/Berlin", 1, "de-DE", 34),
    Zone("Europe/London", 0, "en-GB", 20),
    Zone("Europe/Paris", 1, "fr-FR", 12),
    Zone("Europe/Istanbul", 3, "tr-TR", 8),
    Zone("America/New_York", -5, "en-US", 14),
    Zone("America/Los_Angeles", -8, "en-US", 5),
    Zone("Asia/Kolkata", 5, "en-IN", 7),
)
BY_WEIGHT = Lottery({zone: zone.weight for zone in ZONES})


class Rhythm:
    """The day and week of one community: 24 weights of the local hour, 7 of the weekday (Monday first)."""

    def __init__(self, hours: Sequence[float], weekdays: Sequence[float]) -> None:
        mean = sum(weekdays) / 7
        self._weekdays = [weight / mean for weight in weekdays]
        self._hours = Lottery(dict(enumerate(hours)))
        mixed = [sum(zone.weight * hours[(hour + zone.offset_hours) % 24] for zone in ZONES) for hour in range(24)]
        self._mixed = [weight * 24 / sum(mixed) for weight in mixed]

    def weekday_factor(self, instant: float) -> float:
        """How busy the UTC day of an instant (epoch seconds) is; the mean over a week is 1."""
        return self._weekdays[(int(instant // DAY_SECONDS) + EPOCH_WEEKDAY) % 7]

    def factor(self, instant: float) -> float:
        """How busy an instant (epoch seconds) is over all zones; the mean over a week is 1."""
        return self._mixed[int(instant % DAY_SECONDS) // HOUR_SECONDS] * self.weekday_factor(instant)

    def second_of_day(self, rng: Random, zone: Zone) -> float:
        """A UTC second of the day at which a member of that zone comes."""
        hour = (self._hours.draw(rng) - zone.offset_hours) % 24
        return (hour + rng.random()) * HOUR_SECONDS


# fmt: off
EVENINGS = Rhythm(
    hours=[3, 1.5, 1, 0.5, 0.5, 0.7, 1.5, 3, 4, 4, 4, 4.5, 5, 5, 4.5, 4.5, 5, 6, 7.5, 9, 10, 9.5, 8, 5],
    weekdays=[1.0, 0.95, 0.95, 0.95, 1.0, 1.25, 1.3],
)
MORNINGS = Rhythm(
    hours=[0.5, 0.3, 0.3, 0.3, 1, 4, 9, 11, 9, 5, 3.5, 3, 4, 3.5, 3, 2.5, 3, 3.5, 4, 5, 6, 7, 5, 2],
    weekdays=[1.25, 1.1, 1.05, 1.0, 0.95, 0.75, 0.85],
)
ALL_DAY = Rhythm(
    hours=[3.5, 2, 1, 0.6, 0.5, 1, 3, 5.5, 6, 5, 4.5, 5, 7, 7, 5.5, 5, 5.5, 6.5, 8, 9, 10, 10, 8.5, 6],
    weekdays=[0.95, 0.9, 0.9, 0.95, 1.05, 1.25, 1.3],
)
OFFICE_HOURS = Rhythm(
    hours=[0.5, 0.3, 0.2, 0.2, 0.3, 0.6, 1.5, 4, 8, 10, 10, 8.5, 6, 7.5, 9, 8.5, 7.5, 6, 4, 3, 3, 2.5, 1.8, 1],
    weekdays=[1.15, 1.3, 1.3, 1.25, 1.0, 0.4, 0.45],
)
# fmt: on
