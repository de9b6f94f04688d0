"""The sessions of a person, on the person's page."""

from typing import Any

from analytics.models import Session
from config.lib.admin import duration_words
from config.people import PANELS, Panel, Somebody

LATEST = 10


def sessions(somebody: Somebody) -> dict[str, Any]:
    """The latest sessions; those of bots and test accounts are told apart."""
    rows = Session.objects.filter(workspace=somebody.workspace, person_id=somebody.person_id).order_by("-started_at")
    return {
        "sessions": [(one, duration_words(one.ended_at - one.started_at)) for one in rows[:LATEST]],
        "latest": LATEST,
    }


PANELS.register(Panel("sessions", "Sessions", "admin/analytics/person_sessions.html", sessions))
