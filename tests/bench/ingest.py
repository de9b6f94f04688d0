"""Events over HTTP against raw COPY of the same rows into the same table, in one run."""

import io
import json
import multiprocessing
import statistics
import time
from datetime import UTC, datetime
from itertools import islice

from django.db import connection

from ingestion import workspaces
from ingestion.simulation import SYSTEMS, history
from tests.bench import cpu, sender
from tests.bench.report import figure
from tests.servers import free_port, web

BATCH = 100
CONNECTIONS = 8
ROUNDS = 5
WARM_UPS = 4
# Batches sent at half the speed, and events sent one by one.
HALF_LOAD, SINGLES = 400, 4_000


def measure(count):
    created = workspaces.create("bench")
    bodies = batches(count + (WARM_UPS * 10 + HALF_LOAD) * BATCH + SINGLES)
    bodies, kept = bodies[: -HALF_LOAD - SINGLES // BATCH], bodies[-HALF_LOAD - SINGLES // BATCH :]
    port = free_port()
    with web(port):
        rates = []
        # A connection meets one of the server's processes, so that a few are needed to wake all of them.
        for part in range(WARM_UPS):
            send(port, created.write_key, bodies[part * 10 : (part + 1) * 10])
        rest = bodies[WARM_UPS * 10 :]
        share = len(rest) // ROUNDS
        before = cpu.seconds()
        for part in range(ROUNDS):
            took, _ = send(port, created.write_key, rest[part * share : (part + 1) * share])
            rates.append(share * BATCH / took)
        spent = cpu.seconds() - before
        rate = statistics.median(rates)
        _, latencies = send(port, created.write_key, kept[:HALF_LOAD], rate / BATCH / 2)
        singles = [json.dumps(one).encode() for body in kept[HALF_LOAD:] for one in json.loads(body)]
        before = cpu.seconds()
        single_took, _ = send(port, created.write_key, singles)
        spent_on_singles = cpu.seconds() - before
    stored = scalar("SELECT count(*) FROM ingestion_event")
    quarantined = scalar("SELECT coalesce(sum(occurrences), 0) FROM ingestion_quarantinedevent")
    raw = copy_rate()
    figure(f"events over HTTP, 100 a batch, {CONNECTIONS} connections", rate, ">= 20,000", "/s")
    figure("raw COPY of the same rows into the same table", raw, "", "/s")
    figure("the first over the second", rate / raw, ">= 0.2")
    figure("single events over HTTP", len(singles) / single_took, ">= 1,000", "/s")
    figure("median batch at half that load", statistics.median(latencies) * 1000, "", "ms")
    figure("p95 batch at half that load", statistics.quantiles(latencies, n=20)[18] * 1000, "< 40", "ms")
    for program, used in spent.items():
        figure(f"processor time of {program} per event", used / (share * ROUNDS * BATCH) * 1e6, "", "us")
    for program, used in spent_on_singles.items():
        figure(f"processor time of {program} per single event", used / len(singles) * 1e6, "", "us")
    figure("bytes stored per event, indexes included", stored_bytes() / stored, "< 350")
    print(f"  stored {stored:,}, quarantined {quarantined:,}; rounds {', '.join(f'{r:,.0f}' for r in rates)}")


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
    they are answered, or so many a second.

    The clock starts when the processes hold their bodies and are connected.
    """
    pause = CONNECTIONS / per_second if per_second else 0
    spawn = multiprocessing.get_context("spawn")
    begin, answers = spawn.Barrier(CONNECTIONS + 1), spawn.Queue()
    senders = [
        spawn.Process(target=sender.send, args=(port, key, bodies[n::CONNECTIONS], begin, answers, pause), daemon=True)
        for n in range(CONNECTIONS)
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


def copy_rate():
    """Rows a second of COPY of all stored rows into the emptied table, median of ROUNDS."""
    raw = connection.connection.cursor()
    rows = io.BytesIO()
    with raw.copy("COPY (SELECT * FROM ingestion_event ORDER BY received_at) TO STDOUT") as out:
        for block in out:
            rows.write(block)
    count = scalar("SELECT count(*) FROM ingestion_event")
    rates = []
    for _ in range(ROUNDS):
        raw.execute("TRUNCATE ingestion_event")
        started = time.perf_counter()
        with raw.copy("COPY ingestion_event FROM STDIN") as into:
            into.write(rows.getvalue())
        rates.append(count / (time.perf_counter() - started))
    return statistics.median(rates)


def stored_bytes():
    return scalar(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'ingestion_event'::regclass"
    )


def scalar(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return float(cursor.fetchone()[0])
