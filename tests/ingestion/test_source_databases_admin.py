"""The team's databases in the admin: their secret goes in and never out, and only where one may change sources."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from config.models import Role
from ingestion import source_databases
from ingestion.models import SourceDatabase
from tests.factories.config import MemberFactory
from tests.factories.ingestion import SourceDatabaseFactory, SourceFactory
from tests.pages import confirm, list_url, log_in, said, url

pytestmark = pytest.mark.django_db
DSN = "postgresql://ada:open%20sesame@[2606:4700::1111]/forum"


@pytest.fixture
def member():
    return MemberFactory(role=Role.ADMIN)


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def source(member):
    return SourceFactory(workspace=member.workspace, name="Shop")


def add(client, source, dsn=DSN):
    return client.post(list_url(SourceDatabase) + "add/", {"source": source.pk, "dsn": dsn, "enabled": "on"})


def test_it_is_added_with_its_address_which_no_page_shows_again(client, source):
    assert add(client, source).status_code == 302
    database = SourceDatabase.objects.get()
    assert database.sealed_dsn
    assert "sesame" not in database.sealed_dsn
    page = client.get(url(database, "change")).content.decode()
    assert "postgresql://ada:••••@2606:4700::1111:5432/forum" in page
    history = client.get(url(database, "history")).content.decode()
    assert "sesame" not in page + history + client.get(list_url(SourceDatabase)).content.decode()
    assert "sesame" not in LogEntry.objects.get().change_message


def test_an_address_left_empty_stays_and_another_one_starts_afresh(client, source):
    add(client, source)
    SourceDatabase.objects.update(failures=3, error="gone", next_poll_at=timezone.now())
    database = SourceDatabase.objects.get()
    client.post(url(database, "change"), {"dsn": ""})
    database.refresh_from_db()
    assert (database.failures, database.enabled) == (3, False)
    assert "ada" in source_databases.shown_dsn(database)
    client.post(url(database, "change"), {"dsn": DSN.replace("ada", "bob"), "enabled": "on"})
    database.refresh_from_db()
    assert (database.failures, database.error, database.next_poll_at) == (0, "", None)
    assert "bob" in source_databases.shown_dsn(database)


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("", "Give the address"),
        ("open sesame", "It must be of the form"),
        ("postgresql://ada:open%20sesame@127.0.0.1/forum", "private network"),
        ("postgresql://ada:open%20sesame@db.invalid/forum", "has no address"),
        ("postgresql://ada:open%20sesame@db.example.org/forum?sslkey=/etc/passwd", "may not set sslkey"),
    ],
)
def test_an_address_that_leads_where_it_may_not_is_refused_without_saying_it_again(client, source, dsn, why):
    page = add(client, source, dsn).content.decode()
    assert why in page
    assert "sesame" not in page
    assert not SourceDatabase.objects.exists()


class TestTheConnection:
    def test_is_tested_and_the_state_shown(self, client, source, team, settings):
        settings.PRIVATE_NETWORKS = [connection.settings_dict["HOST"]]
        team.follow()
        team.put(3)
        database = SourceDatabaseFactory(source=source, dsn=team.dsn)
        assert said(confirm(client, database, "test_connection")) == [
            "It answers, and its outbox can be read; rows waiting: 3."
        ]
        assert len(team.waiting()) == 3
        database.refresh_from_db()
        assert database.waiting == 3

    def test_that_fails_says_why_and_nothing_secret(self, client, source, settings):
        settings.PRIVATE_NETWORKS = ["127.0.0.0/8"]
        database = SourceDatabaseFactory(source=source, dsn="postgresql://ada:sesame@127.0.0.1:1/forum")
        (line,) = said(confirm(client, database, "test_connection"))
        assert "refused" in line
        assert "sesame" not in line
        assert "away" in client.get(list_url(SourceDatabase)).content.decode()


class TestRights:
    def test_who_may_see_sources_sees_it_without_a_field_for_the_address(self, member, source):
        database = SourceDatabaseFactory(source=source)
        colleague = log_in(MemberFactory(workspace=member.workspace, role=Role.ANALYST).user)
        page = colleague.get(url(database, "change")).content.decode()
        assert 'name="dsn"' not in page
        assert "••••" in page
        assert colleague.post(url(database, "change"), {"dsn": DSN}).status_code == 403
        assert colleague.get(list_url(SourceDatabase) + "add/").status_code == 403
        assert confirm(colleague, database, "test_connection").status_code in {302, 403}
        database.refresh_from_db()
        assert database.polled_at is None

    def test_a_source_of_a_workspace_that_one_may_only_see_cannot_be_chosen(self, member, client, source):
        foreign = SourceFactory()
        MemberFactory(user=member.user, workspace=foreign.workspace, role=Role.ANALYST)
        for other in (foreign, SourceFactory()):
            assert add(client, other).status_code == 200
        assert not SourceDatabase.objects.exists()
        assert add(client, source).status_code == 302


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "new"),
        ({"answered_at": timezone.now()}, "read"),
        ({"answered_at": timezone.now(), "oldest_at": timezone.now() - timedelta(hours=1)}, "behind"),
        ({"error": "gone"}, "away"),
        ({"error": "gone", "enabled": False}, "disabled"),
    ],
)
def test_the_list_says_how_each_is(client, source, facts, state):
    SourceDatabaseFactory(source=source, **facts)
    assert state in client.get(list_url(SourceDatabase)).content.decode()
