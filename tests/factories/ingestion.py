"""Rows of ingestion that tests start from."""

import uuid

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from config.lib import sealing
from ingestion import keys, source_databases
from ingestion.models import (
    Actor,
    Anomaly,
    Community,
    EventType,
    EventTypeVersion,
    IdentityConflict,
    IdentityLink,
    ImportedFile,
    MergeRecord,
    QuarantinedEvent,
    Source,
    SourceDatabase,
    WriteKey,
)
from tests.factories.config import WorkspaceFactory


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("Source {}".format)
    # Tests send events of days of their own with any key.
    old_events = Source.OldEvents.STORE


class SourceDatabaseFactory(DjangoModelFactory):
    class Meta:
        model = SourceDatabase

    class Params:
        dsn = "postgresql://agora:open%20sesame@db.example.org/forum"

    source = factory.SubFactory(SourceFactory)
    sealed_dsn = factory.LazyAttribute(lambda row: sealing.seal(row.dsn, source_databases.PURPOSE))


class WriteKeyFactory(DjangoModelFactory):
    """A key of a source; what the sender would send is `key`."""

    class Meta:
        model = WriteKey

    class Params:
        key = factory.Sequence("awk_test-key-{}".format)

    source = factory.SubFactory(SourceFactory)
    scope = WriteKey.Scope.CLIENT
    prefix = factory.LazyAttribute(lambda row: row.key[: keys.PREFIX_LENGTH])
    digest = factory.LazyAttribute(lambda row: keys.digest_of(row.key))


class EventTypeFactory(DjangoModelFactory):
    class Meta:
        model = EventType

    workspace = factory.SubFactory(WorkspaceFactory)
    name = factory.Sequence("event_{}".format)


class EventTypeVersionFactory(DjangoModelFactory):
    """An active version that asks for an object."""

    class Meta:
        model = EventTypeVersion

    event_type = factory.SubFactory(EventTypeFactory)
    version = 1
    status = EventTypeVersion.Status.ACTIVE
    schema = factory.LazyFunction(lambda: {"type": "object"})


class QuarantinedEventFactory(DjangoModelFactory):
    class Meta:
        model = QuarantinedEvent

    workspace = factory.SelfAttribute("source.workspace")
    source = factory.SubFactory(SourceFactory)
    fingerprint = factory.LazyFunction(uuid.uuid4)
    reason = QuarantinedEvent.Reason.MISSING_NAME
    payload = '{"userId": "u1"}'
    received_at = factory.LazyFunction(timezone.now)
    last_received_at = factory.LazyFunction(timezone.now)


class ImportedFileFactory(DjangoModelFactory):
    class Meta:
        model = ImportedFile

    workspace = factory.SelfAttribute("source.workspace")
    source = factory.SubFactory(SourceFactory)
    digest = factory.Sequence("{:064x}".format)
    name = factory.Sequence("events-{}.csv".format)
    received_at = factory.LazyFunction(timezone.now)


class ActorFactory(DjangoModelFactory):
    class Meta:
        model = Actor

    actor_id = factory.LazyFunction(uuid.uuid4)
    workspace = factory.SubFactory(WorkspaceFactory)
    kind = Actor.Kind.USER
    distinct_id = factory.Sequence("user-{}".format)


class MergeRecordFactory(DjangoModelFactory):
    """What an identify said."""

    class Meta:
        model = MergeRecord

    workspace = factory.SubFactory(WorkspaceFactory)
    actor_id = factory.LazyFunction(uuid.uuid4)
    into_id = factory.LazyFunction(uuid.uuid4)
    evidence = MergeRecord.Evidence.IDENTIFY
    occurred_at = factory.LazyFunction(timezone.now)
    event_id = factory.LazyFunction(uuid.uuid4)


class IdentityConflictFactory(DjangoModelFactory):
    class Meta:
        model = IdentityConflict

    workspace = factory.SubFactory(WorkspaceFactory)
    first_id = uuid.UUID(int=1)
    second_id = uuid.UUID(int=2)
    record = factory.SubFactory(MergeRecordFactory, workspace=factory.SelfAttribute("..workspace"))


class IdentityLinkFactory(DjangoModelFactory):
    class Meta:
        model = IdentityLink

    actor_id = factory.LazyFunction(uuid.uuid4)
    person_id = factory.LazyFunction(uuid.uuid4)
    workspace = factory.SubFactory(WorkspaceFactory)
    record = factory.SubFactory(
        MergeRecordFactory,
        workspace=factory.SelfAttribute("..workspace"),
        actor_id=factory.SelfAttribute("..actor_id"),
        into_id=factory.SelfAttribute("..person_id"),
    )


class CommunityFactory(DjangoModelFactory):
    class Meta:
        model = Community

    id = factory.LazyFunction(uuid.uuid4)
    workspace = factory.SubFactory(WorkspaceFactory)
    community_id = factory.Sequence("community-{}".format)


class AnomalyFactory(DjangoModelFactory):
    class Meta:
        model = Anomaly

    workspace = factory.SelfAttribute("source.workspace")
    source = factory.SubFactory(SourceFactory)
    person_id = factory.LazyFunction(uuid.uuid4)
    minute = factory.LazyFunction(lambda: timezone.now().replace(second=0, microsecond=0))
    events = 400
