"""The API of Segment and RudderStack clients: paths, keys, answers, and what browsers need."""

import base64
import gzip
import json

import pytest

from ingestion.models import Event
from tests.factories.ingestion import WriteKeyFactory
from tests.services import empty_redis

from .conftest import KEY, event

pytestmark = pytest.mark.django_db
BASIC = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}


@pytest.fixture
def ask(client, write_key):
    def send(path, body, headers=BASIC, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.generic("POST", path, data, content_type, headers=headers or {})

    return send


def assert_taken(response):
    assert (response.status_code, response.json()) == (200, {"success": True})


def assert_refused(response, status):
    assert response.status_code == status, response.content
    answer = response.json()
    assert answer["code"]
    assert answer["message"]
    assert response["Access-Control-Allow-Origin"]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/batch/", "/v1/b", "/v1/b/"])
def test_a_batch_is_stored_on_every_path(ask, sender, path):
    assert_taken(ask(path, {"batch": [event(messageId="a"), event(messageId="b")]}))
    assert len(sender.stored("event_id")) == 2


@pytest.mark.parametrize("path", ["track", "identify", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("short", [False, True])
def test_the_path_says_the_type_where_the_body_does_not(ask, sender, path, slash, short):
    body = {"event": "clicked", "userId": "u", "groupId": "g", "previousId": "p", "anonymousId": "v"}
    assert_taken(ask(f"/v1/{path[0] if short else path}{slash}", body))
    ((kind, name),) = sender.stored("event_type__kind", "event_type__name")
    expected = {"track": "clicked", "page": "page_view"}.get(path, path)
    assert (kind, name) == (path, expected)


def test_the_type_of_the_body_wins_over_the_path(ask, sender):
    assert_taken(ask("/v1/track", {"type": "screen", "name": "Home", "userId": "u"}))
    assert sender.stored("event_type__kind") == ["screen"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
def test_the_content_type_is_ignored_and_gzip_known_by_itself(ask, sender, content_type):
    body = json.dumps({"batch": [event()]}).encode()
    assert_taken(ask("/v1/batch", body, content_type=content_type))
    assert_taken(ask("/v1/batch", gzip.compress(body), content_type=content_type))
    assert Event.objects.count() in {1, 2}


def test_bare_nan_harms_neither_the_event_nor_its_companions(ask, sender):
    body = b'{"batch": [{"type": "track", "event": "a", "properties": {"n": NaN}}, {"type": "track", "event": "b"}]}'
    assert_taken(ask("/v1/batch", body))
    assert sorted(sender.stored("event_type__name")) == ["a", "b"]


@pytest.mark.parametrize(
    ("headers", "body", "query"),
    [
        ({"Authorization": "Basic " + base64.b64encode(KEY.encode()).decode()}, {}, ""),
        ({"Authorization": f"Bearer {KEY}"}, {}, ""),
        ({}, {"writeKey": KEY}, ""),
        ({}, {"batch": [event(writeKey=KEY)]}, ""),
        ({}, {}, f"?writeKey={KEY}"),
    ],
    ids=["basic without a colon", "bearer", "in the body", "in the first item", "in the address"],
)
def test_the_key_is_found_wherever_a_client_puts_it(ask, sender, headers, body, query):
    assert_taken(ask(f"/v1/batch{query}", {"batch": [event()]} | body, headers=headers))
    assert len(sender.stored("event_id")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1", 400),
        (b'{"batch": 1}', 400),
        ({"hello": 1}, 400),
        (b"\x1f\x8bnot gzip", 400),
        (b"x" * 6_000_000, 413),
        ({"batch": [{}] * 2_501}, 413),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_with_code_and_message(ask, body, status):
    assert_refused(ask("/v1/batch", body), status)


def test_events_that_are_wrong_are_answered_200_and_quarantined(ask, sender):
    assert_taken(ask("/v1/batch", {"batch": [{"x": 1}, event(), event(properties={"long": "x" * 40_000})]}))
    assert len(sender.stored("event_id")) == 1
    assert sorted(sender.quarantined("reason")) == ["too_large", "unknown_envelope"]


def test_an_unknown_key_is_refused_and_stores_nothing(ask, sender):
    empty_redis()
    assert_refused(ask("/v1/batch", {"batch": [event()]}, headers={"Authorization": "Bearer nobody"}), 401)
    assert_refused(ask("/v1/batch", {"batch": [event()]}, headers={}), 401)
    assert sender.stored("event_id") == []


def test_another_workspace_gets_what_its_own_key_sends(ask, sender):
    other = WriteKeyFactory(key="other")
    assert_taken(ask("/v1/batch", {"batch": [event()]}, headers={"Authorization": "Bearer other"}))
    assert sender.stored("event_id") == []
    assert Event.objects.get().workspace_id == other.source.workspace_id


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t", "/api/events"])
def test_an_answer_tells_its_length_unless_it_has_no_content(client, db, path):
    answer = client.post(path, b"{}", content_type="application/json")
    assert int(answer["Content-Length"]) == len(answer.content) > 0
    assert "Content-Length" not in client.options(path)


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t", "/v1/projects/x/settings", "/sourceConfig"])
def test_a_browser_of_any_origin_may_ask(client, path):
    response = client.options(path, headers={"Origin": "https://app.example"})
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "https://app.example"
    assert "x-retry-count" in response["Access-Control-Allow-Headers"]
    assert "Retry-After" in response["Access-Control-Expose-Headers"]
    assert int(response["Access-Control-Max-Age"]) > 3600


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_in_the_same_form(client, method):
    assert_refused(client.generic(method, "/v1/batch"), 405)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/batch/nothing/", "/v1/"])
def test_an_address_that_is_not_there_is_answered_in_the_same_form(client, method, path):
    answer = client.generic(method, path)
    assert_refused(answer, 404)
    assert answer.json()["code"] == "not_found"


class TestSettings:
    def test_segment_clients_learn_where_to_send(self, client, write_key):
        response = client.get(f"/v1/projects/{KEY}/settings")
        answer = response.json()
        place = answer["integrations"]["Segment.io"]
        assert (place["apiKey"], place["apiHost"]) == (KEY, "testserver/v1")
        for settings in (answer, place):
            assert settings["httpConfig"]["backoffConfig"] == {
                "maxRetryCount": 100,
                "maxTotalBackoffDuration": 7 * 86_400,
            }
        again = client.get(f"/v1/projects/{KEY}/settings/", headers={"If-None-Match": "W/" + response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_an_unknown_key_is_not_found(self, client, db):
        assert_refused(client.get("/v1/projects/nobody/settings"), 404)

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_rudderstack_clients_learn_that_their_source_is_there(self, client, write_key, slash):
        source = client.get(f"/sourceConfig{slash}", {"writeKey": KEY}).json()["source"]
        assert (source["writeKey"], source["enabled"], source["destinations"]) == (KEY, True, [])
        assert client.get(f"/sourceConfig{slash}", headers=BASIC).status_code == 200
        assert_refused(client.get(f"/sourceConfig{slash}"), 401)
