"""How members of the social app behave: a feed, communities, stories, messages; reading matter in newsstand.py."""

from collections import defaultdict
from random import Random

from .draws import Lottery, happens, pause, token
from .feed import Post
from .members import Member
from .newsstand import Newsstand
from .rhythm import ALL_DAY
from .world import POST_KINDS, Community, Session, World

COMMUNITIES = (
    "neighbours",
    "gardening",
    "running",
    "street-food",
    "photography",
    "football",
    "parents",
    "music",
    "books",
    "cycling",
    "pets",
    "startups",
    "travel",
    "film",
)
HASHTAGS = ("sunday", "local", "foodie", "sunset", "matchday", "diy", "throwback", "help", "forsale", "weekend")
THINGS = Lottery(
    {
        "read": 48,
        "browse": 16,
        "stories": 6,
        "message": 6,
        "newsstand": 12,
        "profile": 5,
        "write": 3.4,
        "community_post": 2.2,
        "join": 0.9,
        "leave": 0.25,
    }
)


class Social:
    """Sessions of members of the app. Events and seconds of a mean session serve to keep the rate in live mode."""

    rhythm = ALL_DAY
    events_per_session = 9.7
    seconds_per_session = 100.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._newsstand = Newsstand(world)
        self._joined: dict[int, set[int]] = {}
        self._following: defaultdict[int, set[int]] = defaultdict(set)
        self._things = {
            "read": self._read,
            "browse": self._newsstand.browse,
            "stories": self._stories,
            "message": self._message,
            "newsstand": self._newsstand.read,
            "profile": self._visit_profile,
            "write": self._write,
            "community_post": self._post_in_community,
            "join": self._join_another,
            "leave": self._leave,
        }

    @staticmethod
    def communities(seed: int) -> list[Community]:
        rng = Random(f"{seed}:social:communities")
        return [Community(f"com_{token(rng, 8)}", name) for name in COMMUNITIES]

    def first_session(self, member: Member) -> Session:
        """The first visit: arrive, join the home communities, look round."""
        self._joined[member.index] = set()
        yield from self._arrive(member, first=True)
        for number in member.communities:
            yield from self._join(member, number)
        yield from self._do_things(member)

    def session(self, member: Member) -> Session:
        yield from self._arrive(member, first=False)
        yield from self._do_things(member)

    def _arrive(self, member: Member, *, first: bool) -> Session:
        rng = self._rng
        member.session_id = f"s_{token(rng, 16)}"
        member.path = "/welcome" if first else rng.choice(("/feed", "/feed", "/feed", "/trending", "/messages"))
        start = {"sessionId": member.session_id, "entryPage": member.path, "isNewUser": first}
        yield "session_start", start, 0.5
        yield from self._newsstand.open_page(member, member.path)
        yield from self._newsstand.measure(member)

    def _do_things(self, member: Member) -> Session:
        rng = self._rng
        began = self._world.now
        for _ in range(self._world.things_to_do(member, 4.2)):
            yield from self._things[THINGS.draw(rng)](member)
        if happens(rng, 0.7):
            milliseconds = max(0, int((self._world.now - began) * 1000))
            end = {"sessionId": member.session_id, "durationMs": milliseconds, "exitPage": member.path}
            yield "session_end", end, 1.0

    def _about(self, post: Post) -> dict[str, object]:
        about: dict[str, object] = {"postId": post.id, "authorId": post.author.id}
        if post.community:
            about["communityId"] = post.community
        return about

    def _read(self, member: Member) -> Session:
        rng = self._rng
        post = self._world.post_for(member)
        if post is None:
            return
        seen = {**self._about(post), "durationMs": int(rng.lognormvariate(8.3, 0.9)), "source": "feed"}
        yield "post_view", seen, pause(rng, 9)
        if post.kind in ("image", "video") and happens(rng, 0.2):
            media = {"mediaId": f"m_{post.id[3:]}", "mediaType": post.kind, "postId": post.id}
            yield "media_view", {**media, "authorId": post.author.id}, pause(rng, 9)
        chance = rng.random()
        creates = min(member.persona.creates, 1.5)
        if chance < 0.22 * creates:
            yield from self._like(member, post)
        elif chance < 0.30 * creates:
            comment = {"commentId": f"cm_{token(rng, 10)}", "contentLength": int(rng.lognormvariate(3.8, 0.8))}
            yield "post_comment", {**self._about(post), **comment}, pause(rng, 25)
        elif chance < 0.33 * creates:
            yield (
                "post_share",
                {**self._about(post), "method": rng.choice(("repost", "link", "message"))},
                pause(rng, 8),
            )

    def _like(self, member: Member, post: Post) -> Session:
        """Like the post, or unlike it when it was liked before."""
        if member.index not in post.likers:
            post.likers.add(member.index)
            yield "post_like", {**self._about(post), "action": "like"}, pause(self._rng, 5)
        elif happens(self._rng, 0.3):
            post.likers.discard(member.index)
            yield "post_like", {**self._about(post), "action": "unlike"}, pause(self._rng, 5)

    def _write(self, member: Member) -> Session:
        rng = self._rng
        if rng.random() > member.persona.creates:
            return
        kind, post_id = POST_KINDS.draw(rng), f"po_{token(rng, 12)}"
        has_media = kind in ("image", "video")
        if has_media:
            upload = {"mediaId": f"m_{post_id[3:]}", "mediaType": kind, "fileSize": int(rng.lognormvariate(14, 1))}
            yield "media_upload", {**upload, "durationMs": int(rng.lognormvariate(7.5, 0.8))}, pause(rng, 12)
        self._world.publish(post_id, member, kind)
        properties = {"postId": post_id, "type": kind, "hasMedia": has_media}
        yield "post_created", {**properties, **self._text(), "visibility": "public"}, pause(rng, 30)

    def _text(self) -> dict[str, object]:
        hashtags = self._rng.sample(HASHTAGS, self._rng.randint(0, 3))
        return {"contentLength": int(self._rng.lognormvariate(4.6, 0.9)), "hashtags": hashtags}

    def _post_in_community(self, member: Member) -> Session:
        rng = self._rng
        joined = self._joined_by(member)
        if not joined or rng.random() > member.persona.creates:
            return
        community = self._world.communities[rng.choice(sorted(joined))]
        member.path = f"/communities/{community.name}"
        kind = POST_KINDS.draw(rng)
        post = self._world.publish(f"po_{token(rng, 12)}", member, kind, community.id)
        properties = {"postId": post.id, "communityId": community.id, "type": kind}
        yield "community_post", {**properties, **self._text()}, pause(rng, 30)

    def _joined_by(self, member: Member) -> set[int]:
        return self._joined.setdefault(member.index, set(member.communities))

    def _join(self, member: Member, number: int) -> Session:
        self._joined_by(member).add(number)
        community = self._world.communities[number]
        member.path = f"/communities/{community.name}"
        properties = {"communityId": community.id, "communityName": community.name}
        yield "community_join", {**properties, "source": "discover"}, pause(self._rng, 8)

    def _join_another(self, member: Member) -> Session:
        number = self._rng.randrange(len(COMMUNITIES))
        if number not in self._joined_by(member):
            yield from self._join(member, number)

    def _leave(self, member: Member) -> Session:
        joined = self._joined_by(member)
        if joined:
            number = self._rng.choice(sorted(joined))
            joined.remove(number)
            community = self._world.communities[number]
            properties = {"communityId": community.id, "communityName": community.name}
            yield "community_leave", properties, pause(self._rng, 10)

    def _stories(self, member: Member) -> Session:
        """A row of stories of one or several people."""
        rng = self._rng
        for _ in range(rng.randint(1, 4)):
            author = self._world.stranger(member)
            if author:
                story = {"storyId": f"st_{token(rng, 10)}", "authorId": author.id, "completed": happens(rng, 0.7)}
                yield "story_view", {**story, "durationMs": rng.randint(800, 15000)}, pause(rng, 6)

    def _message(self, member: Member) -> Session:
        rng = self._rng
        other = self._world.stranger(member)
        if other is None or rng.random() > 0.3 + member.persona.creates:
            return
        low, high = sorted((member.index, other.index))
        member.path = "/messages"
        for _ in range(rng.randint(1, 3)):
            properties = {"conversationId": f"conv_{low}_{high}", "recipientId": other.id, "messageType": "text"}
            yield "message_sent", {**properties, "messageLength": int(rng.lognormvariate(3.4, 0.9))}, pause(rng, 18)

    def _visit_profile(self, member: Member) -> Session:
        rng = self._rng
        other = self._world.stranger(member)
        if other is None:
            return
        member.path = f"/profile/{other.id}"
        yield "profile_view", {"targetUserId": other.id, "source": "feed"}, pause(rng, 12)
        following = self._following[member.index]
        if other.index in following:
            if happens(rng, 0.4):
                following.remove(other.index)
                yield "user_follow", {"targetUserId": other.id, "action": "unfollow"}, pause(rng, 4)
        elif happens(rng, 0.35):
            following.add(other.index)
            yield "user_follow", {"targetUserId": other.id, "action": "follow"}, pause(rng, 4)
