"""The embedded Redis through everything that happens to servers: real processes, real kills."""

import os
import time

import pytest

from config.embedded import Redis, ServiceError

from .conftest import client, kill, processes_below


def test_it_starts_stops_and_leaves_no_process(var_dir):
    server = Redis(var_dir)
    assert server.start() is True
    assert server.start() is False
    assert client(server).config_get("appendonly") == {"appendonly": "yes"}
    assert client(server).config_get("save") == {"save": ""}
    assert client(server).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client(server).set("kept", "1")
    server.stop()
    server.stop()
    assert processes_below(var_dir) == []
    server.start()
    assert client(server).get("kept") == b"1"


def test_it_keeps_what_was_written_to_disk_before_a_kill(var_dir):
    server = Redis(var_dir)
    server.start()
    client(server).set("kept", "1")
    while (state := client(server).info("persistence"))["aof_buffer_length"] or state["aof_pending_bio_fsync"]:
        time.sleep(0.05)
    kill(server)
    assert server.socket.exists()
    assert not server.running()
    assert server.start() is True
    assert client(server).get("kept") == b"1"


def test_a_torn_last_command_costs_only_itself(var_dir):
    server = Redis(var_dir)
    server.start()
    client(server).set("kept", "1")
    client(server).set("torn", "x" * 1000)
    server.stop()
    file = server.data / "appendonly.aof"
    os.truncate(file, file.stat().st_size - 100)
    server.start()
    assert client(server).get("kept") == b"1"
    assert client(server).get("torn") is None


def test_a_broken_file_is_shown_with_the_log(var_dir):
    server = Redis(var_dir)
    server.start()
    server.stop()
    (server.data / "appendonly.aof").write_text("nonsense\r\n" * 10)
    with pytest.raises(ServiceError, match=r"(?s)ended while it was starting.*redis\.log.*append only file.*--fix"):
        server.start()
    assert processes_below(var_dir) == []


def test_one_that_lost_its_socket_is_reported_and_can_be_stopped(var_dir, monkeypatch):
    monkeypatch.setattr("config.embedded.redis.START_SECONDS", 0.3)
    server = Redis(var_dir)
    server.start()
    server.socket.unlink()
    with pytest.raises(ServiceError, match="does not answer"):
        server.start()
    server.stop()
    assert processes_below(var_dir) == []
