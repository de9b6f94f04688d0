"""GET /api/moderation/numbers: what the page of that name shows, to whom it shows it."""

from dataclasses import replace

import pytest
from django.utils import timezone

from config.models import Role
from ingestion import keys
from ingestion.models import WriteKey
from moderation.decisions import decide
from tests.factories.config import MemberFactory, UserFactory
from tests.moderation.test_decisions import DISMISS, REMOVE
from tests.pages import log_in

URL = "/api/moderation/numbers"


@pytest.fixture
def decided(forum, other):
    """A moderator of the forum who decided twice, beside one who decided once; and one elsewhere."""
    users = [MemberFactory(workspace=forum.workspace, role=Role.MODERATOR).user for _ in range(2)]
    for place, user, post, decision in (
        (forum, users[0], "p1", REMOVE),
        (forum, users[0], "p2", DISMISS),
        (forum, users[1], "p3", REMOVE),
        (other, UserFactory(), "p1", REMOVE),
    ):
        case = place.report(post=post, key=post, submitted_at=timezone.now()).case_id
        decide(case, place.workspace.pk, replace(decision, by=user, decided_at=timezone.now()))
    return users


def seen(answer):
    return {one["moderator"]: one["decisions"] for one in answer.json()["data"]["moderators"]}


def test_a_server_key_and_whoever_sets_the_rules_see_all_moderators(forum, decided, client):
    _, key = keys.issue(forum.created.source, WriteKey.Scope.SERVER)
    answer = client.get(URL, headers={"authorization": f"Bearer {key}"})
    assert seen(answer) == {decided[0].email: 2, decided[1].email: 1}
    data = answer.json()["data"]
    assert data["reporters"] == [
        {"person_id": str(forum.actor("ada")), "decided": 3, "upheld": 2, "quality": pytest.approx(0.6)}
    ]
    (first, _) = data["moderators"]
    assert first["seconds_to_decide"] == {"number": 0, "median": None, "p95": None}
    manager = MemberFactory(workspace=forum.workspace, role=Role.COMMUNITY_MANAGER).user
    assert seen(log_in(manager).get(URL)) == seen(answer)


def test_moderators_see_themselves_and_other_roles_nothing(forum, decided):
    assert seen(log_in(decided[1]).get(URL)) == {decided[1].email: 1}
    analyst = MemberFactory(workspace=forum.workspace, role=Role.ANALYST).user
    assert log_in(analyst).get(URL).status_code == 403
    assert log_in(decided[0]).get(URL, {"workspace": "other"}).status_code == 404
    assert log_in(decided[0]).get(URL, {"days": "31"}).json()["code"] == "invalid_days"
