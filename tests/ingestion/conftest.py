"""Somebody who sends events, and days that have a partition already."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from ingestion import keys, partitions
from ingestion.models import Event, QuarantinedEvent, Source, WriteKey
from ingestion.payload import read_item
from ingestion.pipeline import ingest
from tests.factories.ingestion import SourceFactory, WriteKeyFactory

from .team import database, team  # noqa: F401 fixtures

# A Monday noon.
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = "awk_of-the-sender"


@dataclass
class Sender:
    """A source whose events go straight into the pipeline, received at NOW where nothing else is said."""

    source: Source
    scope: str = WriteKey.Scope.SERVER

    @property
    def workspace(self):
        return self.source.workspace

    @property
    def context(self):
        return keys.context_of(self.source, self.scope)

    def send(self, *values, at=NOW, **options):
        """Results of decoded events, or of bytes as they came."""
        items = [read_item(value if isinstance(value, bytes) else msgspec.json.encode(value)) for value in values]
        return ingest(items, self.context, at, **options)

    def statuses(self, *values, **options):
        return [result.status for result in self.send(*values, **options)]

    def stored(self, *fields):
        """The events of the source's workspace, as they stand in the table: tuples, or values of a single field."""
        rows = Event.objects.filter(workspace=self.workspace).order_by("occurred_at", "actor_id", "event_id")
        return list(rows.values_list(*fields, flat=len(fields) == 1))

    def quarantined(self, *fields):
        rows = QuarantinedEvent.objects.filter(workspace=self.workspace).order_by("id")
        return list(rows.values_list(*fields, flat=len(fields) == 1))


def event(name="post_created", user="ada", **more):
    """A Segment event; without a time it is of the moment it is received."""
    return {"type": "track", "event": name, "userId": user} | more


def change(user="ada", *, at=NOW, **answers):
    return event("user_consent_update", user, properties=answers, timestamp=at.isoformat())


def with_own(user="ada", **privacy):
    return {"event_name": "post_created", "user_id": user, "privacy": privacy}


def rich(number, prefix="m"):
    """An event with a person, a context and an hour of its own."""
    return event(
        user=f"{prefix}-{number}",
        messageId=f"{prefix}-{number}",
        timestamp=(NOW - timedelta(minutes=number % 600)).isoformat(),
        context={"locale": f"{prefix}-{number}", "url": "/"},
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Partitions around NOW, made once: a test that is rolled back would make them again."""
    with django_db_blocker.unblock():
        partitions.forget()
        partitions.ensure(NOW.date() + timedelta(days=offset) for offset in range(-3, 2))


@pytest.fixture
def sender(db):
    return Sender(SourceFactory())


@pytest.fixture
def committing(transactional_db):
    """A sender in a test whose transactions commit."""
    return Sender(SourceFactory())


@pytest.fixture
def write_key(sender):
    """A client key of the sender's source, as the sender would send it."""
    WriteKeyFactory(source=sender.source, key=KEY)
    return KEY


@pytest.fixture
def post(client, write_key):
    """Send a body (bytes, or what becomes JSON) with the sender's key, unless other headers are given."""

    def send(body, path="/api/events", content_type="application/json", headers=None):
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {write_key}"} if headers is None else headers
        return client.generic("POST", path, data, content_type, headers=headers)

    return send


def assert_refused(response, status, code):
    """Every error has the same body."""
    assert response["Content-Type"] == "application/json"
    answer = response.json()
    assert (response.status_code, answer["code"]) == (status, code), answer
    assert set(answer) == {"code", "message", "details"}
    assert isinstance(answer["message"], str)
    assert answer["message"]
    assert isinstance(answer["details"], dict)


def statuses(response):
    assert response.status_code == 200, response.content
    return [result["status"] for result in response.json()["data"]["results"]]
