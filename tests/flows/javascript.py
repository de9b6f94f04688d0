"""The published JavaScript clients, as npm installs them from tests/flows/clients/package-lock.json."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_SECONDS = 90


def modules():
    """The folder they stand in; skips where there is no Node."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not installed")
    folder = CLIENTS / "node_modules"
    if not (folder / ".package-lock.json").is_file():
        pytest.fail(f"`make test` installs them: npm ci --ignore-scripts --prefix {CLIENTS}")
    return folder


def send(client, url, key, ticks):
    """The failures that a Node client was told of; see send.mjs."""
    modules()
    command = ["node", "send.mjs", client, url, key, str(ticks)]
    done = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
