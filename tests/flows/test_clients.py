"""The published clients of Segment and RudderStack, as their users call them, against a running server."""

from datetime import UTC, datetime

import pytest
import rudderstack.analytics.client
import segment.analytics
from django.db import connection

from ingestion import workspaces
from ingestion.models import Event
from tests.flows.arrival import assert_arrived_once
from tests.servers import environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CLIENTS = {
    "segment": lambda key, **options: segment.analytics.Client(key, gzip=False, **options),
    "segment with gzip": lambda key, **options: segment.analytics.Client(key, gzip=True, **options),
    "rudderstack": rudderstack.analytics.client.Client,
}


@pytest.fixture
def failures():
    return []


@pytest.fixture(params=CLIENTS)
def sender(request, failures):
    """(a client that sends to a running server, its workspace)."""
    created = workspaces.create("clients")
    port = free_port()
    with web(port, environment(connection)):
        made = CLIENTS[request.param](
            created.write_key, host=f"http://127.0.0.1:{port}", on_error=lambda error, _: failures.append(error)
        )
        yield made, created.workspace
        made.shutdown()


def test_every_call_arrives_once_with_its_meaning(sender, failures):
    client, workspace = sender
    before = datetime.now(UTC)
    client.identify("u1", {"plan": "free"}, anonymous_id="v1")
    client.track("u1", "post_created", {"post_id": "7"})
    client.page("u1", "docs", "start", {"url": "https://app.example/start"})
    client.screen("u1", "app", "home")
    client.group("u1", "team-1", {"size": 3})
    client.alias("v0", "u1")
    for number in range(250):
        client.track(f"u{number}", "tick", {"number": number, "bad": float("nan")})
    client.flush()
    assert failures == []
    assert_arrived_once(workspace, before, 250)


def test_a_wrong_key_is_told_and_not_tried_for_ever(sender, failures):
    client, workspace = sender
    client.write_key = client.consumers[0].write_key = "nobody"
    client.track("u1", "post_created", {"post_id": "7"})
    client.flush()
    assert len(failures) == 1
    assert not Event.objects.filter(workspace=workspace).exists()
