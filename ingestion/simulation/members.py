"""The members of a community: who they are follows from the seed and their number alone."""

import math
from random import Random

from .devices import DEVICES, Device
from .draws import poisson, token, uuid_text
from .personas import BY_SHARE, POWER, REGULAR, Persona
from .rhythm import BY_WEIGHT, DAY_SECONDS, Zone

# One member in so many moderates.
MODERATOR_EVERY = 50
# So much of a membership comes in the first days after the doors open.
LAUNCH_SHARE = 0.12
LAUNCH_PERIOD = 0.04


class Member:
    """One member: fixed traits first, then what the running simulation keeps about the visit."""

    __slots__ = (
        "banned_until",
        "communities",
        "device",
        "drive",
        "id",
        "index",
        "is_moderator",
        "online",
        "path",
        "persona",
        "session_id",
        "signed_up",
        "zone",
    )

    def __init__(self, system: str, seed: int, index: int, community_count: int) -> None:
        rng = Random(f"{seed}:{system}:member:{index}")
        self.index = index
        self.id = _person_id(system, rng)
        self.is_moderator = index % MODERATOR_EVERY == 0
        self.persona: Persona = rng.choice((POWER, REGULAR)) if self.is_moderator else BY_SHARE.draw(rng)
        self.drive = rng.lognormvariate(-0.08, 0.4)
        self.zone: Zone = BY_WEIGHT.draw(rng)
        self.device: Device = DEVICES.draw(rng)
        # Low numbers are the popular ones.
        wanted = 1 + poisson(rng, 1.2)
        self.communities = sorted({int(community_count * rng.random() ** 1.7) for _ in range(wanted)})
        self.signed_up = 0.0
        self.banned_until = 0.0
        self.online = False
        self.session_id = ""
        self.path = "/"

    def sessions_on(self, day_start: float) -> float:
        """Sessions to expect on a day (epoch seconds) before the rhythm of the week."""
        age_days = max(0.0, (day_start - self.signed_up) / DAY_SECONDS)
        return self.persona.sessions_per_day * self.drive * math.exp2(-age_days / self.persona.half_life_days)


def _person_id(system: str, rng: Random) -> str:
    """An id in the manner of the system."""
    if system == "wellbeing":
        return uuid_text(rng)
    if system == "network":
        return str(rng.randrange(10**8, 10**9))
    return f"{'u' if system == 'forum' else 'usr'}_{token(rng, 10)}"


def sign_up_position(index: int, members: int, jitter: float) -> float:
    """Where in the period [0, 1) a member signs up: a burst at launch, then growth that doubles towards the end."""
    quantile = (index + jitter) / members
    if quantile < LAUNCH_SHARE:
        return LAUNCH_PERIOD * quantile / LAUNCH_SHARE
    grown = (quantile - LAUNCH_SHARE) / (1 - LAUNCH_SHARE)
    return LAUNCH_PERIOD + (1 - LAUNCH_PERIOD) * (math.sqrt(1 + 3 * grown) - 1)
