"""The four systems by name: behaviour and envelope of each."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple, Protocol

from .forum import Forum
from .members import Member
from .network import Network
from .rhythm import Rhythm
from .shapes import Shape, camel, segment, snake, typed
from .social import Social
from .wellbeing import Wellbeing
from .world import Community, Session, World

DEFAULT_MEMBERS = 400


class Behaviour(Protocol):
    """What a system must offer to be simulated; the means are measured and hold for an established community."""

    rhythm: Rhythm
    events_per_session: float
    seconds_per_session: float

    def first_session(self, member: Member) -> Session: ...

    def session(self, member: Member) -> Session: ...


class System(NamedTuple):
    """How members of a system behave, where they meet, and how its clients speak."""

    behaviour: Callable[[World], Behaviour]
    communities: Callable[[int], list[Community]]
    shape: Shape


SYSTEMS = {
    "forum": System(Forum, Forum.communities, segment),
    "wellbeing": System(Wellbeing, Wellbeing.communities, snake),
    "social": System(Social, Social.communities, camel),
    "network": System(Network, Network.communities, typed),
}


def populate(
    system: str, seed: int, members: int, rng: Random, *, established: bool
) -> tuple[World, Behaviour, list[Member]]:
    """A world of that seed, the behaviour of its members, and all members, whether they have signed up or not.

    Raises ValueError when there is no such system or not a single member.
    """
    if system not in SYSTEMS:
        raise ValueError(f"No system {system!r}; there are {', '.join(SYSTEMS)}")
    if members < 1:
        raise ValueError("A simulation needs at least one member")
    communities = SYSTEMS[system].communities(seed)
    world = World(rng, communities, established=established)
    people = [Member(system, seed, index, len(communities)) for index in range(members)]
    return world, SYSTEMS[system].behaviour(world), people
