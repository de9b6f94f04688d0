"""How members of the professional network behave: profiles, searches, posts in groups, votes, collections."""

from collections import defaultdict, deque
from random import Random

from .draws import Lottery, happens, pause, token
from .feed import Post
from .members import Member
from .rhythm import OFFICE_HOURS
from .world import POST_KINDS, Community, Session, World

GROUPS = (
    "Process Engineering",
    "Polymer Research",
    "Green Chemistry",
    "Women in Science",
    "Lab Automation",
    "Early Careers",
    "Supply Chain",
    "Battery Materials",
    "Regulatory Affairs",
    "Data in Chemistry",
)
# Group k is opened by member k * FOUNDER_STEP on the first visit, so that it is there before anyone else posts in it.
FOUNDER_STEP = 4
# A member shares one of so many last collections.
COLLECTIONS = 10
INDUSTRIES = ("chemicals", "pharma", "materials", "energy", "software", "consulting")
TITLES = ("Chemist", "Process Engineer", "Lab Manager", "Data Scientist", "Account Manager", "Director")
SCHOOLS = ("TU Delft", "ETH Zurich", "Imperial College", "RWTH Aachen", "IIT Bombay", "MIT")
DEGREES = ("BSc", "MSc", "PhD", "MBA")
FIELDS = ("chemistry", "chemical engineering", "materials", "biology", "business")
QUERIES = ("catalysis", "process engineer", "berlin", "battery", "supplier", "mentor", "polymer", "quality manager")
SOURCES = Lottery({"search": 38, "group": 18, "finder": 20, "post": 24})
THINGS = Lottery({"profile": 34, "search": 16, "read": 38, "write": 6, "collect": 4, "experience": 1.2, "finder": 1})


class Network:
    """Sessions of members of the network. Events and seconds of a mean session keep the rate in live mode."""

    rhythm = OFFICE_HOURS
    events_per_session = 5.4
    seconds_per_session = 130.0

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = world.rng
        self._opened = set(range(len(GROUPS))) if world.established else set()
        self._collections: defaultdict[int, deque[dict[str, object]]] = defaultdict(lambda: deque(maxlen=COLLECTIONS))
        self._things = {
            "profile": self._visit_profile,
            "search": self._search,
            "read": self._read,
            "write": self._write,
            "collect": self._collect,
            "experience": self._add_experience,
            "finder": self._enable_finder,
        }

    @staticmethod
    def communities(seed: int) -> list[Community]:
        rng = Random(f"{seed}:network:communities")
        return [Community(f"grp_{token(rng, 8)}", name) for name in GROUPS]

    def first_session(self, member: Member) -> Session:
        """Fill in the profile, open the group one founds, look round."""
        yield from self._add_experience(member)
        if happens(self._rng, 0.7):
            yield from self._add_education()
        number, remainder = divmod(member.index, FOUNDER_STEP)
        if remainder == 0 and number < len(GROUPS) and number not in self._opened:
            yield from self._open_group(number)
        if happens(self._rng, 0.3):
            yield from self._enable_finder(member)
        yield from self._do_things(member)

    def session(self, member: Member) -> Session:
        yield from self._do_things(member)

    def _do_things(self, member: Member) -> Session:
        for _ in range(self._world.things_to_do(member, 4.5)):
            yield from self._things[THINGS.draw(self._rng)](member)

    def _open_group(self, number: int) -> Session:
        self._opened.add(number)
        group = self._world.communities[number]
        properties = {"group_id": group.id, "group_name": group.name, "visibility": "open"}
        yield "group_created", properties, pause(self._rng, 30)

    def _group_of(self, member: Member) -> str | None:
        """One of the member's groups that is open by now."""
        numbers = [number for number in member.communities if number in self._opened]
        return self._world.communities[self._rng.choice(numbers)].id if numbers else None

    def _visit_profile(self, member: Member) -> Session:
        rng = self._rng
        other = self._world.stranger(member)
        if other:
            seen = {
                "profile_id": other.id,
                "source": SOURCES.draw(rng),
                "duration_ms": int(rng.lognormvariate(9.4, 0.8)),
            }
            yield "profile_viewed", seen, pause(rng, 20)

    def _search(self, member: Member) -> Session:
        rng = self._rng
        results = max(0, round(rng.gauss(18, 12)))
        properties = {"query": rng.choice(QUERIES), "search_type": "people", "results_count": results}
        yield "search_performed", properties, pause(rng, 15)
        for _ in range(min(rng.randint(0, 3), results)):
            yield from self._visit_profile(member)

    def _about(self, post: Post) -> dict[str, object]:
        about: dict[str, object] = {"post_id": post.id, "post_author_id": post.author.id}
        if post.community:
            about["group_id"] = post.community
        return about

    def _read(self, member: Member) -> Session:
        """Vote on a post or answer it; merely reading sends nothing in this system."""
        rng = self._rng
        post = self._world.post_for(member)
        if post is None or rng.random() > 0.2 + 0.6 * min(member.persona.creates, 1):
            return
        if happens(rng, 0.68):
            yield from self._vote(member, post)
        else:
            comment_id = f"nc_{token(rng, 10)}"
            length = int(rng.lognormvariate(4.8, 0.8))
            comment = {**self._about(post), "comment_id": comment_id, "content_length": length}
            yield "comment", comment, pause(rng, 45)
            if happens(rng, 0.15):
                yield from self._mention(member, {"post_id": post.id, "comment_id": comment_id})

    def _vote(self, member: Member, post: Post) -> Session:
        if member.index not in post.likers:
            post.likers.add(member.index)
            up = happens(self._rng, 0.9)
            vote = {"direction": "up" if up else "down", "vote_value": 1 if up else -1}
            yield "vote", {**self._about(post), **vote}, pause(self._rng, 10)

    def _mention(self, member: Member, where: dict[str, object]) -> Session:
        other = self._world.stranger(member)
        if other:
            yield "mention", {"mentioned_user_id": other.id, **where}, pause(self._rng, 4)

    def _write(self, member: Member) -> Session:
        rng = self._rng
        if rng.random() > member.persona.creates:
            return
        kind = POST_KINDS.draw(rng)
        group = self._group_of(member) if happens(rng, 0.6) else None
        post = self._world.publish(f"np_{token(rng, 10)}", member, kind, group)
        properties: dict[str, object] = {"post_id": post.id, "type": kind}
        if group:
            properties["group_id"] = group
        yield "post", {**properties, "content_length": int(rng.lognormvariate(5.8, 0.8))}, pause(rng, 50)
        if happens(rng, 0.2):
            yield from self._mention(member, {"post_id": post.id})

    def _collect(self, member: Member) -> Session:
        """Make a collection, or share one made before."""
        rng = self._rng
        own = self._collections[member.index]
        if own and happens(rng, 0.5):
            yield (
                "collection_shared",
                {**rng.choice(own), "method": rng.choice(("link", "e-mail", "member"))},
                pause(rng),
            )
        elif happens(rng, member.persona.creates + 0.1):
            collection: dict[str, object] = {"collection_id": f"col_{token(rng, 8)}"}
            collection["collection_name"] = (
                f"{rng.choice(INDUSTRIES).title()} {rng.choice(('people', 'reading', 'leads'))}"
            )
            own.append(collection)
            yield (
                "collection_created",
                {**collection, "visibility": "private", "item_count": rng.randint(0, 9)},
                pause(rng),
            )

    def _add_experience(self, _member: Member) -> Session:
        rng = self._rng
        entry = {
            "experience_id": f"ex_{token(rng, 8)}",
            "title": rng.choice(TITLES),
            "industry": rng.choice(INDUSTRIES),
        }
        yield "experience_added", {**entry, "is_current": happens(rng, 0.6)}, pause(rng, 60)

    def _add_education(self) -> Session:
        rng = self._rng
        entry = {"education_id": f"ed_{token(rng, 8)}", "school": rng.choice(SCHOOLS), "degree": rng.choice(DEGREES)}
        field = {"field": rng.choice(FIELDS), "graduation_year": rng.randint(1985, 2024)}
        yield "education_added", {**entry, **field}, pause(rng, 40)

    def _enable_finder(self, _member: Member) -> Session:
        rng = self._rng
        properties = {"enabled": True, "radius_km": rng.choice((25, 50, 100)), "interests": rng.sample(FIELDS, 2)}
        yield "finder_enabled", properties, pause(rng, 15)
