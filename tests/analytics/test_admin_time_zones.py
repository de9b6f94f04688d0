"""The time zone of a workspace in the admin and by `manage.py time_zone`: preview, change, filling."""

import json
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from analytics.admin import previews
from analytics.models import OpenBucket
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory
from tests.pages import log_in, said

ZONE = "Asia/Kathmandu"


@pytest.fixture
def sent(monkeypatch):
    """What would be handed to the workers."""
    found = []
    monkeypatch.setattr(previews, "send", lambda task, arguments: found.append((task, arguments)))
    return found


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Posts at noon and in the evening of two days, of which the later is the next day in Kathmandu."""
    community = Community()
    for day in (0, 1):
        for clock in ("12:00", "20:00"):
            community.happens("post_created", "ada", at(day, clock))
    community.fill()
    return community


@pytest.fixture
def evening(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def url(evening):
    return f"/admin/config/workspace/{evening.workspace.pk}/time-zone/"


@pytest.fixture
def client(evening):
    return log_in(MemberFactory(workspace=evening.workspace, role=Role.ADMIN).user)


def test_a_preview_shows_the_days_that_move_and_changes_nothing(client, url, evening, sent):
    response = client.post(url, {"do": "preview", "time_zone": ZONE})
    rows = {row["key"]: row for row in response.context["preview"]["rows"]}
    assert [(str(day), old, new) for day, old, new in rows["posts_created"]["days"]] == [
        ("2026-03-04", "0", "1"),
        ("2026-03-02", "2", "1"),
    ]
    assert f"Change to {ZONE} and fill again" in response.content.decode()
    evening.workspace.refresh_from_db()
    assert evening.workspace.time_zone == "UTC"
    assert not OpenBucket.objects.exists()
    assert sent == []


def test_what_was_seen_is_applied_filled_with_progress_and_kept_in_the_history(client, url, evening, sent):
    response = client.post(url, {"do": "apply", "seen": ZONE, "time_zone": ZONE})
    assert said(response) == [f"Time zone UTC became {ZONE}. All days settle until they are filled by it."]
    assert sent == [("analytics.fill", {"workspace": "commons"})]
    assert "UTC became" in LogEntry.objects.get().change_message
    evening.workspace.refresh_from_db()
    assert evening.workspace.time_zone == ZONE
    assert (evening.metric("posts_created", 0).value, evening.metric("posts_created", 0).state) == (2, "settling")
    assert client.get(response.url).context["progress"]["percent"] == 0
    evening.fill()
    assert client.get(response.url).context["progress"]["percent"] == 100
    assert [evening.metric("posts_created", day).value for day in (0, 1, 2)] == [1, 2, 1]


@pytest.mark.parametrize("asked", [{"time_zone": "Mars/Base"}, {"time_zone": ""}, {"time_zone": "UTC", "seen": "UTC"}])
def test_what_is_no_other_zone_is_refused(client, url, evening, sent, asked):
    for do in ("preview", "apply", ""):
        response = client.post(url, {"do": do} | asked)
        assert response.status_code == 200
        assert "preview" not in response.context
    assert not OpenBucket.objects.exists()
    assert sent == []


def test_what_was_not_seen_is_shown_first(client, url, evening, sent):
    response = client.post(url, {"do": "apply", "seen": "Europe/Vienna", "time_zone": ZONE})
    assert response.context["seen"] == ZONE
    evening.workspace.refresh_from_db()
    assert evening.workspace.time_zone == "UTC"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_admins_alone_change_it(url, evening, role):
    client = log_in(MemberFactory(workspace=evening.workspace, role=role).user)
    assert client.get(url).status_code == 404
    assert client.post(url, {"do": "apply", "seen": ZONE, "time_zone": ZONE}).status_code == 404


def test_a_workspace_of_others_is_not_there(url):
    client = log_in(MemberFactory(workspace=Community("commons-other").workspace, role=Role.ADMIN).user)
    assert client.get(url).status_code == 404


def command(*arguments):
    out = StringIO()
    call_command("time_zone", *arguments, "--workspace", "commons", stdout=out)
    return out.getvalue()


def test_the_command_tells_what_moves_and_changes_the_zone(evening):
    told = json.loads(command(ZONE, "--dry-run", "--json"))
    moved = next(row for row in told["metrics"] if row["metric"] == "posts_created")
    assert moved["days"][-1] == {"date": "2026-03-02", "before": 2, "after": 1}
    assert "posts_created" in command(ZONE, "--dry-run")
    evening.workspace.refresh_from_db()
    assert evening.workspace.time_zone == "UTC"

    told = json.loads(command(ZONE, "--json"))
    assert (told["from"], told["to"]) == ("UTC", ZONE)
    assert told["opened_buckets"] == OpenBucket.objects.count() > 0
    assert "instead of Asia/Kathmandu" in command("UTC")
    with pytest.raises(CommandError, match="already"):
        command("UTC")
    with pytest.raises(CommandError, match="not a time zone name"):
        command("Mars/Base", "--dry-run")
