from ingestion.models.anomalies import Anomaly
from ingestion.models.events import Context, Event
from ingestion.models.excluded import ExcludedActor
from ingestion.models.identity import Actor, IdentityConflict, IdentityLink, MergeRecord, PersonLeft
from ingestion.models.imports import ImportedFile
from ingestion.models.quarantine import QuarantinedEvent, Replay
from ingestion.models.registry import CountsAs, EventType, EventTypeVersion, Kind
from ingestion.models.source_databases import SourceDatabase
from ingestion.models.sources import Source, WriteKey
from ingestion.models.sweep import StoredDay
from ingestion.models.traits import Community, CommunityTrait, PersonTrait
from ingestion.models.views import ContentEvent, ContentEventType, PersonEvent

__all__ = [
    "Actor",
    "Anomaly",
    "Community",
    "CommunityTrait",
    "ContentEvent",
    "ContentEventType",
    "Context",
    "CountsAs",
    "Event",
    "EventType",
    "EventTypeVersion",
    "ExcludedActor",
    "IdentityConflict",
    "IdentityLink",
    "ImportedFile",
    "Kind",
    "MergeRecord",
    "PersonEvent",
    "PersonLeft",
    "PersonTrait",
    "QuarantinedEvent",
    "Replay",
    "Source",
    "SourceDatabase",
    "StoredDay",
    "WriteKey",
]
