"""Kinds of members: how often they come, how much they do, how soon they tire."""

from dataclasses import dataclass

from .draws import Lottery


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of member.

    `length` multiplies the number of things done in a session, `creates` the chance to make content;
    `half_life_days` is the time in which the number of sessions falls by half.
    """

    name: str
    share: float
    sessions_per_day: float
    length: float
    creates: float
    half_life_days: float


POWER = Persona("power", share=0.06, sessions_per_day=2.2, length=1.5, creates=1.8, half_life_days=2000)
REGULAR = Persona("regular", share=0.22, sessions_per_day=0.85, length=1.1, creates=1.0, half_life_days=300)
CASUAL = Persona("casual", share=0.30, sessions_per_day=0.25, length=0.8, creates=0.6, half_life_days=150)
LURKER = Persona("lurker", share=0.18, sessions_per_day=0.5, length=1.0, creates=0.04, half_life_days=200)
CHURNING = Persona("churning", share=0.24, sessions_per_day=0.8, length=1.0, creates=0.8, half_life_days=2.5)

PERSONAS = (POWER, REGULAR, CASUAL, LURKER, CHURNING)
BY_SHARE = Lottery({persona: persona.share for persona in PERSONAS})
