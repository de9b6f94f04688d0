"""The life of a version: drafted, published once it fits what was before, retired; other tenants stay as they are."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from ingestion import registry, versions
from ingestion.models import EventTypeVersion
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory

pytestmark = pytest.mark.django_db

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
WIDER = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
OTHER = {"type": "object", "properties": {"b": {"type": "integer"}}}


@pytest.fixture
def kind():
    return EventTypeFactory(name="poll_answered")


def state(kind):
    return list(kind.versions.order_by("version").values_list("version", "status", "major", "compatibility"))


def published(kind, schema=OPEN, **options):
    return versions.publish(versions.draft(kind, schema), **options)


def test_the_first_draft_is_an_open_object_and_later_ones_begin_as_the_newest(kind):
    first = versions.draft(kind)
    assert (first.version, first.status, first.schema) == (1, "draft", {"type": "object", "properties": {}})
    versions.draft(kind, WIDER)
    third = versions.draft(kind)
    assert (third.version, third.schema) == (3, WIDER)


def test_a_compatible_version_stays_in_its_major(kind):
    published(kind)
    second = published(kind, WIDER)
    assert second.published_at is not None
    assert state(kind) == [(1, "active", 1, "backward"), (2, "active", 1, "backward")]


def test_a_breaking_version_is_refused_with_what_breaks(kind):
    published(kind)
    draft = versions.draft(kind, OTHER)
    with pytest.raises(versions.BreaksBefore, match="poll_answered v2 breaks what poll_answered v1") as refused:
        versions.publish(draft)
    assert [str(change) for change in refused.value.details] == ["/a: is gone"]
    assert state(kind)[1] == (2, "draft", 1, "backward")


def test_a_breaking_version_that_is_meant_begins_a_new_major(kind):
    published(kind)
    published(kind, OTHER, new_major=True)
    assert state(kind)[1] == (2, "active", 2, "none")
    assert published(kind, OTHER).major == 2


def test_a_new_major_may_be_begun_without_need(kind):
    published(kind)
    assert published(kind, WIDER, new_major=True).major == 2


def test_a_version_follows_the_last_that_was_published_even_when_it_is_retired(kind):
    published(kind)
    versions.retire(published(kind, OTHER, new_major=True))
    versions.draft(kind, OPEN)
    fourth = versions.draft(kind, WIDER)
    assert versions.before(fourth).version == 2
    assert [str(change) for change in versions.changes_of(fourth)] == ["/a: is new and optional"]


@pytest.mark.parametrize("schema", [{"type": "nope"}, {"$ref": "http://127.0.0.1:1/"}, {"type": "string"}, []])
def test_what_is_no_schema_is_not_published(kind, schema):
    draft = EventTypeVersionFactory(event_type=kind, status="draft", schema=schema)
    with pytest.raises(versions.NotPublished, match="not valid") as refused:
        versions.publish(draft)
    assert refused.value.details
    assert state(kind) == [(1, "draft", 1, "backward")]


def test_only_a_draft_is_published_and_only_an_active_version_retired(kind):
    first = published(kind)
    with pytest.raises(versions.NotPublished, match="only a draft"):
        versions.publish(first)
    versions.retire(first)
    with pytest.raises(versions.NotPublished, match="only an active"):
        versions.retire(first)
    with pytest.raises(versions.NotPublished, match="only a draft"):
        versions.publish(first)


def test_a_draft_below_the_active_version_is_not_published(kind):
    draft = versions.draft(kind)
    published(kind)
    with pytest.raises(versions.NotPublished, match="v2 is active and higher"):
        versions.publish(draft)


def test_events_are_checked_by_what_is_published_last_and_by_the_one_before_when_it_is_retired(
    kind, django_capture_on_commit_callbacks
):
    def judge():
        info = registry.of_workspace(kind.workspace_id).types[kind.name]
        return info.version, [error["message"] for error in info.errors({"a": 5})]

    assert judge() == (None, [])
    with django_capture_on_commit_callbacks(execute=True):
        published(kind)
    assert judge() == (1, ['5 is not of type "string"'])
    with django_capture_on_commit_callbacks(execute=True):
        second = published(kind, OTHER, new_major=True)
    assert judge() == (2, [])
    with django_capture_on_commit_callbacks(execute=True):
        assert versions.retire(second).version == 1
    assert judge() == (1, ['5 is not of type "string"'])
    with django_capture_on_commit_callbacks(execute=True):
        assert versions.retire(kind.versions.get(version=1)) is None
    assert judge() == (None, [])


def test_the_same_type_of_another_workspace_stays_as_it_is(kind):
    other = EventTypeVersionFactory(event_type__name=kind.name, status="draft").event_type
    published(kind)
    versions.retire(published(kind, OTHER, new_major=True))
    assert state(other) == [(1, "draft", 1, "backward")]
    assert EventTypeVersion.objects.count() == 3


def at_once(count, work):
    """What `work` returned or raised in as many threads, each with a connection of its own."""
    ready = Barrier(count)

    def one(_):
        ready.wait()
        try:
            return work()
        except versions.NotPublished as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_people_who_draft_at_once_get_versions_of_their_own():
    kind = EventTypeFactory()
    assert sorted(one.version for one in at_once(4, lambda: versions.draft(kind))) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_people_who_publish_at_once_publish_once():
    kind = EventTypeFactory()
    draft = versions.draft(kind, OPEN)
    found = at_once(4, lambda: versions.publish(draft))
    assert sorted(type(one).__name__ for one in found) == ["EventTypeVersion", *["NotPublished"] * 3]
    assert state(kind) == [(1, "active", 1, "backward")]


@pytest.mark.django_db(transaction=True)
def test_drafts_published_at_once_are_each_compared_with_what_is_published_by_then():
    kind = EventTypeFactory()
    waiting = [versions.draft(kind, schema) for schema in (OPEN, OTHER)]
    found = at_once(2, lambda: versions.publish(waiting.pop()))
    assert sorted(type(one).__name__ for one in found) in (
        ["BreaksBefore", "EventTypeVersion"],
        ["EventTypeVersion", "NotPublished"],
    )
