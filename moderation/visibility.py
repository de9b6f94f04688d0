"""Whether content can be seen, as what was done to it leaves it."""

from __future__ import annotations

from moderation.models import Action, Case

OF_CONTENT = {Action.Kind.HIDE, Action.Kind.REMOVE, Action.Kind.RESTORE}


def content_state(case: Case) -> str:
    """visible, hidden or removed, by the last action of the case that changed it."""
    last = last_of_content(case)
    return {"hide": "hidden", "remove": "removed"}.get(last.kind if last else "", "visible")


def last_of_content(case: Case) -> Action | None:
    return case.actions.filter(kind__in=OF_CONTENT, undone_at__isnull=True).order_by("-id").first()
