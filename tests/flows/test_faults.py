"""What breaks under load, and afterwards: everything that was promised is stored, once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.servers import wait_for, web, worker

from .installation import Installation, Load, post

pytestmark = pytest.mark.slow
OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "4"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("faults"))
    yield made
    made.stop()


@pytest.fixture
def served(installation):
    with web(installation.port, installation.env) as child:
        yield child
    installation.start()


def assert_kept(installation, load):
    """Accepted is stored exactly: none lost, none doubled. More may be stored than was answered, never less."""
    installation.settle()
    assert len(load.promised) > 200
    assert_stored_once(installation, load.name, load.promised, load.sent, load.refusals)


def assert_stored_once(installation, name, promised, sent, refusals=0):
    """Says it in the form of docs/reference/faults.md besides."""
    rows, ids = installation.stored([name])
    lost = promised - set(ids)
    figures = sent, len(promised), rows, rows - len(ids), len(lost), refusals
    sys.stdout.write(f"| {name} | {' | '.join(f'{figure:,}' for figure in figures)} |\n")
    assert not lost
    assert rows == len(ids)


def under_way(load):
    wait_for(lambda: len(load.promised) > 200, "load")


def test_the_web_server_is_killed(installation):
    with Load(installation, "web killed") as load:
        with web(installation.port, installation.env) as child:
            under_way(load)
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        before = len(load.promised)
        with web(installation.port, installation.env):
            wait_for(lambda: len(load.promised) > before + 200, "load after the kill")
            load.__exit__()
    assert_kept(installation, load)


def test_postgresql_crashes_and_comes_back(installation, served):
    with Load(installation, "database crashed") as load:
        under_way(load)
        os.kill(installation.postgres.pid(), signal.SIGQUIT)
        wait_for(lambda: installation.postgres.pid() is None, "the end of PostgreSQL")
        installation.postgres.start()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "load after the crash")
    assert_kept(installation, load)


def test_postgresql_is_gone_for_a_while(installation, served):
    with Load(installation, "database gone") as load:
        under_way(load)
        installation.postgres.stop()
        before = len(load.promised)
        time.sleep(OUTAGE_SECONDS)
        assert len(load.promised) > before + 200
        installation.postgres.start()
        time.sleep(2)
    assert load.refusals == 0
    assert_kept(installation, load)


def test_redis_is_killed_while_events_wait_in_it(installation, served):
    with Load(installation, "cache killed") as load:
        under_way(load)
        installation.postgres.stop()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "events in the spool")
        os.kill(installation.redis.pid(), signal.SIGKILL)
        wait_for(lambda: installation.redis.pid() is None, "the end of Redis")
        # Neither is there: senders are told to come back.
        wait_for(lambda: load.refusals > 3, "refusals")
        installation.start()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "load afterwards")
    assert_kept(installation, load)


def test_redis_alone_is_away(installation, served):
    with Load(installation, "cache away") as load:
        under_way(load)
        installation.redis.stop()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "load without Redis")
        installation.redis.start()
    assert load.refusals == 0
    assert_kept(installation, load)


def test_postgresql_says_that_its_disk_is_full(installation, served):
    with disk(installation) as is_full, Load(installation, "disk full") as load:
        under_way(load)
        is_full(True)
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "load while the disk is full")
        is_full(False)
    assert load.refusals == 0
    assert_kept(installation, load)


@contextmanager
def disk(installation):
    """Call it to have every insert of an event fail, or none. To make and drop a trigger locks table after table, as
    senders do in another order: that is done while nobody sends.
    """

    def is_full(yes):
        does = "RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'" if yes else "RETURN NEW"
        installation.execute(
            f"CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does}; END $$"
        )

    is_full(False)
    installation.execute(
        "CREATE TRIGGER full_disk BEFORE INSERT ON ingestion_event FOR EACH ROW EXECUTE FUNCTION full_disk()"
    )
    try:
        yield is_full
    finally:
        installation.execute("DROP FUNCTION full_disk CASCADE")


def test_the_disk_of_postgresql_is_full(installation, served, tmp_path):
    """A file system that is too small for the events of today, which root can make; elsewhere the test above stands."""
    partitions = [f"ingestion_event_p{datetime.now(UTC) + timedelta(days=n):%Y%m%d}" for n in (0, 1)]
    with Load(installation, "disk too small") as load:
        under_way(load)
        kilobytes = sum(installation.value("SELECT pg_table_size(%s::regclass) / 1024", name) for name in partitions)
        with small_disk(tmp_path, kilobytes + 1_024, installation.postgres.data) as folder:
            installation.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
            try:
                installation.execute(*(f"ALTER TABLE {name} SET TABLESPACE small" for name in partitions))
                wait_for(lambda: spooled(installation) > 20, "a full disk")
                before = len(load.promised)
                wait_for(lambda: len(load.promised) > before + 200, "load while the disk is full")
            finally:
                installation.execute(
                    *(f"ALTER TABLE {name} SET TABLESPACE pg_default" for name in partitions), "DROP TABLESPACE small"
                )
    assert "No space left on device" in installation.postgres.log.read_text()
    assert load.refusals == 0
    assert_kept(installation, load)


@contextmanager
def small_disk(folder, kilobytes, like):
    """A mounted file system of that size, owned as `like` is. Skips where it cannot be had."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"No file system can be mounted here: {mounted.stderr.decode()}")
    try:
        owner = like.stat()
        inside = folder / "tablespace"
        inside.mkdir(mode=0o700)
        os.chown(inside, owner.st_uid, owner.st_gid)
        for above in inside.parents[:3]:
            above.chmod(above.stat().st_mode | 0o111)
        yield inside
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def spooled(installation):
    return json.loads(installation.manage("spool", "--json"))["batches"]


def test_the_worker_is_killed_while_it_drains(installation, served):
    with Load(installation, "worker killed") as load:
        under_way(load)
        installation.postgres.stop()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 4_000, "events in the spool")
        installation.postgres.start()
    runs = "SELECT array_agg(status ORDER BY id) FROM config_run WHERE name = 'ingestion.drain_spool' AND id > %s"
    last = installation.value("SELECT coalesce(max(id), 0) FROM config_run")
    total = installation.stored([load.name])[0]
    with worker(installation.env) as first:
        installation.send_task("ingestion.drain_spool")
        wait_for(lambda: installation.stored([load.name])[0] > total, "a drained batch")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert spooled(installation) > 0
    with worker(installation.env):
        installation.send_task("ingestion.drain_spool")
        wait_for(lambda: not spooled(installation), "the second drain")
        wait_for(lambda: installation.value(runs, last) == ["lost", "succeeded"], "both runs in the history")
    assert_kept(installation, load)


def test_twenty_writers_send_the_same_events_at_once(installation, served):
    # A day whose table they have to make first.
    moment = (datetime.now(UTC) - timedelta(days=70)).isoformat()
    ids = [str(uuid4()) for _ in range(10_000)]
    events = [
        {"type": "track", "event": "twenty writers", "userId": one[:2], "messageId": one, "timestamp": moment}
        for one in ids
    ]
    batches = [events[start : start + 500] for start in range(0, len(events), 500)]
    answered = []

    def write(offset):
        # Each begins at another batch, so that they meet in every order.
        answered.extend(post(installation, batch) for batch in batches[offset:] + batches[:offset])

    writers = [threading.Thread(target=write, args=[number]) for number in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert answered == [True] * 400
    installation.settle()
    assert_stored_once(installation, "twenty writers", set(map(UUID, ids)), 200_000)
    assert installation.stored(["twenty writers"])[0] == 10_000


def test_the_same_batch_is_sent_ten_times(installation, served):
    events = [{"type": "track", "event": "ten times", "userId": str(n), "messageId": str(uuid4())} for n in range(500)]
    moment = datetime.now(UTC).isoformat()
    assert all(post(installation, [one | {"timestamp": moment} for one in events]) for _ in range(10))
    assert_stored_once(installation, "ten times", {UUID(one["messageId"]) for one in events}, 5_000)
    assert installation.stored(["ten times"])[0] == 500


@pytest.mark.parametrize(
    ("name", "days_off", "sends_sent_at"),
    [("a year ahead", 365, True), ("a year behind", -365, True), ("a year ahead, unsaid", 365, False)],
)
def test_the_clock_of_a_sender_is_a_year_off(installation, served, name, days_off, sends_sent_at):
    now = datetime.now(UTC)
    # The skew is just below half a minute, so that what is sent again has another one.
    clock = now - timedelta(seconds=28) + timedelta(days=days_off)
    wrapper = {"sentAt": clock.isoformat()} if sends_sent_at else {}
    events = of_one_moment(name, clock)
    assert post(installation, events, **wrapper)
    assert post(installation, events, **wrapper)
    time.sleep(4)
    assert post(installation, events, **wrapper)
    assert installation.stored([name])[0] > 500

    (swept,) = json.loads(installation.manage("sweep_duplicates", "--workspace", "fault", "--json"))
    ids = {UUID(one["messageId"]) for one in events}
    assert_stored_once(installation, name, ids, 1_500)
    assert swept["removed"] in {500, 1_000}
    furthest = "SELECT max(abs(extract(epoch FROM occurred_at - %s))) FROM ingestion_event WHERE event_id = ANY(%s)"
    assert installation.value(furthest, now, list(ids)) < 120


def test_events_come_80_days_late(installation, served):
    name, moment = "80 days late", datetime.now(UTC) - timedelta(days=80)
    day = f"SELECT dau FROM platform_daily WHERE date = '{moment:%Y-%m-%d}'"
    there = f"SELECT to_regclass('ingestion_event_p{moment:%Y%m%d}')::text"
    assert installation.value(there) is None
    first, *others = of_one_moment(name, moment)
    assert post(installation, [first])
    assert installation.value(there) is not None
    installation.manage("rollup", "--workspace", "fault")
    assert installation.value(day) == 1

    for _ in range(2):
        assert post(installation, [first, *others])
    assert_stored_once(installation, name, {UUID(one["messageId"]) for one in [first, *others]}, 1_001)
    installation.manage("rollup", "--workspace", "fault")
    assert installation.value(day) == 500


def of_one_moment(name, moment):
    """500 events of 500 people."""
    return [
        {
            "type": "track",
            "event": name,
            "userId": f"{name} {number}",
            "messageId": str(uuid4()),
            "timestamp": moment.isoformat(),
        }
        for number in range(500)
    ]
