"""Posts that members read, like and answer."""

from collections import deque
from random import Random

from .members import Member

REMEMBERED_POSTS = 1500
# Readers see about so many of the newest posts.
READING_DEPTH = 45.0
TRIES = 4


class Post:
    """A post as readers know it."""

    __slots__ = ("author", "comments", "community", "created", "deleted", "id", "kind", "likers", "reported")

    def __init__(self, post_id: str, author: Member, created: float, kind: str, community: str | None) -> None:
        self.id = post_id
        self.author = author
        self.created = created
        self.kind = kind
        self.community = community
        self.likers: set[int] = set()
        self.comments: list[str] = []
        self.deleted = False
        self.reported = False


class Feed:
    """The newest posts of a community, newest last."""

    def __init__(self) -> None:
        self._posts: deque[Post] = deque(maxlen=REMEMBERED_POSTS)

    def add(self, post: Post) -> None:
        self._posts.append(post)

    def pick(self, rng: Random, reader: Member, now: float) -> Post | None:
        """A recent post of somebody else that exists at that instant; of two candidates the better liked one."""
        first = self._candidate(rng, reader, now)
        second = self._candidate(rng, reader, now)
        if first is None or second is None:
            return first or second
        return first if len(first.likers) >= len(second.likers) else second

    def _candidate(self, rng: Random, reader: Member, now: float) -> Post | None:
        posts = self._posts
        if not posts:
            return None
        for _ in range(TRIES):
            depth = int(rng.expovariate(1 / READING_DEPTH)) % len(posts)
            post = posts[-1 - depth]
            if post.author is not reader and not post.deleted and post.created < now:
                return post
        return None
