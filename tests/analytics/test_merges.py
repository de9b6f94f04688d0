"""Numbers of people follow merges and undos, for the past as well."""

import pytest

from analytics import realtime
from ingestion import merging
from ingestion.models import MergeRecord, PersonLeft
from tests.analytics.community import at
from tests.analytics.test_engine import contents

FILLS = ("platform_daily",)


@pytest.fixture
def two(community):
    """Ada and bob over some days, on one device, and others beside them."""
    community.happens("user_registered", "ada", at(0, "09:00"))
    community.happens("user_registered", "bob", at(2, "09:00"))
    for day in (0, 1, 4):
        community.happens("post_created", "ada", at(day, "10:00"))
    for day in (2, 4):
        community.happens("post_created", "bob", at(day, "10:10"))
        community.happens("like_given", "cyd", at(day, "11:00"), properties={"author_id": "bob"})
    community.happens("page_view", None, at(6), anonymous_id="device")
    for number, (name, day) in enumerate([("ada", 7), ("bob", 8)]):
        identify = {"type": "identify", "messageId": f"i{number}", "anonymousId": "device", "userId": name}
        community.store([identify | {"timestamp": at(day).isoformat()}], at(day))
    community.fill()
    return community


def merge(community, one, other):
    ids = community.person(one), community.person(other)
    return merging.merge(community.workspace, *ids, by=None, reason="The same person")


def test_a_merge_counts_two_people_as_one_and_its_undo_counts_them_as_before(two):
    before = contents(two)
    assert [two.metric("dau", day).value for day in (0, 2, 4)] == [1, 2, 3]
    record = merge(two, "ada", "bob")
    two.fill()
    assert [two.metric("dau", day).value for day in (0, 2, 4)] == [1, 2, 2]
    assert two.metric("total_users", 8).value == 2
    assert two.activity("ada", 0) is None
    assert (two.activity("bob", 0).posts_created, two.activity("bob", 4).posts_created) == (1, 2)
    assert two.activity("bob", 4).sessions == 1
    merging.undo(record, by=None, reason="Wrong")
    two.fill()
    assert contents(two) == before
    assert not PersonLeft.objects.exists()


def test_the_same_people_merged_before_their_events_are_counted_end_the_same(two):
    merge(two, "ada", "bob")
    merging.undo(merge(two, "cyd", "bob"), by=None, reason="Wrong")
    two.fill()
    once = contents(two)
    for record in MergeRecord.objects.filter(evidence="operator", undone_at=None):
        merging.undo(record, by=None, reason="To do it again")
    two.fill()
    merge(two, "ada", "bob")
    two.fill()
    assert contents(two) == once


def test_a_device_that_changes_hands_takes_its_days_along(two):
    assert two.activity("ada", 6).events == 1
    record = MergeRecord.objects.get(actor_id=two.person("device"), into_id=two.person("ada"))
    merging.undo(record, by=None, reason="It was never hers")
    two.fill()
    assert two.activity("ada", 6) is None
    assert two.activity("bob", 6).events == 1


def test_an_author_keeps_the_likes_of_both(two):
    merge(two, "bob", "ada")
    two.fill()
    assert (two.activity("ada", 2).likes_received, two.activity("bob", 2)) == (1, None)


def test_the_live_counters_are_built_again(two, django_capture_on_commit_callbacks):
    realtime.rebuild(two.workspace)
    assert not realtime.is_stale(two.workspace)
    with django_capture_on_commit_callbacks(execute=True):
        merge(two, "ada", "bob")
    assert realtime.is_stale(two.workspace)
