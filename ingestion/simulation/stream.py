"""The present of a community: its members as they come, with the faults of real clients."""

import heapq
import math
from bisect import bisect
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from random import Random

from .agenda import Agenda, visit
from .draws import happens
from .faults import broken, delay_seconds
from .members import Member
from .pace import Pace
from .rhythm import DAY_SECONDS
from .shapes import Envelope
from .systems import DEFAULT_MEMBERS, SYSTEMS, Behaviour, populate
from .world import World

DUPLICATE_SHARE = 0.01
INVALID_SHARE = 0.01
LATE_SESSION_SHARE = 0.03
# New members a day, as a share of those there are: what the end of a history shows.
GROWTH_PER_DAY = 0.03
HIGHEST_SIGN_UP_SHARE = 0.2
# A duplicate follows so many seconds later on average.
ECHO_SECONDS = 6.0
# Sessions under way at the start show themselves within so many seconds.
OPENING_SECONDS = 60.0
TRIES = 6
# Members who tire soon are mostly gone by now.
STILL_THERE = {"churning": 0.05}


def live(
    system: str, *, seed: int, start: datetime, rate: float, members: int = DEFAULT_MEMBERS
) -> Iterator[tuple[float, Envelope]]:
    """Endless pairs of (seconds since the pair before, envelope), as they reach the door from `start` on.

    `rate` is the mean number of events a second over a day, before the rhythm of day and week.
    The members are those of a history with the same seed and number of members, and new ones who sign up.
    Of all events some 3 % are late by minutes to days, 1 % come twice, 1 % are invalid.
    Raises ValueError for an unknown system, a naive `start`, a rate not above 0, or no members.
    """
    if start.tzinfo is None:
        raise ValueError("The start of the stream needs a time zone")
    if rate <= 0:
        raise ValueError("The rate must be above 0 events a second")
    rng = Random(f"{seed}:{system}:live:{members}:{start.timestamp()}")
    world, behaviour, people = populate(system, seed, members, rng, established=True)
    world.members.extend(people)
    crowd = _Crowd(system, seed, world, behaviour, rate)
    return _arrivals(system, crowd, start.timestamp())


class _Crowd:
    """Lets members come often enough to keep the rate."""

    def __init__(self, system: str, seed: int, world: World, behaviour: Behaviour, rate: float) -> None:
        self.world = world
        self.agenda = Agenda(world)
        self._system = system
        self._seed = seed
        self._behaviour = behaviour
        self.pace = Pace(rate, behaviour.events_per_session)
        self._limits: list[float] = []
        for member in world.members:
            self._weigh(member)

    def open(self, instant: float) -> float:
        """Sessions that are under way at the start; gives the instant of the next arrival."""
        rng = self.world.rng
        length = self._behaviour.seconds_per_session
        under_way = self._frequency(instant) * length
        for _ in range(math.floor(under_way + rng.random())):
            self.pace.session_began(0.5)
            self._come(
                instant + OPENING_SECONDS * rng.random(), until=instant + OPENING_SECONDS + length * rng.random()
            )
        return self._next(instant)

    def arrive(self, instant: float) -> float:
        """One more session; gives the instant of the next arrival."""
        rng = self.world.rng
        self.pace.session_began()
        if happens(rng, self._sign_up_share()):
            self._sign_up(instant)
        else:
            self._come(instant, late=delay_seconds(rng) if happens(rng, LATE_SESSION_SHARE) else 0.0)
        return self._next(instant)

    def _sign_up_share(self) -> float:
        """The share of sessions that must be first ones."""
        wanted_per_second = GROWTH_PER_DAY * len(self.world.members) / DAY_SECONDS
        return min(wanted_per_second / self.pace.sessions_per_second(), HIGHEST_SIGN_UP_SHARE)

    def _frequency(self, instant: float) -> float:
        return self.pace.sessions_per_second() * self._behaviour.rhythm.factor(instant)

    def _next(self, instant: float) -> float:
        return instant + self.world.rng.expovariate(self._frequency(instant))

    def _weigh(self, member: Member) -> None:
        weight = member.persona.sessions_per_day * member.drive * STILL_THERE.get(member.persona.name, 1.0)
        self._limits.append(weight + (self._limits[-1] if self._limits else 0.0))

    def _someone(self) -> Member:
        """A member who may come and is not here, or anyone when the community is too small for the rate."""
        rng = self.world.rng
        for _ in range(TRIES):
            member = self.world.members[bisect(self._limits, rng.random() * self._limits[-1])]
            if not member.online and member.banned_until <= self.world.now:
                break
        return member

    def _come(self, instant: float, *, late: float = 0.0, until: float = math.inf) -> None:
        member = self._someone()
        session = visit(self.world, member, self._behaviour.session(member), alone=False)
        self.agenda.plan(instant, member, session, late=late, until=until)

    def _sign_up(self, instant: float) -> None:
        member = Member(self._system, self._seed, len(self.world.members), len(self.world.communities))
        member.is_moderator = False
        member.signed_up = instant
        self.world.members.append(member)
        self._weigh(member)
        session = visit(self.world, member, self._behaviour.first_session(member), alone=False)
        self.agenda.plan(instant, member, session)


def _arrivals(system: str, crowd: _Crowd, start: float) -> Iterator[tuple[float, Envelope]]:
    """What reaches the door, with the wait since the arrival before."""
    rng, agenda, shape = crowd.world.rng, crowd.agenda, SYSTEMS[system].shape
    echoes: list[tuple[float, int, Envelope]] = []
    numbers = count()
    before = start
    next_session = crowd.open(start)
    while True:
        now = min(agenda.next_instant(), echoes[0][0] if echoes else math.inf)
        if next_session <= now:
            next_session = crowd.arrive(next_session)
            continue
        if echoes and echoes[0][0] <= now:
            envelope = heapq.heappop(echoes)[2]
        else:
            happening = agenda.step()
            if happening is None:
                continue
            instant, member, name, properties = happening
            crowd.pace.event_happened()
            envelope = shape(rng, member, name, properties, instant)
            if happens(rng, DUPLICATE_SHARE):
                heapq.heappush(echoes, (now + rng.expovariate(1 / ECHO_SECONDS), next(numbers), dict(envelope)))
            if happens(rng, INVALID_SHARE):
                yield now - before, broken(system, shape, rng, member, instant)
                before = now
        yield now - before, envelope
        before = now
