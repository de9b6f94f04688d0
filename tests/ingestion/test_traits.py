"""Traits: said in any order, the one said last wins, and plain events pay nothing for them."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.models import Role
from ingestion import sinks, traits
from ingestion.identity import actor_id_of
from ingestion.models import Actor, Community, CommunityTrait, PersonTrait
from tests.factories.config import MemberFactory
from tests.factories.ingestion import SourceFactory
from tests.pages import list_url, log_in, url

from .conftest import NOW, Sender, event


def minutes(number):
    return (NOW - timedelta(minutes=60 - number)).isoformat()


def says(values, at=0, user="ada", **more):
    return {"type": "identify", "userId": user, "traits": values, "timestamp": minutes(at)} | more


def group(values, at=0, name="g1", user="ada"):
    return {"type": "group", "userId": user, "groupId": name, "traits": values, "timestamp": minutes(at)}


def of(sender, *ids):
    actors = [actor_id_of(sender.workspace.uuid, one) for one in ids or ("ada",)]
    return {trait.key: trait.value for trait in traits.of_person(sender.workspace.pk, actors)}


def of_group(sender, name="g1"):
    found = traits.of_community(traits.community_uuid(sender.workspace.uuid, name))
    return {trait.key: trait.value for trait in found}


def test_an_identify_states_traits_of_the_person(sender):
    sender.send(says({"plan": "free", "seats": 3, "tags": ["a"], "nested": {"x": None}, "yes": True}))
    assert of(sender) == {"plan": "free", "seats": 3, "tags": ["a"], "nested": {"x": None}, "yes": True}


def test_a_trait_that_is_not_named_again_stays(sender):
    sender.send(says({"plan": "free", "city": "Graz"}))
    sender.send(says({"plan": "pro"}, at=1))
    assert of(sender) == {"plan": "pro", "city": "Graz"}


def test_null_takes_a_trait_back_and_an_older_value_does_not_bring_it_again(sender):
    sender.send(says({"plan": "free"}), says({"plan": None}, at=5))
    sender.send(says({"plan": "pro"}, at=3))
    assert of(sender) == {}


@pytest.mark.parametrize("name", ["user_profile_update"])
def test_a_profile_update_states_its_properties(sender, name):
    properties = {"display_name": "Ada", "fields_updated": ["display_name"]}
    sender.send({"event_name": name, "user_id": "ada", "properties": properties})
    assert of(sender) == {"display_name": "Ada"}


def test_what_a_client_repeats_fills_in_and_never_goes_before_what_was_stated(sender):
    repeated = {"context": {"traits": {"plan": "old", "city": "Graz"}}}
    sender.send(says({"plan": "pro"}, at=1))
    sender.send(event(timestamp=minutes(9)) | repeated)
    assert of(sender) == {"plan": "pro", "city": "Graz"}


def test_traits_of_a_group_are_the_communitys_and_those_in_the_context_the_members(sender):
    sender.send(group({"name": "Readers"}) | {"context": {"traits": {"plan": "pro"}}})
    assert of_group(sender) == {"name": "Readers"}
    assert of(sender) == {"plan": "pro"}
    assert list(Community.objects.values_list("community_id", "workspace")) == [("g1", sender.workspace.pk)]


def test_a_group_call_without_traits_makes_the_community_known(sender):
    sender.send({"type": "group", "userId": "ada", "groupId": "g1"})
    assert (Community.objects.count(), CommunityTrait.objects.count()) == (1, 0)


def test_of_several_ids_of_one_person_the_value_said_last_counts(sender):
    sender.send(says({"plan": "free", "a": 1}, at=1, user="ada"), says({"plan": "pro", "b": 2}, at=2, user="ada-2"))
    assert of(sender, "ada", "ada-2") == {"plan": "pro", "a": 1, "b": 2}
    assert of(sender, "ada") == {"plan": "free", "a": 1}


def test_nobody_has_no_traits(sender):
    sender.send(says({"plan": "free"}, user="undefined"))
    assert not PersonTrait.objects.exists()


def test_an_event_that_is_turned_away_says_nothing(sender):
    sender.send({"type": "identify", "userId": "ada", "traits": {"plan": "x"}, "timestamp": "1999-01-01T00:00:00Z"})
    assert not PersonTrait.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 201, "ip", "ipAddress"])
def test_keys_that_are_too_long_or_addresses_are_no_traits(sender, key):
    assert sender.statuses(says({key: "203.0.113.7", "plan": "free"})) == ["accepted"]
    assert of(sender) == {"plan": "free"}


def test_one_event_states_a_bounded_number_of_traits(sender):
    sender.send(says({f"key-{number}": number for number in range(1_000)}))
    assert PersonTrait.objects.count() == traits.MOST_KEYS


def test_the_same_ids_in_another_workspace_have_traits_of_their_own(sender):
    other = Sender(SourceFactory())
    sender.send(says({"plan": "free"}), group({"name": "Readers"}))
    other.send(says({"plan": "pro"}), group({"name": "Writers"}))
    assert (of(sender), of_group(sender)) == ({"plan": "free"}, {"name": "Readers"})
    assert (of(other), of_group(other)) == ({"plan": "pro"}, {"name": "Writers"})
    actor = actor_id_of(sender.workspace.uuid, "ada")
    assert traits.of_person(other.workspace.pk, [actor]) == []


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_the_order_in_which_traits_come_does_not_matter(db, together):
    messages = [says({"a": 1, "b": 1}, at=1), says({"b": 2, "c": 2}, at=2), says({"a": 3, "c": None}, at=3)]
    messages.append(event(timestamp=minutes(8), context={"traits": {"a": 9, "d": 9}}))
    for order in permutations(messages):
        sender = Sender(SourceFactory())
        for batch in [order] if together else [[message] for message in order]:
            sender.send(*batch)
        assert of(sender) == {"a": 3, "b": 2, "d": 9}, order


SAID = st.builds(
    lambda values, at, stated, number: (
        says(values, at=at, messageId=f"m{number}")
        if stated
        else event(timestamp=minutes(at), messageId=f"m{number}", context={"traits": values})
    ),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, 2, None]), min_size=1),
    # Few instants, so that several fall together.
    st.integers(0, 2),
    st.booleans(),
    st.integers(0, 1_000_000),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_two_orders_of_any_traits_end_the_same(data):
    messages = data.draw(st.lists(SAID, min_size=2, max_size=6, unique_by=lambda message: message["messageId"]))
    # One workspace after the other under one uuid: the ids of the events, which decide between equals, are the same.
    ends = []
    source = SourceFactory()
    for order in (messages, data.draw(st.permutations(messages))):
        PersonTrait.objects.filter(workspace=source.workspace).delete()
        cut = data.draw(st.integers(0, len(order)))
        for batch in (order[:cut], order[cut:]):
            if batch:
                Sender(source).send(*batch)
        ends.append(of(Sender(source)))
    assert ends[0] == ends[1]


class TestStatements:
    @pytest.fixture(autouse=True)
    def _alone(self, monkeypatch):
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        monkeypatch.setattr(sinks, "AFTER_COMMIT", [])

    def asked(self, sender, messages):
        with CaptureQueriesContext(connection) as captured:
            sender.send(*messages)
        return len([query for query in captured if query["sql"] not in {"BEGIN", "COMMIT"}])

    def test_plain_events_ask_nothing_of_traits(self, committing):
        committing.send(event())
        with CaptureQueriesContext(connection) as captured:
            committing.send(*(event(messageId=f"m{number}") for number in range(50)))
        assert not [query for query in captured if "trait" in query["sql"]]

    def test_any_number_of_traits_takes_one_statement_of_people_and_one_of_communities(self, committing):
        committing.send(event(), says({}), group({}))
        plain = self.asked(committing, [event(messageId="m1")])
        few = self.asked(committing, [says({"a": 1}, messageId="m2")])
        many = self.asked(committing, [says({f"k{n}": n, "a": n}, at=n, messageId=f"n{n}") for n in range(50)])
        both = [message for n in range(50) for message in (says({"a": n}, at=n), group({"b": n}, at=n, name=f"g{n}"))]
        assert (few, many, self.asked(committing, both)) == (plain + 1, plain + 1, plain + 2)


class TestAdmin:
    @pytest.fixture
    def member(self, sender):
        sender.send(says({"email": "ada@example.com", "plan": "pro"}), group({"name": "Readers", "seats": 5}))
        return MemberFactory(workspace=sender.workspace, role=Role.ADMIN)

    def colleague(self, member, role):
        return log_in(MemberFactory(workspace=member.workspace, role=role).user)

    @pytest.mark.parametrize(("role", "sees"), [(Role.PRIVACY_OFFICER, True), (Role.COMMUNITY_MANAGER, False)])
    def test_personal_traits_show_to_those_who_may_read_them(self, member, role, sees):
        actor = Actor.objects.get(distinct_id="ada")
        page = self.colleague(member, role).get(url(actor, "change")).content.decode()
        assert "pro" in page
        assert ("ada@example.com" in page) == sees

    def test_a_community_shows_its_traits(self, member):
        client = self.colleague(member, Role.ANALYST)
        address = url(Community.objects.get(), "change")
        assert address in client.get(list_url(Community)).content.decode()
        page = client.get(address).content.decode()
        assert "seats" in page
        assert "Readers" not in page
        assert "Readers" in log_in(member.user).get(url(Community.objects.get(), "change")).content.decode()

    def test_communities_of_others_are_not_there(self, member):
        stranger = log_in(MemberFactory(role=Role.ADMIN).user)
        address = url(Community.objects.get(), "change")
        assert address not in stranger.get(list_url(Community)).content.decode()
        assert stranger.get(address).status_code == 302
        assert self.colleague(member, Role.VIEWER).get(list_url(Community)).status_code == 403
