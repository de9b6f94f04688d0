"""The waves of a week: members register on one day, join on a later visit, share, leave or rate."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .draws import Lottery, happens, pause, poisson, scale
from .members import Member
from .world import Session, World

THEMES = Lottery({"kindness": 26, "gratitude": 22, "calm": 18, "courage": 12, "nature": 10, "listening": 12})
INTERACTIONS = Lottery({"discussion": 46, "reaction": 28, "question": 14, "poll": 12})
# Chance to register in one visit, by persona.
REGISTERS = {"power": 0.5, "regular": 0.4, "casual": 0.25, "lurker": 0.12, "churning": 0.25}
# A registered member joins on a visit at least so long after.
SLEEPS_OVER_SECONDS = 3 * 3600


class Ticket:
    """A member's part in the wave of one week."""

    __slots__ = ("energy", "joined", "over", "registered", "theme", "wave_id", "week")

    def __init__(self, week: str, theme: str, registered: float) -> None:
        self.week = week
        self.theme = theme
        self.wave_id = f"wave-{week}-{theme}"
        self.registered = registered
        self.joined = False
        self.over = False
        self.energy = 5

    def about(self) -> dict[str, object]:
        return {"wave_id": self.wave_id, "wave_theme": self.theme}


class Waves:
    """The tickets of all members."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._tickets: defaultdict[int, Ticket | None] = defaultdict(lambda: None)

    def joined_by(self, member: Member) -> str | None:
        """Id of the wave of this week in which the member takes part."""
        ticket = self._ticket(member)
        return ticket.wave_id if ticket and ticket.joined and not ticket.over else None

    def attend(self, member: Member, act: Callable[[Member], Session]) -> Session:
        """The next step of the member's week: register, or join and take part, or look back."""
        ticket = self._ticket(member)
        if ticket is None:
            if happens(self._rng, REGISTERS[member.persona.name]):
                yield from self._register(member)
        elif not ticket.joined:
            rested = self._world.now - ticket.registered > SLEEPS_OVER_SECONDS
            if rested and happens(self._rng, 0.75):
                yield from self._join(member, ticket, act)
        elif not ticket.over:
            yield from self._take_part(ticket)

    def share(self, member: Member, act_id: str, category: str, scope: str) -> Session:
        """Share a micro-act in the wave of the week, as some do."""
        ticket = self._ticket(member)
        if ticket and ticket.joined and not ticket.over and happens(self._rng, 0.4):
            properties = {**ticket.about(), "microact_id": act_id, "category": category, "impact_scope": scope}
            yield "wave_microact_shared", properties, pause(self._rng)

    def _week(self) -> str:
        year, week, _ = datetime.fromtimestamp(self._world.now, UTC).isocalendar()
        return f"{year}w{week:02}"

    def _ticket(self, member: Member) -> Ticket | None:
        ticket = self._tickets[member.index]
        return ticket if ticket and ticket.week == self._week() else None

    def _register(self, member: Member) -> Session:
        ticket = Ticket(self._week(), THEMES.draw(self._rng), self._world.now)
        self._tickets[member.index] = ticket
        now = datetime.fromtimestamp(self._world.now, UTC)
        starts = (now + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
        yield "wave_registered", {**ticket.about(), "starts_at": f"{starts:%Y-%m-%dT%H:%M:%SZ}"}, pause(self._rng)

    def _join(self, member: Member, ticket: Ticket, act: Callable[[Member], Session]) -> Session:
        rng = self._rng
        ticket.joined = True
        ticket.energy = scale(rng, 5.2, 1.5)
        yield "wave_joined", {**ticket.about(), "energy": ticket.energy}, pause(rng, 45)
        for _ in range(poisson(rng, 2.2)):
            yield from self._interact(member, ticket)
        if happens(rng, 0.3):
            yield from act(member)
        if happens(rng, 0.1):
            ticket.over = True
            yield "wave_left", {**ticket.about(), "minutes_attended": rng.randint(3, 25)}, pause(rng)
        elif happens(rng, 0.4):
            yield from self._rate(ticket)

    def _interact(self, member: Member, ticket: Ticket) -> Session:
        rng = self._rng
        properties = {**ticket.about(), "interaction_type": INTERACTIONS.draw(rng)}
        other = self._world.stranger(member) if happens(rng, 0.3) else None
        if other:
            properties["target_user_id"] = other.id
        yield "wave_interaction", properties, pause(rng, 60)

    def _take_part(self, ticket: Ticket) -> Session:
        rng = self._rng
        if happens(rng, 0.4):
            yield "wave_interaction", {**ticket.about(), "interaction_type": INTERACTIONS.draw(rng)}, pause(rng, 40)
        if happens(rng, 0.35):
            yield from self._rate(ticket)

    def _rate(self, ticket: Ticket) -> Session:
        rng = self._rng
        ticket.over = True
        properties: dict[str, object] = {"rating": scale(rng, 4.2, 0.9, 1, 5), "energy_before": ticket.energy}
        properties["energy_after"] = scale(rng, ticket.energy + 1.4, 1.2)
        yield "wave_feedback_submitted", {**ticket.about(), **properties}, pause(rng, 30)
