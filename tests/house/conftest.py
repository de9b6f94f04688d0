"""What the house rules look at: the files that git tracks."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["analytics", "config", "economy", "ingestion", "moderation", "privacy"]


@pytest.fixture(scope="session")
def tracked():
    """Paths of all tracked files that are still there, relative to the repository."""
    listing = subprocess.check_output(["git", "-C", str(ROOT), "ls-files", "-z"], text=True)
    return [Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()]
