"""Whatever is sent through the doors: no answer is a 5xx, and every event has exactly one result that is true."""

import gzip
import json

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion import doors, sinks, spool
from ingestion.api.segment import KIND_OF_PATH
from ingestion.models import Event, QuarantinedEvent
from privacy.models import RefusedEvents
from tests.services import empty_redis

from .samples import MESSAGE, SAMPLES, USER

# A failure is found again by its seed in the report; shrinking over HTTP takes minutes.
fuzz = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.generate],
)
REFUSALS = {400, 401, 413}


def fields_of(value):
    """Every name that stands in a sample."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from fields_of(inner)


FIELDS = [
    *sorted(set(fields_of(SAMPLES)) - set(SAMPLES)),
    *("name", "traits", "previousId", "groupId", "category", "anonymous_id", "created_at", "createdAt", "action"),
    *("privacy", "consent", "writeKey", "ip", "user_agent", "author_id", "points", "value"),
]
# json.dumps writes what strict JSON forbids as well: NaN, Infinity, half surrogate pairs.
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**308, 10**400, -(10**30), 1e308, 1e-320, -0.0]),
    st.floats(),
    st.text(st.characters(codec=None), max_size=12),
    st.sampled_from(
        ["", " ", "null", "0", "\x00", "\ud83d", "x" * 600, "é" * 40, "a/b~c", "9" * 400, "-", "v1.2", "like"]
    ),
    st.sampled_from(
        ["2026-03-02", "2026-03-02T12:00:00+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
    ),
    st.sampled_from(["2026-W10-1", "20260302T12", "1999-12-31T23:59:59.999999Z", "2000-01-01", "2026-02-30", "now"]),
    st.sampled_from(["track", "page", "screen", "identify", "group", "alias", "post_created", "like_given"]),
)
names = st.one_of(st.sampled_from(FIELDS), st.text(st.characters(codec=None), max_size=5))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


consents = st.dictionaries(
    st.sampled_from(["analytics", "marketing", "personalisation", "essential"]) | names,
    st.booleans() | scalars,
    max_size=3,
)
changes = st.one_of(
    st.fixed_dictionaries({"privacy": st.fixed_dictionaries({"consent_given": st.booleans() | values})}),
    st.fixed_dictionaries({"event": st.just("Segment Consent Preference"), "properties": consents | values}),
    st.fixed_dictionaries({"event_name": st.just("user_consent_update"), "properties": consents | values}),
    st.fixed_dictionaries(
        {
            "context": st.fixed_dictionaries(
                {"consent": st.fixed_dictionaries({"categoryPreferences": consents | values})}
            )
        }
    ),
)


@st.composite
def envelopes(draw):
    """A sample of one of the envelopes with some of its fields, at any depth, replaced, added or gone."""
    envelope = draw(st.sampled_from(sorted(SAMPLES)))
    event = json.loads(json.dumps(SAMPLES[envelope]))
    event[MESSAGE[envelope]] = str(draw(st.integers(0, 10**12)))
    event[USER[envelope]] = draw(st.sampled_from(["ada", "bob", "cyd"]))
    if draw(st.integers(0, 4)) == 0:
        event |= draw(changes)
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 4]))):
        place = event
        while (inner := [one for one in place.values() if isinstance(one, dict)]) and draw(st.booleans()):
            place = draw(st.sampled_from(inner))
        name = draw(st.sampled_from(sorted(place)) | names if place else names)
        if draw(st.booleans()):
            place.pop(name, None)
        else:
            place[name] = draw(values)
    return event


events = st.one_of(envelopes(), envelopes(), envelopes(), values)


@pytest.fixture(autouse=True)
def _empty():
    empty_redis()
    yield
    empty_redis()


@pytest.fixture
def rows(sender):
    """Events stored so far, and how many were put aside or, without consent, counted only."""
    aside = QuarantinedEvent.objects.filter(workspace=sender.workspace)
    refused = RefusedEvents.objects.filter(workspace=sender.workspace)
    return lambda: (
        Event.objects.filter(workspace=sender.workspace).count(),
        sum(aside.values_list("occurrences", flat=True)) + sum(refused.values_list("events", flat=True)),
    )


@fuzz
@given(batch=st.lists(events, max_size=6), sent_at=values, form=st.sampled_from(["list", "events", "batch"]))
def test_every_event_of_a_batch_has_one_result_and_it_is_true(post, rows, batch, sent_at, form):
    body = batch if form == "list" else {form: batch, "sentAt": sent_at}
    before = rows()
    response = post(json.dumps(body).encode())
    if response.status_code != 200:
        # Not one of them could be read as JSON.
        assert response.status_code == 400, response.content
        assert rows() == before
        return
    answer = response.json()["data"]
    found = [result["status"] for result in answer["results"]]
    assert len(found) == answer["total"] == len(batch)
    totals = {name: found.count(name) for name in ("accepted", "duplicate", "rejected")}
    assert totals == {
        "accepted": answer["accepted"],
        "duplicate": answer["duplicates"],
        "rejected": answer["rejected"],
    }
    assert sum(totals.values()) == len(batch)
    assert all(bool(result["errors"]) is (result["status"] == "rejected") for result in answer["results"])
    assert all(result["event_id"] for result in answer["results"] if result["status"] != "rejected")
    stored, aside = (after - at_first for after, at_first in zip(rows(), before, strict=True))
    assert (stored, aside) == (totals["accepted"], totals["rejected"])


@fuzz
@given(event=envelopes())
def test_what_was_accepted_is_a_duplicate_when_it_is_sent_again(post, rows, event):
    # Without a time it happens when it is received.
    event["timestamp"] = event["originalTimestamp"] = "2026-03-02T12:00:00Z"
    event.pop("sentAt", None)
    body = json.dumps([event]).encode()
    first, stored = post(body), rows()[0]
    again = post(body)
    assert first.status_code == again.status_code
    if first.status_code == 200:
        (was,), (now,) = (response.json()["data"]["results"] for response in (first, again))
        assert now["status"] == ("duplicate" if was["status"] != "rejected" else "rejected")
        assert rows()[0] == stored


@settings(fuzz, max_examples=60)
@given(batch=st.lists(envelopes(), min_size=1, max_size=5))
def test_what_is_accepted_while_postgresql_is_away_is_there_afterwards(post, rows, monkeypatch, batch):
    def refuse(_):
        raise OperationalError("the server closed the connection")

    for event in batch:
        event["timestamp"] = event["originalTimestamp"] = "2026-03-02T12:00:00Z"
        event.pop("sentAt", None)
    body = json.dumps(batch).encode()
    with monkeypatch.context() as patch:
        patch.setattr(sinks, "IN_TRANSACTION", [refuse])
        meanwhile = post(body).json()["data"]["results"]
        assert len(meanwhile) == len(batch)
        waits = spool.state().batches
    doors.forget()
    before = rows()
    drained = spool.drain(print, patience_seconds=0)
    stored, aside = (after - at_first for after, at_first in zip(rows(), before, strict=True))
    if waits:
        assert (drained.events, drained.accepted) == (len(batch), stored)
        assert stored + aside <= len(batch)
    afterwards = post(body).json()["data"]["results"]
    # Nothing is new: it is there, or it was and is refused.
    assert "accepted" not in {result["status"] for result in afterwards}
    for was, now in zip(meanwhile, afterwards, strict=True):
        assert was["event_id"] == now["event_id"]
        if was["status"] == "rejected":
            assert now["status"] == "rejected"


@fuzz
@given(
    event=events,
    batch=st.lists(events, max_size=3),
    path=st.sampled_from([*KIND_OF_PATH, "batch", "b"]),
    slash=st.booleans(),
)
def test_the_doors_of_segment_and_rudderstack_answer_200_or_say_why_not(post, rows, event, batch, path, slash):
    body = {"batch": batch, "sentAt": event} if path in {"batch", "b"} else event
    before = sum(rows())
    response = post(json.dumps(body).encode(), path=f"/v1/{path}{'/' * slash}", content_type="text/plain")
    assert response.status_code == 200 or response.status_code in REFUSALS, response.content
    if response.status_code != 200:
        assert set(response.json()) == {"code", "message", "details"}
        assert sum(rows()) == before


@fuzz
@given(
    batch=st.lists(envelopes(), min_size=1, max_size=3),
    cuts=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 40), st.binary(max_size=6)), min_size=1, max_size=4),
    packed=st.booleans(),
    path=st.sampled_from(["/api/events", "/v1/batch", "/v1/track"]),
)
def test_a_body_that_is_damaged_on_its_way_is_read_or_refused(post, batch, cuts, packed, path):
    body = json.dumps({"batch": batch}).encode()
    body = gzip.compress(body, mtime=0) if packed else body
    for at, length, instead in cuts:
        start = at % (len(body) + 1)
        body = body[:start] + instead + body[start + length :]
    response = post(body, path=path)
    assert response.status_code == 200 or response.status_code in REFUSALS, response.content
    if response.status_code == 200 and path == "/api/events":
        answer = response.json()["data"]
        assert len(answer["results"]) == answer["accepted"] + answer["duplicates"] + answer["rejected"]


@fuzz
@given(
    names=st.sampled_from(["Authorization", "X-Write-Key", "X-API-Key", "User-Agent", "Content-Encoding", "Accept"]),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
    | st.sampled_from(["Basic", "Basic ====", "Basic gDo=", "Bearer ", "Bearer \xff", "gzip", "gzip, br", "*/*;q=x"]),
    query=st.text(st.characters(codec="utf-8"), max_size=20),
    path=st.sampled_from(["/api/events", "/v1/batch", "/v1/t", "/sourceConfig", "/v1/projects/{}/settings"]),
)
def test_odd_headers_and_addresses_are_refused_at_worst(client, write_key, names, value, query, path):
    headers = {"Authorization": f"Bearer {write_key}", names: value}
    method = "GET" if path.startswith(("/source", "/v1/projects")) else "POST"
    address = path.format(query.replace("/", "") or "x")
    response = client.generic(
        method,
        address,
        json.dumps(SAMPLES["segment"]),
        "application/json",
        headers=headers,
        query_params={"writeKey": query},
    )
    assert response.status_code == 200 or response.status_code in {*REFUSALS, 404}, response.content
