"""How long a day of the point economy takes: with many people, and with a long ledger before it."""

import time
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS
from config.models import Workspace
from economy import supply
from economy.models import PointEconomyDaily
from tests.bench import cpu
from tests.bench.report import figure, reset
from tests.factories.economy import grant

PEOPLE = 1_000_000
DAYS = 365
# As in a forum: most have some hundreds, a few have much. Then hardly two the same, which is the dearest.
SPREADS = {"": "floor(100 / (1 - random()))", ", all different": "floor(random() * 1e9)"}
ACCOUNTS = """
    INSERT INTO economy_account (workspace_id, kind, person_id, balance, created_at)
    SELECT
        %(workspace)s, 'person', md5('person' || number)::uuid, {balance}, %(since)s
    FROM generate_series(1, %(people)s) AS number
"""
# What the day says of it, and nothing else.
GINI = """
    SELECT (2 * sum(rank * balance) - (count(*) + 1) * sum(balance)) / (count(*) * sum(balance))
    FROM (
        SELECT balance, row_number() OVER (ORDER BY balance) AS rank
        FROM economy_account
        WHERE workspace_id = %(workspace)s AND person_id IS NOT NULL
    ) AS ranked
"""
# Spread over the days, by people who come again and again.
TRANSFERS = """
    INSERT INTO economy_transfer (
        workspace_id, number, from_account_id, to_account_id, amount, kind, reference, occurred_at, recorded_at,
        idempotency_key, reason, hash
    )
    SELECT
        %(workspace)s, 1 + number, people.ids[1 + number * 7919 %% array_length(people.ids, 1)], sink.id, 1,
        'like_cost', '', %(since)s + %(span)s * number / %(count)s, now(), 'fill:' || number, '', '\\x00'
    FROM generate_series(1, %(count)s::bigint) AS number
    CROSS JOIN (
        SELECT array_agg(id) AS ids FROM economy_account WHERE workspace_id = %(workspace)s AND kind = 'person'
    ) AS people
    INNER JOIN economy_account AS sink ON sink.workspace_id = %(workspace)s AND sink.kind = 'sink'
"""


def measure(transfers):
    """A day of PEOPLE balances; then one at the end of a ledger of so many transfers, and one in its middle."""
    since, span = timezone.now() - timedelta(days=DAYS), timedelta(days=DAYS)
    for words, balance in SPREADS.items():
        # People of the same ids.
        reset()
        workspace = Workspace.objects.create(slug="supply", name="Supply")
        grant(workspace, 1)
        parameters = {"workspace": workspace.pk, "since": since, "span": span, "people": PEOPLE, "count": transfers}
        with connection.cursor() as cursor:
            # Its checks of each row are not what is measured.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(ACCOUNTS.format(balance=balance), parameters)
            cursor.execute("VACUUM ANALYZE economy_account")
        shown(f"gini and the rest of a day, {PEOPLE:,} balances{words}", workspace, 0, "< 2")
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(GINI, parameters)
            gini = cursor.fetchone()[0]
        figure(f"gini alone, {PEOPLE:,} balances{words}", time.perf_counter() - started, "< 2", "s")
        assert abs(PointEconomyDaily.objects.get().gini - gini) < Decimal("1e-9")
    with connection.cursor() as cursor:
        cursor.execute(TRANSFERS, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE economy_transfer")
    for back, words in ((0, "today"), (DAYS // 2, "half a year ago")):
        shown(f"the same after {transfers:,} transfers, {words}", workspace, back)


def shown(name, workspace, back, limit=""):
    """The fill of the day so many days ago. On a shared machine its processor time says more than the wall clock."""
    rollup, now = ROLLUPS[supply.KEY], timezone.now()
    day = rollup.bucket_of(now - timedelta(days=back), workspace)
    started, before = time.perf_counter(), cpu.seconds()
    engine.fill_chunk(rollup, workspace, [day], now)
    took, spent = time.perf_counter() - started, cpu.seconds()["PostgreSQL"] - before["PostgreSQL"]
    assert PointEconomyDaily.objects.get(date=day.date()).people > PEOPLE - 1
    figure(name, took, limit, "s")
    figure("  processor time of PostgreSQL", spent, "", "s")
