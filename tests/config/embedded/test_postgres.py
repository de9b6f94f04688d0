"""The embedded PostgreSQL through everything that happens to servers: real processes, real kills."""

import os
import signal
import subprocess
import time

import psycopg
import pytest

from config import embedded
from config.embedded import Postgres, ServiceError

from .conftest import in_subprocess, kill, processes_below, query

START = """
import sys
from pathlib import Path
from config.embedded import Postgres
Postgres(Path(sys.argv[1])).start()
"""


def test_a_first_start_makes_the_database_and_a_stop_leaves_no_process(var_dir):
    server = Postgres(var_dir)
    assert server.start() is True
    rows = query(server, "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database")
    assert set(rows) == {("b", "C.UTF-8", "UTF8")}
    assert query(server, "SHOW fsync") == [("on",)]
    assert query(server, "SHOW listen_addresses") == [("",)]
    assert query(server, "SHOW max_locks_per_transaction") == [("512",)]
    assert oct(server.sockets.stat().st_mode & 0o777) == "0o700"
    server.stop()
    assert not server.running()
    assert processes_below(var_dir) == []


def test_a_second_start_finds_the_first_and_a_later_one_finds_its_rows(postgres):
    assert postgres.start() is True
    query(postgres, "CREATE TABLE kept AS SELECT 1 AS x")
    assert postgres.start() is False
    assert Postgres(postgres.var_dir).start() is False
    postgres.stop()
    postgres.stop()
    assert postgres.start() is True
    assert query(postgres, "SELECT x FROM kept") == [(1,)]


def test_it_recovers_what_was_committed_before_a_kill(postgres):
    postgres.durable = True
    postgres.start()
    query(postgres, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS x")
    kill(postgres)
    assert not postgres.running()
    assert (postgres.data / "postmaster.pid").exists()
    assert (postgres.sockets / ".s.PGSQL.5432").exists()
    assert postgres.start() is True
    assert query(postgres, "SELECT count(*) FROM kept") == [(1000,)]


def test_it_starts_over_a_pid_file_whose_number_belongs_to_another_process(postgres):
    postgres.start()
    kill(postgres)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        for file in (postgres.data / "postmaster.pid", postgres.sockets / ".s.PGSQL.5432.lock"):
            lines = file.read_text().split("\n")
            file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        assert postgres.pid() is None
        postgres.stop()
        assert stranger.poll() is None
        assert postgres.start() is True
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_kills_while_a_client_is_busy_end_in_a_running_server(postgres):
    postgres.start()
    for _ in range(2):
        busy = psycopg.connect(embedded.database_url(postgres.var_dir))
        busy.execute("CREATE TEMP TABLE t AS SELECT generate_series(1, 100000)")
        kill(postgres)
        assert postgres.start() is True
        busy.close()
    assert query(postgres, "SELECT 1") == [(1,)]


def test_what_an_interrupted_initdb_left_is_made_anew(var_dir):
    starter = in_subprocess(START, var_dir, start_new_session=True)
    half = var_dir / "postgres.new" / "base"
    while not half.exists():
        assert starter.poll() is None, starter.communicate()
        time.sleep(0.001)
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()
    assert half.exists()
    assert not (var_dir / "postgres").exists()
    server = Postgres(var_dir, durable=False)
    assert server.start() is True
    assert query(server, "SELECT 1") == [(1,)]
    assert not (var_dir / "postgres.new").exists()


def test_a_setting_that_stops_it_is_shown_with_the_log(postgres):
    with (postgres.data / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'nonsense'\n")
    with pytest.raises(ServiceError, match=r"(?s)ended while it was starting.*postgres\.log.*shared_buffers"):
        postgres.start()
    assert processes_below(postgres.var_dir) == []


@pytest.mark.parametrize(("version", "message"), [("16\n", "made by PostgreSQL 16"), (None, "no PG_VERSION")])
def test_data_of_another_version_are_refused(postgres, version, message):
    marker = postgres.data / "PG_VERSION"
    marker.unlink()
    if version:
        marker.write_text(version)
    with pytest.raises(ServiceError, match=message):
        postgres.start()


def test_a_large_log_is_put_aside(postgres, monkeypatch):
    postgres.log.write_text("x" * 200)
    monkeypatch.setattr("config.embedded.process.LOG_LIMIT_BYTES", 100)
    postgres.start()
    assert postgres.log.with_name("postgres.log.1").read_text() == "x" * 200
    assert "ready to accept connections" in postgres.log.read_text()


def test_variables_of_other_servers_do_not_lead_it_astray(postgres, monkeypatch):
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGHOST", "elsewhere.invalid")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    assert postgres.start() is True
    assert query(postgres, "SELECT 1") == [(1,)]


def test_a_machine_with_little_shared_memory_uses_files_instead(postgres, monkeypatch):
    monkeypatch.setattr("config.embedded.postgres._shared_memory_bytes", lambda: 64 * 1024 * 1024)
    postgres.start()
    assert query(postgres, "SHOW dynamic_shared_memory_type") == [("mmap",)]


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_only_what_nobody_misses_is_kept_without_fsync(postgres, durable, fsync):
    postgres.durable = durable
    postgres.start()
    assert query(postgres, "SHOW fsync") == [(fsync,)]
    assert query(postgres, "SHOW full_page_writes") == [(fsync,)]


def test_settings_of_the_operator_win(postgres):
    postgres.start()
    query(postgres, "ALTER SYSTEM SET work_mem = '64MB'")
    postgres.stop()
    postgres.start()
    assert query(postgres, "SHOW work_mem") == [("64MB",)]
