"""The embedded servers through everything that happens to servers: real processes, real kills."""

import json
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
from config.embedded import Postgres, Redis, ServiceError, Services, privileges
from config.embedded.paths import SOCKET_PATH_BYTES, socket_root
from config.embedded.process import alive

ROOT = Path(__file__).resolve().parents[2]
START_POSTGRES = """
import sys
from pathlib import Path
from config.embedded import Postgres
Postgres(Path(sys.argv[1])).start()
"""
START_BOTH = """
import sys
from pathlib import Path
from config.embedded import Postgres, Redis
print(Postgres(Path(sys.argv[1]), durable=False).start(), Redis(Path(sys.argv[1])).start())
"""


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A data folder as initdb leaves it; copying it is faster than making one for each test."""
    folder = tmp_path_factory.mktemp("made")
    with_started(Postgres(folder, durable=False))
    return folder / "postgres"


def with_started(server):
    server.start()
    server.stop()


@pytest.fixture
def var_dir(tmp_path):
    folder = tmp_path / "var"
    yield folder
    for server in (Postgres(folder), Redis(folder)):
        server.stop()
    shutil.rmtree(socket_root(folder), ignore_errors=True)


@pytest.fixture
def postgres(var_dir, made_once):
    subprocess.run(["mkdir", "-p", str(var_dir)], check=True)
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


class TestPostgres:
    def test_a_first_start_makes_the_database_and_a_stop_leaves_no_process(self, var_dir):
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

    def test_a_second_start_finds_the_first_and_a_later_one_finds_its_rows(self, postgres):
        assert postgres.start() is True
        query(postgres, "CREATE TABLE kept AS SELECT 1 AS x")
        assert postgres.start() is False
        assert Postgres(postgres.var_dir).start() is False
        postgres.stop()
        postgres.stop()
        assert postgres.start() is True
        assert query(postgres, "SELECT x FROM kept") == [(1,)]

    def test_it_recovers_what_was_committed_before_a_kill(self, postgres):
        postgres.durable = True
        postgres.start()
        query(postgres, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS x")
        kill(postgres)
        assert not postgres.running()
        assert (postgres.data / "postmaster.pid").exists()
        assert (postgres.sockets / ".s.PGSQL.5432").exists()
        assert postgres.start() is True
        assert query(postgres, "SELECT count(*) FROM kept") == [(1000,)]

    def test_it_starts_over_a_pid_file_whose_number_belongs_to_another_process(self, postgres):
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

    def test_two_kills_while_a_client_is_busy_end_in_a_running_server(self, postgres):
        postgres.start()
        for _ in range(2):
            busy = psycopg.connect(embedded.database_url(postgres.var_dir))
            busy.execute("CREATE TEMP TABLE t AS SELECT generate_series(1, 100000)")
            kill(postgres)
            assert postgres.start() is True
            busy.close()
        assert query(postgres, "SELECT 1") == [(1,)]

    def test_what_an_interrupted_initdb_left_is_made_anew(self, var_dir):
        starter = in_subprocess(START_POSTGRES, var_dir, start_new_session=True)
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

    def test_two_starters_at_once_share_one_server(self, var_dir):
        starters = [in_subprocess(START_BOTH, var_dir) for _ in range(3)]
        answers = [starter.communicate()[0].split() for starter in starters]
        assert sorted(column for column, _ in answers) == ["False", "False", "True"]
        assert sorted(column for _, column in answers) == ["False", "False", "True"]
        assert query(Postgres(var_dir), "SELECT 1") == [(1,)]

    def test_a_long_path_gets_short_sockets(self, tmp_path, made_once):
        var_dir = tmp_path / ("long" * 20) / "weiß & blau?#"
        var_dir.mkdir(parents=True)
        subprocess.run(["cp", "-a", str(made_once), str(var_dir / "postgres")], check=True)
        assert len(os.fsencode(embedded.paths.postgres_sockets(var_dir))) < SOCKET_PATH_BYTES
        with Services(var_dir, durable=False) as services:
            assert query(services.members["postgres"], "SHOW data_directory") == [(str(var_dir / "postgres"),)]
            assert client(services.members["redis"]).ping()
        assert processes_below(var_dir) == []
        shutil.rmtree(socket_root(var_dir))

    def test_a_folder_in_tmp_that_others_may_write_is_refused(self, tmp_path):
        var_dir = tmp_path / ("long" * 30)
        root = socket_root(var_dir)
        root.mkdir()
        root.chmod(0o777)
        try:
            with pytest.raises(ServiceError, match="not a private folder"):
                Postgres(var_dir).start()
        finally:
            root.rmdir()

    def test_a_setting_that_stops_it_is_shown_with_the_log(self, postgres):
        with (postgres.data / "postgresql.auto.conf").open("a") as file:
            file.write("shared_buffers = 'nonsense'\n")
        with pytest.raises(ServiceError, match=r"(?s)ended while it was starting.*postgres\.log.*shared_buffers"):
            postgres.start()
        assert processes_below(postgres.var_dir) == []

    @pytest.mark.parametrize(("version", "message"), [("16\n", "made by PostgreSQL 16"), (None, "no PG_VERSION")])
    def test_data_of_another_version_are_refused(self, postgres, version, message):
        marker = postgres.data / "PG_VERSION"
        marker.unlink()
        if version:
            marker.write_text(version)
        with pytest.raises(ServiceError, match=message):
            postgres.start()

    def test_a_large_log_is_put_aside(self, postgres, monkeypatch):
        postgres.log.write_text("x" * 200)
        monkeypatch.setattr("config.embedded.process.LOG_LIMIT_BYTES", 100)
        postgres.start()
        assert postgres.log.with_name("postgres.log.1").read_text() == "x" * 200
        assert "ready to accept connections" in postgres.log.read_text()

    def test_variables_of_other_servers_do_not_lead_it_astray(self, postgres, monkeypatch):
        monkeypatch.setenv("PGPORT", "6543")
        monkeypatch.setenv("PGHOST", "elsewhere.invalid")
        monkeypatch.setenv("PGDATA", "/nowhere")
        monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
        assert postgres.start() is True
        assert query(postgres, "SELECT 1") == [(1,)]


class TestRedis:
    def test_it_starts_stops_and_leaves_no_process(self, var_dir):
        server = Redis(var_dir)
        assert server.start() is True
        assert server.start() is False
        assert client(server).config_get("appendonly") == {"appendonly": "yes"}
        assert client(server).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client(server).set("kept", "1")
        server.stop()
        server.stop()
        assert processes_below(var_dir) == []
        server.start()
        assert client(server).get("kept") == b"1"

    def test_it_keeps_what_was_written_to_disk_before_a_kill(self, var_dir):
        server = Redis(var_dir)
        server.start()
        client(server).set("kept", "1")
        while (state := client(server).info("persistence"))["aof_buffer_length"] or state["aof_pending_bio_fsync"]:
            time.sleep(0.05)
        kill(server)
        assert server.socket.exists()
        assert not server.running()
        assert server.start() is True
        assert client(server).get("kept") == b"1"

    def test_a_torn_last_command_costs_only_itself(self, var_dir):
        server = Redis(var_dir)
        server.start()
        client(server).set("kept", "1")
        client(server).set("torn", "x" * 1000)
        server.stop()
        file = server.data / "appendonly.aof"
        os.truncate(file, file.stat().st_size - 100)
        server.start()
        assert client(server).get("kept") == b"1"
        assert client(server).get("torn") is None

    def test_a_broken_file_is_shown_with_the_log(self, var_dir):
        server = Redis(var_dir)
        with_started(server)
        (server.data / "appendonly.aof").write_text("nonsense\r\n" * 10)
        with pytest.raises(ServiceError, match=r"(?s)ended while it was starting.*redis\.log.*append only file.*--fix"):
            server.start()
        assert processes_below(var_dir) == []

    def test_one_that_lost_its_socket_is_reported_and_can_be_stopped(self, var_dir, monkeypatch):
        monkeypatch.setattr("config.embedded.redis.START_SECONDS", 0.3)
        server = Redis(var_dir)
        server.start()
        server.socket.unlink()
        with pytest.raises(ServiceError, match="does not answer"):
            server.start()
        server.stop()
        assert processes_below(var_dir) == []


class TestServices:
    def test_what_the_environment_supplies_is_left_out(self, var_dir, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere.invalid/agora")
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere.invalid")
        with Services(var_dir) as services:
            assert services.members == {}
        assert not var_dir.exists()

    def test_only_what_the_block_started_is_stopped_at_its_end(self, var_dir, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere.invalid/agora")
        monkeypatch.delenv("REDIS_URL", raising=False)
        before = Redis(var_dir)
        before.start()
        with Services(var_dir):
            pass
        assert before.running()
        before.stop()
        with Services(var_dir):
            assert before.running()
        assert not before.running()

    def test_a_missing_wheel_names_the_variable_that_replaces_it(self, var_dir, monkeypatch):
        monkeypatch.setattr("config.embedded.paths.find_spec", lambda _: None)
        with pytest.raises(ServiceError, match="DATABASE_URL"):
            Postgres(var_dir).start()
        with pytest.raises(ServiceError, match="REDIS_URL"):
            Redis(var_dir).start()


def test_urls_survive_strange_folders_and_the_port_of_others():
    folder = Path("/srv/a b&c?d#e%f")
    assert embedded.database_url(folder) == (
        "postgresql://agora@/agora?host=/srv/a%20b%26c%3Fd%23e%25f/postgres-socket&port=5432"
    )
    assert embedded.redis_url(folder) == "unix:///srv/a%20b%26c%3Fd%23e%25f/redis.sock?db=0"
    assert embedded.celery_url(embedded.redis_url(Path("/srv"))) == "redis+socket:///srv/redis.sock?virtual_host=0"
    assert embedded.celery_url("redis://host:6379/3") == "redis://host:6379/3"


@pytest.mark.parametrize("proc", ["/proc", "/no/such/folder"])
def test_a_process_counts_as_alive_only_with_its_argument(proc, monkeypatch):
    monkeypatch.setattr("config.embedded.process.PROC", Path(proc))
    sleeper = subprocess.Popen(["sleep", "600"])
    assert alive(sleeper.pid, "600")
    assert not alive(sleeper.pid, "/some/other/folder")
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(sleeper.pid, "600"), "a zombie is dead"
    sleeper.wait()
    assert not alive(sleeper.pid, "600")


ORDINARY = """
import json, os, sys
from pathlib import Path
from config.embedded import Services
import psycopg
from config import embedded
var_dir = Path(sys.argv[1])
with Services(var_dir) as services:
    with psycopg.connect(embedded.database_url(var_dir)) as connection:
        row = connection.execute("SELECT 1").fetchone()
    pids = {name: os.stat(f"/proc/{member.pid()}").st_uid for name, member in services.members.items()}
print(json.dumps({"me": os.geteuid(), "row": row, "pids": pids, "owner": (var_dir / "postgres").stat().st_uid}))
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@as_root
def test_an_ordinary_user_runs_both_as_herself(tmp_path):
    folder = Path(tempfile.mkdtemp(prefix="agora-"))
    nobody = 65534
    os.chown(folder, nobody, nobody)
    # The clone and its Python may lie below a private folder of root's; the test is about the servers, not about that.
    rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    command = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", *rights]
    try:
        done = subprocess.run(
            [*command, sys.executable, "-B", "-c", ORDINARY, str(folder / "var")],
            cwd=ROOT,
            env={key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["me"] == answer["owner"] == answer["pids"]["postgres"] == answer["pids"]["redis"] == nobody
        assert answer["row"] == [1]
    finally:
        shutil.rmtree(folder)


@as_root
def test_root_hands_the_data_to_a_user_without_rights_and_keeps_its_owner(postgres):
    postgres.start()
    owner = postgres.data.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{postgres.pid()}").stat().st_uid == owner
    assert postgres.var_dir.stat().st_uid == 0


@as_root
def test_root_gets_through_a_private_folder_and_says_which_without_setpriv(tmp_path, made_once, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "var", durable=False)
    server.var_dir.mkdir()
    subprocess.run(["cp", "-a", str(made_once), str(server.data)], check=True)
    assert server.start() is True
    server.stop()
    monkeypatch.setattr(privileges.shutil, "which", lambda _: None)
    with pytest.raises(ServiceError, match=r"cannot get through .*Install setpriv"):
        server.start()
