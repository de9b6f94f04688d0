"""What sockets say (metrics.v1+json, docs/howto/live-numbers.md): messages read, and frames made of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from analytics import live_metrics
from analytics.live_feed import Watch
from analytics.live_metrics import LIVE

SUBPROTOCOL = "metrics.v1+json"
MOST_BYTES = 4_096
# Seconds of an interval that counting and reading may take, so that a change is told within it.
HEAD_START = 0.3
LONGEST_ID = 100


class BadFrame(ValueError):  # noqa: N818 what is said to the other end, not a fault
    """No message at all; the message says why."""


class Refused(ValueError):  # noqa: N818 see BadFrame
    """A message that cannot be done, with a code; the socket stays open."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Incoming(msgspec.Struct, frozen=True):
    """Any message of a client: each type has its own of these."""

    type: Literal["auth", "subscribe", "unsubscribe", "ping"]
    id: str = ""
    token: str = ""
    metrics: list[str] | None = None
    project: str = ""
    interval: float = 1.0


_decode = msgspec.json.Decoder(Incoming).decode


def read(text: str | None) -> Incoming:
    """Raises BadFrame."""
    if text is None:
        raise BadFrame("A frame is JSON text and not binary")
    if len(text) > MOST_BYTES:
        raise BadFrame(f"A frame is at most {MOST_BYTES:,} characters long")
    try:
        message = _decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadFrame(f"Not a message: {error}"[:200]) from None
    if len(message.id) > LONGEST_ID:
        raise BadFrame(f"An id is at most {LONGEST_ID} characters long")
    return message


def asked(message: Incoming) -> list[str]:
    """The metrics that a subscription is about, all where it names none. Raises Refused."""
    if not message.id:
        raise Refused("id_needed", "A subscription needs an id")
    if not 1 <= message.interval <= 3_600:  # noqa: PLR2004 as the message says
        raise Refused("bad_interval", "`interval` is 1 to 3600 seconds")
    if message.metrics is None:
        return [one.key for one in LIVE]
    try:
        keys = live_metrics.keys_of(message.metrics)
    except live_metrics.NoSuchLiveMetric as error:
        raise Refused("unknown_metric", str(error)) from None
    if not keys:
        raise Refused("unknown_metric", "`metrics` names nothing")
    return keys


@dataclass(slots=True)
class Subscription:
    """The latest numbers are all that is kept: what a slow reader has missed is never told."""

    id: str
    watch: Watch
    keys: list[str]
    interval: float
    seq: int = 0
    told: dict[str, int | None] = field(default_factory=dict)
    # On the clock of the event loop: before it nothing is told.
    due: float = 0.0

    def news(self) -> dict[str, int | None]:
        """What is other than what was told last."""
        live = self.watch.latest
        if live is None:
            return {}
        values: dict[str, int | None] = {key: getattr(live, key) for key in self.keys}
        return {key: value for key, value in values.items() if key not in self.told or self.told[key] != value}

    def frame(self, now: float) -> dict[str, Any] | None:
        """What is to be told now, which is told by that; None for nothing."""
        live = self.watch.latest
        if live is None or now < self.due or not (news := self.news()):
            return None
        self.seq += 1
        self.told |= news
        self.due = now + self.interval - HEAD_START
        return {
            "type": "snapshot" if self.seq == 1 else "delta",
            "id": self.id,
            "seq": self.seq,
            "as_of": live.as_of,
            "metrics": [{"name": key, "value": value, "timestamp": live.as_of} for key, value in news.items()],
        }
