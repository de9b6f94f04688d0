"""Reports of forum members and what moderators decide on them."""

from collections import deque
from typing import NamedTuple

from .draws import Lottery, happens, pause, poisson, token
from .feed import Post
from .members import Member
from .rhythm import DAY_SECONDS, HOUR_SECONDS
from .world import Session, World

REASONS = Lottery(
    {
        "spam": 42,
        "harassment": 12,
        "hate_speech": 6,
        "misinformation": 12,
        "nsfw": 6,
        "violence": 2,
        "self_promotion": 12,
        "copyright": 4,
        "other": 4,
    }
)
UPHELD_SHARE = 0.6
HIGHEST_BANNED_SHARE = 0.05
# Reports stay open this long at least: nobody reports and decides in one breath.
REACTION_SECONDS = 600


class Report(NamedTuple):
    """One open report; `submitted` is epoch seconds."""

    id: str
    post: Post
    reason: str
    submitted: float


class Desk:
    """The moderators' pile of open reports, oldest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._open: deque[Report] = deque()
        self._bans: list[float] = []

    def report(self, post: Post) -> Session:
        if post.reported:
            return
        post.reported = True
        report = Report(f"rep_{token(self._rng, 10)}", post, REASONS.draw(self._rng), self._world.now)
        self._open.append(report)
        properties = {
            "report_id": report.id,
            "content_type": "post",
            "content_id": post.id,
            "content_author_id": post.author.id,
            "channel_id": post.community,
            "reason": report.reason,
        }
        yield "report_submitted", properties, pause(self._rng, 15)

    def decide(self, moderator: Member) -> Session:
        """A moderator works through some of the pile, never on reports about the own posts."""
        for _ in range(1 + poisson(self._rng, 4.0)):
            if not self._open or self._world.now - self._open[0].submitted < REACTION_SECONDS:
                return
            report = self._open.popleft()
            if report.post.author is moderator:
                self._open.append(report)
                return
            yield from self._decide_one(report)

    def _decide_one(self, report: Report) -> Session:
        rng = self._rng
        post = report.post
        upheld = happens(rng, UPHELD_SHARE)
        removed = upheld and not post.deleted and happens(rng, 0.7)
        banned = removed and happens(rng, 0.2) and self._may_ban(post.author)
        properties = {
            "report_id": report.id,
            "content_id": post.id,
            "post_id": post.id,
            "content_author_id": post.author.id,
            "outcome": "resolved" if upheld else "dismissed",
            "reason": report.reason,
            "action_taken": "content_removed" if removed else "warning" if upheld else "none",
            "resolution_time_hours": round((self._world.now - report.submitted) / HOUR_SECONDS, 2),
        }
        yield "report_resolved", properties, pause(rng, 20)
        if removed:
            post.deleted = True
            deleted = {"post_id": post.id, "author_id": post.author.id, "channel_id": post.community}
            yield "post_deleted", {**deleted, "deleted_by": "moderator", "reason": report.reason}, pause(rng, 10)
        if banned:
            yield from self._ban(report)

    def _may_ban(self, author: Member) -> bool:
        """Moderators and those who are banned already are not banned, and never more than a few members at once."""
        now = self._world.now
        self._bans = [end for end in self._bans if end > now]
        few = len(self._bans) < HIGHEST_BANNED_SHARE * len(self._world.members)
        return few and not author.is_moderator and author.banned_until <= now

    def _ban(self, report: Report) -> Session:
        rng = self._rng
        properties: dict[str, object] = {
            "banned_user_id": report.post.author.id,
            "ban_type": "permanent",
            "reason": report.reason,
            "report_id": report.id,
        }
        days = float("inf")
        if happens(rng, 0.75):
            days = rng.choice((1, 3, 7, 14))
            properties.update(ban_type="temporary", duration_days=days)
        end = report.post.author.banned_until = self._world.now + days * DAY_SECONDS
        self._bans.append(end)
        yield "user_banned", properties, pause(rng, 15)
