"""A small forum with a point economy, as of 1 March 2026."""

from datetime import UTC, date, datetime, timedelta

import msgspec

from economy import applying, arrivals, rules
from ingestion import keys, workspaces
from ingestion.identity import actor_id_of
from ingestion.models import WriteKey
from ingestion.payload import read_item
from ingestion.pipeline import ingest

from .reading import balances, is_right, refusals

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = date(2026, 3, 1)


def at(minutes):
    return BEGIN + timedelta(minutes=minutes)


class Village:
    def __init__(self, slug="village", mode="rules", load=True):
        self.created = workspaces.create(slug, systems=("forum",))
        self.workspace = self.created.workspace
        if load:
            rules.load_forum(self.workspace, FIRST)
        self.mode(mode)

    def mode(self, mode):
        rules.set_mode(self.workspace, mode)
        arrivals.forget()

    def rule(self, key, since=FIRST, **said):
        row = rules.change(self.workspace, key, said, since)
        arrivals.forget()
        return row

    def actor(self, name):
        return actor_id_of(self.workspace.uuid, name)

    def send(self, *events, received=None):
        """What becomes of events (name, person, minute, properties), received a minute after the last."""
        source = keys.context_of(self.created.source, WriteKey.Scope.SERVER)
        items = [read_item(msgspec.json.encode(event(*one))) for one in events]
        last = max(minute for _, _, minute, *_ in events)
        done = ingest(items, source, received or at(last + 1))
        return [result.status for result in done]

    def told(self, *events, **more):
        """What the rules make of events that come: (moved, refused, held back by a cap, known)."""
        self.send(*events, **more)
        return self.apply()

    def apply(self):
        done = applying.apply(self.workspace)
        return done.moved, done.refused, done.capped, done.known

    def points(self, *names):
        """Balances by name; without names those of all who were ever named and of the workspace's own accounts."""
        held = balances(self.workspace)
        return {name: held.get(self.actor(name), 0) for name in names}

    def places(self):
        return {kind: points for kind, points in balances(self.workspace).items() if isinstance(kind, str)}

    def refused(self):
        return refusals(self.workspace)

    def is_right(self):
        return is_right(self.workspace)


def event(name, user, minute, properties, context=None):
    """The id says who did what when to what."""
    what = "".join(f" {key}={value}" for key, value in sorted(properties.items()))
    return {
        "type": "track",
        "event": name,
        # The longest ids are cut, which still differ by their minute.
        "messageId": f"{name} {user} {minute}{what}"[:200],
        "userId": user,
        "timestamp": at(minute).isoformat(),
        "properties": properties,
        "context": context or {},
    }


def joined(user, minute=0):
    return "user_registered", user, minute, {}


def posted(user, minute, post="p1", **more):
    return "post_created", user, minute, {"post_id": post, **more}


def commented(user, minute, comment="c1", post="p1"):
    return "comment_created", user, minute, {"post_id": post, "comment_id": comment}


def liked(user, minute, post="p1", author="ada", **more):
    return "like_given", user, minute, {"post_id": post, "author_id": author, **more}


def unliked(user, minute, post="p1", author="ada"):
    return liked(user, minute, post, author, action="unlike")


def redeemed(user, minute, amount, redemption="r1"):
    return "points_redeemed", user, minute, {"amount": amount, "redemption_id": redemption}
