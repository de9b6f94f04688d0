"""The guard of questions about events: for how long, as whom, and what is refused."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from analytics import guarding
from analytics.guarding import ROLE, TookTooLong, guarded
from tests.factories.config import WorkspaceFactory

pytestmark = pytest.mark.django_db


def ask(question):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone() if cursor.description else None


def user():
    return ask("SELECT current_user")[0]


def test_what_takes_longer_is_stopped_and_said():
    with pytest.raises(TookTooLong), guarded("20ms"):
        ask("SELECT pg_sleep(60)")


def test_the_role_reads_what_analyses_need_and_nothing_else():
    guarding.make_role()
    us = user()
    with guarded():
        assert user() == ROLE
        for table in guarding.NEEDS:
            ask(f"SELECT count(*) FROM {table}")
        for table in ("config_user", "ingestion_event", "ingestion_writekey", "config_workspace"):
            with pytest.raises(DatabaseError, match="permission denied"):
                ask(f"SELECT 1 FROM {table}")
    assert user() == us != ROLE
    assert WorkspaceFactory().pk


@pytest.mark.parametrize("with_role", [True, False])
def test_nothing_is_written_with_the_role_or_without(with_role):
    if with_role:
        guarding.make_role()
    with guarded(), pytest.raises(DatabaseError, match=r"read-only transaction|permission denied"):
        ask("DELETE FROM ingestion_context")


def test_where_the_role_lacks_a_right_they_are_asked_as_agora():
    guarding.make_role()
    ask(f"REVOKE SELECT ON ingestion_context FROM {ROLE}")
    us = user()
    with guarded():
        assert user() == us


class TestCommand:
    def test_it_may_be_said_again(self, capsys):
        for _ in range(2):
            call_command("reader_role")
        assert capsys.readouterr().out == "Analyses of events are asked as agora_reader\n" * 2
        with guarded():
            assert user() == ROLE

    def test_what_it_would_do_is_sql_for_others_to_run(self, capsys):
        ask("CREATE ROLE plain NOLOGIN")
        ask("SET LOCAL ROLE plain")
        call_command("reader_role", "--dry-run")
        ask("RESET ROLE")
        printed = capsys.readouterr().out
        assert 'GRANT "agora_reader" TO "plain";' in printed
        ask(printed.replace("%", "%%"))
        ask("SET LOCAL ROLE plain")
        with guarded():
            assert user() == ROLE

    def test_a_user_who_may_not_is_told(self):
        ask("CREATE ROLE plain NOLOGIN")
        ask("SET LOCAL ROLE plain")
        with pytest.raises(CommandError, match="--dry-run"):
            call_command("reader_role")
        ask("RESET ROLE")
