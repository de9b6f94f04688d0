"""How members of the wellbeing programme behave: daily activations, micro-acts, a feed, a wave each week."""

from collections import defaultdict

from .activations import Practice
from .draws import Lottery, happens, pause, scale, token
from .feed import Post
from .members import Member
from .rhythm import DAY_SECONDS, MORNINGS
from .waves import Waves
from .world import POST_KINDS, Community, Session, World

CATEGORIES = Lottery(
    {
        "kindness": 22,
        "gratitude": 18,
        "encouragement": 14,
        "listening": 12,
        "helping": 12,
        "learning": 8,
        "self_care": 8,
        "environment": 4,
        "creativity": 2,
    }
)
SCOPES = Lottery({"self": 26, "one_person": 44, "group": 14, "community": 12, "world": 4})
THINGS = Lottery({"feed": 64, "act": 15, "write": 5, "follow": 7, "profile": 2, "consent": 0.4})
ANSWERS = Lottery({"like": 68, "comment": 24, "share": 8})
GOALS = ("calm", "sleep", "focus", "gratitude", "connection", "energy", "purpose")
# Share of the days with a visit on which a member practises, by persona.
PRACTICE = {"power": 0.7, "regular": 0.45, "casual": 0.33, "lurker": 0.2, "churning": 0.33}


class Wellbeing:
    """Sessions of members of the programme. Events and seconds of a mean session keep the rate in live mode."""

    rhythm = MORNINGS
    events_per_session = 6.5
    seconds_per_session = 200.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._practice = Practice(world)
        self._waves = Waves(world)
        self._following: defaultdict[int, dict[int, Member]] = defaultdict(dict)
        self._last_visit: dict[int, float] = {}
        self._things = {
            "feed": self._read,
            "act": self._act,
            "write": self._write,
            "follow": self._follow,
            "profile": self._profile,
            "consent": self._consent,
        }

    @staticmethod
    def communities(_seed: int) -> list[Community]:
        """None that last: waves are the communities here, and they come and go by the week."""
        return []

    def first_session(self, member: Member) -> Session:
        """Sign-up, consent, profile and, for most, the first activation."""
        rng = self._rng
        yield "user_signup", {"method": rng.choice(("email", "email", "google", "apple"))}, pause(rng, 20)
        consent: dict[str, object] = {"consent_given": True, "analytics": True, "personalisation": happens(rng, 0.7)}
        consent |= {"marketing": happens(rng, 0.35), "policy_version": "2", "source": "signup"}
        yield "user_consent_update", consent, pause(rng, 12)
        yield from self._profile(member)
        if happens(rng, 0.7):
            yield from self._practice.activation(member)
        yield from self._do_things(member, 2.0)

    def session(self, member: Member) -> Session:
        rng = self._rng
        if happens(rng, 0.5):
            yield "user_login", self._login(member), pause(rng, 6)
        self._last_visit[member.index] = self._world.now
        if not self._practice.done_today(member) and happens(rng, PRACTICE[member.persona.name]):
            yield from self._practice.activation(member)
        yield from self._waves.attend(member, self._act)
        yield from self._do_things(member, 2.0)

    def _login(self, member: Member) -> dict[str, object]:
        properties: dict[str, object] = {"method": self._rng.choice(("password", "magic_link", "google", "apple"))}
        last = self._last_visit.get(member.index)
        if last is not None:
            properties["days_since_last_login"] = max(0, int((self._world.now - last) // DAY_SECONDS))
        return properties

    def _do_things(self, member: Member, mean: float) -> Session:
        for _ in range(self._world.things_to_do(member, mean)):
            yield from self._things[THINGS.draw(self._rng)](member)

    def _profile(self, member: Member) -> Session:
        goals = self._rng.sample(GOALS, self._rng.randint(1, 3))
        properties = {"fields_updated": ["goals", "timezone"], "goals": goals, "timezone": member.zone.name}
        yield "user_profile_update", {**properties, "locale": member.zone.locale}, pause(self._rng, 30)

    def _consent(self, _member: Member) -> Session:
        properties = {"marketing": happens(self._rng, 0.3), "policy_version": "2", "source": "settings"}
        yield "user_consent_update", properties, pause(self._rng)

    def _act(self, member: Member) -> Session:
        """Record a micro-act; some are corrected, some shared."""
        rng = self._rng
        if rng.random() > member.persona.creates + 0.1:
            return
        act_id, category = f"ma_{token(rng, 12)}", CATEGORIES.draw(rng)
        scope = "self" if category == "self_care" else SCOPES.draw(rng)
        if happens(rng, 0.7):
            yield "microact_category_selected", {"microact_id": act_id, "category": category}, pause(rng, 10)
        created: dict[str, object] = {"microact_id": act_id, "category": category, "impact_scope": scope}
        if happens(rng, 0.85):
            created["value_added_score"] = scale(rng, 6.8, 1.8)
        yield "microact_created", created, pause(rng, 45)
        if happens(rng, 0.07):
            updated = {"microact_id": act_id, "category": category, "value_added_score": scale(rng, 7.2, 1.6)}
            yield "microact_updated", {**updated, "fields_updated": ["value_added_score"]}, pause(rng)
        if happens(rng, 0.3):
            shared = {"microact_id": act_id, "share_target": "feed", "category": category, "impact_scope": scope}
            yield "microact_shared", shared, pause(rng)
        yield from self._waves.share(member, act_id, category, scope)

    def _write(self, member: Member) -> Session:
        rng = self._rng
        if rng.random() > member.persona.creates:
            return
        kind, wave = POST_KINDS.draw(rng), self._waves.joined_by(member)
        post = self._world.publish(f"wp_{token(rng, 12)}", member, kind, wave if happens(rng, 0.4) else None)
        properties: dict[str, object] = {"post_id": post.id, "author_id": member.id, "type": kind}
        if post.community:
            properties["wave_id"] = post.community
        yield "post_created", {**properties, "content_length": int(rng.lognormvariate(5.2, 0.8))}, pause(rng, 50)

    def _read(self, member: Member) -> Session:
        """Answer a post of the feed; merely reading sends nothing in this app."""
        rng = self._rng
        post = self._world.post_for(member)
        if post is None or rng.random() > 0.25 + 0.6 * min(member.persona.creates, 1):
            return
        about = self._about(post)
        answer = ANSWERS.draw(rng)
        if answer == "like":
            if member.index not in post.likers:
                post.likers.add(member.index)
                yield "post_liked", about, pause(rng, 12)
        elif answer == "comment":
            comment = {"comment_id": f"wc_{token(rng, 12)}", "content_length": int(rng.lognormvariate(4.3, 0.7))}
            yield "post_commented", {**about, **comment}, pause(rng, 35)
        else:
            yield "post_shared", {**about, "method": rng.choice(("link", "repost", "message"))}, pause(rng)

    def _about(self, post: Post) -> dict[str, object]:
        about: dict[str, object] = {"post_id": post.id, "post_author_id": post.author.id}
        if post.community:
            about["wave_id"] = post.community
        return about

    def _follow(self, member: Member) -> Session:
        rng = self._rng
        following = self._following[member.index]
        if following and happens(rng, 0.12):
            other = following.pop(rng.choice(list(following)))
            properties = {"followed_user_id": other.id, "action": "unfollow"}
            yield "user_followed", properties, pause(rng)
            return
        stranger = self._world.stranger(member)
        if stranger and stranger.index not in following:
            following[stranger.index] = stranger
            properties = {"followed_user_id": stranger.id, "action": "follow", "source": "feed"}
            yield "user_followed", properties, pause(rng, 12)
