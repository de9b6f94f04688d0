"""The event types of a workspace as the pipeline knows them: compiled once, read again after an edit."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from ingestion import registry
from ingestion.models import EventType, EventTypeVersion
from tests.factories.config import WorkspaceFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory
from tests.servers import ROOT, environment

pytestmark = pytest.mark.django_db


@pytest.fixture
def moment(monkeypatch):
    """The monotonic clock, to be set."""
    state = [0.0]
    monkeypatch.setattr(registry.time, "monotonic", lambda: state[0])
    return state


def types_of(workspace):
    return registry.of_workspace(workspace.pk).types


def later(moment):
    moment[0] += registry.FRESH_SECONDS + 0.1


def test_it_holds_the_types_of_its_workspace_alone():
    row = EventTypeFactory(
        name="like_given", category="economy", counts_as="likes_given", pointers={"object_id": ["/post_id"]}
    )
    EventTypeFactory(name="elsewhere")
    types = types_of(row.workspace)
    assert list(types) == ["like_given"]
    kind = types["like_given"]
    assert (kind.id, kind.kind, kind.category, kind.counts_as) == (row.pk, "track", "economy", "likes_given")
    assert kind.pointers == {"object_id": [["post_id"]]}
    assert (kind.validator, kind.version) == (None, None)


def test_the_highest_active_version_judges():
    row = EventTypeFactory()
    for version, status in [(1, "active"), (2, "active"), (3, "draft"), (4, "retired")]:
        EventTypeVersionFactory(
            event_type=row, version=version, status=status, schema={"required": [f"of version {version}"]}
        )
    kind = types_of(row.workspace)[row.name]
    assert kind.version == 2
    assert [error["message"] for error in kind.errors({})] == ['"of version 2" is a required property']


def test_what_is_known_is_not_asked_again_for_a_while(moment, django_assert_num_queries):
    row = EventTypeFactory()
    types_of(row.workspace)
    with django_assert_num_queries(0):
        types_of(row.workspace)


def test_an_unchanged_registry_is_not_compiled_again(moment):
    row = EventTypeFactory()
    before = registry.of_workspace(row.workspace_id)
    later(moment)
    assert registry.of_workspace(row.workspace_id) is before


def change_category(row):
    row.category = "economy"
    row.save()


def add_a_type(row):
    EventTypeFactory(workspace=row.workspace)


def add_a_version(row):
    EventTypeVersionFactory(event_type=row, version=2)


def retire_the_version(row):
    version = row.versions.get()
    version.status = EventTypeVersion.Status.RETIRED
    version.save()


@pytest.mark.parametrize(
    "edit",
    [
        change_category,
        add_a_type,
        add_a_version,
        retire_the_version,
        EventType.delete,
        lambda row: row.versions.get().delete(),
    ],
)
def test_every_edit_is_seen_within_seconds(edit, moment):
    row = EventTypeVersionFactory().event_type
    before = registry.of_workspace(row.workspace_id)
    workspace_id = row.workspace_id
    edit(row)
    assert registry.of_workspace(workspace_id) is before
    later(moment)
    assert registry.of_workspace(workspace_id).types != before.types


def test_one_schema_that_does_not_compile_stops_no_other_type(caplog):
    row = EventTypeVersionFactory(schema={"type": "nonsense"}).event_type
    sound = EventTypeVersionFactory(event_type__workspace=row.workspace, schema={"required": ["a"]}).event_type
    types = types_of(row.workspace)
    assert (types[row.name].errors({}), types[row.name].version) == ([], None)
    assert len(types[sound.name].errors({})) == 1
    assert row.name in caplog.text


def test_discovered_types_are_recorded_with_kind_and_category():
    workspace = WorkspaceFactory()
    found = registry.discover(workspace.pk, [("b", "screen", "economy"), ("a", "track", "user_action")])
    rows = EventType.objects.filter(workspace=workspace).values_list("name", "kind", "category", "discovered")
    assert list(rows) == [("a", "track", "user_action", True), ("b", "screen", "economy", True)]
    assert sorted(found.types) == ["a", "b"]
    assert found.discovered == 2


def test_discovering_what_is_there_changes_nothing():
    row = EventTypeFactory(category="economy")
    registry.discover(row.workspace_id, [(row.name, "track", "user_action")])
    row.refresh_from_db()
    assert (row.category, row.discovered) == ("economy", False)


def test_a_change_that_is_committed_late_with_an_earlier_time_is_seen(moment):
    row = EventTypeFactory()
    EventTypeFactory(workspace=row.workspace)
    before = registry.of_workspace(row.workspace_id)
    earlier = row.updated_at - timedelta(minutes=1)
    EventType.objects.filter(pk=row.pk).update(category="economy", updated_at=earlier)
    later(moment)
    assert registry.of_workspace(row.workspace_id).types != before.types


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_another_process_publishes_checks_events_here(tmp_path, monkeypatch):
    """The other process is a real one: nothing but the database tells this one."""
    row = EventTypeVersionFactory().event_type
    assert types_of(row.workspace)[row.name].version == 1
    version = {"version": 2, "status": "active", "compatibility": "none", "schema": {"required": ["a"]}}
    (tmp_path / "one.json").write_text(json.dumps({"name": row.name, "versions": [version]}))
    command = [sys.executable, "manage.py", "schema", "import", str(tmp_path), "--workspace", row.workspace.slug]
    subprocess.run(command, cwd=ROOT, env=environment(connection), check=True)
    monkeypatch.setattr(registry, "FRESH_SECONDS", 0)
    kind = types_of(row.workspace)[row.name]
    assert kind.version == 2
    assert [error["message"] for error in kind.errors({})] == ['"a" is a required property']
