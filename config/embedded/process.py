"""What both servers need: processes that outlive their starter, one starter at a time, errors that show the log."""

import fcntl
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Linux has it; elsewhere ps answers.
PROC = Path("/proc")
LOG_LIMIT_BYTES = 20 * 1024 * 1024
LOG_TAIL_LINES = 15
LOCK_SECONDS = 330.0


class ServiceError(RuntimeError):
    """An embedded server could not be started or stopped; the message says what, where and what to do."""


def failure(what: str, log: Path, advice: str) -> ServiceError:
    """A ServiceError that carries the last lines of the server's log."""
    try:
        lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError as error:
        lines = [f"(not readable: {error})"]
    tail = "\n".join(f"    {line}" for line in lines) or "    (empty)"
    return ServiceError(f"{what}\n  {log} ends with:\n{tail}\n  {advice}")


def refused(what: str, error: OSError) -> ServiceError:
    """A ServiceError for what the file system did not allow."""
    advice = "Check the disk."
    if isinstance(error, PermissionError):
        advice = "VAR_DIR was made by another user: start Agora as that one, or set VAR_DIR to a folder of your own."
    return ServiceError(f"{what}: {error}. {advice}")


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Holds an exclusive lock on the file `lock`; waits for another holder up to LOCK_SECONDS, then ServiceError.

    The kernel drops the lock with its holder, so a killed starter blocks nobody.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ServiceError(
                        f"another process has been starting or stopping a server for {LOCK_SECONDS:.0f} s and holds "
                        f"{lock}. Find it with `fuser {lock}` and end it."
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def rotate(log: Path) -> None:
    """Puts a log above LOG_LIMIT_BYTES aside as `<name>.1`, where it replaces the one before."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(log.name + ".1"))


def spawn(command: list[str], log: Path, environment: dict[str, str] | None = None, **user: Any) -> int:
    """Starts `command` in a session of its own, its output appended to `log`; returns its process id.

    The shell in between ends at once, so the server is no child of ours: it may outlive this process, Ctrl-C in a
    terminal does not reach it, and it never lingers as our zombie. `user` goes to subprocess.run.
    """
    with log.open("ab") as output:
        shell = subprocess.run(  # noqa: S603  the commands are our own, without a shell's interpretation
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd="/",
            env=clean_environment() | (environment or {}),
            start_new_session=True,
            check=True,
            **user,
        )
    return int(shell.stdout)


def clean_environment() -> dict[str, str]:
    """Ours without what would steer PostgreSQL behind our back (PGDATA, PGPORT, PGOPTIONS); in the locale C."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {
        "LC_ALL": "C",
        "LANG": "C",
    }


def alive(pid: int, argument: str) -> bool:
    """Whether process `pid` lives and was started with `argument` on its command line.

    A process id alone proves nothing: after a kill or a reboot it may belong to anybody. The command line of a
    zombie is empty, so a dead server that nobody reaped counts as dead.
    """
    if not PROC.exists():
        listing = subprocess.run(["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603  a number
        return os.fsencode(argument) in listing.stdout
    try:
        return os.fsencode(argument) in _command_line(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False


def _command_line(pid: int) -> list[bytes]:
    for _ in range(50):
        line = (PROC / str(pid) / "cmdline").read_bytes()
        state = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[0]
        if line or state in {b"Z", b"X"}:
            break
        # Empty for an instant while the process turns from the shell into the server; always for a kernel thread.
        time.sleep(0.002)
    return line.split(b"\0")


def read_pid(path: Path) -> int | None:
    """The process id on the first line of a pid file; None when there is no such file or no number in it."""
    try:
        first = path.read_text().split("\n", 1)[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
