"""A workspace that can take events: its source, its keys, its event types."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from config.models import Workspace
from ingestion import catalog, keys, partitions
from ingestion.models import Source, WriteKey

DEFAULT_SOURCE = "Default"
# What higher rooms begin a workspace with, in the transaction that makes it; their AppConfig.ready fills it.
CREATED: list[Callable[[Workspace], None]] = []


@dataclass(frozen=True, slots=True)
class Created:
    """The keys are shown here and nowhere else: tables hold their hashes."""

    workspace: Workspace
    source: Source
    write_key: str
    server_key: str


def create(slug: str, *, name: str = "", time_zone: str = "UTC", systems: tuple[str, ...] = catalog.SYSTEMS) -> Created:
    """A workspace with one source, a client and a server key and the event types of the systems.

    Raises ValidationError for a slug that is taken or malformed, or an unknown time zone.
    """
    partitions.ensure_ahead(timezone.now().date())
    with transaction.atomic():
        workspace = Workspace(slug=slug, name=name or slug.replace("-", " ").title(), time_zone=time_zone)
        workspace.full_clean()
        workspace.save()
        catalog.load(workspace, systems)
        source = Source.objects.create(workspace=workspace, name=DEFAULT_SOURCE)
        _, write_key = keys.issue(source, WriteKey.Scope.CLIENT)
        _, server_key = keys.issue(source, WriteKey.Scope.SERVER)
        for begin in CREATED:
            begin(workspace)
    return Created(workspace, source, write_key, server_key)
