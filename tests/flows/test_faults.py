"""What breaks under load, and afterwards: everything that was promised is stored, once."""

import os
import signal
import sys
import threading
import time
from uuid import UUID, uuid4

import pytest

from tests.servers import process, wait_for, web

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
    rows, ids = installation.stored([load.name])
    lost = load.promised - set(ids)
    sys.stdout.write(
        f"{load.name}: promised {len(load.promised):,}, stored {rows:,}, doubled {rows - len(ids):,}, "
        f"lost {len(lost):,}, refused requests {load.refusals:,}\n"
    )
    assert len(load.promised) > 200
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
    with Load(installation, "disk full") as load:
        under_way(load)
        installation.execute(
            """
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON ingestion_event FOR EACH ROW EXECUTE FUNCTION full_disk()
            """
        )
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 200, "load while the disk is full")
        installation.execute("DROP FUNCTION full_disk CASCADE")
    assert load.refusals == 0
    assert_kept(installation, load)


def test_the_worker_is_killed_while_it_drains(installation, served):
    with Load(installation, "worker killed") as load:
        under_way(load)
        installation.postgres.stop()
        before = len(load.promised)
        wait_for(lambda: len(load.promised) > before + 2_000, "events in the spool")
        installation.postgres.start()
    with process("python", "manage.py", "spool", "--drain", env=installation.env) as drain:
        total = installation.stored([load.name])[0]
        wait_for(lambda: drain.poll() is not None or installation.stored([load.name])[0] > total, "a drained batch")
        os.killpg(drain.pid, signal.SIGKILL)
        drain.wait()
    assert_kept(installation, load)


def test_twenty_writers_send_the_same_events_at_once(installation, served):
    moment = "2026-01-05T12:00:00Z"
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
    rows, stored = installation.stored(["twenty writers"])
    assert rows == 10_000
    assert set(stored) == set(map(UUID, ids))


def test_the_same_batch_is_sent_ten_times(installation, served):
    events = [{"type": "track", "event": "ten times", "userId": str(n), "messageId": str(uuid4())} for n in range(500)]
    moment = "2026-01-05T12:00:00Z"
    assert all(post(installation, [one | {"timestamp": moment} for one in events]) for _ in range(10))
    rows, stored = installation.stored(["ten times"])
    assert rows == len(stored) == 500
