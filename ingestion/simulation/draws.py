"""Draws from a seeded generator that the standard library lacks."""

import math
from bisect import bisect
from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Item = TypeVar("Item")

LONGEST_PAUSE_SECONDS = 900.0


class Lottery(Generic[Item]):
    """Draws an item in proportion to its weight."""

    __slots__ = ("_items", "_limits", "_total")

    def __init__(self, weights: Mapping[Item, float]) -> None:
        self._items = list(weights)
        self._limits = list(accumulate(weights.values()))
        self._total = self._limits[-1]

    def draw(self, rng: Random) -> Item:
        return self._items[bisect(self._limits, rng.random() * self._total)]


def happens(rng: Random, probability: float) -> bool:
    return rng.random() < probability


def token(rng: Random, digits: int) -> str:
    """A random id of so many hexadecimal digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def uuid_text(rng: Random) -> str:
    """A random uuid (version 4) as text."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number by Knuth's product of uniforms; meant for means below about 50."""
    limit = math.exp(-mean)
    count, product = 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def pause(rng: Random, median_seconds: float = 20.0) -> float:
    """Seconds until a person acts again: log-normal, at least half a second, cut far below the session gap."""
    seconds = median_seconds * rng.lognormvariate(0.0, 0.8)
    return min(max(seconds, 0.5), LONGEST_PAUSE_SECONDS)


def scale(rng: Random, mean: float, spread: float, low: int = 1, high: int = 10) -> int:
    """A whole number of a rating scale, bell-shaped around the mean."""
    return min(max(round(rng.gauss(mean, spread)), low), high)
