"""A forum whose members report each other, as of a Monday noon."""

from datetime import UTC, datetime, timedelta

import msgspec

from ingestion import keys, workspaces
from ingestion.identity import actor_id_of
from ingestion.models import WriteKey
from ingestion.payload import read_item
from ingestion.pipeline import ingest
from moderation import arrivals, reports
from moderation.models import LogEntry, Target

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes):
    return NOW + timedelta(minutes=minutes)


class Forum:
    def __init__(self, slug="forum"):
        self.created = workspaces.create(slug, systems=("forum",))
        self.workspace = self.created.workspace

    def actor(self, name):
        return actor_id_of(self.workspace.uuid, name)

    def send(self, *events, received=None):
        """What becomes of events (name, person, minute, properties), received a minute after the last."""
        source = keys.context_of(self.created.source, WriteKey.Scope.SERVER)
        items = [
            read_item(msgspec.json.encode(self.event(name, user, minute, **properties)))
            for name, user, minute, properties in events
        ]
        last = max(minute for _, _, minute, _ in events)
        return [result.status for result in ingest(items, source, received or at(last + 1))]

    @staticmethod
    def event(name, user, minute, **properties):
        return {
            "type": "track",
            "event": name,
            "messageId": f"{name} {user} {minute}",
            "userId": user,
            "timestamp": at(minute).isoformat(),
            "properties": properties,
        }

    def take(self):
        """(taken, waiting, refused) of the events that came."""
        done = arrivals.take(self.workspace)
        return done.taken, done.waiting, done.refused

    def draft(self, reporter="ada", post="p1", author="bob", **more):
        fields = {
            "key": f"{reporter} on {post}",
            "reporter_id": self.actor(reporter) if reporter else None,
            "target": Target.CONTENT,
            "content_type": "post",
            "target_id": post,
            "person_id": self.actor(author) if author else None,
            "community_id": "",
            "reason": "spam",
            "text": "",
            "submitted_at": NOW,
        }
        return reports.Draft(**fields | more)

    def report(self, *people, **more):
        """The report of ada, or of the person; its case as it stands then."""
        report, _ = reports.submit(self.workspace.pk, self.draft(*people, **more))
        report.case.refresh_from_db()
        return report


def steps(case):
    return list(LogEntry.objects.filter(case=case).values_list("step", flat=True))
