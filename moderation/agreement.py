"""How far two who judge the same agree, beyond what chance would have them agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """share: of judgements alike. kappa: 1 always alike, 0 as by chance; None where all say one thing."""

    number: int
    share: float | None
    kappa: float | None


def agreement(pairs: Mapping[tuple[str, str], int]) -> Agreement:
    """Of how often the first said this and the second that.

    Cohen's kappa, (p_o - p_e) / (1 - p_e), where p_o is the share alike and p_e the share alike by chance, the sum over
    all judgements of how often the first makes it times how often the second does: J. Cohen, "A coefficient of
    agreement for nominal scales", Educational and Psychological Measurement 20 (1960), 37-46.
    """
    number = sum(pairs.values())
    if not number:
        return Agreement(0, None, None)
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        first[one] += count
        second[other] += count
    alike = sum(count for (one, other), count in pairs.items() if one == other)
    # In whole numbers, so that all-alike is known exactly.
    by_chance = sum(first[judgement] * second[judgement] for judgement in first)
    if by_chance == number * number:
        return Agreement(number, alike / number, None)
    return Agreement(number, alike / number, (number * alike - by_chance) / (number * number - by_chance))
