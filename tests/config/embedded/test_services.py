"""Both servers together, and several who want them at once."""

import pytest

from config.embedded import Postgres, Redis, ServiceError, Services

from .conftest import in_subprocess, query

START = """
import sys
from pathlib import Path
from config.embedded import Postgres, Redis
print(Postgres(Path(sys.argv[1]), durable=False).start(), Redis(Path(sys.argv[1])).start())
"""


def test_two_starters_at_once_share_one_server(var_dir):
    starters = [in_subprocess(START, var_dir) for _ in range(3)]
    answers = [starter.communicate()[0].split() for starter in starters]
    assert sorted(column for column, _ in answers) == ["False", "False", "True"]
    assert sorted(column for _, column in answers) == ["False", "False", "True"]
    assert query(Postgres(var_dir), "SELECT 1") == [(1,)]


def test_what_the_environment_supplies_is_left_out(var_dir, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere.invalid/agora")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere.invalid")
    with Services(var_dir) as services:
        assert services.members == {}
    assert not var_dir.exists()


def test_only_what_the_block_started_is_stopped_at_its_end(var_dir, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere.invalid/agora")
    before = Redis(var_dir)
    before.start()
    with Services(var_dir):
        pass
    assert before.running()
    before.stop()
    with Services(var_dir):
        assert before.running()
    assert not before.running()


def test_a_missing_wheel_names_the_variable_that_replaces_it(var_dir, monkeypatch):
    monkeypatch.setattr("config.embedded.paths.find_spec", lambda _: None)
    with pytest.raises(ServiceError, match="DATABASE_URL"):
        Postgres(var_dir).start()
    with pytest.raises(ServiceError, match="REDIS_URL"):
        Redis(var_dir).start()
