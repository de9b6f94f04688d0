"""The pause that ends a session. An event begins one when the pause before it is longer than the gap that holds on the
event's own day, so a day on which the gap changes is told the same from whatever range is filled.
"""

from datetime import timedelta

from analytics import definitions
from analytics.definitions import DEFINITIONS, Definition
from config.models import Workspace

KEY = "session_gap_minutes"

DEFINITIONS.register(
    Definition(
        KEY,
        "Session gap",
        "Minutes that may lie between two events of one session: a pause of exactly so long goes on, a longer one ends "
        "it. A day's gap is about the pauses that end on it.",
        {"minutes": 30},
        # sessions.sql follows a session for two days at most.
        limits={"minutes": (1, 1440)},
    )
)


def longest(workspace: Workspace) -> timedelta:
    """The longest gap that holds on any day: how far a change of events can reach."""
    return timedelta(minutes=max(one.value["minutes"] for one in definitions.held(workspace, KEY)))
