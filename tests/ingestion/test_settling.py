"""Who is whom, as a function of what was said: known answers, and laws for any set of claims in any order."""

import uuid
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingestion.settling import STRONG, Claim, settle

from .conftest import NOW

IDS = {name: uuid.uuid5(uuid.NAMESPACE_OID, name) for name in ("v1", "v2", "v3", "ada", "bob", "cyd", "dan")}
NAMES = {value: name for name, value in IDS.items()}
KNOWN = {"ada", "bob", "cyd", "dan"}


def said(one, other, evidence="identify", at=0):
    record = uuid.uuid5(uuid.NAMESPACE_URL, f"{one} {other} {evidence} {at}")
    return Claim(record, IDS[one], IDS[other], evidence, NOW + timedelta(minutes=at), record)


def people(*claims, known=KNOWN):
    found = settle(claims, {IDS[name] for name in known})
    return {NAMES[one]: NAMES[person] for one, person in found.people.items()}


def disputed(*claims):
    found = settle(claims, {IDS[name] for name in KNOWN})
    return {frozenset(NAMES[one] for one in pair) for pair in found.disputed}


def test_a_device_is_the_user_it_is_identified_with():
    assert people(said("v1", "ada"), said("v2", "ada")) == {"v1": "ada", "v2": "ada"}


def test_a_device_of_two_belongs_to_whoever_was_first_and_the_two_are_disputed():
    claims = said("v1", "ada", at=1), said("v1", "bob", at=2)
    assert people(*claims) == {"v1": "ada"}
    assert disputed(*claims) == {frozenset({"ada", "bob"})}
    assert settle(claims, {IDS[name] for name in KNOWN}).disputed.popitem()[1] == claims[1].record_id


def test_an_alias_of_an_unknown_id_joins_and_of_a_known_one_is_disputed():
    assert people(said("v1", "ada", "alias")) == {"v1": "ada"}
    assert people(said("bob", "ada", "alias")) == {}
    assert disputed(said("bob", "ada", "alias")) == {frozenset({"ada", "bob"})}
    assert people(said("bob", "ada", "alias"), known={"ada"}) == {"bob": "ada"}


def test_a_server_and_an_operator_join_two_known_people():
    for evidence in STRONG:
        assert people(said("bob", "ada", evidence), said("v1", "bob")) == {"bob": "ada", "v1": "ada"}
        assert disputed(said("bob", "ada", evidence), said("v1", "bob"), said("v1", "ada")) == set()


def test_what_a_server_says_goes_before_what_was_said_earlier_by_a_client():
    assert people(said("v1", "ada", at=1), said("v1", "bob", "server", at=9)) == {"v1": "bob"}


def test_two_people_without_a_user_id_are_joined_by_whoever_says_so():
    assert people(said("v1", "v2"), said("v2", "v3"), known=()) == {"v1": "v3", "v2": "v3"}


def test_an_operator_chooses_who_stands_for_the_person():
    ties = said("v1", "ada", "server", at=1), said("v1", "bob", "server", at=2), said("ada", "cyd", "operator", at=3)
    assert set(people(*ties).values()) == {"cyd"}


CLAIMS = st.lists(
    st.builds(
        said,
        st.sampled_from(sorted(IDS)),
        st.sampled_from(sorted(IDS)),
        st.sampled_from(["identify", "alias", "server", "operator"]),
        st.integers(0, 3),
    ).filter(lambda claim: claim.actor_id != claim.into_id),
    max_size=12,
    unique_by=lambda claim: claim.record_id,
)
USERS = st.sets(st.sampled_from(sorted(IDS)))


def as_sets(settled):
    return settled.people, settled.records, settled.disputed


@given(CLAIMS, USERS, st.randoms())
def test_the_order_of_claims_does_not_matter(claims, known, chance):
    users = {IDS[name] for name in known}
    shuffled = chance.sample(claims, len(claims))
    assert as_sets(settle(shuffled, users)) == as_sets(settle(claims, users))


@given(CLAIMS, USERS)
def test_nobody_is_linked_to_somebody_who_is_linked(claims, known):
    found = settle(claims, {IDS[name] for name in known}).people
    assert not found.keys() & set(found.values())


@given(CLAIMS, USERS)
def test_known_people_are_joined_by_strong_claims_alone(claims, known):
    users = {IDS[name] for name in known}
    strong = [claim for claim in claims if claim.evidence in STRONG]

    def together(some):
        links = settle(some, users).people
        return {(one, other) for one in users for other in users if links.get(one, one) == links.get(other, other)}

    assert together(claims) == together(strong)


@given(CLAIMS, USERS)
def test_every_disputed_pair_is_of_two_people_with_a_known_id_each(claims, known):
    users = {IDS[name] for name in known}
    found = settle(claims, users)
    known_people = {found.people.get(one, one) for one in users}
    for one, other in found.disputed:
        assert one.int < other.int
        assert {one, other} <= known_people
        assert not {one, other} & found.people.keys()
