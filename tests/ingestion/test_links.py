"""Claims that events make: kept with their provenance, settled in any order, disputed where two people are known."""

import random
import threading
from contextlib import suppress
from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import links, merging, sinks
from ingestion.identity import actor_id_of
from ingestion.models import Actor, IdentityConflict, IdentityLink, MergeRecord, PersonLeft, WriteKey
from ingestion.settling import Claim, settle
from tests.factories.ingestion import SourceFactory

from .conftest import NOW, Sender, event


def at(minute):
    return (NOW - timedelta(minutes=60 - minute)).isoformat()


def identify(anonymous, user, minute=0):
    return {"type": "identify", "anonymousId": anonymous, "userId": user, "timestamp": at(minute)}


def alias(previous, user, minute=0):
    return {"type": "alias", "previousId": previous, "userId": user, "timestamp": at(minute)}


def visit(anonymous):
    return {"type": "page", "anonymousId": anonymous, "timestamp": at(0)}


def names(sender):
    return dict(Actor.objects.filter(workspace=sender.workspace).values_list("actor_id", "distinct_id"))


def people(sender):
    """{distinct id: that of its person} of all linked ids of the workspace."""
    known = names(sender)
    rows = IdentityLink.objects.filter(workspace=sender.workspace).values_list("actor_id", "person_id")
    return {known[actor]: known[person] for actor, person in rows}


def conflicts(sender):
    known = names(sender)
    rows = IdentityConflict.objects.filter(workspace=sender.workspace)
    return {(frozenset({known[row.first_id], known[row.second_id]}), row.status) for row in rows}


def pair(*ids, status="open"):
    return frozenset(ids), status


@pytest.fixture
def browser(sender):
    """The same source by a key that anybody may read."""
    return Sender(sender.source, WriteKey.Scope.CLIENT)


def test_a_claim_is_kept_with_the_event_that_said_it_first(browser):
    (late,) = browser.send(identify("v1", "ada", 30))
    (early,) = browser.send(identify("v1", "ada", 10))
    browser.send(identify("v1", "ada", 50))
    record = MergeRecord.objects.get()
    assert (record.event_id, record.occurred_at.isoformat()) == (early.event_id, at(10))
    assert (record.source, record.evidence, record.made_by) == (browser.source, "identify", None)
    assert IdentityLink.objects.get().record == record
    assert late.event_id != early.event_id


@pytest.mark.parametrize(("scope", "evidence"), [("client", "alias"), ("server", "server")])
def test_an_alias_counts_by_the_key_it_came_with(sender, scope, evidence):
    Sender(sender.source, scope).send(alias("old", "ada"))
    assert MergeRecord.objects.get().evidence == evidence


def test_a_device_of_two_people_stays_with_the_first_and_asks_an_operator(browser):
    browser.send(identify("v1", "ada", 1), identify("v1", "bob", 2))
    assert people(browser) == {"v1": "ada"}
    assert conflicts(browser) == {pair("ada", "bob")}


def test_a_client_cannot_join_two_people_who_are_known(browser):
    browser.send(event(user="ada"), event(user="bob"))
    browser.send(alias("ada", "bob"))
    assert people(browser) == {}
    assert conflicts(browser) == {pair("ada", "bob")}


def test_a_client_cannot_claim_somebody_who_becomes_known_later(browser):
    browser.send(alias("10001", "mallory"))
    assert people(browser) == {"10001": "mallory"}
    browser.send(event(user="10001"))
    assert people(browser) == {}
    assert conflicts(browser) == {pair("10001", "mallory")}


def test_nor_by_sending_the_id_as_an_anonymous_one_first(browser):
    browser.send(visit("10001"))
    browser.send(event(user="10001"))
    assert Actor.objects.get(distinct_id="10001").kind == "user"
    browser.send(alias("10001", "mallory"))
    assert people(browser) == {}


def test_a_server_key_joins_two_people_who_are_known(sender, browser):
    browser.send(event(user="ada"), event(user="bob"), alias("ada", "bob"))
    sender.send(alias("ada", "bob"))
    assert people(sender) == {"ada": "bob"}
    assert conflicts(sender) == set()


def test_an_identify_by_a_server_key_does_not_join_them(sender):
    """Servers pass on the anonymous ids of browsers that several people use."""
    sender.send(identify("v1", "ada", 1), identify("v1", "bob", 2))
    assert people(sender) == {"v1": "ada"}


def test_an_earlier_claim_that_comes_late_takes_the_device_back(browser):
    browser.send(identify("v1", "bob", 20))
    IdentityLink.objects.update(reopened=True)
    browser.send(identify("v1", "ada", 10))
    assert people(browser) == {"v1": "ada"}
    assert not IdentityLink.objects.get().reopened
    bob = actor_id_of(browser.workspace.uuid, "bob")
    assert list(PersonLeft.objects.values_list("workspace", "person_id")) == [(browser.workspace.pk, bob)]


def test_the_same_claims_again_change_nothing(browser):
    messages = [identify("v1", "ada", 1), identify("v1", "bob", 2), alias("ada", "cyd", 3)]
    browser.send(*messages)
    before = [list(model.objects.order_by("pk").values()) for model in (MergeRecord, IdentityLink, IdentityConflict)]
    for minute in (10, 20):
        browser.send(*(message | {"timestamp": at(minute)} for message in messages))
    after = [list(model.objects.order_by("pk").values()) for model in (MergeRecord, IdentityLink, IdentityConflict)]
    assert before == after


def test_a_pair_that_an_operator_kept_apart_is_not_asked_about_again(browser):
    browser.send(identify("v1", "ada", 1), identify("v1", "bob", 2))
    IdentityConflict.objects.update(status="apart")
    browser.send(identify("v2", "bob", 3), identify("v2", "ada", 4))
    assert conflicts(browser) == {pair("ada", "bob", status="apart")}


def test_claims_of_another_workspace_are_somebody_elses(browser):
    other = Sender(SourceFactory(), WriteKey.Scope.CLIENT)
    browser.send(identify("v1", "ada", 1), identify("v1", "bob", 2))
    other.send(identify("v1", "bob", 1), identify("v1", "cyd", 2))
    assert (people(browser), people(other)) == ({"v1": "ada"}, {"v1": "bob"})
    assert (conflicts(browser), conflicts(other)) == ({pair("ada", "bob")}, {pair("bob", "cyd")})


def test_a_family_that_is_too_large_is_left_as_it_is_and_harms_no_other(browser, monkeypatch, caplog):
    monkeypatch.setattr(links, "MOST_IDS", 10)
    browser.send(*(identify(f"v{number}", "crowd", number) for number in range(8)))
    before = people(browser)
    browser.send(*(identify(f"w{number}", "crowd", number) for number in range(5)), identify("v-ada", "ada"))
    assert people(browser) == before | {"v-ada": "ada"} | {
        name: "crowd" for name in people(browser) if name.startswith("w")
    }
    browser.send(identify("w-last", "crowd"))
    assert "w-last" not in people(browser)
    assert "claim to be one person" in caplog.text


STORY = [identify("v1", "ada", 1), identify("v1", "bob", 2), alias("v2", "bob", 3), event(user="v2", timestamp=at(4))]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_a_story_ends_the_same_in_every_order(db, together):
    for order in permutations(STORY):
        sender = Sender(SourceFactory(), WriteKey.Scope.CLIENT)
        for batch in [order] if together else [[message] for message in order]:
            sender.send(*batch)
        assert people(sender) == {"v1": "ada"}, order
        assert conflicts(sender) == {pair("ada", "bob"), pair("v2", "bob")}, order


IDS = ["v1", "v2", "ada", "bob", "cyd"]


@st.composite
def messages(draw):
    """What clients and a server say of five ids, as (scope, message)."""
    found = []
    for minute in range(draw(st.integers(2, 7))):
        one, other = draw(st.sampled_from(IDS)), draw(st.sampled_from(IDS))
        scope = draw(st.sampled_from(["client", "client", "server"]))
        made = draw(
            st.sampled_from(
                [identify(one, other, minute), alias(one, other, minute), event(user=one, timestamp=at(minute))]
            )
        )
        found.append((scope, made))
    return found, draw(st.permutations(found))


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages())
def test_any_two_orders_of_any_messages_end_the_same(orders):
    ends = []
    for order in orders:
        source = SourceFactory()
        for scope, message in order:
            Sender(source, scope).send(message)
        sender = Sender(source)
        kinds = dict(Actor.objects.filter(workspace=source.workspace).values_list("distinct_id", "kind"))
        ends.append((people(sender), conflicts(sender), kinds))
    assert ends[0] == ends[1]


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_link_that_leads_to_a_link(committing):
    def send(offset):
        sender = Sender(committing.source)
        for number in range(offset, offset + 12):
            sender.send(alias(f"id-{number % 15}", f"id-{(number + 1) % 15}", number))
        connection.close()

    threads = [threading.Thread(target=send, args=[offset]) for offset in (0, 3, 6, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = people(committing)
    assert len(found) == 14
    assert not found.keys() & set(found.values())
    assert len(set(found.values())) == 1


def settled_anew(workspace):
    """The links that all records make when they are settled at once."""
    claims = [
        Claim(one.pk, one.actor_id, one.into_id, one.evidence, one.occurred_at, one.event_id)
        for one in MergeRecord.objects.filter(workspace=workspace, undone_at=None)
    ]
    users = set(Actor.objects.filter(workspace=workspace, kind="user").values_list("actor_id", flat=True))
    return settle(claims, users)


def assert_settled(workspace):
    found = settled_anew(workspace)
    rows = IdentityLink.objects.filter(workspace=workspace)
    assert dict(rows.values_list("actor_id", "person_id")) == found.people
    open_ones = IdentityConflict.objects.filter(workspace=workspace, status="open")
    apart = IdentityConflict.objects.filter(workspace=workspace, status="apart")
    pairs = {tuple(pair) for pair in open_ones.values_list("first_id", "second_id")}
    assert pairs == found.disputed.keys() - {tuple(pair) for pair in apart.values_list("first_id", "second_id")}


@pytest.mark.django_db(transaction=True)
def test_senders_and_operators_at_once_leave_what_their_claims_make(committing):
    """Whatever comes in between: events that make ids known, claims, merges and undos."""
    committing.send(*(event(user=f"id-{number}") for number in range(0, 10, 2)))

    def send(seed):
        chance = random.Random(seed)
        for step in range(14):
            sender = Sender(committing.source, chance.choice(["client", "client", "server"]))
            one, other = chance.sample([f"id-{number}" for number in range(10)], 2)
            made = chance.choice([identify, alias, lambda user, _, minute: event(user=user, timestamp=at(minute))])
            sender.send(made(one, other, step))
        connection.close()

    def decide(seed):
        chance = random.Random(seed)
        for _ in range(8):
            ids = [
                actor_id_of(committing.workspace.uuid, f"id-{number}") for number in chance.sample(range(0, 10, 2), 2)
            ]
            with suppress(merging.Refused):
                merging.merge(committing.workspace, *ids, by=None, reason="The same person")
            record = MergeRecord.objects.filter(undone_at=None).order_by("id").first()
            if record is not None:
                with suppress(merging.Refused):
                    merging.undo(record, by=None, reason="Wrong")
        connection.close()

    threads = [threading.Thread(target=send, args=[seed]) for seed in range(4)]
    threads += [threading.Thread(target=decide, args=[seed]) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_settled(committing.workspace)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seen_before", [False, True])
@pytest.mark.parametrize("first", ["event", "claim"])
def test_a_claim_and_the_first_act_of_its_id_at_once_do_not_miss_each_other(
    committing, monkeypatch, first, seen_before
):
    """Neither transaction sees what the other has not yet committed."""
    browser = Sender(committing.source, WriteKey.Scope.CLIENT)
    browser.send(event(user="mallory"), *([visit("victim")] if seen_before else []))
    stored, other_waits = threading.Event(), threading.Event()

    def hold():
        if threading.current_thread().name == "first":
            stored.set()
            other_waits.wait(timeout=1)

    messages = {"event": event(user="victim"), "claim": alias("victim", "mallory")}

    def send_first():
        browser.send(messages.pop(first))
        connection.close()

    def send_second():
        stored.wait(timeout=5)
        browser.send(*messages.values())
        other_waits.set()
        connection.close()

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [lambda _: hold])
    threads = [threading.Thread(target=send_first, name="first"), threading.Thread(target=send_second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert people(browser) == {}
    assert conflicts(browser) == {pair("victim", "mallory")}
