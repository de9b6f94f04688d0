"""An installation of its own, with servers that a test may kill, and senders that keep account of what was promised."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from config.embedded import Postgres, Redis, database_url, redis_url
from tests.servers import BIN, ROOT, free_port


class Installation:
    """PostgreSQL, Redis, a workspace and its write key below a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.postgres, self.redis = Postgres(folder), Redis(folder)
        self.url = database_url(folder)
        self.env = os.environ | {"DATABASE_URL": self.url, "REDIS_URL": redis_url(folder), "VAR_DIR": str(folder)}
        self.port = free_port()
        self.start()
        self.manage("migrate", "--verbosity", "0")
        self.key = json.loads(self.manage("create_workspace", "fault", "--json"))["write_key"]

    def start(self):
        self.postgres.start()
        self.redis.start()

    def stop(self):
        self.postgres.stop()
        self.redis.stop()

    def manage(self, *words):
        """What the command printed."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def settle(self):
        """Everything that waits is stored."""
        self.manage("spool", "--drain")
        assert json.loads(self.manage("spool", "--json"))["batches"] == 0

    def stored(self, names):
        """(rows, distinct ids) of the events of these names."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(
                """
                SELECT count(*), array_agg(DISTINCT event.event_id)
                FROM ingestion_event AS event JOIN ingestion_eventtype AS kind ON kind.id = event.event_type_id
                WHERE kind.name = ANY(%s)
                """,
                [names],
            ).fetchone()

    def execute(self, *statements):
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def value(self, query, *parameters):
        """The only value of the only row."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters).fetchone()[0]

    def send_task(self, name):
        """Have the workers do it, as beat does."""
        subprocess.run(
            [str(BIN / "celery"), "-A", "config", "call", name], env=self.env, cwd=ROOT, check=True, capture_output=True
        )


@dataclass
class Load:
    """Senders that send batches of new events and, like any good client, send one again until it is answered 200."""

    installation: Installation
    name: str
    senders: int = 4
    batch: int = 20
    promised: set = field(default_factory=set)
    sent: int = 0
    refusals: int = 0

    def __enter__(self):
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(self.senders)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _send(self):
        while not self._over.is_set():
            ids = [str(uuid.uuid4()) for _ in range(self.batch)]
            moment = datetime.now(UTC).isoformat()
            events = [
                {"type": "track", "event": self.name, "userId": one[:2], "messageId": one, "timestamp": moment}
                for one in ids
            ]
            attempts = 1
            while not post(self.installation, events):
                attempts += 1
                self.refusals += 1
                time.sleep(0.1)
            with self._guard:
                self.sent += attempts * self.batch
                self.promised.update(map(uuid.UUID, ids))


def post(installation, events, **wrapper):
    """Whether the request was answered 200 with each event accepted or a duplicate. wrapper: sentAt, say."""
    body = {"batch": events, **wrapper} if wrapper else events
    client = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=30)
    try:
        client.request("POST", "/api/events", json.dumps(body), {"Authorization": f"Bearer {installation.key}"})
        answer = client.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
    if answer.status != 200:
        assert answer.status in {500, 502, 503}, content
        assert answer.status == 503, content
        return False
    totals = json.loads(content)["data"]
    assert totals["accepted"] + totals["duplicates"] == len(events), totals
    return True
