"""How long it takes to fill a day."""

import resource
import time
from datetime import UTC, datetime, timedelta

from django.db import connection

from analytics.rollups import engine
from config.models import Workspace
from ingestion import partitions, workspaces
from tests.bench.report import figure

PEOPLE = 100_000


def measure(count):
    created = workspaces.create("bench")
    day = (datetime.now(UTC) - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    Workspace.objects.filter(pk=created.workspace.pk).update(created_at=day)
    created.workspace.refresh_from_db()
    partitions.ensure([day.date(), day.date() + timedelta(days=1)])
    write_day(created, day, count)
    started = time.perf_counter()
    fill = engine.bring_up_to_date(created.workspace)
    took = time.perf_counter() - started
    assert not fill.failed, fill.failed
    limit = "< 40 s" if count == 1_000_000 else ""
    figure(f"fill of a day of {count:,} events by {PEOPLE:,} people", took, limit, "s")
    figure("memory of the filling process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "", "MB")


def write_day(created, day, count):
    """Events spread over the day, the types of the catalogue and PEOPLE people with a long tail."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH kinds AS (
                SELECT id, row_number() OVER (ORDER BY id) - 1 AS number, count(*) OVER () AS total
                FROM ingestion_eventtype WHERE workspace_id = %(workspace)s
            )
            INSERT INTO ingestion_event (
                actor_id, event_id, occurred_at, received_at, workspace_id, source_id, event_type_id, flags,
                object_author, object_id, properties
            )
            SELECT
                md5('person' || person)::uuid, gen_random_uuid(), at, at, %(workspace)s, %(source)s, kinds.id, 0,
                md5('person' || author)::uuid, 'post-' || author, '{"channel": "general", "n": 1}'
            FROM (
                SELECT
                    floor(power(random(), 2) * %(people)s)::int AS person,
                    floor(random() * %(people)s)::int AS author,
                    %(day)s::timestamptz + random() * interval '86399 seconds' AS at,
                    n
                FROM generate_series(1, %(count)s) AS n
            ) AS event
            JOIN kinds ON kinds.number = event.n %% kinds.total
            """,
            {
                "workspace": created.workspace.pk,
                "source": created.source.pk,
                "people": PEOPLE,
                "day": day,
                "count": count,
            },
        )
        cursor.execute("ANALYZE ingestion_event")
