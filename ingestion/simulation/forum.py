"""How members of the forum behave: posts and likes cost points, moderators decide on reports."""

from collections import defaultdict, deque

from .draws import Lottery, happens, pause, poisson, token
from .economy import (
    COMMENT_COST,
    LIKE_COST,
    MILESTONES,
    POST_COST,
    REDEMPTION_BNB,
    REDEMPTION_POINTS,
    Purse,
)
from .feed import Post
from .members import Member
from .moderation import Desk
from .rhythm import EVENINGS
from .world import POST_KINDS, Community, Session, World

CHANNELS = (
    "general",
    "help",
    "showcase",
    "off-topic",
    "governance",
    "development",
    "markets",
    "introductions",
    "events",
    "feedback",
)
TAGS = ("question", "guide", "news", "idea", "release", "bug", "meetup", "art", "defi", "privacy")
LOGIN_METHODS = Lottery({"email": 50, "google": 26, "github": 10, "wallet": 14})
SOURCES = Lottery({"feed": 62, "channel": 20, "search": 8, "link": 6, "profile": 4})
THINGS = Lottery({"read": 78, "write": 7, "tip": 1.2, "join": 1.2, "tidy": 0.8, "redeem": 0.6, "link": 0.5})
# Members whom the operators gave a founder's grant when the forum opened.
FOUNDERS = 3
FOUNDER_POINTS = 12_000
# A member remembers so many own posts.
OWN_POSTS = 20
# Authors with fewer points than this may be given some.
POOR_POINTS = 60


class Forum:
    """Sessions of forum members. Events and seconds of a mean session serve to keep the rate in live mode."""

    rhythm = EVENINGS
    events_per_session = 8.5
    seconds_per_session = 195.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        experience = 120 if world.established else 0
        self._purses: defaultdict[int, Purse] = defaultdict(lambda: Purse(experience))
        self._channels: dict[int, set[int]] = {}
        self._own: defaultdict[int, deque[Post]] = defaultdict(lambda: deque(maxlen=OWN_POSTS))
        self._desk = Desk(world)
        self._grants = 0 if world.established else FOUNDERS
        self._things = {
            "read": self._read,
            "write": self._write,
            "tip": self._tip,
            "join": self._join_another,
            "tidy": self._tidy,
            "redeem": self._redeem,
            "link": self._link,
        }

    @staticmethod
    def communities(_seed: int) -> list[Community]:
        return [Community(name, name.replace("-", " ").title()) for name in CHANNELS]

    def first_session(self, member: Member) -> Session:
        """Registration, the home channels, a first look round."""
        rng = self._rng
        registered: dict[str, object] = {"method": LOGIN_METHODS.draw(rng)}
        friend = self._world.stranger(member) if happens(rng, 0.15) else None
        if friend:
            registered["referrer_id"] = friend.id
        yield "user_registered", registered, pause(rng, 25)
        self._channels[member.index] = set()
        for channel in member.communities:
            yield from self._join(member, channel)
        if happens(rng, 0.3):
            yield from self._link(member)
        yield from self._do_things(member)

    def session(self, member: Member) -> Session:
        if happens(self._rng, 0.55):
            yield "user_login", {"method": LOGIN_METHODS.draw(self._rng)}, pause(self._rng, 6)
        if member.is_moderator:
            yield from self._desk.decide(member)
            yield from self._grant(member)
        yield from self._do_things(member)

    def _do_things(self, member: Member) -> Session:
        for _ in range(self._world.things_to_do(member, 6.5)):
            yield from self._things[THINGS.draw(self._rng)](member)
            yield from self._promote(member)

    def _promote(self, member: Member) -> Session:
        purse = self._purses[member.index]
        promotion = purse.promotion()
        if promotion:
            before, after = promotion
            properties = {"previous_level": before, "new_level": after, "points": purse.experience}
            yield "level_up", properties, pause(self._rng, 4)

    def _read(self, member: Member) -> Session:
        rng = self._rng
        post = self._world.post_for(member)
        if post is None:
            return
        seen = {**self._about(post), "source": SOURCES.draw(rng), "duration_ms": int(rng.lognormvariate(9.6, 0.9))}
        yield "post_view", seen, pause(rng, 18)
        chance = rng.random()
        creates = member.persona.creates
        if chance < 0.16 * creates:
            yield from self._like(member, post)
        elif chance < 0.27 * creates:
            yield from self._comment(member, post)
        elif chance < 0.30 * creates:
            yield "post_shared", {**self._about(post), "platform": rng.choice(("x", "telegram", "link"))}, pause(rng)
        if happens(rng, 0.006):
            yield from self._desk.report(post)

    def _about(self, post: Post) -> dict[str, object]:
        return {"post_id": post.id, "author_id": post.author.id, "channel_id": post.community}

    def _affords(self, member: Member, cost: int) -> bool:
        """Whether the member spends; now and then one tries without the points, and the ledger refuses."""
        return self._purses[member.index].spend(cost) or happens(self._rng, 0.04)

    def _like(self, member: Member, post: Post) -> Session:
        if member.index in post.likers or not self._affords(member, LIKE_COST):
            return
        post.likers.add(member.index)
        self._purses[member.index].experience += 2
        author = self._purses[post.author.index]
        author.experience += 3
        author.points += MILESTONES.get(len(post.likers), 0)
        yield "like_given", {**self._about(post), "content_type": "post"}, pause(self._rng, 8)

    def _comment(self, member: Member, post: Post) -> Session:
        rng = self._rng
        if not self._affords(member, COMMENT_COST):
            return
        comment_id = f"c_{token(rng, 12)}"
        properties: dict[str, object] = {
            "comment_id": comment_id,
            "post_id": post.id,
            "post_author_id": post.author.id,
            "channel_id": post.community,
            "content_length": int(rng.lognormvariate(4.6, 0.8)),
        }
        if post.comments and happens(rng, 0.35):
            properties["parent_comment_id"] = rng.choice(post.comments)
        self._purses[member.index].experience += 5
        self._purses[post.author.index].experience += 1
        yield "comment_created", properties, pause(rng, 40)
        post.comments.append(comment_id)
        if happens(rng, 0.015):
            deleted = {**self._about(post), "comment_id": comment_id, "author_id": member.id, "deleted_by": "author"}
            yield "comment_deleted", deleted, pause(rng)

    def _write(self, member: Member) -> Session:
        rng = self._rng
        channels = self._channels_of(member)
        if not channels or rng.random() > member.persona.creates or not self._affords(member, POST_COST):
            return
        kind = POST_KINDS.draw(rng)
        post_id = f"p_{token(rng, 12)}"
        if kind in ("image", "video", "file") and happens(rng, 0.6):
            upload = {
                "cid": f"bafy{token(rng, 40)}",
                "post_id": post_id,
                "file_size_bytes": int(rng.lognormvariate(13.5, 1.2)),
            }
            yield "ipfs_uploaded", upload, pause(rng, 15)
        channel = self._world.communities[rng.choice(sorted(channels))].id
        post = self._world.publish(post_id, member, kind, channel)
        self._own[member.index].append(post)
        self._purses[member.index].experience += 10
        properties = {
            **self._about(post),
            "type": kind,
            "title": f"{rng.choice(TAGS).title()} {token(rng, 4)}",
            "content_length": int(rng.lognormvariate(6.0, 0.9)),
            "tags": rng.sample(TAGS, rng.randint(0, 3)),
        }
        yield "post_created", properties, pause(rng, 45)

    def _channels_of(self, member: Member) -> set[int]:
        return self._channels.setdefault(member.index, set(member.communities))

    def _join(self, member: Member, channel: int) -> Session:
        self._channels_of(member).add(channel)
        community = self._world.communities[channel]
        yield "channel_joined", {"channel_id": community.id, "channel_name": community.name}, pause(self._rng, 8)

    def _join_another(self, member: Member) -> Session:
        channel = self._rng.randrange(len(CHANNELS))
        if channel not in self._channels_of(member):
            yield from self._join(member, channel)

    def _tidy(self, member: Member) -> Session:
        """Delete one of the last own posts."""
        own = self._own[member.index]
        if own and happens(self._rng, 0.3):
            post = own.pop()
            if not post.deleted:
                post.deleted = True
                yield "post_deleted", {**self._about(post), "deleted_by": "author"}, pause(self._rng)

    def _tip(self, member: Member) -> Session:
        post = self._world.post_for(member)
        amount = self._rng.choice((1, 2, 5, 5, 10, 10, 20, 50))
        if post and self._purses[member.index].points > amount + 10:
            self._purses[member.index].spend(amount)
            self._purses[post.author.index].points += amount
            yield from self._transfer(member.id, post.author, amount, "tip", post)

    def _transfer(self, payer: str, payee: Member, amount: int, reason: str, post: Post | None = None) -> Session:
        properties: dict[str, object] = {
            "transfer_id": f"t_{token(self._rng, 12)}",
            "from_user_id": payer,
            "to_user_id": payee.id,
            "amount": amount,
            "reason": reason,
        }
        if post:
            properties["post_id"] = post.id
        yield "points_transferred", properties, pause(self._rng, 12)

    def _grant(self, moderator: Member) -> Session:
        """Moderators hand out points that the system issues: to founders at first, then to the active and poor."""
        rng = self._rng
        wanted = poisson(rng, 3) if happens(rng, 0.25) else 0
        for _ in range(wanted + bool(self._grants)):
            post = self._world.post_for(moderator)
            if post and self._grants:
                self._grants -= 1
                yield from self._issue(post.author, FOUNDER_POINTS)
            elif post and self._purses[post.author.index].points < POOR_POINTS:
                yield from self._issue(post.author, rng.choice((20, 50, 50, 100)))

    def _issue(self, payee: Member, amount: int) -> Session:
        self._purses[payee.index].points += amount
        yield from self._transfer("system", payee, amount, "admin_adjustment")

    def _redeem(self, member: Member) -> Session:
        if happens(self._rng, 0.5) and self._purses[member.index].spend(REDEMPTION_POINTS):
            properties = {
                "redemption_id": f"r_{token(self._rng, 12)}",
                "amount": REDEMPTION_POINTS,
                "bnb_amount": REDEMPTION_BNB,
                "wallet_address": f"0x{token(self._rng, 4)}…{token(self._rng, 4)}",
            }
            yield "points_redeemed", properties, pause(self._rng, 60)

    def _link(self, _member: Member) -> Session:
        rng = self._rng
        if happens(rng, 0.5):
            yield "oauth_linked", {"provider": rng.choice(("google", "github", "x", "discord"))}, pause(rng)
        else:
            wallet = {"wallet_type": rng.choice(("metamask", "walletconnect")), "chain": "bsc"}
            yield "wallet_connected", {**wallet, "wallet_address": f"0x{token(rng, 4)}…{token(rng, 4)}"}, pause(rng)
