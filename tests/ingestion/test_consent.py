"""The consent gate: who is let in, what is left of those who are not, and when a change of mind counts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.models import Workspace
from ingestion import consent, contexts, registry, sinks
from ingestion.identity import actor_id_of
from ingestion.models import (
    Actor,
    Context,
    Event,
    EventType,
    EventTypeVersion,
    IdentityLink,
    PersonTrait,
    QuarantinedEvent,
    Source,
)
from privacy.models import Consent, ConsentRecord, RefusedEvents
from tests.factories.ingestion import SourceFactory
from tests.ingestion.conftest import NOW, Sender, event


def change(user="ada", *, at=NOW, **answers):
    return event("user_consent_update", user, properties=answers, timestamp=at.isoformat())


def with_own(user="ada", **privacy):
    return {"event_name": "post_created", "user_id": user, "privacy": privacy}


def by_manager(preferences, user="ada"):
    return event(user=user, context={"consent": {"categoryPreferences": preferences}})


@pytest.fixture
def sender(committing):
    """Within a transaction every batch is asked for before it is stored."""
    return committing


@pytest.fixture
def strict(sender):
    """The sender's workspace asks for consent first."""
    Workspace.objects.filter(pk=sender.workspace.pk).update(consent_policy=Workspace.ConsentPolicy.REQUIRED)
    sender.source.refresh_from_db()
    return sender


def test_without_any_answer_the_policy_of_the_workspace_decides(sender):
    assert sender.statuses(event()) == ["accepted"]


def test_without_any_answer_a_strict_policy_refuses(strict):
    assert strict.statuses(event()) == ["rejected"]


def test_a_refused_event_leaves_nothing_but_a_daily_count(strict):
    sent = event(user="eve", anonymousId="phone", context={"app": {"version": "9"}}, type="identify")
    (result, _, _) = strict.send(sent, event(user="eve"), event(user="eve"))
    assert result.status == "rejected"
    assert "not agreed to analytics" in result.errors[0]["message"]
    for model in (Event, Actor, IdentityLink, Context, QuarantinedEvent, ConsentRecord):
        assert not model.objects.exists(), model
    assert list(RefusedEvents.objects.values_list("workspace", "day", "purpose", "events")) == [
        (strict.workspace.pk, NOW.date(), "analytics", 3)
    ]


def test_a_broken_event_of_somebody_who_refused_leaves_no_trace_in_the_quarantine_either(sender):
    sender.send(change(consent_given=False))
    kind = EventType.objects.create(workspace=sender.workspace, name="rated")
    schema = {"properties": {"stars": {"type": "integer"}}}
    EventTypeVersion.objects.create(event_type=kind, schema=schema, status=EventTypeVersion.Status.ACTIVE)
    registry.forget(sender.workspace.pk)
    sender.source.unknown_types = Source.UnknownTypes.QUARANTINE
    broken = [event("rated", properties={"stars": "many"}), event("nobody_declared_this")]
    assert sender.statuses(*broken) == ["rejected", "rejected"]
    assert not QuarantinedEvent.objects.exists()
    assert sender.statuses(*(one | {"userId": "bob"} for one in broken)) == ["rejected", "rejected"]
    assert QuarantinedEvent.objects.count() == 2


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
    return [query["sql"][:14].strip() for query in queries]


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


def test_refused_events_are_counted_by_day_and_purpose(strict):
    EventType.objects.create(workspace=strict.workspace, name="ad_seen", purpose="marketing")
    strict.send(event(), event("ad_seen"))
    strict.send(event(), event())
    strict.send(event(), at=NOW + timedelta(days=1))
    counted = RefusedEvents.objects.order_by("day", "purpose").values_list("day", "purpose", "events")
    assert list(counted) == [
        (NOW.date(), "analytics", 3),
        (NOW.date(), "marketing", 1),
        (NOW.date() + timedelta(days=1), "analytics", 1),
    ]


@pytest.mark.parametrize(
    ("own", "stored", "required", "taken"),
    [
        (None, None, False, True),
        (None, None, True, False),
        (True, None, True, True),
        (None, True, True, True),
        (False, None, False, False),
        (None, False, False, False),
        (False, True, False, False),
        (True, False, False, False),
        (True, False, True, False),
        (False, True, True, False),
        (True, True, True, True),
    ],
)
def test_the_stricter_of_the_events_own_consent_and_the_stored_one_wins(sender, own, stored, required, taken):
    policy = Workspace.ConsentPolicy.REQUIRED if required else Workspace.ConsentPolicy.IMPLIED
    Workspace.objects.filter(pk=sender.workspace.pk).update(consent_policy=policy)
    sender.source.refresh_from_db()
    if stored is not None:
        sender.send(change(analytics=stored))
    sent = with_own() if own is None else with_own(consent_given=own)
    assert sender.statuses(sent) == ["accepted" if taken else "rejected"]


@pytest.mark.parametrize(
    ("preferences", "taken"),
    [
        ({"analytics": True}, True),
        ({"Performance": True, "Advertising": False}, True),
        ({"Analytics": False}, False),
        ({"analytics": True, "statistics": False}, False),
        ({"marketing": True}, False),
        ({"C0002": True}, False),
        ({}, False),
        ({"analytics": "yes"}, False),
    ],
)
def test_a_consent_managers_categories_stand_for_purposes_and_what_is_missing_is_refused(sender, preferences, taken):
    assert sender.statuses(by_manager(preferences)) == ["accepted" if taken else "rejected"]


@pytest.mark.parametrize("nonsense", [None, [], "all", {"categoryPreferences": None}, {"categoryPreferences": ["a"]}])
def test_a_consent_object_that_says_nothing_leaves_the_stored_consent_to_decide(sender, nonsense):
    assert sender.statuses(event(context={"consent": nonsense})) == ["accepted"]


def test_the_consent_an_event_carries_is_not_kept_in_its_context(sender):
    sender.send(by_manager({"analytics": True}))
    assert sender.stored("context") == [None]


def test_events_of_an_essential_type_and_of_nobody_need_no_consent(strict):
    EventType.objects.create(workspace=strict.workspace, name="password_changed", purpose="essential")
    assert strict.statuses(event("password_changed"), event(user=None)) == ["accepted", "accepted"]


def test_a_change_always_passes_and_counts_for_the_next_event_of_the_same_batch(strict):
    sent = [
        event(),
        change(consent_given=True),
        event(),
        change(analytics=False, at=NOW + timedelta(seconds=1)),
        event(),
    ]
    assert strict.statuses(*sent) == ["rejected", "accepted", "accepted", "accepted", "rejected"]


def test_a_change_counts_for_the_next_batch(sender):
    sender.send(change(consent_given=False))
    assert sender.statuses(event(), event(user="bob")) == ["rejected", "accepted"]
    sender.send(change(consent_given=True, at=NOW + timedelta(minutes=1)))
    assert sender.statuses(event()) == ["accepted"]


def test_a_change_passes_a_source_that_puts_unknown_types_aside(sender):
    sender.source.unknown_types = Source.UnknownTypes.QUARANTINE
    consent = {"consent": {"categoryPreferences": {"marketing": True}}}
    assert sender.statuses(event("Segment Consent Preference Updated", context=consent)) == ["accepted"]
    assert sender.statuses(event()) == ["rejected"]
    assert dict(Consent.objects.values_list("purpose", "granted")) == {
        "analytics": False,
        "personalisation": False,
        "marketing": True,
    }


def test_a_change_that_cannot_be_stored_changes_nothing(sender):
    assert sender.statuses(change(analytics=False) | {"timestamp": "1999-01-01T00:00:00Z"}) == ["rejected"]
    assert not Consent.objects.exists()
    assert sender.statuses(event(user="bob")) == ["accepted"]


def test_the_history_keeps_every_answer_with_source_and_policy_version(sender):
    sender.send(change(consent_given=True, source="signup", policy_version="2"))
    sender.send(change(marketing=False, source="settings", policy_version="3", at=NOW + timedelta(minutes=1)))
    history = ConsentRecord.objects.filter(purpose="marketing").order_by("decided_at")
    assert list(history.values_list("granted", "source", "policy_version", "decided_at", "evidence")) == [
        (True, "signup", "2", NOW, "event"),
        (False, "settings", "3", NOW + timedelta(minutes=1), "event"),
    ]
    assert set(history.values_list("event_id", flat=True)) <= set(sender.stored("event_id"))


def test_an_answer_that_comes_late_or_twice_does_not_undo_a_later_one(sender):
    early, late = change(analytics=True, at=NOW - timedelta(hours=1)), change(analytics=False)
    sender.send(late)
    sender.send(early)
    sender.send(early)
    assert ConsentRecord.objects.count() == 2
    assert sender.statuses(event()) == ["rejected"]


def test_of_two_answers_of_one_instant_the_refusal_counts_in_any_order(sender):
    for number, answers in enumerate([(True, False), (False, True)]):
        user = f"user-{number}"
        for answer in answers:
            sender.send(change(user, analytics=answer))
        assert sender.statuses(event(user=user)) == ["rejected"]
        both = [change(f"both-{number}", analytics=answer) for answer in answers]
        assert sender.statuses(*both, event(user=f"both-{number}"))[-1] == "rejected"


def test_an_answer_counts_for_every_id_of_the_person(sender):
    sender.send({"type": "identify", "userId": "ada", "anonymousId": "phone"})
    sender.send({"type": "identify", "userId": "ada", "anonymousId": "laptop"})
    sender.send(
        {"type": "track", "event": "user_consent_update", "anonymousId": "phone", "properties": {"analytics": False}}
    )
    laptop = {"type": "track", "event": "post_view", "anonymousId": "laptop"}
    assert sender.statuses(event(), laptop) == ["rejected", "rejected"]
    both = event(
        "user_consent_update", properties={"analytics": True}, timestamp=(NOW + timedelta(minutes=1)).isoformat()
    )
    assert sender.statuses(both, laptop) == ["accepted", "accepted"]


def test_a_refusal_in_one_workspace_says_nothing_in_another(sender):
    other = Sender(SourceFactory())
    sender.send(change(consent_given=False))
    assert sender.statuses(event()) == ["rejected"]
    assert other.statuses(event()) == ["accepted"]


def test_an_answer_of_another_workspace_under_the_same_actor_is_not_read(sender):
    """Ids of actors hold their workspace, so this cannot happen; the query must not rely on it."""
    other = Sender(SourceFactory())
    Consent.objects.create(
        workspace=other.workspace,
        actor_id=actor_id_of(sender.workspace.uuid, "ada"),
        purpose="analytics",
        granted=False,
        decided_at=NOW,
    )
    assert sender.statuses(event()) == ["accepted"]


def test_answers_of_nobody_are_not_kept(sender):
    assert sender.statuses(change(user=None, analytics=False), event(user=None)) == ["accepted", "accepted"]
    assert not Consent.objects.exists()


def test_hostile_answers_are_text_and_booleans_at_most(sender):
    sent = event("user_consent_update", properties={"analytics": False, "source": "x" * 5000, "policy_version": ["1"]})
    assert sender.statuses(sent) == ["accepted"]
    assert list(ConsentRecord.objects.values_list("source", "policy_version")) == [("x" * 100, "")]


def test_the_gate_asks_once_a_batch_however_large(sender):
    # Twice, so that the source is expected to send again.
    sender.send(event(), change("eve", consent_given=False))
    sender.send(event(), change("eve", consent_given=False))
    counts = []
    for size in (1, 50):
        batch = [event(user=f"user-{n}") for n in range(size)] + [change("eve", consent_given=False), event(user="eve")]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sender.send(*batch)
        counts.append(len(queries))
    assert counts[0] == counts[1]
