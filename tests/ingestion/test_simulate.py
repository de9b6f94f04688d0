"""Simulated events on their way: delivery without loss, the pace, and the command that does both."""

import gzip
import json
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from itertools import count, repeat
from types import SimpleNamespace

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.models import Run
from ingestion import workspaces
from ingestion.management.commands import simulate
from ingestion.models import Event
from ingestion.simulation.player import LARGEST_BATCH, Player
from ingestion.simulation.sender import ATTEMPTS, DeliveryError, Sender, Totals

URL = "http://door.test"


def stored(events, *, duplicates=0, rejected=0):
    """The answer of the events door."""
    accepted = events - duplicates - rejected
    data = {"total": events, "accepted": accepted, "duplicates": duplicates, "rejected": rejected, "results": []}
    return httpx.Response(200, json={"status": "success", "data": data, "metadata": {}})


class Door:
    """Answers requests with what it was told, then stores everything; keeps requests and pauses."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.waits = []
        self.said = []
        self.stop = False

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer or stored(len(events_of(request)))

    def wait(self, seconds):
        self.waits.append(seconds)
        return self.stop

    def sender(self):
        client = httpx.Client(transport=httpx.MockTransport(self))
        return Sender(client, f"{URL}/", "key-1", wait=self.wait, say=self.said.append)


def events_of(request):
    packed = request.headers.get("Content-Encoding") == "gzip"
    return json.loads(gzip.decompress(request.content) if packed else request.content)


def test_a_batch_is_posted_as_a_list_with_the_key():
    door = Door()
    sender = door.sender()
    sender.send([{"a": 1}, {"a": "ü"}])
    [request] = door.requests
    assert (request.method, str(request.url)) == ("POST", f"{URL}/api/events")
    assert request.headers["Authorization"] == "Bearer key-1"
    assert request.headers["Content-Type"] == "application/json"
    assert events_of(request) == [{"a": 1}, {"a": "ü"}]
    assert sender.totals == Totals(sent=2, accepted=2, batches=1)


@pytest.mark.parametrize(("events", "encoding"), [(20, None), (21, "gzip")])
def test_batches_of_more_than_twenty_are_packed(events, encoding):
    door = Door()
    door.sender().send([{"n": n} for n in range(events)])
    assert door.requests[0].headers.get("Content-Encoding") == encoding
    assert events_of(door.requests[0]) == [{"n": n} for n in range(events)]


def test_totals_add_up_what_the_door_says():
    door = Door(stored(5, duplicates=1, rejected=2), stored(3))
    sender = door.sender()
    sender.send([{}] * 5)
    sender.send([{}] * 3)
    assert sender.totals == Totals(sent=8, accepted=5, duplicates=1, rejected=2, batches=2)


@pytest.mark.parametrize("status", [429, 503])
def test_the_door_is_given_the_time_it_asks_for(status):
    door = Door(httpx.Response(status, headers={"Retry-After": "7"}), httpx.Response(status))
    sender = door.sender()
    sender.send([{"a": 1}])
    assert door.waits[0] == 7
    assert 0.5 <= door.waits[1] <= 1
    assert [events_of(request) for request in door.requests] == [[{"a": 1}]] * 3
    assert sender.totals == Totals(sent=1, accepted=1, batches=1, retries=2)


def test_a_door_that_is_away_is_tried_again_after_doubling_jittered_pauses():
    door = Door(*repeat(httpx.ConnectError("refused"), 4), httpx.ReadTimeout("too slow"))
    sender = door.sender()
    sender.send([{"a": 1}])
    assert len(door.waits) == 5
    assert all(0.25 * 2**n <= pause <= 0.5 * 2**n for n, pause in enumerate(door.waits))
    assert all(request.content == door.requests[0].content for request in door.requests)
    assert sender.totals.accepted == 1
    assert "cannot be reached: refused; again in" in door.said[0]


def test_a_door_that_stays_away_ends_the_delivery_with_the_events_counted():
    door = Door(*repeat(httpx.ConnectError("refused"), ATTEMPTS))
    sender = door.sender()
    with pytest.raises(DeliveryError, match=r"door\.test/api/events cannot be reached: refused"):
        sender.send([{}, {}])
    assert len(door.requests) == ATTEMPTS
    assert sender.totals == Totals(unsent=2, retries=ATTEMPTS - 1)
    assert max(door.waits) <= 30


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(401, json={"code": "invalid_key"}), r"answered 401: .*invalid_key"),
        (httpx.Response(404, text="<h1>\n  Not Found</h1>"), "answered 404: <h1> Not Found</h1>"),
        (httpx.Response(301, headers={"Location": "/"}), "answered 301"),
        (httpx.Response(200, text="<h1>Log in</h1>"), "is not the events door: <h1>Log in"),
        (httpx.Response(200, json={"success": True}), "is not the events door"),
    ],
)
def test_a_refusal_is_not_repeated(answer, message):
    door = Door(answer)
    sender = door.sender()
    with pytest.raises(DeliveryError, match=message):
        sender.send([{}])
    assert (len(door.requests), door.waits, sender.totals.unsent) == (1, [], 1)


@pytest.mark.parametrize("answers", [[httpx.ConnectError("refused")], [httpx.ConnectError("refused")] * 2])
def test_a_stop_leaves_a_batch_one_more_attempt(answers):
    door = Door(*answers)
    door.stop = True
    sender = door.sender()
    if len(answers) == 1:
        sender.send([{}])
        assert sender.totals.accepted == 1
    else:
        with pytest.raises(DeliveryError):
            sender.send([{}])
    assert len(door.requests) == 2


class Stage:
    """A player before a door, in a time of its own that passes only by waiting and by slow requests."""

    def __init__(self, end, request_seconds=0.0):
        self.now, self.end, self.request_seconds = 100.0, 100.0 + end, request_seconds
        self.batches = []
        self.reports = []
        client = httpx.Client(transport=httpx.MockTransport(self.store))
        self.sender = Sender(client, URL, "k", wait=self.wait, say=self.reports.append)
        self.player = Player(self.sender, clock=lambda: self.now, wait=self.wait, report=self.report)

    def store(self, request):
        self.now += self.request_seconds
        events = events_of(request)
        self.batches.append((round(self.now - 100, 3), len(events)))
        return stored(len(events))

    def wait(self, seconds):
        assert seconds >= 0
        self.now = min(self.now + seconds, self.end)
        return self.now >= self.end

    def report(self, totals):
        self.reports.append((round(self.now - 100), totals.sent))


def test_events_are_gathered_and_sent_each_second():
    stage = Stage(end=3.6)
    stage.player.play((0.25, {"n": n}) for n in count())
    assert stage.batches == [(1, 3), (2, 4), (3, 4), (3.6, 3)]


def test_a_pause_in_the_stream_holds_nothing_back():
    stage = Stage(end=60)
    stage.player.play(iter([(0.1, {}), (40.0, {})]))
    assert stage.batches == [(1, 1), (40.1, 1)]


def test_totals_are_reported_every_ten_seconds():
    stage = Stage(end=31)
    stage.player.play((0.5, {}) for _ in count())
    assert [at for at, _ in stage.reports] == [10, 20, 30]
    assert stage.reports[0][1] == pytest.approx(20, abs=2)


def test_a_slow_door_is_caught_up_with_in_batches_of_bounded_size():
    stage = Stage(end=20, request_seconds=2)
    stage.player.play((0.001, {}) for _ in count())
    sizes = [size for _, size in stage.batches]
    assert max(sizes) == LARGEST_BATCH
    assert sum(sizes) == stage.sender.totals.sent


class Recorder(BaseHTTPRequestHandler):
    """Takes every event in, over real HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        events = json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.server.events += events
        self.server.keys.add(self.headers["Authorization"])
        answer = stored(len(events)).content
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.events, server.keys = [], set()
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(*arguments):
    out = StringIO()
    call_command("simulate", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_plays_for_the_duration_and_closes_with_totals(server):
    arguments = ["--workspace", "my-social", "--url", server.url, "--key", "k-9", "--rate", "100", "--duration", "2"]
    totals = json.loads(run(*arguments, "--json").splitlines()[-1])
    assert totals["sent"] == totals["accepted"] == len(server.events) > 10
    assert totals["unsent"] == totals["rejected"] == 0
    assert server.keys == {"Bearer k-9"}
    assert any("eventName" in event for event in server.events)


def test_the_key_may_come_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("AGORA_WRITE_KEY", "from-outside")
    out = run("--workspace", "x", "--url", server.url, "--duration", "1.2", "--rate", "50")
    assert server.keys == {"Bearer from-outside"}
    assert f"{len(server.events)} events in" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_with_everything_sent(server, number):
    before = signal.getsignal(number)
    timer = threading.Timer(1.3, os.kill, (os.getpid(), number))
    timer.start()
    totals = json.loads(run("--workspace", "x", "--url", server.url, "--key", "k", "--rate", "80", "--json"))
    timer.join()
    assert totals["sent"] == len(server.events) > 0
    assert totals["unsent"] == 0
    assert signal.getsignal(number) is before


def test_an_unreachable_server_ends_the_command_with_1(server):
    closed = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    closed.server_close()
    url = f"http://127.0.0.1:{closed.server_port}"
    with pytest.raises(CommandError, match="cannot be reached") as refused:
        run("--workspace", "x", "--url", url, "--key", "k", "--rate", "90", "--duration", "1.5")
    assert refused.value.returncode == 1


def test_a_missing_key_is_wrong_usage(monkeypatch):
    monkeypatch.delenv("AGORA_WRITE_KEY", raising=False)
    with pytest.raises(CommandError, match="--key or in AGORA_WRITE_KEY") as refused:
        run("--workspace", "x")
    assert refused.value.returncode == 2


@pytest.mark.parametrize("option", ["--rate", "--duration", "--members", "--history"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "nan"])
def test_numbers_must_be_above_0(option, value):
    with pytest.raises(CommandError, match="is not a number above 0"):
        run("--workspace", "x", option, value)


@pytest.mark.parametrize(
    ("slug", "system"),
    [("demo-wellbeing", "wellbeing"), ("social", "social"), ("our-network-2", "network"), ("anything", "forum")],
)
def test_the_system_is_the_one_named_in_the_slug(slug, system):
    assert simulate.system_of(slug) == system


@pytest.mark.django_db
def test_history_is_stored_once_and_recorded_as_a_run(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(simulate, "timezone", SimpleNamespace(now=lambda: now))
    workspace = workspaces.create("my-wellbeing").workspace
    arguments = ["--workspace", "my-wellbeing", "--history", "2", "--members", "15", "--json"]
    first, second = json.loads(run(*arguments)), json.loads(run(*arguments))
    assert first["rejected"] == 0
    assert first["accepted"] == Event.objects.filter(workspace=workspace).count() > 100
    came = first["received"]
    assert second == {"received": came, "accepted": 0, "duplicates": came, "rejected": 0, "nobody": {}}
    record = Run.objects.filter(name="ingestion.simulate", workspace=workspace).earliest("started_at")
    assert (record.rows_in, record.rows_out) == (first["received"], first["accepted"])
    assert record.arguments == {"system": "wellbeing", "seed": 1, "days": 2, "members": 15}


@pytest.mark.django_db
def test_history_needs_a_workspace_that_is_there():
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        run("--workspace", "nowhere", "--history", "2")
