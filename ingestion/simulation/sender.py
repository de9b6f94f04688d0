"""Delivers envelopes to a door over HTTP and never lets a batch go before it is answered."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import uniform
from typing import Any

import httpx

from .shapes import Envelope

GZIP_ABOVE_EVENTS = 20
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
# Attempts at one batch that may fail in a row: some three minutes.
ATTEMPTS = 12
RETRY_STATUSES = {429, 500, 502, 503, 504}


class DeliveryError(Exception):
    """The door cannot be reached, or refuses; the message says which and why."""


@dataclass(slots=True)
class Totals:
    """Events by what became of them (`sent` = accepted + duplicates + rejected), and batches, and attempts repeated."""

    sent: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    unsent: int = 0
    batches: int = 0
    retries: int = 0


class Sender:
    """Posts batches to {url}/api/events.

    `wait` pauses for so many seconds and gives True when it is time to stop: a batch then gets one more attempt.
    `say` is told of every failed attempt.
    """

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        key: str,
        *,
        wait: Callable[[float], bool],
        say: Callable[[str], None],
    ) -> None:
        self.totals = Totals()
        self._client = client
        self._url = f"{url.rstrip('/')}/api/events"
        self._key = key
        self._wait = wait
        self._say = say

    def send(self, batch: Sequence[Envelope]) -> None:
        """Deliver the events as one JSON list; DeliveryError when that is impossible, and they count as unsent."""
        body = json.dumps(batch, separators=(",", ":")).encode()
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        if len(batch) > GZIP_ABOVE_EVENTS:
            body = gzip.compress(body, compresslevel=5)
            headers["Content-Encoding"] = "gzip"
        try:
            self._count(self._deliver(body, headers), len(batch))
        except DeliveryError:
            self.totals.unsent += len(batch)
            raise

    def _deliver(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Try until the door answers; what an attempt without an answer has stored, the next finds as duplicates."""
        stopping = False
        for attempt in range(ATTEMPTS):
            answer = self._attempt(body, headers)
            if isinstance(answer, httpx.Response):
                if answer.status_code == httpx.codes.OK:
                    return answer
                problem = f"{self._url} answered {answer.status_code}: {_excerpt(answer)}"
                if answer.status_code not in RETRY_STATUSES:
                    raise DeliveryError(problem)
                pause = _retry_after(answer) or self._backoff(attempt)
            else:
                problem, pause = f"{self._url} cannot be reached: {answer}", self._backoff(attempt)
            if stopping or attempt == ATTEMPTS - 1:
                break
            self._say(f"{problem}; again in {pause:.1f} s")
            self.totals.retries += 1
            stopping = self._wait(pause)
        raise DeliveryError(problem)

    def _attempt(self, body: bytes, headers: dict[str, str]) -> httpx.Response | httpx.TransportError:
        try:
            return self._client.post(self._url, content=body, headers=headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise DeliveryError(f"{self._url} is no address: {error}") from None
        except httpx.TransportError as error:
            return error

    def _backoff(self, attempt: int) -> float:
        """Seconds to wait: doubling, and jittered so that many senders do not come back at once."""
        longest = min(FIRST_WAIT_SECONDS * 2.0**attempt, LONGEST_WAIT_SECONDS)
        return longest * uniform(0.5, 1.0)

    def _count(self, response: httpx.Response, events: int) -> None:
        try:
            data: dict[str, Any] = response.json()["data"]
            accepted, duplicates, rejected = (int(data[name]) for name in ("accepted", "duplicates", "rejected"))
        except (ValueError, KeyError, TypeError):
            raise DeliveryError(f"{self._url} is not the events door: {_excerpt(response)}") from None
        totals = self.totals
        totals.batches += 1
        totals.sent += events
        totals.accepted += accepted
        totals.duplicates += duplicates
        totals.rejected += rejected


def _excerpt(response: httpx.Response) -> str:
    """The beginning of a body, in one line."""
    return " ".join(response.text.split())[:200]


def _retry_after(response: httpx.Response) -> float:
    """Whole seconds the door asks for, 0 when it names none."""
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else 0.0
