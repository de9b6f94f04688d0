"""What the ledger takes: transfers in batches, one by one, and by several at once; and how fast it is verified."""

import statistics
import threading
import time
from uuid import UUID

from django.db import connection

from config.models import Workspace
from economy import ledger, statements, verification
from economy.entries import Entry
from economy.models import Account
from tests.bench.report import figure

BATCH, BATCHES = 2_500, 40
PEOPLE = 20_000
SINGLES, WRITERS = 500, 4
ROUNDS = 20


def measure():
    """Transfers of a forum: costs of posts and likes, and what people are given."""
    workspace = Workspace.objects.create(slug="ledger", name="Ledger")
    people = [UUID(int=number + 1) for number in range(PEOPLE)]
    bonuses = [Entry(Account.Kind.MINT, one, 10_000, "registration_bonus", f"bonus:{one}") for one in people]
    for start in range(0, PEOPLE, BATCH):
        ledger.post_many(workspace, bonuses[start : start + BATCH])
    rates = []
    for number in range(BATCHES):
        entries = batch(people, number)
        started = time.perf_counter()
        ledger.post_many(workspace, entries)
        rates.append(BATCH / (time.perf_counter() - started))
    figure(f"transfers in batches of {BATCH:,}, median of {BATCHES}", statistics.median(rates), ">= 10,000", "/s")
    entries = batch(people, BATCHES)
    started = time.perf_counter()
    for entry in entries[:SINGLES]:
        ledger.post(workspace, entry)
    figure("transfers one by one", SINGLES / (time.perf_counter() - started), "", "/s")
    figure(f"transfers one by one, {WRITERS} writers", at_once(workspace, people), "", "/s")
    started = time.perf_counter()
    report = verification.verify(workspace)
    assert report.is_right, report
    figure("transfers verified", report.transfers / (time.perf_counter() - started), "", "/s")
    figure("p95 of a person's statement", page_milliseconds(workspace, people), "< 150", "ms")


def batch(people, number):
    """BATCH entries that nobody has sent before."""
    return [
        Entry(people[(number * BATCH + place) % PEOPLE], Account.Kind.SINK, 1, "like_cost", f"like:{number}:{place}")
        for place in range(BATCH)
    ]


def at_once(workspace, people):
    """Transfers a second of WRITERS that share the chain."""
    shares = [batch(people, BATCHES + 1 + writer)[: SINGLES // WRITERS] for writer in range(WRITERS)]

    def write(entries):
        for entry in entries:
            ledger.post(workspace, entry)
        connection.close()

    threads = [threading.Thread(target=write, args=[share]) for share in shares]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return SINGLES / (time.perf_counter() - started)


def page_milliseconds(workspace, people):
    spent = []
    for person in people[:ROUNDS]:
        started = time.perf_counter()
        statements.lines(statements.account_of(workspace, person))
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.quantiles(spent, n=20)[18]
