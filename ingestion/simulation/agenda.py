"""Interleaves the sessions of many members in the order of time."""

import heapq
import math
from typing import Any

from .members import Member
from .world import Session, World

Happening = tuple[float, Member, str, dict[str, Any]]
# (next instant, order of entry, member, session, seconds late, instant at which it breaks off)
_Entry = tuple[float, int, Member, Session, float, float]


class Agenda:
    """Running and planned sessions of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: list[_Entry] = []
        self._count = 0

    def plan(
        self, instant: float, member: Member, session: Session, *, late: float = 0.0, until: float = math.inf
    ) -> None:
        """Begin a session at an instant. A late one happened so many seconds before it is heard of."""
        self._count += 1
        heapq.heappush(self._entries, (instant, self._count, member, session, late, until))

    def next_instant(self) -> float:
        """When something happens next (epoch seconds), infinite when nothing is planned."""
        return self._entries[0][0] if self._entries else math.inf

    def step(self) -> Happening | None:
        """Let the next thing happen; None when the session was over instead. The instant is when it happened."""
        instant, order, member, session, late, until = self._entries[0]
        self._world.now = instant - late
        step = next(session, None) if instant < until else None
        if step is None:
            heapq.heappop(self._entries)
            session.close()
            return None
        name, properties, pause = step
        heapq.heapreplace(self._entries, (instant + pause, order, member, session, late, until))
        return instant - late, member, name, properties


def visit(world: World, member: Member, session: Session, *, alone: bool) -> Session:
    """The session if the member may come: not banned and, when it must be alone, not in another one already."""
    if member.banned_until > world.now or (alone and member.online):
        return
    member.online = True
    try:
        yield from session
    finally:
        member.online = False
