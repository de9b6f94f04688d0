"""Pauses of a command that runs on until somebody ends it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

# A pause is cut into pieces so short, because a signal does not end a sleep.
NAP_SECONDS = 0.2


class Timer:
    """Pauses until a signal comes or the time is over."""

    def __init__(self, duration_seconds: float) -> None:
        self.stopped = False
        self._end = time.monotonic() + duration_seconds

    def stop(self, *_: object) -> None:
        self.stopped = True

    def wait(self, seconds: float) -> bool:
        """Pause; True when it is time to stop, which ends the pause."""
        until = min(time.monotonic() + seconds, self._end)
        while not self.stopped and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, NAP_SECONDS))
        return self.stopped or time.monotonic() >= self._end

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Within the block SIGINT and SIGTERM stop the timer."""
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
