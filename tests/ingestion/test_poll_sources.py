"""manage.py poll_sources."""

import json
import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config.models import Run
from ingestion.models import Event, SourceDatabase
from tests.factories.ingestion import SourceFactory
from tests.servers import ROOT, environment, wait_for

pytestmark = pytest.mark.django_db


def test_once_reads_what_waits_and_answers_in_json(team, database):
    team.put(3)
    out = StringIO()
    call_command("poll_sources", "--once", "--json", "--source", database.source.name, stdout=out)
    assert json.loads(out.getvalue()) == {"rows": 3, "accepted": 3, "duplicates": 0, "rejected": 0}
    assert Run.objects.get().rows_out == 3


def test_once_asks_also_where_a_pause_is_not_over_and_fails_where_it_is_away(team, database):
    team.put()
    SourceDatabase.objects.update(failures=9, next_poll_at=timezone.now() + timedelta(hours=1))
    call_command("poll_sources", "--once", stdout=StringIO())
    assert team.waiting() == []
    team.run("DROP TABLE agora.outbox")
    with pytest.raises(CommandError, match=str(database)):
        call_command("poll_sources", "--once", stdout=StringIO())


def test_a_source_of_another_workspace_is_not_there(database):
    slug = SourceFactory().workspace.slug
    with pytest.raises(CommandError, match="no enabled source database"):
        call_command("poll_sources", "--once", "--workspace", slug, "--source", database.source.name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_without_once_it_goes_on_until_it_is_told_to_end_also_when_agoras_own_database_restarts(
    team, database, tmp_path
):
    env = environment(connection) | {"PRIVATE_NETWORKS": connection.settings_dict["HOST"]}
    command = [sys.executable, "manage.py", "poll_sources", "--json", "--every", "0.1"]
    said = tmp_path / "said"

    def restart():
        """As when Agora's own PostgreSQL is restarted; whether the command has noticed one by now."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'agora' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        return "away" in said.read_text()

    with said.open("w") as complaining:
        child = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=complaining, text=True)
    try:
        for count in (1, 2):
            team.put()
            wait_for(lambda count=count: Event.objects.count() == count, "the row")
            restart()
        # One that falls between two rounds is noticed by nobody.
        wait_for(restart, "a restart that is noticed")
        wait_for(lambda: team.waiting() == [], "the outbox to be empty")
    finally:
        child.send_signal(signal.SIGTERM)
        output, _ = child.communicate(timeout=30)
    complaints = said.read_text()
    assert child.returncode == 0
    assert Event.objects.count() == 2
    # Cut off after its commit, a round tells nothing, and the next finds its events there.
    assert sum(json.loads(line)["accepted"] for line in output.splitlines()) <= 2
    assert "Agora's database is away" in complaints
    assert "WARNING" not in complaints
