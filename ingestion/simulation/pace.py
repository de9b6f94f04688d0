"""Keeps the rate of events while sessions grow longer or shorter."""

# The mean looks back over so many sessions.
SESSIONS_REMEMBERED = 400.0


class Pace:
    """How often sessions must begin, from a forgetful mean of the events in one, which is taken to be at least 1."""

    def __init__(self, events_per_second: float, events_per_session: float) -> None:
        self._events_per_second = events_per_second
        self._sessions = SESSIONS_REMEMBERED
        self._events = SESSIONS_REMEMBERED * events_per_session

    def sessions_per_second(self) -> float:
        return self._events_per_second * self._sessions / max(self._events, self._sessions)

    def session_began(self, share: float = 1.0) -> None:
        """Count a session, or the share of one that is still to come."""
        keep = 1 - 1 / SESSIONS_REMEMBERED
        self._sessions = self._sessions * keep + share
        self._events *= keep

    def event_happened(self) -> None:
        self._events += 1
