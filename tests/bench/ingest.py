"""Events over HTTP, to a `web` without sockets, against raw COPY of the same rows into the same table, in one run."""

import io
import json
import multiprocessing
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import connection

from ingestion import workspaces
from ingestion.simulation import SYSTEMS, history
from tests.bench import cpu, sender
from tests.bench.report import figure
from tests.servers import free_port, web

BATCH = 100
CONNECTIONS = 8
# Of two threads each.
WORKERS = 4
ROUNDS = 10
WARM_UPS = 4
DAY = timedelta(days=1)
# Batches sent at half the speed, and events sent one by one.
HALF_LOAD, SINGLES = 400, 4_000


def measure(count):
    created = workspaces.create("bench")
    bodies = batches(count + (WARM_UPS * 10 + HALF_LOAD) * BATCH + SINGLES)
    bodies, kept = bodies[: -HALF_LOAD - SINGLES // BATCH], bodies[-HALF_LOAD - SINGLES // BATCH :]
    port = free_port()
    make_copy_table()
    with web(port, workers=WORKERS, sockets=False):
        rates, raws = [], []
        # A connection meets one of the server's processes, so that a few are needed to wake all of them.
        for part in range(WARM_UPS):
            send(port, created.write_key, bodies[part * 10 : (part + 1) * 10])
        rest = bodies[WARM_UPS * 10 :]
        share = len(rest) // ROUNDS
        spent = Counter()
        # In turn, as the machine is another one from minute to minute.
        for part in range(ROUNDS):
            since, before = datetime.now(UTC), cpu.seconds()
            took, _ = send(port, created.write_key, rest[part * share : (part + 1) * share])
            spent += cpu.seconds() - before
            rates.append(share * BATCH / took)
            raws.append(copy_rate(since))
        rate = statistics.median(rates)
        _, latencies = send(port, created.write_key, kept[:HALF_LOAD], rate / BATCH / 2)
        singles = [json.dumps(one).encode() for body in kept[HALF_LOAD:] for one in json.loads(body)]
        before = cpu.seconds()
        single_took, _ = send(port, created.write_key, singles)
        spent_on_singles = cpu.seconds() - before
    stored = scalar("SELECT count(*) FROM ingestion_event")
    quarantined = scalar("SELECT coalesce(sum(occurrences), 0) FROM ingestion_quarantinedevent")
    figure(f"events over HTTP, 100 a batch, {CONNECTIONS} connections", rate, ">= 20,000", "/s")
    figure("raw COPY of the same rows into such a table", statistics.median(raws), "", "/s")
    ratios = [one / raw for one, raw in zip(rates, raws, strict=True)]
    figure("the first over the second, in pairs", statistics.median(ratios), ">= 0.2")
    figure("single events over HTTP", len(singles) / single_took, ">= 1,000", "/s")
    figure("median batch at half that load", statistics.median(latencies) * 1000, "", "ms")
    figure("p95 batch at half that load", statistics.quantiles(latencies, n=20)[18] * 1000, "< 40", "ms")
    for program, used in spent.items():
        figure(f"processor time of {program} per event", used / (share * ROUNDS * BATCH) * 1e6, "", "us")
    for program, used in spent_on_singles.items():
        figure(f"processor time of {program} per single event", used / len(singles) * 1e6, "", "us")
    figure("bytes stored per event, indexes included", stored_bytes() / stored, "< 350")
    print(f"  web: WSGI, without sockets, {WORKERS} processes of two threads")
    print(f"  stored {stored:,}, quarantined {quarantined:,}; pairs {', '.join(f'{one:.2f}' for one in ratios)}")


def batches(count):
    """Bodies of BATCH events of one system each, the systems taking turns."""
    now = datetime.now(UTC)
    moment = now.isoformat()
    streams = [history(name, seed=1, days=7, end=now, members=3000) for name in SYSTEMS]
    bodies = []
    while len(bodies) * BATCH < count:
        for stream in streams:
            part = list(islice(stream, BATCH))
            if len(part) < BATCH:
                return bodies
            # Of right now, as live traffic is: events of days before would also be noted for their rollups.
            bodies.append(json.dumps([event | {"timestamp": moment} for event in part]).encode())
    return bodies


def send(port, key, bodies, per_second=None):
    """(seconds, latencies in seconds) of sending all bodies over CONNECTIONS connections, a process each; as fast as
    they are answered, or so many a second, at times of which none knows of the other (a Poisson process).

    The clock starts when the processes hold the bodies and are connected. Each takes the next body that none has
    taken: with shares of its own, the server would be measured with fewer and fewer of them at the end.
    """
    spawn = multiprocessing.get_context("spawn")
    begin, answers, taken = spawn.Barrier(CONNECTIONS + 1), spawn.Queue(), spawn.Value("q", 0)
    head = f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\nContent-Length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    each = per_second and per_second / CONNECTIONS
    senders = [
        spawn.Process(target=sender.send, args=(port, requests, taken, begin, answers, each, seed), daemon=True)
        for seed in range(CONNECTIONS)
    ]
    for process in senders:
        process.start()
    begin.wait(60)
    started = time.perf_counter()
    parts = [answers.get(timeout=600) for _ in senders]
    took = time.perf_counter() - started
    for process in senders:
        process.join()
    if failed := [part for part in parts if isinstance(part, str)]:
        raise RuntimeError(failed[0])
    return took, [latency for part in parts for latency in part]


def make_copy_table():
    """A table like that of the events, with its partitions of these days and all their indexes."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_copy")
        cursor.execute("CREATE TABLE bench_copy (LIKE ingestion_event INCLUDING ALL) PARTITION BY RANGE (occurred_at)")
        today = datetime.now(UTC).date()
        for day in (today - DAY, today, today + DAY):
            cursor.execute(
                f"CREATE TABLE bench_copy_{day:%Y%m%d} PARTITION OF bench_copy"
                f" FOR VALUES FROM ('{day} 00:00+00') TO ('{day + DAY} 00:00+00')"
            )


def copy_rate(since):
    """Rows a second of COPY of the rows received since then into the emptied table."""
    raw = connection.connection.cursor()
    rows = io.BytesIO()
    with raw.copy("COPY (SELECT * FROM ingestion_event WHERE received_at >= %s) TO STDOUT", [since]) as out:
        for block in out:
            rows.write(block)
    raw.execute("TRUNCATE bench_copy")
    started = time.perf_counter()
    with raw.copy("COPY bench_copy FROM STDIN") as into:
        into.write(rows.getvalue())
    return raw.rowcount / (time.perf_counter() - started)


def stored_bytes():
    return scalar(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'ingestion_event'::regclass"
    )


def scalar(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return float(cursor.fetchone()[0])
