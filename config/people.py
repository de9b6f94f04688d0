"""What every room has to show of a person, on the person's page. Rooms register here in AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from config.lib.registry import Registry
from config.models import Workspace
from config.permissions import Area


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of a workspace with the actors of all their distinct ids."""

    workspace: Workspace
    person_id: UUID
    actor_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Panel:
    """A section of the page: context(somebody) fills the template, for whoever may view the area. {} fills nothing."""

    key: str
    title: str
    template: str
    context: Callable[[Somebody], dict[str, Any]]
    area: Area = Area.PEOPLE


PANELS: Registry[Panel] = Registry("panel")
