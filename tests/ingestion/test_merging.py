"""What operators decide of people: join, undo, keep apart; exactly, by right, and in their own workspace."""

import threading
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.models import Role
from ingestion import links, merging, sinks
from ingestion.identity import actor_id_of
from ingestion.models import Actor, IdentityConflict, IdentityLink, MergeRecord, WriteKey
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import SourceFactory
from tests.pages import confirm, list_url, log_in, said, url

from .conftest import NOW, Sender, event


def at(minute):
    return (NOW - timedelta(minutes=60 - minute)).isoformat()


def identify(anonymous, user, minute=0):
    return {"type": "identify", "anonymousId": anonymous, "userId": user, "timestamp": at(minute)}


def alias(previous, user, minute=0):
    return {"type": "alias", "previousId": previous, "userId": user, "timestamp": at(minute)}


def id_of(sender, name):
    return actor_id_of(sender.workspace.uuid, name)


def people(sender):
    known = dict(Actor.objects.filter(workspace=sender.workspace).values_list("actor_id", "distinct_id"))
    rows = IdentityLink.objects.filter(workspace=sender.workspace).values_list("actor_id", "person_id")
    return {known[actor]: known[person] for actor, person in rows}


def state(sender):
    """Everything that says who is whom, but for the records themselves."""
    rows = IdentityConflict.objects.filter(workspace=sender.workspace)
    return people(sender), sorted(rows.values_list("first_id", "second_id", "status"))


def merge(sender, one, other, reason="The same e-mail", by=None):
    return merging.merge(sender.workspace, id_of(sender, one), id_of(sender, other), by=by, reason=reason)


@pytest.fixture
def browser(sender):
    return Sender(sender.source, WriteKey.Scope.CLIENT)


@pytest.fixture
def two(browser):
    """Ada and bob, who have used one device; ada has another."""
    browser.send(identify("v1", "ada", 1), identify("v1", "bob", 2), identify("v2", "ada", 3))
    return browser


@pytest.fixture
def conflict(two):
    return IdentityConflict.objects.get()


def test_a_merge_makes_all_ids_those_of_one_person(two):
    operator = UserFactory()
    record = merge(two, "v2", "bob", by=operator)
    assert people(two) == {"v1": "bob", "v2": "bob", "ada": "bob"}
    assert (record.evidence, record.reason, record.made_by) == ("operator", "The same e-mail", operator)
    assert (record.actor_id, record.into_id) == (id_of(two, "ada"), id_of(two, "bob"))


def test_a_merge_settles_the_conflict_and_its_undo_opens_it_again(two, conflict):
    record = merge(two, "ada", "bob")
    conflict.refresh_from_db()
    assert (conflict.status, conflict.reason) == ("joined", "The same e-mail")
    merging.undo(record, by=None, reason="It was her brother")
    conflict.refresh_from_db()
    assert (conflict.status, conflict.reason, conflict.decided_at) == ("open", "", None)


def test_undoing_a_merge_restores_what_was_before_exactly(two):
    before = state(two)
    record = merge(two, "ada", "bob")
    assert state(two) != before
    merging.undo(record, by=None, reason="Wrong")
    assert state(two) == before
    record.refresh_from_db()
    assert (record.undo_reason, record.undone_at is None) == ("Wrong", False)


def test_undoing_what_an_identify_said_parts_the_device_and_saying_it_again_does_not_join_it(two):
    record = MergeRecord.objects.get(actor_id=id_of(two, "v2"))
    merging.undo(record, by=None, reason="A shared computer")
    assert people(two) == {"v1": "ada"}
    two.send(identify("v2", "ada", 30), identify("v2", "ada", 0))
    assert people(two) == {"v1": "ada"}


def test_undoing_the_first_claim_of_a_device_gives_it_to_the_second(two):
    record = MergeRecord.objects.get(actor_id=id_of(two, "v1"), into_id=id_of(two, "ada"))
    merging.undo(record, by=None, reason="It was never hers")
    assert people(two) == {"v1": "bob", "v2": "ada"}
    assert not IdentityConflict.objects.exists()


def test_a_merge_goes_on_with_ids_that_come_later(two):
    merge(two, "ada", "bob")
    two.send(identify("v3", "ada", 40))
    assert people(two)["v3"] == "bob"


def test_merges_may_be_undone_in_any_order(sender):
    sender.send(*(event(user=name) for name in ("ada", "bob", "cyd")))
    first, second = merge(sender, "ada", "bob"), merge(sender, "bob", "cyd")
    assert people(sender) == {"ada": "cyd", "bob": "cyd"}
    merging.undo(first, by=None, reason="Wrong")
    assert people(sender) == {"bob": "cyd"}
    merging.undo(second, by=None, reason="Wrong")
    assert people(sender) == {}


def test_a_merge_back_and_forth_goes_round_in_no_circle(sender):
    sender.send(event(user="ada"), event(user="bob"))
    merging.undo(merge(sender, "ada", "bob"), by=None, reason="Wrong way round")
    merge(sender, "bob", "ada")
    assert people(sender) == {"bob": "ada"}
    with pytest.raises(merging.Refused, match="same person already"):
        merge(sender, "ada", "bob")


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1_001])
def test_a_reason_is_asked_for(two, reason):
    with pytest.raises(merging.Refused):
        merge(two, "ada", "bob", reason=reason)
    with pytest.raises(merging.Refused):
        merging.undo(MergeRecord.objects.first(), by=None, reason=reason)
    assert people(two) == {"v1": "ada", "v2": "ada"}


def test_nothing_is_undone_twice(two):
    record = merge(two, "ada", "bob")
    merging.undo(record, by=None, reason="Wrong")
    with pytest.raises(merging.Refused, match="already"):
        merging.undo(record, by=None, reason="Wrong")


def test_people_of_two_workspaces_are_never_one(two):
    other = Sender(SourceFactory())
    other.send(event(user="bob"))
    with pytest.raises(merging.Refused, match="no distinct id"):
        merging.merge(two.workspace, id_of(two, "ada"), id_of(other, "bob"), by=None, reason="Same name")
    assert people(other) == {}


def test_a_source_is_nobody(sender):
    sender.send(event(user="ada"), event(user=None))
    source = Actor.objects.get(kind="source")
    with pytest.raises(merging.Refused, match="no distinct id"):
        merging.merge(sender.workspace, id_of(sender, "ada"), source.pk, by=None, reason="Wrong")


def test_a_family_that_is_too_large_is_not_merged(two, monkeypatch):
    monkeypatch.setattr(links, "MOST_IDS", 3)
    with pytest.raises(merging.Refused, match="More than 3 ids"):
        merge(two, "ada", "bob")
    assert not MergeRecord.objects.filter(evidence="operator").exists()


def test_a_conflict_is_joined_or_kept_apart_once(two, conflict):
    merging.keep_apart(conflict, by=None, reason="Sisters")
    conflict.refresh_from_db()
    assert (conflict.status, conflict.reason) == ("apart", "Sisters")
    for decide in (merging.join, merging.keep_apart):
        with pytest.raises(merging.Refused, match="settled already"):
            decide(conflict, by=None, reason="Again")
    assert people(two) == {"v1": "ada", "v2": "ada"}


def test_joining_a_conflict_joins_its_people(two, conflict):
    merging.join(conflict, by=None, reason="The same person")
    assert people(two) == {"v1": "bob", "v2": "bob", "ada": "bob"}
    conflict.refresh_from_db()
    assert conflict.status == "joined"


def test_higher_rooms_are_told_of_people_who_moved(two, monkeypatch):
    heard = []
    monkeypatch.setattr(sinks, "MOVED", [heard.append])
    record = merge(two, "ada", "bob")
    merging.undo(record, by=None, reason="Wrong")
    assert heard == [two.workspace.pk] * 2


DECISIONS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=5)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DECISIONS, st.data())
def test_any_merges_undone_in_any_order_leave_what_was_before(pairs, data):
    sender = Sender(SourceFactory(), WriteKey.Scope.CLIENT)
    sender.send(*(event(user=name) for name in "abcd"), identify("v1", "a", 1), identify("v1", "b", 2))
    sender.send(alias("v2", "c", 3), alias("d", "c", 4))
    before, records = state(sender), []
    for one, other in pairs:
        try:
            records.append(merge(sender, one, other))
        except merging.Refused:
            continue
    for record in data.draw(st.permutations(records)):
        merging.undo(record, by=None, reason="Wrong")
    assert state(sender) == before


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_are_one_after_the_other(committing):
    committing.send(*(event(user=f"u{number}") for number in range(8)))
    barrier = threading.Barrier(4)

    def work(offset):
        barrier.wait()
        for number in range(8):
            one, other = f"u{(number + offset) % 8}", f"u{(number + offset + 1) % 8}"
            try:
                merge(committing, one, other)
            except merging.Refused:
                continue
        connection.close()

    threads = [threading.Thread(target=work, args=[offset]) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = people(committing)
    assert (len(found), len(set(found.values()))) == (7, 1)
    assert not found.keys() & set(found.values())
    assert MergeRecord.objects.count() == 7


class TestAdmin:
    @pytest.fixture
    def member(self, two):
        return MemberFactory(workspace=two.workspace, role=Role.COMMUNITY_MANAGER)

    @pytest.fixture
    def client(self, member):
        return log_in(member.user)

    def test_the_lists_name_ids_as_they_were_sent(self, client, two):
        merge(two, "ada", "bob")
        page = client.get(list_url(MergeRecord)).content.decode()
        assert all(name in page for name in ("ada", "bob", "v1", "v2"))
        found = client.get(list_url(MergeRecord), {"q": "v2"}).context["cl"].queryset
        assert [record.actor_id for record in found] == [id_of(two, "v2")]
        undone = client.get(list_url(MergeRecord), {"state": "undone"}).context["cl"].queryset
        assert list(undone) == []

    def test_undo_asks_for_a_reason_and_says_what_it_did(self, client, two, member):
        record = merge(two, "ada", "bob")
        assert confirm(client, record, "undo", reason="").status_code == 200
        assert people(two)["ada"] == "bob"
        answer = confirm(client, record, "undo", reason="Wrong")
        assert "Undone" in said(answer)[0]
        record.refresh_from_db()
        assert (record.undone_by, record.undo_reason) == (member.user, "Wrong")
        assert "Undone: Wrong" in LogEntry.objects.get().get_change_message()
        assert "Undo this merge?" not in client.get(url(record, "change")).content.decode()

    def test_a_conflict_is_joined_in_a_dialog(self, client, two, conflict):
        assert "Join these two people?" in client.get(url(conflict, "join")).content.decode()
        assert "Joined" in said(confirm(client, conflict, "join", reason="One"))[0]
        assert people(two)["ada"] == "bob"
        assert "settled already" in said(confirm(client, conflict, "keep_apart", reason="Two"))[-1]

    def test_or_kept_apart(self, client, two, conflict):
        assert "Kept apart" in said(confirm(client, conflict, "keep_apart", reason="Two"))[0]
        conflict.refresh_from_db()
        assert conflict.status == "apart"

    def test_a_moderator_looks_and_changes_nothing(self, two, conflict):
        client = log_in(MemberFactory(workspace=two.workspace, role=Role.MODERATOR).user)
        assert "ada" in client.get(list_url(IdentityConflict)).content.decode()
        for row, action in ((conflict, "join"), (conflict, "keep_apart"), (MergeRecord.objects.first(), "undo")):
            assert confirm(client, row, action, reason="Mine").status_code == 403
        conflict.refresh_from_db()
        assert conflict.status == "open"

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
    def test_others_do_not_see_them(self, two, role):
        client = log_in(MemberFactory(workspace=two.workspace, role=role).user)
        assert client.get(list_url(IdentityConflict)).status_code == 403
        assert client.get(list_url(MergeRecord)).status_code == 403

    def test_nor_does_an_admin_of_another_workspace(self, two, conflict):
        stranger = log_in(MemberFactory(role=Role.ADMIN).user)
        assert list(stranger.get(list_url(IdentityConflict)).context["cl"].queryset) == []
        for row, action in ((conflict, "join"), (MergeRecord.objects.first(), "undo")):
            assert confirm(stranger, row, action, reason="Mine").status_code == 403
        assert people(two) == {"v1": "ada", "v2": "ada"}
