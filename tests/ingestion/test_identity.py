"""Who acted: computed actors, and links that make several of them one person, in whatever order they come."""

import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise, permutations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import sinks
from ingestion.flags import Flag
from ingestion.identity import actor_id_of, usable
from ingestion.models import Actor, IdentityLink, PersonEvent
from tests.factories.ingestion import SourceFactory

from .conftest import NOW, Sender, event

WORKSPACE = uuid.UUID("11111111-2222-3333-4444-555555555555")


def identify(anonymous, user, **more):
    return {"type": "identify", "anonymousId": anonymous, "userId": user} | more


def alias(previous, user, **more):
    return {"type": "alias", "previousId": previous, "userId": user} | more


def visit(anonymous, **more):
    return {"type": "page", "anonymousId": anonymous} | more


def person_of(sender, distinct_id):
    """The distinct id of whom the readers take the id for; every id in these tests is known as an actor."""
    actor_id = actor_id_of(sender.workspace.uuid, distinct_id)
    link = IdentityLink.objects.filter(actor_id=actor_id).first()
    return Actor.objects.get(actor_id=actor_id if link is None else link.person_id).distinct_id


def people_in_view(sender):
    """{person's distinct id: number of events} as the rollups read them."""
    found = {}
    for person_id in PersonEvent.objects.filter(workspace_id=sender.workspace.pk).values_list("person_id", flat=True):
        name = Actor.objects.get(actor_id=person_id).distinct_id
        found[name] = found.get(name, 0) + 1
    return found


@given(st.uuids(), st.text())
def test_an_actor_is_the_uuid5_of_workspace_and_distinct_id(workspace, distinct_id):
    assert actor_id_of(workspace, distinct_id) == uuid.uuid5(workspace, distinct_id)


@pytest.mark.parametrize(
    "nobody", [None, "", " ", "null", "NULL", "undefined", "0", "anonymous", "None", "NaN", " Unknown "]
)
def test_sloppy_ids_are_no_identity(nobody):
    assert usable(nobody) is None


@pytest.mark.parametrize("somebody", ["1", "00", "-1", "ada", "nullable", "ада"])
def test_other_ids_are(somebody):
    assert usable(somebody) == somebody


def test_the_user_id_goes_before_the_anonymous_id(sender):
    sender.send(
        event(user="ada", anonymousId="v1"), event(user=None, anonymousId="v1"), event(user="0", anonymousId="v2")
    )
    kinds = dict(Actor.objects.values_list("distinct_id", "kind"))
    assert kinds == {"ada": "user", "v1": "anonymous", "v2": "anonymous"}


def test_an_event_without_a_usable_id_is_its_sources_and_nobodys(sender):
    sender.send(event(user="undefined", anonymousId=" "))
    name = f"source:{sender.source.pk}"
    assert list(Actor.objects.values_list("actor_id", "distinct_id", "kind")) == [
        (actor_id_of(sender.workspace.uuid, name), name, "source")
    ]
    assert sender.stored("flags") == [Flag.NO_PERSON]
    assert people_in_view(sender) == {}


def test_ids_that_an_operator_ignores_are_nobodys_from_then_on(sender):
    sender.send(event(user="Guest"))
    sender.workspace.ignored_ids = [" guest", "TEST"]
    sender.send(
        event(user=" GUEST ", messageId="m1"),
        event(user="Test", anonymousId="v1", messageId="m2"),
        event("post_view", properties={"author_id": "guest"}, messageId="m3"),
        identify("test", "ada"),
        alias("guest", "ada"),
    )
    kinds = dict(Actor.objects.values_list("distinct_id", "kind"))
    assert kinds == {"Guest": "user", f"source:{sender.source.pk}": "source", "v1": "anonymous", "ada": "user"}
    assert not IdentityLink.objects.exists()
    assert set(sender.stored("object_author")) == {None}
    other = Sender(SourceFactory())
    other.send(event(user="guest"))
    assert people_in_view(other) == {"guest": 1}


def test_the_same_id_is_somebody_else_in_another_workspace(sender):
    other = Sender(SourceFactory())
    for one in (sender, other):
        one.send(event(user="ada"))
    assert sender.stored("actor_id") != other.stored("actor_id")


def test_events_before_and_after_an_identify_are_the_same_persons(sender):
    sender.send(visit("v1"))
    sender.send(identify("v1", "ada"))
    sender.send(visit("v1", timestamp="2026-03-02T11:00:00Z"), event(user="ada"))
    assert people_in_view(sender) == {"ada": 4}


def test_without_a_link_an_actor_is_its_own_person(sender):
    sender.send(visit("v1"), event(user="ada"))
    assert people_in_view(sender) == {"v1": 1, "ada": 1}


def test_an_event_that_carries_both_ids_makes_no_link(sender):
    sender.send(visit("v1"), event(user="ada", anonymousId="v1"))
    assert people_in_view(sender) == {"v1": 1, "ada": 1}


def test_a_link_names_its_record_and_waits_to_be_reopened(sender):
    sender.send(identify("v1", "ada"), alias("old", "new"))
    links = IdentityLink.objects.order_by("record__evidence").values_list("record__evidence", "reopened", "workspace")
    assert list(links) == [("identify", False, sender.workspace.pk), ("server", False, sender.workspace.pk)]


@pytest.mark.parametrize(
    "message", [identify("v1", None), identify("0", "ada"), identify("ada", "ada"), identify(None, "ada")]
)
def test_an_identify_without_two_different_ids_links_nothing(sender, message):
    sender.send(message)
    assert IdentityLink.objects.count() == 0


@pytest.mark.parametrize("previous", [None, "", "null", "ada"])
def test_an_alias_without_a_usable_previous_id_links_nothing(sender, previous):
    sender.send(alias(previous, "ada"))
    assert IdentityLink.objects.count() == 0


def test_the_same_links_again_change_nothing(sender):
    messages = [identify("v1", "ada"), alias("ada", "ada-new")]
    sender.send(*messages)
    before = list(IdentityLink.objects.values())
    IdentityLink.objects.update(reopened=True)
    for _ in range(3):
        sender.send(*messages, at=NOW + timedelta(hours=1))
    assert list(IdentityLink.objects.values()) == [link | {"reopened": True} for link in before]


def test_an_id_that_has_a_person_keeps_it(sender):
    """Two people at one device: merging them is for an operator to decide."""
    sender.send(identify("v1", "ada", timestamp="2026-03-02T11:00:00Z"))
    sender.send(identify("v1", "bob"))
    assert person_of(sender, "v1") == "ada"
    assert person_of(sender, "bob") == "bob"


def test_two_aliases_in_a_circle_make_one_person(sender):
    sender.send(alias("ada", "bob"), alias("bob", "ada"))
    assert person_of(sender, "ada") == person_of(sender, "bob")
    sender.send(alias("bob", "cy"), alias("cy", "ada"))
    assert len({person_of(sender, name) for name in ("ada", "bob", "cy")}) == 1


def test_an_identify_that_is_turned_away_links_nobody(sender):
    too_early = identify("v1", "ada", timestamp="1999-12-31T23:59:59Z")
    assert sender.statuses(too_early) == ["rejected"]
    assert IdentityLink.objects.count() == 0
    assert Actor.objects.count() == 0
    sender.send(too_early, identify("v1", "bob"))
    assert person_of(sender, "v1") == "bob"


CHAIN = [visit("v1"), identify("v1", "a"), alias("a", "b"), identify("v2", "b")]


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_a_chain_of_links_leads_to_its_end_in_every_order(db, together):
    for order in permutations(CHAIN):
        sender = Sender(SourceFactory())
        for batch in [order] if together else [[message] for message in order]:
            sender.send(*batch)
        assert people_in_view(sender) == {"b": 4}, order


def test_an_id_that_a_server_says_is_two_people_makes_them_one(sender):
    sender.send(alias("a", "x"))
    sender.send(identify("v1", "a"), alias("a", "b"), event(user="x"), event(user="b"))
    assert len({person_of(sender, name) for name in ("v1", "a", "x", "b")}) == 1


@st.composite
def families(draw):
    """Links of which every id has at most one, in any order, cut into batches anywhere: (batches, {id: its end}).

    Ids that nobody claims to have may be anonymous and be linked by an identify.
    """
    ids = [f"id-{number}" for number in range(draw(st.integers(2, 7)))]
    parents = {one: ids[draw(st.integers(0, rank))] for rank, one in enumerate(ids[1:])}
    left_out = draw(st.sets(st.sampled_from(ids[1:])))
    parents = {one: parent for one, parent in parents.items() if one not in left_out}
    ends = {}
    for one in ids:
        ends[one] = ends[parents[one]] if one in parents else one
    devices = {one for one in ids if one not in parents.values() and draw(st.booleans())}
    made = [(identify if one in devices else alias)(one, parent) for one, parent in parents.items()]
    seen = [visit(one) if one in devices else event(user=one) for one in ids]
    messages = draw(st.permutations(made + seen))
    cuts = sorted(draw(st.sets(st.integers(1, len(messages) - 1), max_size=4)))
    edges = [0, *cuts, len(messages)]
    return [messages[start:end] for start, end in pairwise(edges)], ends


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(families())
def test_the_order_of_links_and_the_cuts_between_batches_do_not_matter(family):
    batches, ends = family
    sender = Sender(SourceFactory())
    for batch in batches:
        sender.send(*batch)
    assert {one: person_of(sender, one) for one in ends} == ends


def test_a_long_chain_in_one_batch_is_followed_to_its_end(sender):
    sender.send(*(alias(f"id-{number}", f"id-{number + 1}") for number in range(1_000)))
    assert IdentityLink.objects.values("person_id").distinct().count() == 1
    assert person_of(sender, "id-0") == "id-1000"


def test_two_halves_of_a_chain_sent_at_once_become_whole(committing, monkeypatch):
    """Neither transaction sees what the other has not yet committed, and known actors make nobody wait."""
    committing.send(visit("v1"), event(user="a"), event(user="b"))
    both = threading.Barrier(2)

    def wait_for_the_other():
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=0.5)

    def send(message):
        committing.send(message)
        connection.close()

    monkeypatch.setattr(sinks, "IN_TRANSACTION", [lambda _: wait_for_the_other])
    threads = [threading.Thread(target=send, args=[half]) for half in (identify("v1", "a"), alias("a", "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {person_of(committing, name) for name in ("v1", "a")} == {"b"}
