"""The points of a person, on the person's page."""

from typing import Any

from config.people import PANELS, Panel, Somebody
from config.permissions import Area
from economy.models import Account, LevelReached


def points(somebody: Somebody) -> dict[str, Any]:
    """The accounts of all ids of the person: who was merged has one each; and the levels that they reached."""
    rows = Account.objects.filter(workspace=somebody.workspace, person_id__in=somebody.actor_ids)
    reached = LevelReached.objects.filter(workspace=somebody.workspace, account__in=rows)
    return {
        "workspace": somebody.workspace,
        "accounts": rows.order_by("id"),
        "levels": reached.order_by("reached_at", "min_points"),
    }


PANELS.register(Panel("points", "Points", "admin/economy/person_points.html", points, Area.POINTS))
