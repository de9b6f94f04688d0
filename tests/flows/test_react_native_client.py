"""@segment/analytics-react-native in Node, on a phone that is made up, by the code that the admin shows."""

import os
import subprocess

import pytest
from django.db import connection

from ingestion import snippets, traits, workspaces
from ingestion.identity import actor_id_of
from ingestion.models import Event, IdentityLink, QuarantinedEvent
from tests.flows import javascript
from tests.flows.arrival import assert_ticks
from tests.flows.line import ANSWER, AWAY, REQUEST, line
from tests.servers import environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SENDER = next(sender for sender in snippets.SENDERS if sender.name == "react-native")


@pytest.fixture
def created():
    javascript.modules()
    return workspaces.create("clients")


@pytest.fixture
def way(created):
    port = free_port()
    with web(port, environment(connection), workers=1), line(port) as made:
        yield made


def send(way, created, ticks):
    done = subprocess.run(
        ["node", "phone.cjs", str(ticks)],
        cwd=javascript.CLIENTS,
        env=os.environ | {"NODE_PATH": str(javascript.CLIENTS / "phone")},
        input=snippets.render(SENDER, way.url, created.write_key).code,
        capture_output=True,
        text=True,
        timeout=javascript.PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_code_that_the_admin_shows_sends_what_it_says(created, way):
    send(way, created, 60)
    assert QuarantinedEvent.objects.count() == 0
    assert_ticks(created.workspace, 60)
    events = Event.objects.filter(workspace=created.workspace).exclude(event_type__name="tick")
    assert sorted(events.values_list("event_type__kind", flat=True)) == ["identify", "screen", "track"]
    viewed = events.get(event_type__kind="track")
    assert viewed.object_id == "7"
    assert (viewed.full_context()["os"], viewed.full_context()["app_version"]) == ("iOS", "1.0")
    member = actor_id_of(created.workspace.uuid, "42")
    # What the visitor did before is the member's.
    assert dict(IdentityLink.objects.values_list("actor_id", "person_id")) == {viewed.actor_id: member}
    assert {trait.key: trait.value for trait in traits.of_person(created.workspace.pk, [member])} == {"plan": "free"}


def test_requests_and_answers_that_get_lost_lose_and_double_nothing(created, way):
    way.faults = iter([ANSWER, REQUEST, AWAY])
    send(way, created, 60)
    assert way.lost == 3
    assert QuarantinedEvent.objects.count() == 0
    assert_ticks(created.workspace, 60)
