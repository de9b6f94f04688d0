"""What was seen of an event type: stored events and those in quarantine, of its own workspace."""

from collections import Counter

import pytest

from ingestion import sightings
from ingestion.models import EventType, QuarantinedEvent, Source
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, QuarantinedEventFactory, SourceFactory

from .conftest import NOW, Sender, event
from .samples import SAMPLES

pytestmark = pytest.mark.django_db


def poll(sender):
    return EventType.objects.get(workspace=sender.workspace, name="poll")


def test_stored_events_are_seen(sender):
    sender.send(event("poll", properties={"a": 1}), event("poll"), event("other", properties={"b": 1}))
    seen = sightings.of_type(poll(sender))
    assert sorted(map(str, seen.stored)) == ["{'a': 1}", "{}"]
    assert seen.quarantined == []


def test_what_the_schema_refused_is_seen(sender):
    row = EventTypeFactory(workspace=sender.workspace, name="poll")
    EventTypeVersionFactory(event_type=row, schema={"required": ["a"]})
    assert sender.statuses(event("poll", properties={"b": 1})) == ["rejected"]
    assert sightings.of_type(row).all == [{"b": 1}]


def test_what_was_refused_as_unknown_is_seen_when_its_type_is_declared(sender):
    sender.source.unknown_types = Source.UnknownTypes.QUARANTINE
    sender.source.save()
    for value in SAMPLES.values():
        assert sender.statuses(value) == ["rejected"]
    row = EventTypeFactory(workspace=sender.workspace, name="post_created")
    assert sightings.of_type(row).quarantined == [{"post_id": "p1"}] * len(SAMPLES)


def test_events_of_another_workspace_and_those_that_were_decided_on_are_not(sender):
    other = Sender(SourceFactory())
    for one in (sender, other):
        one.send(event("poll", messageId="m", properties={"of": one.workspace.slug}))
    payload = '{"type": "track", "event": "poll", "properties": {"quarantined": true}}'
    for source, status in ((other.source, "waiting"), (sender.source, "discarded"), (sender.source, "waiting")):
        QuarantinedEventFactory(source=source, reason="schema", event_name="poll", payload=payload, status=status)
    seen = sightings.of_type(poll(sender))
    assert seen.stored == [{"of": sender.workspace.slug}]
    assert seen.quarantined == [{"quarantined": True}]


@pytest.mark.parametrize("payload", ["{", "[]", '{"type": "track"}', '{"event_name": "poll", "properties": 5}', ""])
def test_what_cannot_be_read_is_left_out(sender, payload):
    row = EventTypeFactory(workspace=sender.workspace, name="poll")
    QuarantinedEventFactory(source=sender.source, reason="schema", event_name="poll", payload=payload)
    assert sightings.of_type(row).all == []


def test_what_an_operator_made_of_a_payload_counts(sender):
    row = EventTypeFactory(workspace=sender.workspace, name="poll")
    QuarantinedEventFactory(
        source=sender.source,
        reason=QuarantinedEvent.Reason.SCHEMA,
        event_name="poll",
        payload='{"event_name": "poll", "properties": {"a": "x"}}',
        edited_payload='{"event_name": "poll", "properties": {"a": 1}}',
    )
    assert sightings.of_type(row).all == [{"a": 1}]


def test_newest_and_oldest_and_some_of_every_day_are_looked_at_once_each(sender, monkeypatch):
    monkeypatch.setattr(sightings, "MOST_STORED", 3)
    monkeypatch.setattr(sightings, "PER_DAY", 1)
    for day, count in (("02-27", 4), ("02-28", 4), ("03-01", 4), ("03-02", 4)):
        for number in range(count):
            at = f"2026-{day}T0{number}:00:00Z"
            sender.send(event("poll", timestamp=at, messageId=at, properties={"day": day}))
        if day == "02-27":
            assert len(sightings.of_type(poll(sender), NOW).stored) == 3
    found = Counter(one["day"] for one in sightings.of_type(poll(sender), NOW).stored)
    assert found == {"03-02": 3, "03-01": 1, "02-28": 1, "02-27": 3}


def test_a_trial_counts_what_fails_by_place_and_names_no_value():
    schema = {"properties": {"tags": {"items": {"type": "string"}}, "of": {"additionalProperties": {"type": "null"}}}}
    samples = [{"tags": ["a"]}, {"tags": ["a", 5]}, {"tags": [6]}, {"of": {"ada@example.com": "secret"}}]
    done = sightings.trial(schema, samples)
    assert (done.passing, done.failing) == (1, 3)
    assert dict(done.causes) == {"/tags/*: type": 2, "/of/*: type": 1}


def test_names_refused_as_unknown_are_counted_by_workspace_until_they_are_known(sender):
    other = SourceFactory()
    EventTypeFactory(workspace=sender.workspace, name="known")
    refused = [(sender.source, "poll", "waiting")] * 2
    refused += [(sender.source, "known", "waiting"), (sender.source, "old", "discarded"), (other, "theirs", "waiting")]
    for source, name, status in refused:
        QuarantinedEventFactory(source=source, reason="unknown_type", event_name=name, status=status)
    QuarantinedEventFactory(source=sender.source, reason="schema", event_name="known")
    own = (sender.workspace.pk, "poll", 2)
    assert sightings.refused_names([sender.workspace.pk]) == [own]
    assert sightings.refused_names(None) == [own, (other.workspace_id, "theirs", 1)]
    assert sightings.refused_names([]) == []
