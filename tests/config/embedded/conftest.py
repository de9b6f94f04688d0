"""Servers in a folder of the test's own, and what kills them."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from redis import Redis as Client

from config import embedded
from config.embedded import Postgres, Redis
from config.embedded.paths import socket_root
from config.embedded.process import alive

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch):
    """These tests are about embedded servers, also when the run's own are given."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A data folder as initdb leaves it; copying it is faster than making one for each test."""
    server = Postgres(tmp_path_factory.mktemp("made"), durable=False)
    server.start()
    server.stop()
    return server.data


@pytest.fixture
def var_dir():
    # pytest's own folders have longer paths where it runs in several processes, and sockets have short ones.
    above = Path(tempfile.mkdtemp(prefix="agora-"))
    folder = above / "var"
    yield folder
    for server in (Postgres(folder), Redis(folder)):
        server.stop()
    shutil.rmtree(socket_root(folder), ignore_errors=True)
    shutil.rmtree(above, ignore_errors=True)


@pytest.fixture
def postgres(var_dir, made_once):
    return copied(made_once, var_dir)


def copied(made_once, var_dir):
    var_dir.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(made_once), str(var_dir / "postgres")], check=True)
    return Postgres(var_dir, durable=False)


def query(server, statement, *parameters):
    with psycopg.connect(embedded.database_url(server.var_dir), autocommit=True) as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else None


def client(server):
    return Client.from_url(embedded.redis_url(server.var_dir))


def kill(server):
    pid = server.pid()
    os.kill(pid, signal.SIGKILL)
    while alive(pid, str(server.data)) or server.pid():
        time.sleep(0.01)


def processes_below(folder):
    """Command lines of living processes that name `folder`."""
    listing = subprocess.run(["ps", "-ww", "-eo", "command"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if str(folder) in line and not line.startswith("ps ")]


def in_subprocess(code, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )
