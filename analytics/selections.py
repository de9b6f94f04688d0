"""What a dashboard is asked of: everybody, one group of people, or one community where it has a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics import groups
from analytics.content_panels import community_of
from analytics.dashboards import Dashboard, Numbers, numbers
from analytics.groups import DIMENSIONS, Dimension, Group
from analytics.spans import InvalidSpan, Span
from config.models import Workspace

COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Selection:
    """dashboard: what is shown. community: the one that its page is of; group: the people that numbers are told of."""

    dashboard: Dashboard
    community: str = ""
    group: Group | None = None

    @property
    def asked(self) -> dict[str, str]:
        """As a query string has it."""
        if self.group is not None:
            return {self.group.dimension.key: self.group.name}
        return {COMMUNITY: self.community} if self.community else {}

    def numbers(self, workspace: Workspace, span: Span, *, with_bots: bool) -> Numbers:
        return numbers(self.dashboard, workspace, span, with_bots=with_bots, of=self.community, group=self.group)


def dimensions_of(dashboard: Dashboard) -> list[Dimension]:
    """By which any of it can be told."""
    own = COMMUNITY if dashboard.of_one else ""
    return [one for one in DIMENSIONS if one.key != own and any(map(one.tells, dashboard.metrics))]


def select(
    dashboard: Dashboard, workspace: Workspace, span: Span, asked: Mapping[str, Any], *, with_bots: bool
) -> Selection:
    """Raises InvalidSpan for what is not there or too small, for two, and where the dashboard cannot be told by it."""
    named = {one.key: str(asked[one.key]) for one in DIMENSIONS if asked.get(one.key)}
    if not named:
        return Selection(dashboard)
    key, name = next(iter(named.items()))
    if len(named) > 1:
        raise InvalidSpan(key, f"Of {' and '.join(named)} one can be asked for at a time")
    if dashboard.of_one is not None and key == COMMUNITY:
        return Selection(dashboard.of_one, community=community_of(workspace, span, name))
    possible = {one.key: one for one in dimensions_of(dashboard)}
    if key not in possible:
        can = f"it can be by {', '.join(possible)}" if possible else "it is of the whole workspace"
        raise InvalidSpan(key, f"Nothing of this dashboard can be told by {key}: {can}")
    if with_bots:
        raise InvalidSpan("bots", f"By {key} bots and test accounts are never counted in: leave one of the two out")
    dimension = possible[key]
    return Selection(dashboard, group=Group(dimension, groups.chosen(dimension, workspace, span, name)))
