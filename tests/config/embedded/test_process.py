"""Whether a process id still is who it was."""

import os
import subprocess
from pathlib import Path

import pytest

from config.embedded.process import ServiceError, alive, only_one


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


def test_a_starter_that_hangs_is_reported_instead_of_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("config.embedded.process.LOCK_SECONDS", 0.1)
    lock = tmp_path / "server.lock"
    with only_one(lock), pytest.raises(ServiceError, match=r"holds .*server\.lock"), only_one(lock):
        pass
    with only_one(lock):
        pass
