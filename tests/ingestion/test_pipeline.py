"""From items to rows and results: what is accepted, what is a duplicate, what is turned away and kept."""

import json
import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import pipeline, registry
from ingestion.identity import actor_id_of
from ingestion.models import EventType, Source
from ingestion.payload import read_item, split
from ingestion.pipeline import ingest
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, SourceFactory

from .conftest import NOW, Sender, event
from .samples import MESSAGE, SAMPLES

HOUR = timedelta(hours=1)
UUID = "0197f0c0-1111-7000-8000-000000000001"


def names(sender):
    return sender.stored("event_type__name")


def test_all_envelopes_in_one_list_say_the_same(sender):
    EventTypeFactory(workspace=sender.workspace, name="post_created", pointers={"object_id": ["/post_id"]})
    values = [value | {MESSAGE[envelope]: envelope} for envelope, value in SAMPLES.items()]
    assert sender.statuses(*values, {"what": "is this"}) == ["accepted"] * 4 + ["rejected"]
    ada = actor_id_of(sender.workspace.uuid, "ada")
    fields = ("actor_id", "occurred_at", "event_type__name", "object_id", "properties")
    assert set(map(str, sender.stored(*fields))) == {str((ada, NOW, "post_created", "p1", {"post_id": "p1"}))}
    assert sorted(sender.stored("session_id")) == ["1772452800000", "s1", "s1", "s1"]
    assert sender.quarantined("reason", "payload") == [("unknown_envelope", '{"what":"is this"}')]


def test_the_same_message_in_another_envelope_is_a_duplicate(sender):
    values = [value | {MESSAGE[envelope]: "m1"} for envelope, value in SAMPLES.items()]
    assert sender.statuses(*values) == ["accepted", "duplicate", "duplicate", "duplicate"]


def test_results_stand_in_the_order_of_the_events(sender):
    sender.send(event("b", messageId="b"))
    results = sender.send(
        event("a", messageId="a"), {"x": 1}, event("b", messageId="b"), b"[]", event("", messageId="c")
    )
    event_ids = {name: actor_id_of(sender.workspace.uuid, name) for name in "ab"}
    assert [(result.status, result.event_id, len(result.errors)) for result in results] == [
        ("accepted", event_ids["a"], 0),
        ("rejected", None, 1),
        ("duplicate", event_ids["b"], 0),
        ("rejected", None, 1),
        ("rejected", None, 1),
    ]


def test_a_message_id_that_is_a_uuid_is_the_event_id(sender):
    sender.send(event(messageId=UUID))
    assert sender.stored("event_id") == [uuid.UUID(UUID)]


@pytest.mark.parametrize("message_id", ["ajs-next-1772452800000-" + UUID, "evt_1_x", 17, "é", "x" * 512])
def test_any_other_message_id_is_hashed_within_the_workspace(sender, message_id):
    sender.send(event(messageId=message_id))
    assert sender.stored("event_id") == [uuid.uuid5(sender.workspace.uuid, str(message_id))]


@pytest.mark.parametrize("message_id", [None, ""])
def test_without_a_message_id_the_content_names_the_event_whatever_the_order_of_its_keys(sender, message_id):
    one = {"event_name": "e", "user_id": "ada", "properties": {"b": 1, "a": 2}, "event_id": message_id}
    same = json.dumps(dict(reversed(one.items())) | {"properties": {"a": 2, "b": 1}}).encode()
    other = one | {"properties": {"b": 1, "a": 3}}
    assert sender.statuses(one, same, other) == ["accepted", "duplicate", "accepted"]


def test_the_same_batch_ten_times_is_stored_once(sender):
    batch = [event(messageId=str(number), timestamp=(NOW - number * HOUR).isoformat()) for number in range(30)]
    batch += [event("no id", timestamp=(NOW - number * HOUR).isoformat()) for number in range(30)]
    answers = [sender.statuses(*batch, at=NOW + timedelta(minutes=number)) for number in range(10)]
    assert answers == [["accepted"] * 60] + [["duplicate"] * 60] * 9
    assert len(sender.stored("event_id")) == 60


def test_duplicates_within_a_batch_are_stored_once(sender):
    assert sender.statuses(*[event(messageId="m")] * 5) == ["accepted"] + ["duplicate"] * 4
    assert len(sender.stored("event_id")) == 1


def test_the_first_of_two_events_with_one_message_id_stays(sender):
    at = "2026-03-02T11:00:00Z"
    first = event("post_created", messageId="m", timestamp=at, properties={"n": 1})
    again = event("post_deleted", messageId="m", timestamp=at, properties={"n": 2})
    assert sender.statuses(first, again) == ["accepted", "duplicate"]
    assert sender.statuses(again) == ["duplicate"]
    assert sender.stored("event_type__name", "properties") == [("post_created", {"n": 1})]


def test_message_ids_that_several_people_use_are_several_events(sender):
    """Senders that count from one on every device."""
    values = [event(user="ada", messageId="1"), event(user="bob", messageId="1"), event(user="ada", messageId="1")]
    assert sender.statuses(*values) == ["accepted", "accepted", "duplicate"]
    assert sender.statuses(*values, event(user="cy", messageId="1")) == ["duplicate"] * 3 + ["accepted"]
    assert len(sender.stored("event_id")) == 3


def test_an_unknown_type_is_recorded_as_discovered(sender):
    sender.send({"event_name": "odd", "event_category": "economy"}, {"type": "track", "event": "ödd"}, {"type": "page"})
    rows = EventType.objects.filter(workspace=sender.workspace).values_list("name", "kind", "category", "discovered")
    assert list(rows) == [
        ("odd", "track", "economy", True),
        ("page_view", "page", "user_action", True),
        ("ödd", "track", "user_action", True),
    ]
    assert len(names(sender)) == 3


def test_an_unknown_type_is_quarantined_where_the_source_says_so(db):
    sender = Sender(SourceFactory(unknown_types=Source.UnknownTypes.QUARANTINE))
    EventTypeFactory(workspace=sender.workspace, name="known")
    assert sender.statuses(event("known"), event("odd")) == ["accepted", "rejected"]
    assert sender.quarantined("reason", "event_name", "errors") == [
        ("unknown_type", "odd", [{"path": "", "message": "'odd' is not in the registry"}])
    ]
    assert list(EventType.objects.values_list("name", flat=True)) == ["known"]


def test_ids_written_into_names_do_not_fill_the_registry(sender, monkeypatch):
    monkeypatch.setattr(registry, "MOST_DISCOVERED", 3)
    EventTypeFactory(workspace=sender.workspace, name="declared")
    assert sender.statuses(*(event(f"view_{number}") for number in range(5))) == ["accepted"] * 3 + ["rejected"] * 2
    assert sender.statuses(event("view_9"), event("view_0", messageId="2"), event("declared")) == [
        "rejected",
        "accepted",
        "accepted",
    ]
    assert set(sender.quarantined("reason")) == {"unknown_type"}


def test_properties_that_do_not_pass_the_schema_are_quarantined_with_every_error(sender):
    schema = {"properties": {"mood": {"maximum": 10}}, "required": ["post_id"]}
    EventTypeVersionFactory(event_type__workspace=sender.workspace, event_type__name="scored", version=4, schema=schema)
    good = event("scored", properties={"post_id": 1, "mood": 10})
    assert sender.statuses(event("scored", properties={"mood": 11}), good) == ["rejected", "accepted"]
    assert sender.stored("schema_version") == [4]
    ((reason, errors),) = sender.quarantined("reason", "errors")
    assert reason == "schema"
    assert sorted(error["path"] for error in errors) == ["/properties", "/properties/mood"]


def test_a_disabled_source_keeps_everything_in_the_quarantine(db):
    sender = Sender(SourceFactory(enabled=False))
    assert sender.statuses(event(), {"x": 1}) == ["rejected", "rejected"]
    assert sender.stored("event_id") == []
    assert sorted(sender.quarantined("reason")) == ["source_disabled", "unknown_envelope"]
    assert EventType.objects.count() == 0


def test_a_bad_event_sent_again_counts_up(sender):
    bad, other = {"x": 1}, {"x": 2}
    sender.send(bad, bad, other)
    sender.send(bad, at=NOW + HOUR)
    sender.send(bad, at=NOW - HOUR)
    fields = ("payload", "occurrences", "received_at", "last_received_at")
    assert sorted(sender.quarantined(*fields)) == [
        ('{"x":1}', 4, NOW, NOW + HOUR),
        ('{"x":2}', 1, NOW, NOW),
    ]


def test_the_same_bad_event_of_another_source_is_another_row(sender):
    other = Sender(SourceFactory(workspace=sender.workspace))
    for one in (sender, other):
        one.send({"x": 1})
    assert len(sender.quarantined("id")) == 2


@pytest.mark.parametrize(
    ("bad", "reason", "readable"),
    [
        (rb'{"event_name": "a\u0000"}', "invalid_text", r'{"event_name": "a\u0000"}'),
        (rb'{"event_name": "\ud83d"}', "invalid_text", r'{"event_name": "\ud83d"}'),
        (b'{"event_name": "\x00"}', "invalid_json", r'{"event_name": "\u0000"}'),
        (b'{"event_name": "\xff\xfe"}', "invalid_json", r'{"event_name": "\xff\xfe"}'),
        (b'{"event_name": "\xed\xa0\x80"}', "invalid_json", r'{"event_name": "\xed\xa0\x80"}'),
        ('{"event_name": "ж😀"'.encode(), "invalid_json", '{"event_name": "ж😀"'),
        (b'{"n": 1e400}', "number_out_of_range", '{"n": 1e400}'),
        (b"", "invalid_json", ""),
    ],
)
def test_the_quarantine_keeps_a_readable_payload(sender, bad, reason, readable):
    assert sender.statuses(bad, event(), bad) == ["rejected", "accepted", "rejected"]
    assert sender.quarantined("reason", "payload", "occurrences") == [(reason, readable, 2)]


def test_an_empty_batch_is_no_trouble(sender):
    assert sender.send() == []


def test_another_workspaces_types_and_events_are_left_alone(sender):
    other = Sender(SourceFactory())
    EventTypeVersionFactory(event_type__workspace=other.workspace, event_type__name="e", schema={"required": ["x"]})
    assert sender.statuses(event("e", messageId="m")) == ["accepted"]
    assert other.statuses(event("e", messageId="m")) == ["rejected"]
    assert other.statuses(event("e", messageId="m", properties={"x": 1})) == ["accepted"]
    assert sender.stored("event_id") != other.stored("event_id")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**320), 10**320) | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(
    {field for sample in SAMPLES.values() for field in sample} | {"type", "traits", "previousId", "groupId"}
)
ODD = st.sampled_from(
    ["", "0", "null", "x" * 600, 0, -1, 1e308, 10**308, 2**63, True, [], {}, {"action": []}, "\ud800"]
)
EVENTS = st.builds(
    lambda sample, changes: sample | changes,
    st.sampled_from([{}, *SAMPLES.values()]),
    st.dictionaries(st.sampled_from(FIELDS), ODD | ANY_JSON, max_size=4),
)


@pytest.mark.django_db
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS.map(lambda value: json.dumps(value).encode()) | st.binary(), max_size=5), ODD)
def test_whatever_comes_the_companions_are_stored_and_nothing_is_lost(payloads, sent_at):
    sender = Sender(SourceFactory())
    good = [json.dumps(event("good", messageId=f"good-{number}")).encode() for number in range(2)]
    items = [read_item(payload) for payload in (good[0], *payloads, good[1])]
    results = pipeline.ingest(items, sender.context, NOW, sent_at=sent_at)
    assert [results[0].status, results[-1].status] == ["accepted", "accepted"]
    statuses = [result.status for result in results]
    assert statuses.count("accepted") == len(sender.stored("event_id"))
    assert statuses.count("rejected") == sum(sender.quarantined("occurrences"))
    assert len(statuses) == len(payloads) + 2


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        (b'{"n": 1e400}', "number_out_of_range"),
        (b'{"s": "\\ud800"}', "invalid_text"),
        (b'{"s": "\xff"}', "invalid_json"),
        (b'{"\xff": 1}', "invalid_json"),
        (b"[1]", "invalid_envelope"),
        (b'"text"', "invalid_envelope"),
    ],
)
def test_a_context_that_cannot_be_read_is_the_fault_of_its_event_alone(sender, context, reason):
    good = b'{"event_name": "post_created", "user_id": "ada", "event_id": "%d", "context": {"locale": "de"}}'
    bad = b'{"event_name": "post_created", "user_id": "ada", "event_id": "bad", "context": %b}' % context
    items = split(b'{"events": [%b, %b, %b]}' % (good % 1, bad, good % 2)).items
    assert [result.status for result in ingest(items, sender.context, NOW)] == ["accepted", "rejected", "accepted"]
    assert sender.quarantined("reason") == [reason]


def test_fields_that_nobody_knows_do_no_harm_and_are_not_stored(sender):
    body = b'[{"event_name": "post_created", "user_id": "ada", "nobodys": {"a": [1]}, "properties": {"post_id": "p1"}}]'
    (result,) = ingest(split(body).items, sender.context, NOW)
    assert result.status == "accepted"
    assert sender.stored("properties") == [{"post_id": "p1"}]
