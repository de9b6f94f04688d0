"""Every operation of the API, as the URLs have them: whom it refuses, and that it tells nobody of another tenant."""

import pytest

from analytics.api.endpoints import endpoints
from config.models import Role
from ingestion import keys
from ingestion.models import WriteKey
from tests.factories.config import ApiTokenFactory, MemberFactory, WorkspaceFactory
from tests.factories.ingestion import SourceFactory

pytestmark = pytest.mark.django_db

ENDPOINTS = {f"{one.method} {one.path}": one for one in endpoints()}
READING = [name for name, one in ENDPOINTS.items() if one.reads]
# What else there is. A view that is neither has to say here what it is.
FOR_MACHINES = {
    "POST /api/economy/transfers",
    "POST /api/moderation/reports",
    "POST /api/moderation/appeals",
}
DOORS = {"POST /api/events", "POST /api/token", "POST /api/token/refresh"}
# Parts of an address, and what has to be asked for the workspace to be looked at.
PARTS = {"/api/dashboard/{name}": "growth", "/api/realtime/{name}": "dau", "/api/exports/{name}": "metrics"}


def call(client, name, workspace="", **more):
    one = ENDPOINTS[name]
    path = one.path.replace("{name}", PARTS.get(one.path, ""))
    query = f"?workspace={workspace}" if workspace else ""
    return client.generic(one.method, path + query, "{}", "application/json", **more)


def bearer(token):
    return {"headers": {"authorization": f"Bearer {token}"}}


def key_of(source, scope):
    return bearer(keys.issue(source, scope)[1])


def test_each_operation_is_of_a_known_kind():
    assert set(ENDPOINTS) == {*READING, *FOR_MACHINES, *DOORS}
    assert {name for name in FOR_MACHINES if ENDPOINTS[name].open_to_keys} == FOR_MACHINES


@pytest.mark.parametrize("name", [*READING, *sorted(FOR_MACHINES)])
def test_nobody_is_answered_without_a_login(client, name):
    for headers in ({}, bearer("agora_pat_x"), bearer("a.b.c"), bearer("ask_x")):
        answer = call(client, name, **headers)
        assert answer.status_code == 401
        assert set(answer.json()) == {"code", "message", "details"}
    assert call(client, name, **key_of(SourceFactory(), WriteKey.Scope.CLIENT)).status_code == 403


@pytest.mark.parametrize("name", [name for name in READING if ENDPOINTS[name].reads.of_workspace])
def test_another_tenants_workspace_is_not_there(client, name):
    other = WorkspaceFactory()
    source = SourceFactory()
    MemberFactory(workspace=source.workspace, role=Role.ADMIN)
    user = MemberFactory(role=Role.ADMIN).user
    ApiTokenFactory(user=user, token="agora_pat_foreign", scopes=[ENDPOINTS[name].scope])
    logins = [bearer("agora_pat_foreign")]
    logins += [key_of(source, WriteKey.Scope.SERVER)] if ENDPOINTS[name].open_to_keys else []
    for login in logins:
        foreign, missing = call(client, name, other.slug, **login), call(client, name, "no-such-workspace", **login)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown_workspace")
        # As one that is not there.
        assert foreign.json()["message"].replace(other.slug, "no-such-workspace") == missing.json()["message"]


@pytest.mark.parametrize("name", READING)
def test_the_roles_that_it_states_are_answered_and_no_others(client, name):
    one = ENDPOINTS[name]
    workspace = WorkspaceFactory()
    answered = []
    for role in Role:
        client.force_login(MemberFactory(workspace=workspace, role=role).user)
        status = call(client, name, workspace.slug).status_code
        # What is wrong with the question is told only to whom may ask.
        assert status in {200, 400, 403}
        answered += [role] if status != 403 else []
    assert answered == one.roles


@pytest.mark.parametrize("name", READING)
def test_a_token_has_to_be_good_for_it_and_some_take_no_keys(client, name):
    one = ENDPOINTS[name]
    member = MemberFactory(role=Role.ADMIN)
    for scope in ("read:metrics", "read:people", "read:moderation"):
        ApiTokenFactory(user=member.user, token=f"agora_pat_{scope}", scopes=[scope])
        assert (call(client, name, **bearer(f"agora_pat_{scope}")).status_code == 403) == (scope != one.scope)
    answer = call(client, name, **key_of(SourceFactory(), WriteKey.Scope.SERVER))
    assert (answer.status_code == 403) == (not one.open_to_keys)
