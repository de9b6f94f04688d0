"""`manage.py services`, as an operator calls it: from a shell, while the database may be down."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.paths import socket_root

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def services(tmp_path):
    def call(*arguments, **environment):
        kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        return subprocess.run(
            [sys.executable, "manage.py", "services", *arguments],
            cwd=ROOT,
            env=kept | {"VAR_DIR": str(tmp_path / "var")} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    yield call
    call("stop")
    shutil.rmtree(socket_root(tmp_path / "var"), ignore_errors=True)


def up(result):
    return {name: state["up"] for name, state in json.loads(result.stdout).items()}


def test_start_leaves_both_running_and_stop_ends_them(services):
    before = services("status", "--json")
    assert (before.returncode, up(before)) == (1, {"postgres": False, "redis": False})
    assert services("start").returncode == 0
    status = services("status", "--json")
    assert (status.returncode, up(status)) == (0, {"postgres": True, "redis": True})
    states = json.loads(status.stdout)
    assert all(Path(state["log"]).exists() and state["pid"] and state["embedded"] for state in states.values())
    assert services("stop").returncode == 0
    after = services("status")
    assert after.returncode == 1
    assert [line.split()[:2] for line in after.stdout.splitlines()] == [["postgres", "down"], ["redis", "down"]]


def test_given_servers_are_shown_without_their_passwords(services):
    given = {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/agora", "REDIS_URL": "redis://:secret@127.0.0.1:1"}
    status = services("status", "--json", **given)
    assert status.returncode == 1
    assert up(status) == {"postgres": False, "redis": False}
    assert "DATABASE_URL: 127.0.0.1:1" in status.stdout
    assert "secret" not in status.stdout + status.stderr


def test_a_failure_says_what_and_where_and_ends_with_one(services, tmp_path):
    (tmp_path / "var" / "postgres").mkdir(parents=True)
    result = services("start")
    assert result.returncode == 1
    assert "is no PostgreSQL data folder" in result.stderr
    assert "Traceback" not in result.stderr
