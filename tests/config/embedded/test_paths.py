"""Where the sockets are: names must be short, private, and the same for every process."""

import os
import shutil
from pathlib import Path

import pytest

from config import embedded
from config.embedded import Postgres, ServiceError, Services
from config.embedded.paths import SOCKET_PATH_BYTES, postgres_sockets, socket_root

from .conftest import client, copied, processes_below, query


def test_urls_survive_strange_folders_and_the_port_of_others():
    folder = Path("/srv/a b&c?d#e%f")
    assert embedded.database_url(folder) == (
        "postgresql://agora@/agora?host=/srv/a%20b%26c%3Fd%23e%25f/postgres-socket&port=5432"
    )
    assert embedded.redis_url(folder) == "unix:///srv/a%20b%26c%3Fd%23e%25f/redis.sock?db=0"
    assert embedded.celery_url(embedded.redis_url(Path("/srv"))) == "redis+socket:///srv/redis.sock?virtual_host=0"
    assert embedded.celery_url("redis://host:6379/3") == "redis://host:6379/3"


def test_a_long_path_gets_short_sockets(tmp_path, made_once):
    var_dir = tmp_path / ("long" * 20) / "weiß & blau?#"
    copied(made_once, var_dir)
    assert len(os.fsencode(postgres_sockets(var_dir))) < SOCKET_PATH_BYTES
    with Services(var_dir, durable=False) as services:
        assert query(services.members["postgres"], "SHOW data_directory") == [(str(var_dir / "postgres"),)]
        assert client(services.members["redis"]).ping()
    assert processes_below(var_dir) == []
    shutil.rmtree(socket_root(var_dir))


def test_a_folder_in_tmp_that_others_may_write_is_refused(tmp_path):
    var_dir = tmp_path / ("long" * 30)
    root = socket_root(var_dir)
    root.mkdir()
    root.chmod(0o777)
    try:
        with pytest.raises(ServiceError, match="not a private folder"):
            Postgres(var_dir).start()
    finally:
        root.rmdir()
