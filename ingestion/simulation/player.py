"""Plays a stream of envelopes in real time into a sender."""

from collections.abc import Callable, Iterable

from .sender import Sender, Totals
from .shapes import Envelope

FLUSH_SECONDS = 1.0
REPORT_SECONDS = 10.0
LARGEST_BATCH = 500


class Player:
    """Keeps the pace of a stream.

    `clock` counts seconds; `wait` pauses for so many and gives True when it is time to stop; `report` hears the totals
    every ten seconds.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], bool],
        report: Callable[[Totals], None],
    ) -> None:
        self._sender = sender
        self._clock = clock
        self._wait = wait
        self._report = report
        self._batch: list[Envelope] = []
        self._flush_at = self._report_at = 0.0

    def play(self, stream: Iterable[tuple[float, Envelope]]) -> None:
        """Send each envelope after its delay in seconds, gathered and flushed each second, until it is time to stop.

        A stream that could not be kept up with is caught up with as fast as the door allows. Raises DeliveryError.
        """
        due = self._clock()
        self._flush_at, self._report_at = due + FLUSH_SECONDS, due + REPORT_SECONDS
        for delay, envelope in stream:
            due += delay
            while (now := self._clock()) < due or len(self._batch) >= LARGEST_BATCH:
                if self._wait(max(0.0, min(due, self._flush_at) - now)):
                    self._flush()
                    return
                self._keep_time()
            self._batch.append(envelope)
        self._flush()

    def _keep_time(self) -> None:
        now = self._clock()
        if now >= self._flush_at or len(self._batch) >= LARGEST_BATCH:
            self._flush()
            self._flush_at = self._clock() + FLUSH_SECONDS
        if now >= self._report_at:
            self._report(self._sender.totals)
            self._report_at = self._clock() + REPORT_SECONDS

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._sender.send(batch)
