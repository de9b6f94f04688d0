"""A workspace whose members do things at given times: what the tests of rollups and metrics are told with."""

import copy
import itertools
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta

from analytics import metrics
from analytics.models import OpenBucket, PlatformDaily, UserActivityDaily
from analytics.rollups import engine
from analytics.rollups.rollup import in_order
from ingestion import importers, payload, workspaces
from ingestion.identity import actor_id_of
from ingestion.pipeline import ingest

# Monday. Every test counts from here.
TIME_ZERO = datetime(2026, 3, 2, tzinfo=UTC)
_numbers = itertools.count()


def at(day, clock="12:00", zone=UTC):
    """An instant: day n counted from TIME_ZERO, at hh:mm or hh:mm:ss."""
    day_of_zero = date(2026, 3, 2) + timedelta(days=day)
    return datetime.combine(day_of_zero, time.fromisoformat(clock), zone)


class Community:
    # The rollups that fill() fills, those they stand on besides; none for all. A module says it by its FILLS.
    fills: tuple[str, ...] = ()

    def __init__(self, slug="commons", time_zone="UTC", **more):
        created = workspaces.create(slug, time_zone=time_zone, **more)
        self.workspace = created.workspace
        self.source = importers.source_for(created.workspace, "Tests")

    def again(self):
        """The same, without what others have done to the rows in memory."""
        same = copy.copy(self)
        same.workspace = type(self.workspace).objects.get(pk=self.workspace.pk)
        same.source = importers.source_for(same.workspace, "Tests")
        return same

    def person(self, name):
        return actor_id_of(self.workspace.uuid, name)

    def happens(self, name, who, moment, *, received=None, event_id=None, **more):
        """Store one event in the snake envelope, received right then unless told otherwise."""
        properties = more.pop("properties", {})
        self.store(
            [
                {
                    "event_name": name,
                    "event_id": event_id or str(uuid.UUID(int=next(_numbers) + 1)),
                    "user_id": who,
                    "timestamp": moment.isoformat(),
                    "properties": properties,
                    **more,
                }
            ],
            received or moment,
        )

    def store(self, envelopes, received, user_agent=None):
        items = [payload.read_item(json.dumps(envelope).encode()) for envelope in envelopes]
        results = ingest(items, self.source, received, user_agent=user_agent)
        assert [result.errors for result in results if result.status == "rejected"] == []
        return results

    def fill(self):
        wanted = _standing(self.fills) if self.fills else None
        fill = engine.bring_up_to_date(self.workspace, only=wanted)
        assert fill.failed == {}
        if wanted:
            # As though there were no others.
            OpenBucket.objects.filter(workspace=self.workspace).exclude(rollup__in=wanted).delete()
        return fill

    def day(self, day, *, with_bots=False):
        """The platform's row of day n, or None."""
        return PlatformDaily.objects.filter(workspace=self.workspace, date=at(day).date(), with_bots=with_bots).first()

    def workspace_days(self):
        return PlatformDaily.objects.filter(workspace=self.workspace).order_by("date")

    def activity(self, who, day, excluded=False):
        return UserActivityDaily.objects.filter(
            workspace=self.workspace, person_id=self.person(who), date=at(day).date(), excluded=excluded
        ).first()

    def metric(self, key, day, *, with_bots=False):
        on = at(day).date()
        (value,) = metrics.read(metrics.METRICS[key], self.workspace, on, on, with_bots=with_bots)
        return value


def _standing(keys):
    """These rollups and all that they stand on."""
    found = set(keys)
    for rollup in reversed(in_order()):
        if rollup.key in found:
            found |= set(rollup.depends_on)
    assert set(keys) <= {rollup.key for rollup in in_order()}
    return found
