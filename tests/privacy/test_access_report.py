"""The access log summed up: who read what how often, in their own workspace alone."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories.config import WorkspaceFactory
from tests.factories.privacy import AccessRecordFactory

pytestmark = pytest.mark.django_db
DAYS = ("--from", "2026-03-02", "--to", "2026-03-03")


@pytest.fixture
def workspace():
    """In Berlin, where 2 March begins an hour before midnight UTC."""
    workspace = WorkspaceFactory(time_zone="Europe/Berlin")
    reads = [
        ("ada@example.com", "/api/exports/events", 200, 500, (1, 23)),
        ("ada@example.com", "/api/exports/events", 403, 0, (2, 9)),
        ("ada@example.com", "/api/exports/events", 200, 20, (3, 22)),
        ("bob@example.com", "/api/metrics/query", 304, 0, (2, 12)),
        # The day before, the day after.
        ("bob@example.com", "/api/metrics/query", 200, 7, (1, 22)),
        ("bob@example.com", "/api/metrics/query", 200, 7, (3, 23)),
    ]
    for who, path, status, rows, (day, hour) in reads:
        at = datetime(2026, 3, day, hour, tzinfo=UTC)
        AccessRecordFactory(workspace=workspace, who=who, path=path, status=status, rows=rows, at=at)
    AccessRecordFactory(who="eve@example.com", at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    return workspace


def told(workspace, *words):
    out = StringIO()
    call_command("access_report", "--workspace", workspace.slug, *words, stdout=out)
    return out.getvalue()


def test_reads_are_summed_up_by_reader_and_path(workspace):
    lines = json.loads(told(workspace, *DAYS, "--json"))
    assert [tuple(line.values())[:6] for line in lines] == [
        ("ada@example.com", "/api/exports/events", 3, 2, 1, 520),
        ("bob@example.com", "/api/metrics/query", 1, 1, 0, 0),
    ]
    assert told(workspace, *DAYS).splitlines() == [
        "ada@example.com  /api/exports/events  3 reads, 520 rows, 1 refused, 2026-03-01 23:00 to 2026-03-03 22:00 UTC",
        "bob@example.com  /api/metrics/query  1 reads, 0 rows, 2026-03-02 12:00 to 2026-03-02 12:00 UTC",
        "2026-03-02 to 2026-03-03: 4 reads by 2, 520 rows",
    ]


def test_without_days_the_last_thirty_are_told(workspace):
    AccessRecordFactory(workspace=workspace, who="cy@example.com", rows=3)
    assert told(workspace).endswith(": 1 reads by 1, 3 rows\n")


def test_days_that_end_before_they_begin_are_refused(workspace):
    with pytest.raises(CommandError, match="--to comes before --from"):
        told(workspace, "--from", "2026-03-03", "--to", "2026-03-02")
