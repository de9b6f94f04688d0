"""Where a person stands and what the sessions were, on the person's page."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics import activation, lifecycle
from analytics.models import Session
from config.lib.admin import duration_words
from config.lib.buckets import day_of
from config.people import PANELS, Panel, Somebody

LATEST = 10


def standing(somebody: Somebody) -> dict[str, Any]:
    """Lifecycle, segment and level at the end of yesterday, of who signed up today so far; and the activation."""
    today = day_of(timezone.now(), somebody.workspace.zone)
    for day in (today - timedelta(days=1), today):
        if found := lifecycle.state(somebody.workspace, day, somebody.person_id):
            break
    return {
        "day": day,
        "is_over": day < today,
        "state": found,
        "activation": activation.of_person(somebody.workspace, somebody.person_id),
    }


def sessions(somebody: Somebody) -> dict[str, Any]:
    """The latest sessions; those of bots and test accounts are told apart."""
    rows = Session.objects.filter(workspace=somebody.workspace, person_id=somebody.person_id).order_by("-started_at")
    return {
        "sessions": [(one, duration_words(one.ended_at - one.started_at)) for one in rows[:LATEST]],
        "latest": LATEST,
    }


PANELS.register(
    Panel("standing", "Lifecycle", "admin/analytics/person_standing.html", standing),
    Panel("sessions", "Sessions", "admin/analytics/person_sessions.html", sessions),
)
