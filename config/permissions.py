"""What each role may see and change: one table, asked by the admin, the dashboards and the API."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from config.models import Member, Role, User, Workspace

Action = Literal["view", "change"]
AnyUser = User | AnonymousUser


class Area(StrEnum):
    """What an operator works on. An area holds one noun of the admin, or a right that cuts across nouns."""

    METRICS = "metrics"
    # Funnels and features: what numbers are asked of, but not the numbers.
    ANALYSES = "analyses"
    # Tables to take out; who is who in them is a right of its own, PEOPLE.
    EXPORTS = "exports"
    SOURCES = "sources"
    EVENT_TYPES = "event_types"
    QUARANTINE = "quarantine"
    IMPORTS = "imports"
    DISTINCT_IDS = "distinct_ids"
    COMMUNITIES = "communities"
    # Who is whom: the pages of people, merges and conflicts.
    PEOPLE = "people"
    # Who has how many points, and what moved them.
    POINTS = "points"
    # What a payload or a trait says of a person, unmasked.
    PERSONAL_DATA = "personal_data"
    CONSENTS = "consents"
    # Who read what over the API.
    ACCESS_LOG = "access_log"
    # The moderators' desk: reports, cases and what was done.
    MODERATION = "moderation"
    # Policies and the desk's settings.
    MODERATION_RULES = "moderation_rules"
    WORKSPACES = "workspaces"
    MEMBERS = "members"
    RUNS = "runs"
    ROLLUPS = "rollups"
    # Weights, thresholds, gaps and patterns that numbers depend on.
    DEFINITIONS = "definitions"
    # Of the whole installation, so no role of one workspace reaches them.
    SCHEDULES = "schedules"
    USERS = "users"


_EVERYBODY = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_NOBODY: frozenset[Role] = frozenset()
_BUILDERS = frozenset({Role.ANALYST, Role.ADMIN})
_OPERATORS = frozenset({Role.ANALYST, Role.COMMUNITY_MANAGER, Role.PRIVACY_OFFICER, Role.ADMIN})
_PEOPLE = frozenset({Role.COMMUNITY_MANAGER, Role.MODERATOR, Role.PRIVACY_OFFICER, Role.ADMIN})
_MODERATORS = frozenset({Role.COMMUNITY_MANAGER, Role.MODERATOR, Role.ADMIN})
_PRIVACY = frozenset({Role.PRIVACY_OFFICER, Role.ADMIN})

# area: (who may view, who may change). Superusers may everything.
RULES: dict[Area, tuple[frozenset[Role], frozenset[Role]]] = {
    Area.METRICS: (_EVERYBODY, _NOBODY),
    Area.ANALYSES: (_EVERYBODY, _BUILDERS),
    Area.EXPORTS: (_OPERATORS, _NOBODY),
    Area.SOURCES: (_OPERATORS, _ADMIN),
    Area.EVENT_TYPES: (_OPERATORS, _BUILDERS),
    Area.QUARANTINE: (_BUILDERS | _PRIVACY, _BUILDERS),
    Area.IMPORTS: (_OPERATORS, _NOBODY),
    Area.DISTINCT_IDS: (_PEOPLE, _NOBODY),
    Area.COMMUNITIES: (_OPERATORS, _NOBODY),
    Area.PEOPLE: (_PEOPLE, frozenset({Role.COMMUNITY_MANAGER, Role.PRIVACY_OFFICER, Role.ADMIN})),
    Area.POINTS: (_PEOPLE, frozenset({Role.COMMUNITY_MANAGER, Role.ADMIN})),
    Area.PERSONAL_DATA: (_PRIVACY, _NOBODY),
    Area.CONSENTS: (_PRIVACY, _PRIVACY),
    Area.ACCESS_LOG: (_PRIVACY, _NOBODY),
    Area.MODERATION: (_MODERATORS, _MODERATORS),
    Area.MODERATION_RULES: (_MODERATORS, frozenset({Role.COMMUNITY_MANAGER, Role.ADMIN})),
    Area.WORKSPACES: (_EVERYBODY, _ADMIN),
    Area.MEMBERS: (_PRIVACY, _ADMIN),
    Area.RUNS: (_OPERATORS, _ADMIN),
    Area.ROLLUPS: (_OPERATORS, _BUILDERS),
    Area.DEFINITIONS: (_OPERATORS, _BUILDERS),
    Area.SCHEDULES: (_NOBODY, _NOBODY),
    Area.USERS: (_NOBODY, _NOBODY),
}


def allowed(role: str, area: Area, action: Action) -> bool:
    """What the table says of one role; whoever may change may view."""
    viewers, changers = RULES[area]
    return role in changers or (action == "view" and role in viewers)


def workspace_ids(user: AnyUser, area: Area, action: Action = "view") -> list[int] | None:
    """Ids of the workspaces in which a role of the user allows it, ascending; None for all (superusers)."""
    if not user.is_active:
        return []
    if user.is_superuser:
        return None
    roles = _roles_of(user)
    return sorted(pk for pk, held in roles.items() if any(allowed(role, area, action) for role in held))


def workspaces_of(user: AnyUser, area: Area = Area.METRICS, action: Action = "view") -> QuerySet[Workspace]:
    """The workspaces in which the user may do it; by default, those whose numbers they may read: all they are in."""
    ids = workspace_ids(user, area, action)
    return Workspace.objects.all() if ids is None else Workspace.objects.filter(pk__in=ids)


def may(user: AnyUser, action: Action, area: Area, workspace_id: int | None = None) -> bool:
    """Whether the user may do it in that workspace; without one, in any."""
    ids = workspace_ids(user, area, action)
    if ids is None:
        return True
    return bool(ids) if workspace_id is None else workspace_id in ids


def may_read_metrics(user: AnyUser, workspace: Workspace) -> bool:
    return may(user, "view", Area.METRICS, workspace.pk)


def _roles_of(user: AnyUser) -> dict[int, set[str]]:
    """{workspace id: roles}, kept on the user object for the length of a request, as Django keeps its permissions."""
    known: dict[int, set[str]] | None = user.__dict__.get("_roles")
    if known is None:
        known = {}
        if user.pk is not None:
            for workspace_id, role in Member.objects.filter(user_id=user.pk).values_list("workspace_id", "role"):
                known.setdefault(workspace_id, set()).add(role)
        user.__dict__["_roles"] = known
    return known
