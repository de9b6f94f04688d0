"""GET /api/metrics/null-rate: every declared field of one day, and whose fields it tells."""

import pytest

from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory

FILLS = ("field_null_daily", "platform_daily")

URL = "/api/metrics/null-rate"


def told(client, community, day="2026-03-02", **more):
    source = Source.objects.get(workspace=community.workspace, name="Default")
    _, key = keys.issue(source, WriteKey.Scope.SERVER)
    return client.get(URL, {"date": day, **more}, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def polls(community):
    kind = EventTypeFactory(workspace=community.workspace, name="poll_answered")
    EventTypeVersionFactory(event_type=kind, schema={"properties": {"poll_id": True, "answer": True}})
    for answer in ("yes", "no", None, ""):
        community.happens("poll_answered", "ada", at(0), properties={"poll_id": 1, "answer": answer})
    community.fill()
    return community


def test_each_field_of_the_day_has_its_rate(polls, client):
    answer = told(client, polls).json()
    assert answer["status"] == "success"
    assert answer["data"] == {
        "workspace": "commons",
        "date": "2026-03-02",
        "fields": {
            "poll_answered.answer": {"null_rate": 0.25, "nulls": 1, "events": 4, "confidence": "low"},
            "poll_answered.poll_id": {"null_rate": 0, "nulls": 0, "events": 4, "confidence": "low"},
        },
    }
    assert answer["metadata"].pop("calculated_at")
    assert answer["metadata"].pop("watermark")
    assert answer["metadata"] == {"data_points": 8, "confidence": "low", "state": "closed", "with_bots": False}


def test_a_day_of_nobody_has_no_fields(polls, client):
    answer = told(client, polls, "2026-03-03").json()
    assert answer["data"]["fields"] == {}
    assert (answer["metadata"]["data_points"], answer["metadata"]["state"]) == (0, "closed")


def test_a_workspace_that_was_never_filled_says_so(community, client):
    assert told(client, community).json()["metadata"]["calculated_at"] is None


def test_the_fields_of_another_workspace_are_not_told(polls, client):
    other = Community("commons-other")
    assert told(client, other).json()["data"]["fields"] == {}
    assert told(client, other, workspace="commons").status_code == 404


def test_members_read_it_and_nobody_without_a_login(polls, client):
    assert client.get(URL).status_code == 401
    client.force_login(MemberFactory(workspace=polls.workspace).user)
    assert set(client.get(URL, {"date": "2026-03-02"}).json()["data"]["fields"]) == {
        "poll_answered.answer",
        "poll_answered.poll_id",
    }


def test_a_wrong_date_is_refused_in_words(polls, client):
    answer = told(client, polls, "yesterday")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_date")
