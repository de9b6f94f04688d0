"""PostgreSQL and Redis for the tests, chosen before Django reads its settings (`-p tests.services` in pyproject.toml).

Each pytest process has a folder of its own, var/test or the next free one of var/test-2, var/test-3, ..., so it can
never touch the demo's data nor another pytest's; it is kept, which saves the next run its initdb. Servers that a killed
run left behind are taken over and stopped at the end.

DATABASE_URL and REDIS_URL are honoured: Django makes a database test_<name> on the first, and the second is used with
database number 15, which has to be empty or to carry our mark.
"""

import fcntl
import os
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest
from redis import Redis

from config import embedded
from config.embedded import ServiceError, Services

VAR = Path(__file__).resolve().parent.parent / "var"
REDIS_DATABASE = 15
MARK = "agora:tests"
FOLDERS = 16

_held: list[int] = []
_services: list[Services] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests():
    os.environ["VAR_DIR"] = str(claim_folder(VAR))
    if os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = test_database(os.environ["REDIS_URL"])
    return (yield)


def pytest_sessionstart(session):
    # Whoever only hands tests out to processes of its own (pytest -n 2) needs no servers.
    if session.config.option.collectonly or session.config.getoption("numprocesses", None):
        return
    services = Services(Path(os.environ["VAR_DIR"]), durable=False)
    try:
        start(services)
        empty_redis(redis_url(), ours="redis" in services.members)
    except ServiceError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    _services.append(services)


def pytest_unconfigure():
    while _services:
        services = _services.pop()
        if "redis" not in services.members:
            with Redis.from_url(redis_url()) as client:
                client.flushdb()
        for server in services.members.values():
            server.stop()
    while _held:
        os.close(_held.pop())


def claim_folder(var):
    """The first folder below `var` that no living pytest process has claimed; the claim dies with this process."""
    for number in range(1, FOLDERS + 1):
        folder = var / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "pytest.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _held.append(lock)
        return folder
    raise pytest.UsageError(f"{FOLDERS} pytest processes are at work below {var}; wait for one to end")


def start(services):
    """Starts what is needed. Tests run without fsync, so a machine that died may leave data that PostgreSQL refuses:
    nobody misses them, they are made anew.
    """
    for server in services.members.values():
        try:
            server.start()
        except ServiceError:
            server.stop()
            shutil.rmtree(server.data, ignore_errors=True)
            server.start()


def redis_url():
    return os.environ.get("REDIS_URL") or embedded.redis_url(Path(os.environ["VAR_DIR"]))


def test_database(url):
    """The same Redis server with the tests' database number."""
    parts = urlsplit(url)
    # The processes of one run (gw0, gw1, ...) have numbers of their own, downward.
    number = REDIS_DATABASE - int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if parts.scheme != "unix":
        return urlunsplit(parts._replace(path=f"/{number}"))
    query = parse_qs(parts.query) | {"db": [str(number)]}
    return f"{url.partition('?')[0]}?{urlencode(query, doseq=True)}"


test_database.__test__ = False


def empty_redis(url=None, *, ours=True):
    """Empties the tests' Redis database and marks it; ServiceError when it is somebody else's (not `ours`) and neither
    empty nor marked.
    """
    url = url or redis_url()
    with Redis.from_url(url) as client:
        if not ours and client.dbsize() and not client.exists(MARK):
            raise ServiceError(
                f"REDIS_URL: database {REDIS_DATABASE} of {urlsplit(url).hostname or url} holds {client.dbsize()} keys "
                f"that are not from Agora's tests, which would delete them. Empty it (`redis-cli -n {REDIS_DATABASE} "
                "flushdb`) or give another server."
            )
        client.flushdb()
        client.set(MARK, "1")
