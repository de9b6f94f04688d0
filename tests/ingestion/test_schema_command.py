"""manage.py schema: the registry of a workspace in files, there and back, and what is different."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ingestion import catalog, registry, schema_files, versions
from ingestion.models import EventType, EventTypeVersion
from tests.factories.config import WorkspaceFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory

pytestmark = pytest.mark.django_db

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
WIDER = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
OTHER = {"type": "object", "properties": {"b": {"type": "integer"}}}


@pytest.fixture
def workspace():
    return WorkspaceFactory(slug="forum")


@pytest.fixture
def kind(workspace):
    row = EventTypeFactory(workspace=workspace, name="poll_answered", pointers={"object_id": ["/poll_id"]})
    versions.publish(versions.draft(row, OPEN))
    return row


def run(action, folder, workspace, **options):
    """(exit code, answer)"""
    out, code = StringIO(), 0
    try:
        call_command("schema", action, str(folder), workspace=workspace.slug, json=True, stdout=out, **options)
    except SystemExit as ended:
        code = ended.code
    return code, json.loads(out.getvalue())


def write(folder, **fields):
    declared = {"name": "poll_answered"} | fields
    (folder / "poll_answered.json").write_text(json.dumps(declared))


def states(workspace):
    rows = EventTypeVersion.objects.filter(event_type__workspace=workspace).order_by("event_type__name", "version")
    return list(rows.values_list("event_type__name", "version", "status", "major", "compatibility"))


def steps(answer):
    return [f"{step['name']}: {step['what']}" for step in answer["steps"]]


class TestExport:
    def test_a_file_holds_a_type_and_its_versions_sorted(self, workspace, kind, tmp_path):
        assert run("export", tmp_path / "registry", workspace) == (0, {"written": ["poll_answered.json"], "same": 0})
        text = (tmp_path / "registry" / "poll_answered.json").read_text()
        assert text == schema_files.text_of(schema_files.of_workspace(workspace)["poll_answered"])
        assert json.loads(text) == {
            "category": "user_action",
            "counts_as": "",
            "description": "",
            "kind": "track",
            "name": "poll_answered",
            "object_type": "",
            "owner": "",
            "pointers": {"object_id": ["/poll_id"]},
            "purpose": "analytics",
            "versions": [{"compatibility": "backward", "schema": OPEN, "status": "active", "version": 1}],
        }
        keys = [line.split('"')[1] for line in text.splitlines() if line.startswith('  "')]
        assert keys == sorted(keys)
        assert text.endswith("}\n")

    def test_what_is_right_already_is_not_written_again(self, workspace, kind, tmp_path):
        run("export", tmp_path, workspace)
        stamp = (tmp_path / "poll_answered.json").stat().st_mtime_ns
        assert run("export", tmp_path, workspace) == (0, {"written": [], "same": 1})
        assert (tmp_path / "poll_answered.json").stat().st_mtime_ns == stamp

    def test_types_that_were_only_discovered_and_those_of_others_are_left_out(self, workspace, kind, tmp_path):
        EventTypeFactory(workspace=workspace, name="found", discovered=True)
        EventTypeFactory(name="theirs")
        run("export", tmp_path, workspace)
        assert [path.name for path in tmp_path.iterdir()] == ["poll_answered.json"]

    def test_names_that_are_alike_get_files_of_their_own(self, workspace, tmp_path):
        names = [
            "Order Completed",
            "order completed",
            "order/completed",
            "order-completed",
            "../../etc",
            "ä",
            "x" * 200,
        ]
        for name in names:
            EventTypeFactory(workspace=workspace, name=name)
        run("export", tmp_path, workspace)
        files = [path.name for path in tmp_path.iterdir()]
        assert len({name.lower() for name in files}) == len(names)
        assert "order-completed.json" in files
        assert set(schema_files.read_folder(tmp_path)[0]) == set(names)


class TestImport:
    def test_the_shipped_catalogue_goes_out_and_comes_back_the_same(self, workspace, tmp_path):
        catalog.load(workspace)
        run("export", tmp_path, workspace)
        other = WorkspaceFactory()
        code, answer = run("import", tmp_path, other)
        assert (code, answer["errors"]) == (0, [])
        assert schema_files.of_workspace(other) == schema_files.of_workspace(workspace)
        assert run("check", tmp_path, other) == (0, {"differences": [], "faults": [], "errors": []})
        assert run("import", tmp_path, other) == (0, {"dry_run": False, "steps": [], "errors": []})

    def test_a_history_of_majors_and_retired_versions_comes_back_the_same(self, workspace, kind, tmp_path):
        versions.retire(versions.publish(versions.draft(kind, OTHER), new_major=True))
        versions.publish(versions.draft(kind, OPEN), new_major=True)
        versions.publish(versions.draft(kind, WIDER))
        versions.draft(kind, WIDER)
        run("export", tmp_path, workspace)
        other = WorkspaceFactory()
        assert run("import", tmp_path, other)[1]["errors"] == []
        assert states(other) == states(workspace)
        assert run("import", tmp_path, other)[1]["steps"] == []

    def test_a_new_version_in_a_file_is_published_and_checks_events(
        self, workspace, kind, tmp_path, django_capture_on_commit_callbacks
    ):
        assert registry.of_workspace(workspace.pk).types["poll_answered"].version == 1
        first = {"version": 1, "status": "active", "schema": OPEN}
        second = {"version": 2, "status": "active", "schema": WIDER}
        write(tmp_path, owner="Data", pointers=kind.pointers, versions=[second, first])
        with django_capture_on_commit_callbacks(execute=True):
            code, answer = run("import", tmp_path, workspace)
        assert code == 0
        assert steps(answer) == [
            "poll_answered: changed: owner",
            "poll_answered: v2 drafted",
            "poll_answered: v2 published as major 1",
        ]
        assert registry.of_workspace(workspace.pk).types["poll_answered"].version == 2

    def test_a_dry_run_says_the_same_and_does_nothing(self, workspace, kind, tmp_path):
        write(tmp_path, owner="Data", versions=[{"version": 2, "status": "active", "schema": WIDER}])
        code, dry = run("import", tmp_path, workspace, dry_run=True)
        assert (code, dry["dry_run"]) == (0, True)
        kind.refresh_from_db()
        assert (kind.owner, kind.versions.count()) == ("", 1)
        assert run("import", tmp_path, workspace)[1]["steps"] == dry["steps"]
        assert kind.versions.count() == 2

    def test_a_discovered_type_is_declared(self, workspace, tmp_path):
        row = EventTypeFactory(workspace=workspace, name="poll_answered", discovered=True)
        write(tmp_path)
        assert steps(run("import", tmp_path, workspace)[1]) == ["poll_answered: declared; it was discovered"]
        row.refresh_from_db()
        assert not row.discovered

    def test_a_draft_is_changed_and_a_version_retired(self, workspace, kind, tmp_path):
        versions.draft(kind, OPEN)
        listed = [{"version": 1, "status": "retired", "schema": OPEN}, {"version": 2, "schema": WIDER}]
        write(tmp_path, pointers=kind.pointers, versions=listed)
        assert steps(run("import", tmp_path, workspace)[1]) == [
            "poll_answered: v2 changed",
            "poll_answered: v1 retired",
        ]
        assert states(workspace) == [
            ("poll_answered", 1, "retired", 1, "backward"),
            ("poll_answered", 2, "draft", 1, "backward"),
        ]

    def test_a_breaking_version_has_to_say_so(self, workspace, kind, tmp_path):
        second = {"version": 2, "status": "active", "schema": OTHER}
        write(tmp_path, versions=[second])
        code, answer = run("import", tmp_path, workspace)
        assert code == 1
        (error,) = answer["errors"]
        assert "/a: is gone" in error
        assert '"compatibility": "none"' in error
        assert kind.versions.count() == 1
        write(tmp_path, versions=[second | {"compatibility": "none"}])
        assert run("import", tmp_path, workspace)[0] == 0
        assert states(workspace)[1] == ("poll_answered", 2, "active", 2, "none")

    @pytest.mark.parametrize(
        ("version", "message"),
        [
            ({"version": 1, "status": "active", "schema": WIDER}, "with another schema; declare a new version"),
            ({"version": 1, "status": "draft", "schema": OPEN}, "does not become draft again"),
            ({"version": 1, "status": "active", "schema": OPEN, "compatibility": "none"}, "which stays"),
            ({"version": 2, "schema": {"type": "nope"}}, "/type"),
            ({"version": 2, "schema": {"$ref": "file:///etc/passwd"}}, "lies outside"),
        ],
    )
    def test_what_cannot_be_done_is_said_and_nothing_is_done(self, workspace, kind, tmp_path, version, message):
        write(tmp_path, owner="Data", versions=[version])
        (tmp_path / "another.json").write_text('{"name": "another"}')
        code, answer = run("import", tmp_path, workspace)
        assert code == 1
        assert message in answer["errors"][0]
        kind.refresh_from_db()
        assert kind.owner == ""
        assert EventType.objects.count() == 1
        assert states(workspace) == [("poll_answered", 1, "active", 1, "backward")]

    def test_a_retired_version_does_not_come_back(self, workspace, kind, tmp_path):
        versions.retire(kind.versions.get())
        write(tmp_path, versions=[{"version": 1, "status": "active", "schema": OPEN}])
        assert "does not become active again" in run("import", tmp_path, workspace)[1]["errors"][0]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{", "Not JSON"),
            ("[]", "Expected `object`"),
            ("{}", "missing required field `name`"),
            ('{"name": "a", "colour": 1}', "unknown field `colour`"),
            ('{"name": "a", "kind": "nope"}', "kind"),
            ('{"name": "a", "purpose": "fun"}', "purpose"),
            ('{"name": "a", "pointers": {"object_id": ["a"]}}', "pointers"),
            ('{"name": "a", "versions": [{"version": 0, "schema": {}}]}', ">= 1"),
            ('{"name": "a", "versions": [{"version": 1, "schema": {}, "status": "new"}]}', "status"),
            (
                '{"name": "a", "versions": [{"version": 1, "schema": {}}, {"version": 1, "schema": {}}]}',
                "a version stands in it twice",
            ),
            ('{"name": "poll_answered"}', "another file too"),
            ('{"name": "' + "x" * 201 + '"}', "length <= 200"),
            ('{"name": "\\u0000"}', "NUL"),
            ("\udcff", "can't decode"),
        ],
    )
    def test_a_wrong_file_is_named_and_nothing_is_done(self, workspace, tmp_path, text, message):
        write(tmp_path)
        (tmp_path / "wrong.json").write_bytes(text.encode("utf-8", "surrogateescape"))
        code, answer = run("import", tmp_path, workspace)
        assert code == 1
        assert any(message in error for error in answer["errors"])
        assert not EventType.objects.exists()

    def test_the_same_types_of_another_workspace_stay_as_they_are(self, workspace, kind, tmp_path):
        other = EventTypeVersionFactory(event_type__name="poll_answered").event_type
        write(tmp_path, owner="Data", versions=[{"version": 2, "status": "active", "schema": WIDER}])
        run("import", tmp_path, workspace)
        other.refresh_from_db()
        assert (other.owner, other.versions.count()) == ("", 1)


class TestCheck:
    def test_every_difference_is_named(self, workspace, kind, tmp_path):
        run("export", tmp_path, workspace)
        (tmp_path / "new.json").write_text('{"name": "new"}')
        EventTypeFactory(workspace=workspace, name="only_here")
        EventTypeFactory(name="theirs")
        EventTypeFactory(workspace=workspace, name="found", discovered=True)
        kind.owner = "Data"
        kind.save()
        versions.retire(kind.versions.get())
        versions.draft(kind)
        code, answer = run("check", tmp_path, workspace)
        assert code == 1
        assert [f"{one['name']}: {one['what']}" for one in answer["differences"]] == [
            "new: only in the files",
            "only_here: only in the registry",
            "poll_answered: different: owner",
            "poll_answered: v1 different: status",
            "poll_answered: v2 only in the registry",
        ]

    def test_a_breaking_version_in_the_files_is_a_fault_unless_it_says_so(self, workspace, tmp_path):
        listed = [{"version": 1, "status": "active", "schema": OPEN}, {"version": 2, "schema": OTHER}]
        write(tmp_path, versions=listed)
        code, answer = run("check", tmp_path, workspace)
        assert code == 1
        assert answer["faults"] == [{"name": "poll_answered", "what": "v2 breaks v1: /a: is gone"}]
        listed[1]["compatibility"] = "none"
        write(tmp_path, versions=listed)
        assert run("check", tmp_path, workspace)[1]["faults"] == []

    def test_an_invalid_schema_is_a_fault(self, workspace, tmp_path):
        write(tmp_path, versions=[{"version": 1, "schema": {"type": "nope"}}])
        (fault,) = run("check", tmp_path, workspace)[1]["faults"]
        assert fault["what"].startswith("v1 /type: ")

    def test_it_changes_nothing(self, workspace, kind, tmp_path):
        write(tmp_path, owner="Data")
        run("check", tmp_path, workspace)
        kind.refresh_from_db()
        assert kind.owner == ""


def test_it_speaks_in_words_too(workspace, kind, tmp_path, capsys):
    call_command("schema", "export", str(tmp_path), workspace="forum")
    assert "1 files written, 0 were right already" in capsys.readouterr().out
    call_command("schema", "check", str(tmp_path), workspace="forum")
    assert "Files and registry are the same" in capsys.readouterr().out
    write(tmp_path, owner="Data")
    call_command("schema", "import", str(tmp_path), workspace="forum", dry_run=True)
    assert "1 steps, 0 errors (nothing is changed)" in capsys.readouterr().out
    (tmp_path / "wrong.json").write_text("{")
    with pytest.raises(SystemExit):
        call_command("schema", "import", str(tmp_path), workspace="forum")
    assert "wrong.json: Not JSON" in capsys.readouterr().err


def test_a_folder_that_is_not_there_and_an_unknown_workspace_are_refused(workspace, tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("schema", "check", str(tmp_path / "none"), workspace="forum")
    with pytest.raises(CommandError, match="There is no workspace"):
        call_command("schema", "check", str(tmp_path), workspace="none")
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="Not written"):
        call_command("schema", "export", str(tmp_path / "file"), workspace="forum")
