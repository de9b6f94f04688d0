"""The generated pages say what the code says, and everything that is declared is explained."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from analytics import dashboards, reference
from analytics.metrics import METRICS, SOURCES
from analytics.rollups.rollup import ROLLUPS
from config import health
from config.lib.schedules import SCHEDULES
from ingestion import catalog
from ingestion.models import CountsAs, QuarantinedEvent
from ingestion.remedies import REMEDIES

from .conftest import ROOT

TYPES = [(system, entry) for system in catalog.SYSTEMS for entry in catalog.declared(system)]


def test_the_generated_pages_are_not_out_of_date(capsys):
    call_command("reference", check=True)
    assert "All pages" in capsys.readouterr().out


def test_a_stale_page_is_named_and_left_alone(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "docs" / "reference"
    folder.mkdir(parents=True)
    call_command("reference")
    (folder / "metrics.md").write_text("old")
    (folder / "rollups.md").unlink()
    with pytest.raises(CommandError, match=r"metrics\.md, rollups\.md\. Run"):
        call_command("reference", check=True)
    assert (folder / "metrics.md").read_text() == "old"
    call_command("reference")
    assert (folder / "metrics.md").read_text() == reference.metrics_page()
    call_command("reference", check=True)


def test_every_metric_is_defined():
    assert [m.key for m in METRICS if not (m.title and m.unit and m.definition.endswith("."))] == []


def test_every_metric_reads_columns_that_are_there():
    columns = {rollup.key: {f.column for f in reference.columns_of(rollup.model)} for rollup in ROLLUPS}
    columns |= {key: source.columns for key, source in SOURCES.items()}
    assert {m.key: m.columns - columns[m.rollup] for m in METRICS if m.columns - columns[m.rollup]} == {}


def test_every_dashboard_shows_metrics_that_are_there():
    assert all(board.title and board.metrics for board in dashboards.DASHBOARDS)


@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.key)
def test_every_rollup_is_described_and_so_is_each_of_its_columns(rollup):
    model = rollup.model
    assert rollup.title
    assert model.__doc__.strip()
    assert 0 < rollup.late_hours < rollup.broken_hours
    assert [field.column for field in reference.columns_of(model) if not reference.meaning_of(field)] == []


def test_every_column_meaning_is_of_a_column():
    used = {f.column for rollup in ROLLUPS for f in reference.columns_of(rollup.model)}
    assert set(reference.COLUMNS) - used == set()


def test_every_schedule_says_what_it_does():
    assert [
        s.key for s in SCHEDULES if not s.description.endswith(".") or bool(s.crontab) == bool(s.every_seconds)
    ] == []


def test_every_shipped_event_type_and_property_is_described():
    bare = [f"{system}: {entry['name']}" for system, entry in TYPES if not entry["description"].endswith(".")]
    for system, entry in TYPES:
        properties = entry["schema"]["properties"]
        bare += [f"{system}: {entry['name']}.{name}" for name, p in properties.items() if not p.get("description")]
    bare += [entry["name"] for entry in catalog.KINDS if not entry["description"].endswith(".")]
    assert bare == []


def test_everything_that_counts_has_a_name():
    assert [count for count in CountsAs if not count.label] == []


def test_every_quarantine_reason_has_a_meaning_and_a_remedy():
    assert [reason for reason in QuarantinedEvent.Reason if not reason.label] == []
    assert set(REMEDIES) == set(QuarantinedEvent.Reason)
    assert [reason for reason, remedy in REMEDIES.items() if not remedy.endswith(".")] == []


def test_every_readiness_check_has_a_runbook():
    assert [name for name in health.CHECKS if not (ROOT / "docs" / "runbooks" / f"{name}.md").is_file()] == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": ["string", "null"]}, "string"),
        ({"type": ["string", "integer", "null"]}, "string or integer"),
        ({"type": "integer", "minimum": 1, "maximum": 10}, "integer, 1 to 10"),
        ({"type": "number", "minimum": 0}, "number, at least 0"),
        ({"type": "number", "maximum": 5}, "number, at most 5"),
        ({"type": ["array", "null"], "items": {"type": "string"}}, "array of string"),
        ({"type": ["string", "null"], "enum": ["a", "b", None]}, "`a`, `b`"),
    ],
)
def test_what_a_property_may_be_stands_in_words(schema, words):
    assert reference.allowed(schema) == words


def test_a_bar_in_a_text_does_not_end_its_cell():
    assert reference.table(["a"], [["x | y\nz"]]).splitlines()[-1] == r"| x \| y z |"
