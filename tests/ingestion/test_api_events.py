"""POST /api/events as senders of every kind use it: who may, in what form, and what is answered."""

import base64
import gzip
import io
import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from ingestion import keys
from ingestion.identity import actor_id_of
from ingestion.models import Actor, Event, Source, WriteKey
from tests.factories.config import UserFactory
from tests.factories.ingestion import SourceFactory, WriteKeyFactory
from tests.services import empty_redis

from .conftest import KEY, NOW, Sender, assert_refused, event, statuses
from .samples import SAMPLES

FORMS = {
    "one event": lambda values: values[0],
    "a list": lambda values: values,
    "events": lambda values: {"events": values},
    "batch": lambda values: {"batch": values},
}


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    """It is NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def basic(user, password=""):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_each_event_has_its_result_in_the_order_it_was_sent(post, sender):
    response = post([event(messageId="a"), event(messageId="a"), {"x": 1}, event(messageId="b")])
    a, b = (str(actor_id_of(sender.workspace.uuid, name)) for name in "ab")
    unknown = {"path": "", "message": "None of event_name, eventName, eventType or type tells what it is"}
    answer = response.json()
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert isinstance(answer["metadata"].pop("execution_ms"), float)
    assert answer == {
        "status": "success",
        "data": {
            "total": 4,
            "accepted": 2,
            "duplicates": 1,
            "rejected": 1,
            "results": [
                {"event_id": a, "status": "accepted", "errors": []},
                {"event_id": a, "status": "duplicate", "errors": []},
                {"event_id": None, "status": "rejected", "errors": [unknown]},
                {"event_id": b, "status": "accepted", "errors": []},
            ],
        },
        "metadata": {},
    }


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("envelope", SAMPLES)
def test_every_envelope_is_taken_in_every_form(post, sender, envelope, form):
    assert statuses(post(form([SAMPLES[envelope]]))) == ["accepted"]
    assert sender.stored("event_type__name", "occurred_at", "received_at") == [("post_created", NOW, NOW)]


@pytest.mark.parametrize("body", [[], {"events": []}, {"batch": []}])
def test_no_events_are_no_trouble(post, body):
    assert post(body).json()["data"] == {"total": 0, "accepted": 0, "duplicates": 0, "rejected": 0, "results": []}


@pytest.mark.parametrize("path", ["/api/events", "/api/events/"])
def test_neither_form_of_the_path_is_redirected(post, path):
    assert statuses(post(event(), path)) == ["accepted"]


@pytest.mark.parametrize("path", ["/api/events?format=xml", "/api/events/?format=api", "/api/events?a=b"])
def test_a_query_changes_nothing(post, path):
    assert statuses(post(event(), path)) == ["accepted"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", ""],
)
def test_the_content_type_is_no_matter(post, content_type):
    assert statuses(post(event(), content_type=content_type)) == ["accepted"]


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml", "nonsense", "image/png;q=0.1", ""])
def test_what_the_sender_accepts_is_no_matter(post, write_key, accept):
    response = post(event(), headers={"X-Write-Key": write_key, "Accept": accept})
    assert statuses(response) == ["accepted"]
    assert response["Content-Type"] == "application/json"
    assert_refused(post(b"{", headers={"X-Write-Key": write_key, "Accept": accept}), 400, "invalid_json")


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "gzip, identity", None, "deflate"])
def test_gzip_is_known_by_its_first_bytes(post, write_key, encoding):
    headers = {"X-Write-Key": write_key} | ({"Content-Encoding": encoding} if encoding else {})
    packed = gzip.compress(json.dumps([event()]).encode())
    response = post(packed, content_type="application/x-www-form-urlencoded", headers=headers)
    assert statuses(response) == ["accepted"]


class Trickle(io.BytesIO):
    """A body of unknown length that comes in small pieces."""

    def read(self, size=-1):
        return super().read(min(size, 7))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_body_without_a_length_is_read_to_its_end(client, write_key, pack):
    headers = {"X-Write-Key": write_key, "Transfer-Encoding": "chunked"}
    given = {"wsgi.input": Trickle(pack(json.dumps([event()] * 3).encode())), "CONTENT_LENGTH": ""}
    response = client.generic("POST", "/api/events", headers=headers, **given)
    assert statuses(response) == ["accepted", "duplicate", "duplicate"]


def test_a_body_without_a_length_is_not_read_beyond_the_limit(client, write_key):
    headers = {"X-Write-Key": write_key, "Transfer-Encoding": "chunked"}
    given = {"wsgi.input": io.BytesIO(b" " * (settings.INGEST_MAX_BODY_BYTES + 10)), "CONTENT_LENGTH": ""}
    assert_refused(client.generic("POST", "/api/events", headers=headers, **given), 413, "payload_too_large")
    assert given["wsgi.input"].tell() == settings.INGEST_MAX_BODY_BYTES + 1


def test_what_is_called_gzip_and_is_none_is_refused(post, write_key):
    headers = {"X-Write-Key": write_key, "Content-Encoding": "gzip"}
    assert_refused(post(event(), headers=headers), 400, "invalid_gzip")


@pytest.mark.parametrize("cut", [-1, -8, 10, 3, 2])
def test_truncated_gzip_is_refused(post, cut):
    assert_refused(post(gzip.compress(json.dumps(event()).encode())[:cut]), 400, "invalid_gzip")


WAYS = {
    "Bearer": {"Authorization": f"Bearer {KEY}"},
    "bearer": {"Authorization": f"bearer   {KEY} "},
    "Basic": basic(KEY),
    "Basic with a password": basic(KEY, "x:y"),
    "Basic without a colon": {"Authorization": "Basic " + base64.b64encode(KEY.encode()).decode()},
    "X-Write-Key": {"X-Write-Key": KEY},
    "X-API-Key": {"X-API-Key": KEY},
    "unreadable Basic, then a header": {"Authorization": "Basic !!", "X-Write-Key": KEY},
}


@pytest.mark.parametrize("headers", WAYS.values(), ids=WAYS)
def test_the_key_is_taken_wherever_clients_put_it(post, headers):
    assert statuses(post(event(), headers=headers)) == ["accepted"]


@pytest.mark.parametrize(
    "form", [lambda value: value, lambda value: {"events": [value]}, lambda value: {"batch": [value]}]
)
def test_the_key_may_stand_in_the_body(post, form):
    assert statuses(post(form(event()) | {"writeKey": KEY}, headers={})) == ["accepted"]
    assert_refused(post(form(event()) | {"writeKey": "wrong"}, headers={}), 401, "invalid_key")


def test_the_key_of_the_header_goes_before_that_of_the_body(post):
    assert statuses(post(event(writeKey="wrong"))) == ["accepted"]
    assert_refused(post(event(writeKey=KEY), headers={"X-Write-Key": "wrong"}), 401, "invalid_key")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic"},
        {"Authorization": "Basic Og=="},
        {"Authorization": "Basic \xff"},
        {"Authorization": KEY},
        {"Authorization": f"Digest {KEY}"},
        {"X-Write-Key": ""},
    ],
)
@pytest.mark.parametrize("key", [None, "", 7, ["k"]])
def test_without_a_key_nothing_is_taken(post, headers, key):
    assert_refused(post(event(writeKey=key), headers=headers), 401, "missing_key")
    assert Event.objects.count() == 0


@pytest.mark.parametrize("wrong", ["wrong", KEY[:-1], KEY.upper(), "é", "x" * 10_000])
def test_a_wrong_key_is_refused(post, wrong):
    for headers in ({"X-Write-Key": wrong}, basic(wrong), {"Authorization": f"Bearer {wrong}"}):
        assert_refused(post(event(), headers=headers), 401, "invalid_key")


def test_half_a_character_in_the_key_of_the_body_is_no_key(post):
    assert_refused(post(rb'{"writeKey": "\ud800", "event_name": "e"}', headers={}), 401, "missing_key")


def test_a_key_that_has_ended_is_refused(post, sender):
    WriteKeyFactory(source=sender.source, key="ended", expires_at=NOW)
    WriteKeyFactory(source=sender.source, key="ending", expires_at=NOW + timedelta(seconds=1))
    assert_refused(post(event(), headers={"X-Write-Key": "ended"}), 401, "invalid_key")
    assert statuses(post(event(), headers={"X-Write-Key": "ending"})) == ["accepted"]


def test_a_django_session_is_no_key(post, client):
    client.force_login(UserFactory(superuser=True))
    assert_refused(post(event(), headers={}), 401, "missing_key")


def test_no_csrf_token_is_asked_for(write_key, sender):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory())
    response = client.post("/api/events", event(), "application/json", headers={"X-Write-Key": write_key})
    assert statuses(response) == ["accepted"]


def test_a_key_stores_in_its_own_workspace_alone(post, sender):
    other = Sender(SourceFactory())
    WriteKeyFactory(source=other.source, key="of the other")
    value = event(messageId="m", workspace=sender.workspace.slug, workspace_id=sender.workspace.pk)
    for _ in range(2):
        post([value, {"bad": 1}], headers={"X-Write-Key": "of the other"})
    assert (len(other.stored("event_id")), other.quarantined("occurrences")) == (1, [2])
    assert (sender.stored("event_id"), sender.quarantined("occurrences")) == ([], [])
    assert set(Actor.objects.values_list("workspace", flat=True)) == {other.workspace.pk}
    assert statuses(post([value])) == ["accepted"]


def test_a_disabled_source_answers_200_and_keeps_everything_in_the_quarantine(post, sender):
    Source.objects.update(enabled=False)
    assert statuses(post([event(), event(messageId="b")])) == ["rejected", "rejected"]
    assert sender.stored("event_id") == []
    assert set(sender.quarantined("reason")) == {"source_disabled"}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/events", "/api/events/"])
def test_any_other_method_is_refused_in_the_same_form(client, method, path):
    response = client.generic(method, path)
    assert_refused(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


def test_the_scope_of_the_key_decides_whose_user_agent_counts(post, sender):
    WriteKeyFactory(source=sender.source, key="server", scope=WriteKey.Scope.SERVER)
    agent = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    post(event("by client"), headers={"X-Write-Key": KEY} | agent)
    post(event("by server"), headers={"X-Write-Key": "server"} | agent)
    assert dict(sender.stored("event_type__name", "flags")) == {"by client": 1, "by server": 0}


def test_while_a_key_nobody_remembers_cannot_be_read_senders_are_told_to_come_back(post, monkeypatch):
    def away(*_args, **_options):
        raise OperationalError("gone")

    empty_redis()
    monkeypatch.setattr(keys, "_read", away)
    assert_refused(post([event()]), 503, "unavailable")
