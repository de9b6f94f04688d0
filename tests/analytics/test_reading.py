"""Who may read over HTTP: by session, token or key, in which role and for what the token is good."""

import pytest

from config import tokens
from config.models import Role, Scope
from tests.factories.config import ApiTokenFactory, MemberFactory

URL = "/api/metrics/platform-summary"
POINTS = "/api/economy/leaderboard"

pytestmark = pytest.mark.django_db


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def member():
    return MemberFactory(role=Role.COMMUNITY_MANAGER)


@pytest.mark.parametrize(("path", "scope"), [(URL, Scope.READ_METRICS), (POINTS, Scope.READ_PEOPLE)])
def test_a_token_reads_what_it_is_good_for(client, member, path, scope):
    other = next(one for one in Scope if one != scope)
    ApiTokenFactory(user=member.user, token="agora_pat_good", scopes=[scope])
    ApiTokenFactory(user=member.user, token="agora_pat_other", scopes=[other])
    assert client.get(path, headers=bearer("agora_pat_good")).status_code == 200
    refused = client.get(path, headers=bearer("agora_pat_other"))
    assert refused.status_code == 403
    assert scope in refused.json()["message"]


def test_a_jwt_reads_as_its_user_would(client, member):
    assert client.get(POINTS, headers=bearer(tokens.pair_for(member.user)[0])).status_code == 200
    viewer = MemberFactory(role=Role.VIEWER)
    access = tokens.pair_for(viewer.user)[0]
    assert client.get(URL, headers=bearer(access)).status_code == 200
    assert client.get(POINTS, headers=bearer(access)).status_code == 403
    assert client.get(f"{URL}?workspace={member.workspace.slug}", headers=bearer(access)).status_code == 404


@pytest.mark.parametrize("token", ["agora_pat_unknown", "a.b.c", "x.y.z.w", "ask_unknown"])
def test_an_unknown_token_is_refused(client, token):
    answer = client.get(URL, headers=bearer(token))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
