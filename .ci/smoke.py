"""The demo as a newcomer starts it: from nothing to ready, a page, Ctrl-C with nothing left behind, and up again."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_LINE = "Agora is ready"
FIRST_SECONDS = 420
AGAIN_SECONDS = 60
END_SECONDS = 30


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="agora-smoke-", ignore_cleanup_errors=True) as folder:
        for number, limit in (("first", FIRST_SECONDS), ("second", AGAIN_SECONDS)):
            demo = Demo(Path(folder) / "var")
            try:
                ready = demo.wait_until_ready(limit)
                demo.expect_page("/admin/login/")
                ended = demo.interrupt()
            except AssertionError as error:
                demo.show_output()
                sys.exit(f"demo, {number} start: {error}")
            finally:
                demo.kill()
            print(f"{number} start: ready after {ready:.0f} s, ended {ended:.0f} s after Ctrl-C", flush=True)


class Demo:
    """`make demo` in a session of its own, on a free port, with its data in `var_dir`."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.lines: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            ["make", "demo"],
            env=os.environ | {"VAR_DIR": str(var_dir), "PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    def wait_until_ready(self, limit: float) -> float:
        """Seconds until the ready line stood on the screen and /readyz answered 200."""
        begin = time.monotonic()
        while not (any(line.startswith(READY_LINE) for line in self.lines) and self._status("/readyz") == 200):
            assert self.process.poll() is None, f"it ended by itself with {self.process.returncode}"
            assert time.monotonic() < begin + limit, f"not ready after {limit} s; /readyz: {self._status('/readyz')}"
            time.sleep(0.5)
        return time.monotonic() - begin

    def expect_page(self, path: str) -> None:
        status = self._status(path)
        assert status == 200, f"GET {path} answered {status}"

    def _status(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def interrupt(self) -> float:
        """Ctrl-C; seconds until it had ended and no process of its own was left."""
        begin = time.monotonic()
        before = len(self.lines)
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it still runs {END_SECONDS} s after Ctrl-C") from None
        while left := self._left_over():
            assert time.monotonic() < begin + END_SECONDS, f"processes are left: {left}"
            time.sleep(0.2)
        assert not any("Traceback" in line for line in self.lines[before:]), "it said goodbye with a traceback"
        return time.monotonic() - begin

    def _left_over(self) -> dict[int, str]:
        """{process id: command line} of living processes that were started with this VAR_DIR."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if command and str(self.var_dir).encode() in command + b"\0" + environment:
                found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
        return found

    def kill(self) -> None:
        """Whatever went wrong, nothing of this demo stays."""
        for process in self._left_over():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def show_output(self) -> None:
        print("".join(self.lines[-80:]), flush=True)


if __name__ == "__main__":
    main()
