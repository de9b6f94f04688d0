"""The past of a community: how it grew over a period."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from .agenda import Agenda, visit
from .draws import happens, poisson
from .members import Member, sign_up_position
from .rhythm import DAY_SECONDS
from .shapes import Envelope
from .systems import SYSTEMS, Behaviour, populate
from .world import Session, World

DUPLICATE_SHARE = 0.005


def history(system: str, *, seed: int, days: int, end: datetime, members: int) -> Iterator[Envelope]:
    """Envelopes of everything that happened in [end - days, end), ordered by time.

    All members sign up within the period. About one event in 200 comes twice, next to each other; none is invalid.
    Raises ValueError for an unknown system, a naive `end`, or when days or members are below 1.
    """
    if end.tzinfo is None:
        raise ValueError("The end of the history needs a time zone")
    if days < 1:
        raise ValueError("A history covers at least one day")
    rng = Random(f"{seed}:{system}:history:{members}:{days}:{end.timestamp()}")
    world, behaviour, people = populate(system, seed, members, rng, established=False)
    stop = end.timestamp()
    start = stop - days * DAY_SECONDS
    for member in people:
        _choose_sign_up(rng, behaviour, member, members, start, stop)
    return _happenings(system, world, behaviour, people, start, stop)


def _choose_sign_up(rng: Random, behaviour: Behaviour, member: Member, members: int, start: float, stop: float) -> None:
    """Somewhere in the growth of the community, at an hour at which the member would come."""
    exact = start + sign_up_position(member.index, members, rng.random()) * (stop - start)
    midnight = exact - exact % DAY_SECONDS
    at_its_hour = midnight + behaviour.rhythm.second_of_day(rng, member.zone)
    member.signed_up = at_its_hour if start <= at_its_hour < stop else exact


def _happenings(
    system: str, world: World, behaviour: Behaviour, people: list[Member], start: float, stop: float
) -> Iterator[Envelope]:
    rng, shape = world.rng, SYSTEMS[system].shape
    agenda = Agenda(world)
    midnight = start - start % DAY_SECONDS
    while midnight < stop:
        _plan_day(agenda, world, behaviour, people, midnight)
        midnight += DAY_SECONDS
        limit = min(midnight, stop)
        while agenda.next_instant() < limit:
            happening = agenda.step()
            if happening:
                instant, member, name, properties = happening
                envelope = shape(rng, member, name, properties, instant)
                yield envelope
                if happens(rng, DUPLICATE_SHARE):
                    yield dict(envelope)


def _plan_day(agenda: Agenda, world: World, behaviour: Behaviour, people: list[Member], midnight: float) -> None:
    """First visits and sessions of one UTC day that starts at midnight (epoch seconds)."""
    rng, rhythm = world.rng, behaviour.rhythm
    busy = rhythm.weekday_factor(midnight)
    for member in people:
        if member.signed_up >= midnight + DAY_SECONDS:
            continue
        if member.signed_up >= midnight:
            agenda.plan(member.signed_up, member, _sign_up(world, behaviour, member))
        for _ in range(poisson(rng, member.sessions_on(midnight) * busy)):
            instant = midnight + rhythm.second_of_day(rng, member.zone)
            if instant > member.signed_up:
                agenda.plan(instant, member, visit(world, member, behaviour.session(member), alone=True))


def _sign_up(world: World, behaviour: Behaviour, member: Member) -> Session:
    world.members.append(member)
    yield from visit(world, member, behaviour.first_session(member), alone=True)
