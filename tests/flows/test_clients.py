"""The published clients of Segment and RudderStack, as their users call them, against a running server."""

from datetime import UTC, datetime

import pytest
import rudderstack.analytics.client
import segment.analytics
from django.db import connection

from ingestion import workspaces
from ingestion.identity import actor_id_of
from ingestion.models import Event, IdentityLink, QuarantinedEvent
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

    events = Event.objects.filter(workspace=workspace)
    assert QuarantinedEvent.objects.count() == 0
    assert events.filter(event_type__name="tick").count() == 250
    kinds = events.exclude(event_type__name="tick").values_list("event_type__kind", flat=True)
    assert sorted(kinds) == ["alias", "group", "identify", "page", "screen", "track"]
    u1, v1, v0 = (actor_id_of(workspace.uuid, name) for name in ("u1", "v1", "v0"))
    post = events.get(event_type__name="post_created")
    assert (post.actor_id, post.object_id) == (u1, "7")
    assert abs((post.occurred_at - before).total_seconds()) < 60
    assert events.get(event_type__kind="identify").properties["plan"] == "free"
    assert events.get(event_type__kind="group").community_id == "team-1"
    assert dict(IdentityLink.objects.values_list("actor_id", "person_id")) == {v1: u1, v0: u1}


def test_a_wrong_key_is_told_and_not_tried_for_ever(sender, failures):
    client, workspace = sender
    client.write_key = client.consumers[0].write_key = "nobody"
    client.track("u1", "post_created", {"post_id": "7"})
    client.flush()
    assert len(failures) == 1
    assert not Event.objects.filter(workspace=workspace).exists()
