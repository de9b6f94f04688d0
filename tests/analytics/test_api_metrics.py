"""GET /api/metrics/platform-summary: its form, who may call it, and whose numbers it tells."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics import metrics
from config.models import Role
from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory, UserFactory

FILLS = ("platform_daily",)

URL = "/api/metrics/platform-summary"


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    community.happens("post_created", "ada", at(0))
    community.happens("post_created", "bob", at(0))
    community.fill()
    return community


@pytest.fixture
def forum(filled, as_filled):
    return as_filled(filled)


def key_for(community, scope=WriteKey.Scope.SERVER):
    source = Source.objects.get(workspace=community.workspace, name="Default")
    return {"authorization": f"Bearer {keys.issue(source, scope)[1]}"}


def test_the_answer_has_status_data_and_metadata(forum, client):
    answer = client.get(f"{URL}?date=2026-03-02", headers=key_for(forum)).json()

    assert answer["status"] == "success"
    assert set(answer["data"]) == {"workspace", "date", *(metric.key for metric in metrics.of_platform())}
    assert (answer["data"]["date"], answer["data"]["dau"], answer["data"]["stickiness"]) == ("2026-03-02", 2, 1)
    assert answer["metadata"].pop("calculated_at")
    assert answer["metadata"].pop("watermark")
    assert answer["metadata"] == {"data_points": 2, "confidence": "low", "state": "closed", "with_bots": False}


def test_without_a_date_it_is_yesterday(forum, client):
    yesterday = timezone.now().date() - timedelta(days=1)
    assert client.get(URL, headers=key_for(forum)).json()["data"]["date"] == str(yesterday)


@pytest.mark.parametrize("path", [URL, f"{URL}/"])
def test_the_slash_does_not_matter(forum, client, path):
    assert client.get(path, headers=key_for(forum)).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_every_member_may_read_aggregates(forum, client, role):
    client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
    assert client.get(f"{URL}?date=2026-03-02").json()["data"]["dau"] == 2


def test_nobody_reads_without_a_login_and_no_client_key_reads(forum, client):
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        (key_for(forum, WriteKey.Scope.CLIENT), 403),
    ):
        answer = client.get(URL, headers=headers)
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "details"}


def test_a_workspace_of_others_is_not_there_for_keys_and_for_members(forum, client):
    other = Community("commons-other")
    stranger = MemberFactory(workspace=other.workspace).user

    assert client.get(f"{URL}?workspace=commons", headers=key_for(other)).status_code == 404
    client.force_login(stranger)
    assert client.get(f"{URL}?workspace=commons").json()["code"] == "unknown_workspace"
    assert client.get(f"{URL}?date=2026-03-02").json()["data"]["dau"] == 0


def test_a_member_of_several_has_to_name_one(forum, client):
    user = MemberFactory(workspace=forum.workspace).user
    MemberFactory(workspace=Community("commons-other").workspace, user=user)
    client.force_login(user)

    assert client.get(URL).json()["code"] == "workspace_needed"
    assert client.get(f"{URL}?workspace=commons&date=2026-03-02").json()["data"]["dau"] == 2


def test_a_member_of_none_reads_nothing(forum, client):
    client.force_login(UserFactory())
    assert client.get(URL).status_code in {400, 403, 404}


@pytest.mark.parametrize(
    "date", ["yesterday", "2026-13-01", "2026-02-30", "", "99999-01-01", "9999-12-31", "0001-01-01"]
)
def test_a_wrong_date_is_refused_in_words(forum, client, date):
    answer = client.get(f"{URL}?date={date}", headers=key_for(forum))
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_date"


def test_it_cannot_be_written(forum, client):
    answer = client.post(URL, headers=key_for(forum))
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
