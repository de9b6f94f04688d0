"""How long it takes to fill a day, an hour, and one day again after a late event."""

import json
import resource
import statistics
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import connection
from django.utils import timezone

from analytics.rollups import engine, pace
from config.models import Workspace
from ingestion import keys, partitions, payload, pipeline, workspaces
from ingestion.simulation import SYSTEMS, history
from tests.bench import cpu
from tests.bench.report import figure, reset

PEOPLE = 100_000
SAMPLE = 20_000
# What a day of a long history has, and how much more the same refill may cost with it.
QUIET_DAY, SHORT, LONG = 2_000, 10, 90
# How many days before today the late day lies: nearly at the end, and as far back as the short history allows.
BACK = (2, 8)
DEAREST = 8
ROUNDS = 5


def measure(count):
    """The fill of a day of that many events."""
    workspace, day = begin(1)
    write_day(workspace, day, count)
    analyse()
    with seconds_by_rollup() as spent:
        started = time.perf_counter()
        fill = engine.bring_up_to_date(workspace)
        took = time.perf_counter() - started
    assert not fill.failed, fill.failed
    limits = {1_000_000: "< 30 s", 10_000_000: "< 300 s"}
    figure(f"fill of a day of {count:,} events by {PEOPLE:,} people", took, limits.get(count, ""), "s")
    dearest(spent)
    figure("memory of the filling process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "", "MB")


def measure_hour(count):
    """The fill of an hour of that many events, of the rollups by hour."""
    workspace, day = begin(1)
    write_day(workspace, day, count, hours=1)
    analyse()
    started = time.perf_counter()
    fill = engine.bring_up_to_date(workspace, only=pace.hourly())
    figure(f"fill of an hour of {count:,} events", time.perf_counter() - started, "< 30 s", "s")
    assert not fill.failed, fill.failed


def measure_late():
    """What a late event costs with a short and with a long history before its day, and as many days after it.

    The limit is for the processor time: the wall clock of a shared machine says more about the others.
    """
    spent = {}
    for days in (SHORT, LONG):
        # People of the same ids.
        reset()
        workspace, day = begin(days)
        for number in range(days):
            write_day(workspace, day + timedelta(days=number), QUIET_DAY)
        analyse()
        fill = engine.bring_up_to_date(workspace)
        assert not fill.failed, fill.failed
        with connection.cursor() as cursor:
            # Or autovacuum does it meanwhile, for the longer history only, and its time would count.
            cursor.execute("VACUUM ANALYZE")
        for back in BACK:
            late = day + timedelta(days=days - back)
            with seconds_by_rollup() as by_rollup:
                moments = [late + timedelta(hours=3 * n + 1) for n in range(ROUNDS)]
                rounds = [late_refill(workspace, at, f"late {at}") for at in moments]
            took, spent[days, back] = map(statistics.median, zip(*rounds, strict=True))
            figure(f"refill of {back} days ago, {days} days of history", took, "", "s")
            figure("  processor time of PostgreSQL", spent[days, back], "", "s")
            dearest(by_rollup, ROUNDS)
    for back in BACK:
        figure(f"processor time for {back} days ago, long over short", spent[LONG, back] / spent[SHORT, back], "< 1.3")


def late_refill(workspace, at, name):
    """Wall and processor seconds of the fill after an event of somebody whom nobody has seen before."""
    source = keys.context_of(workspace.sources.get(), "server")
    event = {"event_name": "post_created", "user_id": name, "timestamp": at.isoformat(), "properties": {"post_id": "p"}}
    (taken,) = pipeline.ingest([payload.read_item(json.dumps(event).encode())], source, timezone.now())
    assert taken.status == "accepted", taken
    started, before = time.perf_counter(), cpu.seconds()
    fill = engine.bring_up_to_date(workspace)
    took = time.perf_counter() - started, cpu.seconds()["PostgreSQL"] - before["PostgreSQL"]
    assert not fill.failed, fill.failed
    return took


def begin(days):
    """An empty workspace whose time began so many days ago, and that day."""
    created = workspaces.create(f"bench-{days}-{time.monotonic_ns()}")
    day = (datetime.now(UTC) - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    Workspace.objects.filter(pk=created.workspace.pk).update(created_at=day)
    created.workspace.refresh_from_db()
    partitions.ensure([day.date() + timedelta(days=number) for number in range(days + 1)])
    take_sample(created)
    return created.workspace, day


def take_sample(created):
    """The table `sample`: events of the four simulated communities, as the pipeline made them; nothing else is left."""
    source = keys.resolve(created.write_key)
    now = datetime.now(UTC)
    for number, system in enumerate(SYSTEMS, 1):
        stream = history(system, seed=1, days=7, end=now, members=3000)
        while batch := list(islice(stream, 500)):
            items = [payload.read_item(json.dumps(event).encode()) for event in batch]
            pipeline.ingest(items, source, timezone.now())
            if _count(created.workspace) >= SAMPLE / len(SYSTEMS) * number:
                break
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DROP TABLE IF EXISTS sample;
            CREATE TEMPORARY TABLE sample AS
            SELECT
                row_number() OVER (ORDER BY random()) - 1 AS number, workspace_id, source_id,
                event_type_id, flags, value, object_id, community_id, object_author, properties
            FROM ingestion_event;
            ANALYZE sample;
            TRUNCATE ingestion_event, analytics_touchedhour
            """
        )


def write_day(workspace, day, count, hours=24):
    """Events like those of the sample, spread over the hours, by PEOPLE people with a long tail."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ingestion_event (
                actor_id, event_id, occurred_at, received_at, workspace_id, source_id, event_type_id, flags,
                value, object_author, object_id, community_id, properties
            )
            SELECT
                md5('person' || person)::uuid, gen_random_uuid(), at, at, workspace_id, source_id, event_type_id,
                flags, value, object_author, object_id || '-' || n %% 10, community_id, properties
            FROM (
                SELECT
                    n,
                    person,
                    -- Everybody has a quarter of an hour or two a day.
                    %(day)s::timestamptz + random() * interval '15 minutes'
                    + make_interval(mins => mod(abs(hashint4(person * 2 + n %% 2)), %(hours)s * 4 - 1) * 15) AS at
                FROM (
                    SELECT n, floor(power(random(), 2) * %(people)s)::int AS person
                    FROM generate_series(1, %(count)s) AS n
                ) AS drawn
            ) AS event
            JOIN sample ON sample.number = event.n %% %(sample)s
            """,
            {"people": PEOPLE, "day": day, "count": count, "hours": hours, "sample": SAMPLE},
        )


def analyse():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ingestion_event")


def _count(workspace):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ingestion_event WHERE workspace_id = %s", [workspace.pk])
        return cursor.fetchone()[0]


def dearest(spent, rounds=1):
    first = sorted(spent.items(), key=lambda item: -item[1])[:DEAREST]
    print("  " + ", ".join(f"{key} {seconds / rounds:.2f} s" for key, seconds in first), flush=True)


@contextmanager
def seconds_by_rollup():
    """Seconds that each rollup's chunks took within the block."""
    spent, fill_chunk = {}, engine.fill_chunk

    def timed(rollup, *arguments):
        started = time.perf_counter()
        rows = fill_chunk(rollup, *arguments)
        spent[rollup.key] = spent.get(rollup.key, 0.0) + time.perf_counter() - started
        return rows

    engine.fill_chunk = timed
    try:
        yield spent
    finally:
        engine.fill_chunk = fill_chunk
