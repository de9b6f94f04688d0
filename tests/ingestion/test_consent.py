"""The consent gate: who is let in, what is left of those who are not, and when a change of mind counts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.models import Workspace
from ingestion import registry
from ingestion.identity import actor_id_of
from ingestion.models import (
    Actor,
    Context,
    Event,
    EventType,
    EventTypeVersion,
    IdentityLink,
    QuarantinedEvent,
    Source,
)
from privacy.models import Consent, ConsentRecord, RefusedEvents
from tests.factories.ingestion import SourceFactory
from tests.ingestion.conftest import NOW, Sender, change, event, with_own


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
