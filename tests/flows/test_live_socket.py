"""The socket of live numbers, spoken with by a published client, at the port of the web server."""

import json
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from config import tokens
from config.models import Scope
from ingestion import workspaces
from tests.factories.config import ApiTokenFactory, MemberFactory, UserFactory
from tests.servers import PATIENCE_SECONDS, ask, environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROTOCOL = "metrics.v1+json"


@pytest.fixture(scope="module")
def port(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        env = environment(connection)
    found = free_port()
    with web(found, env, workers=1):
        yield found


class Town:
    """A workspace with a member, who has a personal token."""

    def __init__(self, port, slug):
        self.port = port
        self.created = workspaces.create(slug)
        self.member = MemberFactory(workspace=self.created.workspace)
        self.token = ApiTokenFactory(user=self.member.user, token=f"agora_pat_of_{slug}", scopes=[Scope.READ_METRICS])
        self.auth = {"type": "auth", "token": f"agora_pat_of_{slug}"}

    def happens(self, who, name="post_created"):
        event = {"event_name": name, "user_id": who}
        status, _ = ask(self.port, "POST", "/api/events", event, Authorization=f"Bearer {self.created.write_key}")
        assert status == 200


@pytest.fixture
def town(port, request):
    return Town(port, f"town-{abs(hash(request.node.nodeid)) % 10**9}")


@contextmanager
def socket(port, path="/api/realtime/metrics", **more):
    more = {"subprotocols": [PROTOCOL]} | more
    with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, **more) as found:
        yield found


@contextmanager
def logged_in(town, path="/api/realtime/metrics"):
    with socket(town.port, path) as found:
        say(found, **town.auth)
        assert hear(found) == {"type": "ready"}
        yield found


def say(socket, **message):
    socket.send(json.dumps(message))


def hear(socket):
    return json.loads(socket.recv(timeout=PATIENCE_SECONDS))


def close_code(socket):
    """With which the server closes it, after whatever it says before."""
    try:
        while True:
            socket.recv(timeout=PATIENCE_SECONDS)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def values(frame):
    return {one["name"]: one["value"] for one in frame["metrics"]}


@pytest.mark.parametrize("path", ["/api/realtime/metrics", "/ws/realtime/metrics"])
def test_an_event_over_http_moves_the_numbers_of_its_workspace_alone(town, path):
    beside = Town(town.port, f"{town.created.workspace.slug}-beside")
    town.happens("ada")
    with logged_in(town, path) as mine, logged_in(beside, path) as theirs:
        assert mine.subprotocol == PROTOCOL
        say(mine, type="subscribe", id="tiles", metrics=["dau", "micro-acts-today"])
        say(theirs, type="subscribe", id="t", metrics=["dau"], project=beside.created.workspace.slug, interval=1)
        first = hear(mine)
        assert (first["type"], first["id"], first["seq"], set(values(first))) == (
            ("snapshot", "tiles", 1, {"dau", "micro_acts_today"})
        )
        assert first["metrics"][0]["timestamp"] == first["as_of"]
        assert hear(theirs)["type"] == "snapshot"
        if values(first)["dau"] == 0:
            # Counted within the tenth of a second since.
            first = hear(mine)
        assert values(first)["dau"] == 1

        town.happens("bob")
        delta = hear(mine)
        assert (delta["type"], delta["seq"], values(delta)) == ("delta", first["seq"] + 1, {"dau": 2})
        beside.happens("cyd")
        assert values(hear(theirs)) == {"dau": 1}


def test_subscriptions_are_taken_back_and_made_anew_from_a_snapshot(town):
    with logged_in(town) as found:
        for _ in range(2):
            say(found, type="subscribe", id="a", metrics=["online"])
            assert hear(found)["type"] == "snapshot"
        say(found, type="unsubscribe", id="a")
        say(found, type="unsubscribe", id="a")
        assert hear(found)["code"] == "unknown_subscription"
        say(found, type="ping", id="p")
        assert hear(found) == {"type": "pong", "id": "p"}


def test_the_cookie_of_a_page_of_ours_is_enough_and_that_of_another_page_is_not(town):
    browser = Client()
    browser.force_login(town.member.user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    with socket(town.port, additional_headers=cookie, origin=f"http://127.0.0.1:{town.port}") as ours:
        assert hear(ours) == {"type": "ready"}
        browser.logout()
    for origin in ("https://evil.example", f"http://localhost:{town.port}", None):
        with socket(town.port, additional_headers=cookie, origin=origin) as theirs:
            say(theirs, type="subscribe", id="a")
            assert hear(theirs)["code"] == "unauthenticated"
            assert close_code(theirs) == 4401


def test_a_token_may_come_as_the_second_protocol_and_a_jwt_is_one(town):
    access, _ = tokens.pair_for(town.member.user)
    with socket(town.port, subprotocols=[PROTOCOL, access]) as found:
        assert hear(found) == {"type": "ready"}
        say(found, **town.auth)
        assert hear(found) == {"type": "ready"}
        other = Town(town.port, f"{town.created.workspace.slug}-other")
        say(found, **other.auth)
        assert close_code(found) == 4403


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[]",
        '{"type": "dance"}',
        '{"type": "ping", "id": 5}',
        b"\x00\xff",
        "x" * 1_000_000,
        '"\\ud800"',
    ],
    ids=["no-json", "a-list", "unknown-type", "a-number-for-an-id", "binary", "huge", "half-a-pair"],
)
def test_what_is_no_message_is_refused_and_ends_the_socket(town, frame):
    with logged_in(town) as found:
        found.send(frame)
        assert hear(found)["code"] == "bad_frame"
        assert close_code(found) == 4400


def test_what_cannot_be_subscribed_to_is_said_and_harms_nothing(town):
    with logged_in(town) as found:
        for message, code in (
            ({"id": "a", "metrics": ["live_wave"]}, "unknown_metric"),
            ({"id": "a", "metrics": []}, "unknown_metric"),
            ({"id": "a", "interval": 0.5}, "bad_interval"),
            ({"metrics": ["dau"]}, "id_needed"),
        ):
            say(found, type="subscribe", **message)
            assert hear(found)["code"] == code
        for number in range(20):
            say(found, type="subscribe", id=str(number), metrics=["live_waves"])
            hear(found)
        say(found, type="subscribe", id="one more")
        assert hear(found)["code"] == "too_many"


def test_strangers_are_told_nothing(town):
    other = Town(town.port, f"{town.created.workspace.slug}-hidden")
    with socket(town.port) as silent:
        with logged_in(town) as found:
            say(found, type="subscribe", id="a", project=other.created.workspace.slug)
            assert "no workspace" in hear(found)["message"]
            assert close_code(found) == 4403
        with socket(town.port) as found:
            say(found, type="auth", token="agora_pat_made_up")
            assert close_code(found) == 4401
        ApiTokenFactory(user=UserFactory(), token="agora_pat_for_people", scopes=[Scope.READ_PEOPLE])
        with socket(town.port) as found:
            say(found, type="auth", token="agora_pat_for_people")
            assert close_code(found) == 4403
        with socket(town.port, subprotocols=["graphql-ws"]) as found:
            assert close_code(found) == 4400
        with pytest.raises(Exception, match="403"), socket(town.port, "/ws/nothing"):
            pass
        assert close_code(silent) == 4408


def test_a_flood_and_too_many_sockets_of_one_user_are_turned_away(town):
    with logged_in(town) as found:
        # One after the other: what the server has not read when it closes has TCP reset the connection, which takes the
        # reason with it.
        for _ in range(1_000):
            say(found, type="ping")
            if (answer := hear(found))["type"] != "pong":
                break
        assert answer["code"] == "too_many"
        assert close_code(found) == 4429
    with ExitStack() as several:
        for _ in range(21):
            last = several.enter_context(socket(town.port, "/ws/realtime/metrics"))
            say(last, **town.auth)
            said = hear(last)
        assert said["code"] == "too_many"
        assert close_code(last) == 4429


def test_who_reads_nothing_holds_nobody_up(town):
    with logged_in(town) as deaf, logged_in(town) as found:
        for one in (deaf, found):
            say(one, type="subscribe", id="a", metrics=["dau"])
        hear(found)
        for number in range(3):
            town.happens(f"person-{number}")
            assert values(hear(found)) == {"dau": number + 1}
