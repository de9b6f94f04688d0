"""What a person agreed to, on the person's page."""

from typing import Any

from config.people import PANELS, Panel, Somebody
from config.permissions import Area
from privacy.models import ConsentRecord

LATEST = 20


def answers(somebody: Somebody) -> dict[str, Any]:
    """The latest answers by any of the person's ids."""
    rows = ConsentRecord.objects.filter(workspace=somebody.workspace, actor_id__in=somebody.actor_ids)
    return {"answers": list(rows.order_by("-decided_at", "-id")[:LATEST]), "latest": LATEST}


PANELS.register(Panel("consents", "Consents", "admin/privacy/person_consents.html", answers, Area.CONSENTS))
