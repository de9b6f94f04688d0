"""Who runs PostgreSQL: an ordinary user herself, root somebody without rights."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config.embedded import ServiceError, privileges
from config.embedded.paths import socket_root

from .conftest import ROOT, copied

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

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


NOBODY = 65534


def as_nobody(code, var_dir):
    # The clone and its Python may lie below a private folder of root's; the test is about the servers, not about that.
    rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *rights]
    return subprocess.run(
        [*become, sys.executable, "-B", "-c", code, str(var_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_ordinary_user_runs_both_as_herself():
    folder = Path(tempfile.mkdtemp(prefix="agora-"))
    os.chown(folder, NOBODY, NOBODY)
    try:
        done = as_nobody(ORDINARY, folder / "var")
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["me"] == answer["owner"] == answer["pids"]["postgres"] == answer["pids"]["redis"] == NOBODY
        assert answer["row"] == [1]
    finally:
        shutil.rmtree(folder)


def test_a_folder_of_another_user_is_refused_with_advice(postgres):
    postgres.start()
    done = as_nobody(ORDINARY, postgres.var_dir)
    assert done.returncode == 1
    assert "VAR_DIR was made by another user" in done.stderr
    assert postgres.running()


def test_root_hands_the_data_to_a_user_without_rights_and_keeps_its_owner(postgres):
    postgres.start()
    owner = postgres.data.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{postgres.pid()}").stat().st_uid == owner
    assert postgres.var_dir.stat().st_uid == 0


def test_root_gets_through_a_private_folder_and_says_which_without_setpriv(tmp_path, made_once, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = copied(made_once, closed / "var")
    assert server.start() is True
    server.stop()
    monkeypatch.setattr(privileges.shutil, "which", lambda _: None)
    with pytest.raises(ServiceError, match=r"cannot get through .*Install setpriv"):
        server.start()
    shutil.rmtree(socket_root(server.var_dir), ignore_errors=True)
