"""The plugin that gives the tests their servers: no test run may touch data that are not its own."""

import os
import shutil
import subprocess
import sys

import pytest
from redis import Redis as Client

from config import embedded
from config.embedded import Postgres, Redis, ServiceError, Services
from config.embedded.paths import socket_root
from tests import services

CLAIM = """
import sys
from pathlib import Path
from tests import services
print(services.claim_folder(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://host", "redis://host/15"),
        ("rediss://user:word@host:6380/0?ssl_cert_reqs=none", "rediss://user:word@host:6380/15?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=15"),
        ("unix:///run/redis.sock?db=0", "unix:///run/redis.sock?db=15"),
    ],
)
def test_the_tests_use_database_15_of_a_given_redis(given, used, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    assert services.test_database(given) == used


@pytest.fixture
def var_dir(tmp_path):
    yield tmp_path
    for server in (Postgres(tmp_path), Redis(tmp_path)):
        server.stop()
    if socket_root(tmp_path) != tmp_path:
        shutil.rmtree(socket_root(tmp_path), ignore_errors=True)


def test_a_given_redis_is_refused_while_it_holds_keys_of_others(var_dir):
    Redis(var_dir, durable=False).start()
    url = services.test_database(embedded.redis_url(var_dir))
    with Client.from_url(url) as client:
        client.set("theirs", "1")
        with pytest.raises(ServiceError, match="holds 1 keys"):
            services.empty_redis(url, ours=False)
        assert client.get("theirs") == b"1"
        client.flushdb()
        services.empty_redis(url, ours=False)
        client.set("left by a killed run", "1")
        services.empty_redis(url, ours=False)
        assert client.keys() == [services.MARK.encode()]


def test_a_second_pytest_gets_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "_held", [])
    first, second = services.claim_folder(tmp_path), services.claim_folder(tmp_path)
    assert (first.name, second.name) == ("test", "test-2")
    other = [sys.executable, "-c", CLAIM, str(tmp_path)]
    assert subprocess.check_output(other, text=True, cwd=services.VAR.parent).strip() == str(tmp_path / "test-3")
    for lock in services._held:
        os.close(lock)
    assert subprocess.check_output(other, text=True, cwd=services.VAR.parent).strip() == str(first)


def test_data_that_postgres_refuses_are_made_anew(var_dir, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere.invalid")
    Postgres(var_dir, durable=False).start()
    Postgres(var_dir).stop()
    (var_dir / "postgres" / "global" / "pg_control").write_bytes(b"torn")
    services.start(Services(var_dir, durable=False))
    assert Postgres(var_dir).running()
