"""Agora's own processes, as production starts them, for tests and benches that talk to them from outside."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 60


def environment(connection):
    """What a process needs to reach the database of this test."""
    facts = connection.settings_dict
    url = f"postgresql://{quote(facts['USER'])}:{quote(facts['PASSWORD'])}@/{facts['NAME']}?host={quote(facts['HOST'])}"
    return os.environ | {"DATABASE_URL": url + (f"&port={facts['PORT']}" if facts["PORT"] else "")}


@contextmanager
def process(*command, env=None):
    """The process, in a group of its own, with its output in a pipe; ended with the block."""
    child = subprocess.Popen(
        [str(BIN / command[0]), *command[1:]], env=env, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def web(port, env=None, workers=3, *, sockets=True):
    """The web server on a port of the loopback address, ready to answer; without sockets as docs/howto/deploy.md has it
    for many single events.
    """
    if sockets:
        speaks = ["--interface", "asginl", "config.asgi:application"]
    else:
        speaks = ["--interface", "wsgi", "--blocking-threads", "2", "config.wsgi:application"]
    command = [
        *("granian", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)),
        *("--log-level", "warning", *speaks),
    ]
    with process(*command, env=env) as child:
        wait_for(lambda: answers(port), "the web server")
        yield child


@contextmanager
def worker(env=None):
    """A worker of one process."""
    with process("celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "ERROR", env=env) as child:
        yield child


def answers(port):
    try:
        return ask(port, "GET", "/healthz")[0] == 200
    except OSError:
        return False


def ask(port, method, path, body=None, **headers):
    """(status, decoded JSON) of one request."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request(method, path, None if body is None else json.dumps(body), headers)
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def wait_for(condition, what):
    """Until condition() is true; fails after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {PATIENCE_SECONDS} s")
        time.sleep(0.05)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
