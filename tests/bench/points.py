"""What the rules of points cost whoever sends events: the same forum's events with rules off and on, in turns."""

import json
import statistics
import threading
import time
from datetime import UTC, datetime
from itertools import islice

from django.db import connection

from economy import applying, ledger, rules
from economy.entries import Entry
from economy.models import Account, Transfer
from ingestion import workspaces
from ingestion.identity import actor_id_of
from ingestion.simulation import history
from tests.bench.ingest import BATCH, send
from tests.bench.report import figure
from tests.servers import free_port, web

ROUNDS, WARM_UP = 5, 20
# Between two looks at what waits, as if the job's minute were over all the time.
PAUSE_SECONDS = 1


def measure(count):
    off, on = (workspaces.create(slug, systems=("forum",)) for slug in ("plain", "ruled"))
    rules.load_forum(on.workspace, datetime.now(UTC).date())
    rules.set_mode(on.workspace, rules.Mode.RULES)
    events, bodies = forum(count)
    endow(on.workspace, events)
    port = free_port()
    with web(port), applied(on.workspace):
        for created in (off, on):
            send(port, created.write_key, bodies[:WARM_UP])
        rest = bodies[WARM_UP:]
        share = len(rest) // ROUNDS
        rates = {"off": [], "on": [], "applied": []}
        for part in range(ROUNDS):
            mine = rest[part * share : (part + 1) * share]
            took, _ = send(port, off.write_key, mine)
            rates["off"].append(share * BATCH / took)
            started = time.perf_counter()
            took, _ = send(port, on.write_key, mine)
            rates["on"].append(share * BATCH / took)
            # What is left, and not after the pause.
            applying.apply(on.workspace)
            rates["applied"].append(share * BATCH / (time.perf_counter() - started))
    middle = {name: statistics.median(found) for name, found in rates.items()}
    moved = Transfer.objects.filter(workspace=on.workspace, rule__isnull=False).count()
    figure("forum's events over HTTP, rules off", middle["off"], "", "/s")
    figure("the same with the forum's rules on, applied meanwhile", middle["on"], "", "/s")
    figure("the second over the first", middle["on"] / middle["off"], ">= 0.6")
    figure("events whose points are moved as well, over the first", middle["applied"] / middle["off"])
    figure("transfers per event", moved / (len(bodies) * BATCH))
    print("  rounds " + "; ".join(f"{name} {', '.join(f'{r:,.0f}' for r in found)}" for name, found in rates.items()))


def forum(count):
    """(events of right now, the same in bodies of BATCH)."""
    now = datetime.now(UTC)
    moment = now.isoformat()
    events = [
        event | {"timestamp": moment}
        for event in islice(history("forum", seed=1, days=60, end=now, members=3000), count + WARM_UP * BATCH)
    ]
    return events, [json.dumps(events[at : at + BATCH]).encode() for at in range(0, len(events) - BATCH + 1, BATCH)]


def endow(workspace, events):
    """Enough for everybody: what is refused costs less."""
    people = {event.get("userId") or event.get("user_id") for event in events} - {None}
    entries = [
        Entry(Account.Kind.MINT, actor_id_of(workspace.uuid, str(one)), 100_000, "adjustment", f"endow:{one}")
        for one in sorted(map(str, people))
    ]
    for start in range(0, len(entries), ledger.MOST_ENTRIES):
        ledger.post_many(workspace, entries[start : start + ledger.MOST_ENTRIES])


class applied:  # noqa: N801 a context manager
    """Somebody who applies the rules while the block runs."""

    def __init__(self, workspace):
        self.workspace, self.ended = workspace, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended.wait(PAUSE_SECONDS):
            applying.apply(self.workspace)
        connection.close()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
