"""Who has refused is found by the statement that stores a batch, or before it, and nothing is left of their events."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion import consent, contexts, sinks
from ingestion.identity import actor_id_of
from ingestion.models import Actor, Context, Event, EventType, IdentityLink, PersonTrait, QuarantinedEvent
from privacy.models import Consent, ConsentRecord, RefusedEvents
from tests.ingestion.conftest import NOW, change, event, with_own


@pytest.fixture
def sender(committing):
    """Within a transaction every batch is asked for before it is stored."""
    return committing


def test_the_first_try_of_a_batch_leaves_no_trace_of_somebody_who_has_refused(sender):
    sender.send(change("eve", consent_given=False))
    before = {model: model.objects.count() for model in (Event, Actor, IdentityLink, PersonTrait, Context)}
    context = {"app": {"version": "9"}, "traits": {"a": 1}}
    sent = event(user="eve", anonymousId="phone", context=context, type="identify")
    bad = {"type": "track", "event": "x" * 5_000, "userId": "eve"}
    (refused, _), _ = sender.send(sent, bad), sender.send(event(user="eve"))
    assert refused.status == "rejected"
    assert {model: model.objects.count() for model in before} == before
    assert list(RefusedEvents.objects.values_list("events", flat=True)) == [2]


def test_a_batch_is_stored_by_one_statement_that_looks_for_refusals_of_its_purposes(sender, monkeypatch):
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
    monkeypatch.setattr(sinks, "AFTER_COMMIT", [])
    EventType.objects.create(workspace=sender.workspace, name="ad_seen", purpose="marketing")
    sender.send(change("eve", marketing=False), event(user="ada"), event("ad_seen", user="ada"))

    def statements(*events):
        with CaptureQueriesContext(connection) as queries:
            sender.send(*events)
        return [" ".join(line for line in query["sql"].splitlines() if line[:2] != "--")[:14] for query in queries]

    alone, asked_first = ["WITH people AS"], ["WITH asked AS ", "WITH people AS"]
    counted = ["WITH asked AS ", "BEGIN", "WITH people AS", "INSERT INTO pr", "COMMIT"]
    assert statements(event(user="eve", n=1), event(user="ada", n=1)) == alone
    # One of whose purposes eve has refused.
    assert statements(event(user="eve", n=2), event("ad_seen", user="eve", n=2)) == [*alone, *counted]
    for number in range(consent.EXPECTED_BATCHES):
        assert statements(event(user="eve", n=number + 3)) == asked_first
    assert statements(event(user="eve", n=100)) == alone
    assert statements(event("ad_seen", user="eve", n=101)) == [*alone, *counted[:2], *counted[3:]]
    assert statements(event("ad_seen", user="eve", n=102), event(user="ada", n=102)) == counted
    for number in range(consent.EXPECTED_BATCHES):
        assert statements(event(user="eve", n=number + 200)) == asked_first
    assert statements(event(user="eve", n=300)) == alone


def test_claims_and_partitions_are_asked_for_before_they_are_written(sender):
    sender.send(change("eve", consent_given=False), event(), {"type": "identify", "userId": "ada"})
    consent.forget()
    new_day = event(user="eve", timestamp="2025-10-05T10:00:00Z")
    said = {"type": "identify", "userId": "eve", "anonymousId": "phone", "traits": {"plan": "free"}}
    for sent in (new_day, said):
        with CaptureQueriesContext(connection) as queries:
            assert sender.statuses(sent) == ["rejected"]
        # Nothing before it, and of what was asked for nothing after it but the daily count.
        said_to_postgres = [query["sql"] for query in queries]
        assert "WITH asked AS" in said_to_postgres[0]
        tables = ("ingestion_context", "ingestion_actor", "CREATE TABLE")
        assert not any(table in statement for table in tables for statement in said_to_postgres)
        consent.forget()


def begun_by(sender, *events):
    """The statements of a batch, by their first words."""
    with CaptureQueriesContext(connection) as queries:
        sender.send(*events)
    return [" ".join(line for line in query["sql"].splitlines() if line[:2] != "--")[:14].strip() for query in queries]


def test_nothing_is_written_before_the_statement_that_looks_for_refusals(sender, monkeypatch):
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
    sender.send(change("eve", consent_given=False), event(), {"type": "identify", "userId": "ada"})
    looked, in_transaction = ["WITH people AS"], ["BEGIN", "WITH people AS", "ROLLBACK"]
    new_context = [event(user="eve", context={"app": {"version": "9"}})]
    traits = [{"type": "identify", "userId": "eve", "traits": {"plan": "free"}}]
    bad = [event(user="eve", timestamp="1990-01-01T00:00:00Z"), event(user="eve")]
    answer = [change(analytics=True), event(user="eve")]
    for sent, before in (
        (new_context, looked),
        (traits, in_transaction),
        (bad, in_transaction),
        (answer, in_transaction),
    ):
        consent.forget()
        statements = begun_by(sender, *sent)
        assert statements[: len(before) + 1] == [*before, "WITH asked AS"]
    for model in (Context, PersonTrait, QuarantinedEvent):
        assert not model.objects.exists()
    assert ConsentRecord.objects.count() == 4


def test_a_batch_in_which_all_say_yes_is_not_asked_for(sender):
    sender.send(event(user="eve", n=1), change("eve", at=NOW - timedelta(hours=1), analytics=True))
    assert begun_by(sender, change("eve", analytics=True), event(user="eve"))[:2] == ["BEGIN", "WITH people AS"]
    own = with_own(consent_given=True) | {"timestamp": NOW.isoformat()}
    assert "WITH asked AS" not in begun_by(sender, own)
    # Nor one of purposes that nobody says no to.
    later = change("eve", at=NOW + timedelta(seconds=1), marketing=False)
    assert begun_by(sender, later, event(user="eve", n=2))[:2] == ["BEGIN", "WITH people AS"]
    later = change("eve", at=NOW + timedelta(seconds=2), analytics=False)
    assert begun_by(sender, event(user="eve", n=3), later)[0] == "WITH asked AS"


def test_a_refusal_counts_at_once_for_the_other_ids_of_its_person(sender):
    sender.send({"type": "identify", "userId": "eve", "anonymousId": "phone"})
    of_phone = {"type": "track", "event": "like_given", "anonymousId": "phone"}
    assert sender.statuses(change("eve", consent_given=False), of_phone) == ["accepted", "rejected"]


def test_a_statement_that_finds_a_refusal_stores_nothing(sender, monkeypatch):
    # Which would have something to write of hours that are over, so that it were not alone.
    monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
    sender.send(event(user="dan"), change("eve", consent_given=False))
    stored = set(Event.objects.values_list("event_id", flat=True))
    consent.forget()
    assert sender.statuses(event(user="eve", n=1)) == ["rejected"]
    assert set(Event.objects.values_list("event_id", flat=True)) == stored
    consent.forget()
    # Somebody new beside: what came before the refusal in the same statement is not there twice.
    assert sender.statuses(event(user="zoe", n=2), event(user="eve", n=2), event("ad_seen", user="dan", n=2)) == [
        "accepted",
        "rejected",
        "accepted",
    ]
    assert Event.objects.count() == len(stored) + 2
    assert Event.objects.filter(actor_id=actor_id_of(sender.workspace.uuid, "eve")).count() == 1
    assert list(RefusedEvents.objects.values_list("events", flat=True)) == [2]
    # Of whom nothing is known but the refusal, as an operator enters it.
    ann = actor_id_of(sender.workspace.uuid, "ann")
    Consent.objects.create(workspace=sender.workspace, actor_id=ann, purpose="analytics", granted=False, decided_at=NOW)
    consent.forget()
    assert sender.statuses(event(user="ann")) == ["rejected"]
    assert not Actor.objects.filter(actor_id=ann).exists()


def test_a_page_of_somebody_who_has_refused_is_not_met(sender):
    sender.send(change("eve", consent_given=False))
    sent = event(user="eve", context={"page": {"url": "https://example.org/eve"}})
    for _ in range(3):
        consent.forget()
        assert sender.statuses(sent) == ["rejected"]
    assert not contexts._pages
