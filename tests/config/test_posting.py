"""Posting to an address that somebody typed in."""

import socket
import time

import pytest

from config.lib import posting
from config.lib.addresses import AddressRefused
from config.lib.posting import PostFailed
from tests.moderation.application import listening


@pytest.fixture
def application(settings):
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with listening() as application:
        yield application


def post(url, seconds=5.0):
    return posting.post(url, b"{}", {"webhook-id": "m1"}, seconds)


def test_what_is_posted_arrives_and_is_answered(application):
    application.answers = [201]
    answer = post(application.url)
    assert (answer.status, answer.text) == (201, "no")
    ((path, headers, body),) = application.got
    assert (path, body, headers["webhook-id"]) == ("/webhooks?from=agora", "{}", "m1")
    assert headers["Host"] == f"127.0.0.1:{application.server_port}"


def test_a_redirect_is_an_answer_and_not_followed(application):
    application.answers = [302]
    assert post(application.url).status == 302
    assert len(application.got) == 1


def drip(handler):
    """A byte now and then, so that no single read is slow."""
    try:
        for _ in range(200):
            handler.wfile.write(b"H")
            time.sleep(0.05)
    except OSError:
        pass


def sleep(handler):
    time.sleep(1)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


def pour(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(2_000):
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        handler.server.poured_all = False


@pytest.mark.parametrize(
    ("answer", "why"), [(drip, "within 0.3 seconds"), (hang_up, "."), (sleep, "within 0.3 seconds")]
)
def test_whoever_is_slow_or_hangs_up_has_not_answered(application, answer, why):
    application.answers = [answer]
    with pytest.raises(PostFailed, match=why):
        post(application.url, 0.3)


def test_of_an_endless_answer_little_is_read(application):
    application.answers = [pour]
    answer = post(application.url)
    assert (answer.status, answer.text) == (200, "x" * posting.READ_BYTES)


def test_nobody_who_listens_is_said_so(settings):
    settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(PostFailed, match="refused"):
            post(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_what_speaks_no_tls_is_said_so(application):
    with pytest.raises(PostFailed, match="TLS"):
        post(application.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    "url",
    [
        *("", "app.example", "ftp://93.184.215.14/", "https://", "https://:443/", "https://93.184.215.14:99999/"),
        *("https://ada:word@93.184.215.14/", "https://93.184.215.14/#there", "https://93.184.215.14/a b"),
        *("https://93.184.215.14/\r\nHost: x", "https://93.184.215.14/ü", "https://[::1", "http://93.184.215.14/"),
        *("https://127.0.0.1/", "https://169.254.169.254/latest", "http://[::1]:6379/", "https://localhost/"),
        "https://93.184.215.14/" + "a" * 500,
    ],
)
def test_an_address_that_is_none_or_leads_where_it_may_not_is_refused(settings, url):
    settings.PRIVATE_NETWORKS = []
    with pytest.raises(AddressRefused):
        posting.place_of(url)


def test_the_name_is_looked_up_once_and_connected_to_as_it_was_judged(application, monkeypatch):
    """A name that leads elsewhere when it is asked for again does not lead there."""
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(posting.addresses, "resolve", resolve)
    url = f"http://app.invalid:{application.server_port}/"
    assert post(url).status == 200
    assert asked == ["app.invalid"]
    assert application.got[0][1]["Host"] == f"app.invalid:{application.server_port}"
