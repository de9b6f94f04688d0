"""What somebody should hear of without looking: any room says it, and rooms that can tell somebody register here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Alert:
    """about: alerts on the same are told in their order."""

    workspace_id: int
    kind: str
    about: str
    data: dict[str, Any]


# Each writes down, in the transaction of what the alert is of, that it has to be told.
TELLERS: list[Callable[[Alert], object]] = []


def tell(alert: Alert) -> None:
    for teller in TELLERS:
        teller(alert)
