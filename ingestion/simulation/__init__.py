"""Seeded, believable members of four communities: the same seed gives the same members and the same events.

Nothing here reads a clock or the database; `history` and `live` are told when it is.
"""

from .past import history
from .stream import live
from .systems import DEFAULT_MEMBERS, SYSTEMS

__all__ = ["DEFAULT_MEMBERS", "SYSTEMS", "history", "live"]
