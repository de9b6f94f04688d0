"""GET /api/realtime/...: the numbers, the ETag, who may ask, and Redis away."""

import pytest
import redis
from django.utils import timezone

from analytics import realtime
from analytics.live_metrics import LIVE
from config.lib.redis import client as redis_client
from config.models import Role
from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.analytics.community import Community
from tests.factories.config import MemberFactory, UserFactory

URL = "/api/realtime/metrics"


def key_for(community, scope=WriteKey.Scope.SERVER):
    source = Source.objects.get(workspace=community.workspace, name="Default")
    return {"authorization": f"Bearer {keys.issue(source, scope)[1]}"}


@pytest.fixture
def forum(community):
    community.happens("microact_created", "ada", timezone.now())
    community.happens("post_created", "bob", timezone.now())
    return community


def test_all_numbers_are_told_at_once(forum, client):
    answer = client.get(URL, headers=key_for(forum)).json()

    told = {one["name"]: one["value"] for one in answer["metrics"]}
    assert list(told) == [one.key for one in LIVE]
    assert (told["dau"], told["online"], told["active_sessions"], told["micro_acts_today"]) == (2, 2, 2, 1)
    assert {one["timestamp"] for one in answer["metrics"]} == {answer["timestamp"]}
    assert answer["refresh_interval"] == 30_000


def test_every_number_has_an_address_of_its_own(forum, client):
    headers = key_for(forum)
    every = client.get(URL, headers=headers).json()["metrics"]
    for one in every:
        answer = client.get(f"/api/realtime/{one['name'].replace('_', '-')}", headers=headers).json()
        assert (answer["name"], answer["value"]) == (one["name"], one["value"])


def test_names_are_chosen_with_hyphens_or_underscores(forum, client):
    answer = client.get(f"{URL}?names=dau,live-waves,live_waves", headers=key_for(forum)).json()
    assert [one["name"] for one in answer["metrics"]] == ["dau", "live_waves"]


@pytest.mark.parametrize("path", ["/api/realtime/live-wave", f"{URL}?names=dau,live_wave"])
def test_an_unknown_name_is_answered_with_the_near_ones(forum, client, path):
    answer = client.get(path, headers=key_for(forum))
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_metric")
    assert "near it are live_waves" in answer.json()["message"]


def test_who_has_the_values_is_told_so_until_they_change(forum, client):
    headers = key_for(forum)
    first = client.get(f"{URL}?names=dau", headers=headers)
    again = client.get(f"{URL}?names=dau", headers=headers | {"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])

    forum.happens("post_created", "cyd", timezone.now())
    later = client.get(f"{URL}?names=dau", headers=headers | {"if-none-match": first["ETag"]})
    assert (later.status_code, later.json()["metrics"][0]["value"]) == (200, 3)
    assert "private" in later["Cache-Control"]


@pytest.mark.parametrize("role", Role)
def test_every_role_reads_the_live_numbers_of_its_workspace(forum, client, role):
    client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
    assert client.get("/api/realtime/dau").json()["value"] == 2


def test_strangers_browsers_keys_and_members_of_others_do_not(forum, client):
    assert client.get(URL).status_code == 401
    assert client.get(URL, headers=key_for(forum, WriteKey.Scope.CLIENT)).status_code in {401, 403}
    client.force_login(UserFactory())
    assert client.get(f"{URL}?workspace=commons").status_code == 404


def test_numbers_of_others_are_not_in_it(forum, client):
    other = Community("commons-of-others")
    assert client.get("/api/realtime/dau", headers=key_for(other)).json()["value"] == 0
    assert client.get(f"{URL}?workspace=commons", headers=key_for(other)).status_code == 404


def test_redis_away_leaves_nulls_and_no_error(forum, client, monkeypatch):
    headers = key_for(forum)
    monkeypatch.setattr(realtime, "client", lambda: redis.Redis.from_url("unix:///nowhere/redis.sock"))
    answer = client.get(URL, headers=headers)
    assert answer.status_code == 200
    assert {one["value"] for one in answer.json()["metrics"]} == {None}
    assert redis_client().ping()
