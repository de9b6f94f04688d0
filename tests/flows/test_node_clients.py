"""The published Node clients of Segment and RudderStack against a running server, over a line that loses things."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from ingestion import workspaces
from ingestion.models import Event
from tests.flows import javascript
from tests.flows.arrival import assert_arrived_once
from tests.flows.line import ANSWER, AWAY, REQUEST, line
from tests.servers import environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def created():
    javascript.modules()
    return workspaces.create("clients")


@pytest.fixture
def way(created):
    port = free_port()
    with web(port, environment(connection), workers=1), line(port) as made:
        yield made


@pytest.fixture(params=["segment", "rudderstack"])
def client(request):
    return request.param


def test_every_call_arrives_once_with_its_meaning(created, way, client):
    before = datetime.now(UTC)
    assert javascript.send(client, way.url, created.write_key, 250) == []
    assert_arrived_once(created.workspace, before, 250)


def test_requests_and_answers_that_get_lost_lose_and_double_nothing(created, way, client):
    before = datetime.now(UTC)
    way.faults = iter([ANSWER, REQUEST, AWAY])
    assert javascript.send(client, way.url, created.write_key, 60) == []
    assert way.lost == 3
    assert_arrived_once(created.workspace, before, 60)


def test_a_wrong_key_is_told_and_not_tried_for_ever(created, way, client):
    failures = javascript.send(client, way.url, "nobody", 0)
    assert failures
    assert "401" in failures[0] or "Unauthorized" in failures[0]
    assert not Event.objects.filter(workspace=created.workspace).exists()
