"""What the ledger takes: transfers in batches, one by one, and by several at once; and how fast it is verified."""

import statistics
import threading
import time
from uuid import UUID

from django.db import connection
from django.test import Client

from config.models import User, Workspace
from economy import ledger, rings, verification
from economy.entries import Entry
from economy.models import Account
from tests.bench.report import figure

BATCH, BATCHES = 2_500, 40
PEOPLE = 20_000
SINGLES, WRITERS = 500, 4
ASKED = 100
# Within the days that rings are looked for: among how many people, from and to anybody.
GIFTS, GIVERS = 20_000, 5_000
STEP = 500_000
# One in 100,000 is a refund.
FILL = """
    INSERT INTO economy_transfer (
        workspace_id, number, from_account_id, to_account_id, amount, kind, reference, occurred_at, recorded_at,
        idempotency_key, reason, hash
    )
    SELECT
        %(workspace)s::integer, number, people.ids[1 + number * 7919 %% array_length(people.ids, 1)], sink.id, 1,
        CASE WHEN number %% 100000 = 0 THEN 'refund' ELSE 'like_cost' END, 'post:' || number, now(), now(),
        'fill:' || number, '', '\\x00'
    FROM generate_series(%(start)s::bigint, %(end)s::bigint) AS number
    CROSS JOIN (
        SELECT array_agg(id) AS ids FROM economy_account WHERE workspace_id = %(workspace)s AND kind = 'person'
    ) AS people
    INNER JOIN economy_account AS sink ON sink.workspace_id = %(workspace)s AND sink.kind = 'sink'
"""
GIVE = """
    INSERT INTO economy_transfer (
        workspace_id, number, from_account_id, to_account_id, amount, kind, reference, occurred_at, recorded_at,
        idempotency_key, reason, hash
    )
    SELECT
        %(workspace)s::integer, %(start)s::bigint + number, people.ids[giver], people.ids[taker], 10, 'transfer', '',
        now(), now(), 'gift:' || number, '', '\\x00'
    FROM (
        SELECT number, 1 + floor(random() * %(givers)s)::int AS giver, 1 + floor(random() * %(givers)s)::int AS taker
        FROM generate_series(1, %(gifts)s::integer) AS number
    ) AS gift
    CROSS JOIN (
        SELECT array_agg(id) AS ids FROM economy_account WHERE workspace_id = %(workspace)s AND kind = 'person'
    ) AS people
    WHERE giver <> taker
"""


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


def measure_pages(count):
    """The admin's pages of a ledger of that many transfers, whose hashes are none: no page looks at them."""
    workspace = Workspace.objects.create(slug="pages", name="Pages")
    people = [UUID(int=number + 1) for number in range(PEOPLE)]
    for start in range(0, PEOPLE, BATCH):
        bonuses = [Entry(Account.Kind.MINT, one, 1, "registration_bonus", f"{one}") for one in people[start:][:BATCH]]
        ledger.post_many(workspace, bonuses)
    with connection.cursor() as cursor:
        # Its checks of each row are not what is measured.
        cursor.execute("SET session_replication_role = replica")
        for start in range(PEOPLE, count, STEP):
            cursor.execute(FILL, {"workspace": workspace.pk, "start": start + 1, "end": min(start + STEP, count)})
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE economy_transfer")
    client = Client()
    client.force_login(User.objects.create_superuser("bench@example.com"))
    pages = {
        "any page": lambda place: f"?before={count // ASKED * (place + 1)}",
        "page of a rare kind": lambda place: f"?kind=refund&before={count // ASKED * (place + 1)}",
        "person's statement": lambda place: f"person/{people[place * 7]}/",
    }
    for name, address in pages.items():
        spent = []
        for place in range(ASKED):
            started = time.perf_counter()
            answer = client.get(f"/admin/ledger/pages/{address(place)}")
            spent.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == 200, answer.status_code
        # What is loaded once, such as templates, is not the page's.
        figure(f"p95 of {name} of {count:,} transfers", statistics.quantiles(spent[1:], n=20)[18], "< 150", "ms")
    measure_rings(workspace, count)


def measure_rings(workspace, count):
    """Rings among gifts of a week, in a ledger of so many transfers of which all are of that week."""
    parameters = {"workspace": workspace.pk, "start": count, "gifts": GIFTS, "givers": GIVERS}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(GIVE, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE economy_transfer")
    started = time.perf_counter()
    found = rings.search(workspace)
    figure(
        f"{len(found)} rings among {GIFTS:,} gifts of {GIVERS:,} people, {count:,} transfers",
        time.perf_counter() - started,
        "",
        "s",
    )
