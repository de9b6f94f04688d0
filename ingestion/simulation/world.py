"""What all members of one simulated community share, and the shape of their sessions."""

from collections.abc import Generator
from random import Random
from typing import Any, NamedTuple

from .draws import Lottery, happens
from .feed import Feed, Post
from .members import Member

# One thing done: event name, properties, seconds until the member does the next.
Step = tuple[str, dict[str, Any], float]
Session = Generator[Step, None, None]

POST_KINDS = Lottery({"text": 52, "image": 24, "link": 13, "video": 8, "file": 3})


class Community(NamedTuple):
    """A channel, community or group."""

    id: str
    name: str


class World:
    """The community at one instant. `now` is epoch seconds and moves only forward, save for late sessions.

    `established` says that members and communities were there before the first event, as in live mode.
    """

    def __init__(self, rng: Random, communities: list[Community], *, established: bool) -> None:
        self.rng = rng
        self.now = 0.0
        self.established = established
        self.communities = communities
        self.members: list[Member] = []
        self.feed = Feed()

    def post_for(self, reader: Member) -> Post | None:
        return self.feed.pick(self.rng, reader, self.now)

    def publish(self, post_id: str, author: Member, kind: str, community: str | None = None) -> Post:
        post = Post(post_id, author, self.now, kind, community)
        self.feed.add(post)
        return post

    def stranger(self, member: Member) -> Member | None:
        """Another member, if there is one."""
        other = self.rng.choice(self.members)
        if other is member:
            other = self.rng.choice(self.members)
        return None if other is member else other

    def things_to_do(self, member: Member, mean: float) -> int:
        """How many things a member does in one session; one session in eight is only a glance."""
        if happens(self.rng, 0.125):
            return 1
        return max(1, round(self.rng.gammavariate(2.0, mean * member.persona.length / 2.0)))
