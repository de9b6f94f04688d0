"""Origins: as an operator writes them, as a browser tells them, and what a page of another site is answered."""

import json

import pytest
from django.db import OperationalError

from ingestion import keys, origins
from ingestion.models import Event, Source
from tests.factories.ingestion import WriteKeyFactory

from .conftest import KEY, event

HOME = "https://app.example"
SEND = {"/v1/batch": {"batch": [event()]}, "/v1/track": event(), "/api/events": [event()]}
DOORS = [*SEND, "/v1/projects/{key}/settings", "/sourceConfig"]


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example", "https://app.example"),
        (" HTTPS://App.Example/ ", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://*.app.example", "https://*.app.example"),
    ],
)
def test_an_origin_is_kept_as_a_browser_writes_it(text, origin):
    assert origins.normal(text) == origin
    assert origins.normal(origin) == origin


@pytest.mark.parametrize(
    "text",
    [
        *("", "app.example", "ftp://app.example", "https://", "https://app.example/path", "https://app.example?x=1"),
        *("https://me@app.example", "https://app.example:port", "https://*", "https://a.*.example", "https://*.", "*"),
        *("https://app..example", "https://[", "https://" + "a" * 300 + ".example", "null"),
    ],
)
def test_what_no_browser_would_tell_is_refused_with_a_reason(text):
    with pytest.raises(ValueError, match=r".{10}"):
        origins.normal(text)


@pytest.mark.parametrize(
    ("listed", "origin", "allowed"),
    [
        ([], "https://anybody.example", True),
        ([HOME], None, True),
        ([HOME], HOME, True),
        ([HOME], "HTTPS://App.Example", True),
        ([HOME], "http://app.example", False),
        ([HOME], "https://app.example:8443", False),
        ([HOME], "https://app.example.evil", False),
        ([HOME], "null", False),
        ([HOME], "", False),
        (["https://*.app.example"], "https://de.app.example", True),
        (["https://*.app.example"], "https://a.b.app.example", True),
        (["https://*.app.example"], "https://app.example", False),
        (["https://*.app.example"], "https://evilapp.example", False),
        (["https://*.app.example"], "http://de.app.example", False),
        ([HOME, "http://localhost:3000"], "http://localhost:3000", True),
    ],
)
def test_a_page_may_send_when_its_site_is_listed(listed, origin, allowed):
    assert origins.allows(listed, origin) is allowed


@pytest.fixture
def ask(client, write_key):
    """The answer of a door to a page of the origin; None is a sender that is no browser."""

    def send(path, origin, key=KEY):
        headers = {"Authorization": f"Bearer {key}"} | ({"Origin": origin} if origin else {})
        method = "POST" if path in SEND else "GET"
        return client.generic(method, path.format(key=key), json.dumps(SEND.get(path)), headers=headers)

    return send


@pytest.fixture
def listed(write_key):
    """Two sites that the source of KEY takes events from."""
    Source.objects.update(allowed_origins=[HOME, "https://*.example.org"])
    keys.forget()


@pytest.mark.django_db
@pytest.mark.parametrize("path", DOORS)
class TestDoors:
    @pytest.mark.parametrize("origin", [HOME, "https://a.example.org", None])
    def test_a_listed_site_and_a_sender_without_a_site_may(self, ask, listed, path, origin):
        answer = ask(path, origin)
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == (origin or "*")
        assert "Origin" in answer["Vary"]

    @pytest.mark.parametrize("origin", ["https://evil.example", "null"])
    def test_another_site_is_refused_in_a_form_it_can_read_and_nothing_is_stored(self, ask, listed, path, origin):
        answer = ask(path, origin)
        assert answer.status_code == 403
        refusal = answer.json()
        assert refusal["code"] == "origin_not_allowed"
        assert origin in refusal["message"]
        assert answer["Access-Control-Allow-Origin"] == origin
        assert "Retry-After" in answer["Access-Control-Expose-Headers"]
        assert "Origin" in answer["Vary"]
        assert not Event.objects.exists()

    def test_without_a_list_every_site_may(self, ask, path):
        answer = ask(path, "https://anybody.example")
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == "https://anybody.example"

    def test_the_list_of_one_workspace_is_not_that_of_another(self, ask, listed, path):
        WriteKeyFactory(key="other")
        assert ask(path, "https://evil.example", key="other").status_code == 200

    def test_a_browser_is_told_what_it_may_send_before_it_does(self, client, path):
        asked = {"Origin": HOME, "Access-Control-Request-Method": "POST"}
        answer = client.options(path, headers=asked)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["Access-Control-Allow-Origin"] == HOME
        assert {"authorization", "x-write-key"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
        assert "POST" in answer["Access-Control-Allow-Methods"]
        assert int(answer["Access-Control-Max-Age"]) > 3600


@pytest.mark.django_db
@pytest.mark.parametrize("path", SEND)
def test_an_unknown_key_is_refused_as_such_whatever_the_site(ask, listed, path):
    answer = ask(path, "https://evil.example", key="nobody")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_key")
    assert answer["Access-Control-Allow-Origin"] == "https://evil.example"


@pytest.mark.django_db
def test_the_list_holds_while_postgresql_is_away(ask, listed, monkeypatch):
    def away(*_args):
        raise OperationalError("the server closed the connection")

    assert ask("/v1/batch", HOME).status_code == 200
    keys.forget()
    monkeypatch.setattr(keys, "_read", away)
    assert ask("/v1/batch", HOME).status_code == 200
    assert ask("/v1/batch", "https://evil.example").status_code == 403
