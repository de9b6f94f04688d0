"""What is told of one person over HTTP, and to whom; and the fields of the application's executive dashboard."""

import pytest

from analytics import metrics, small_groups
from analytics.metrics import METRICS
from analytics.models import DefinitionVersion
from analytics.person_metrics import PARTS
from config.models import Role
from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.analytics.community import Community, at
from tests.analytics.wellbeing import acts, practises
from tests.factories.config import MemberFactory

FILLS = ("user_wellbeing_daily", "user_activity_daily", "platform_daily", "cohort_retention", "user_cohorts")
FLOURISH, ADD_VALUE = "/api/metrics/flourish-index", "/api/metrics/add-value-index"
ACTIVITY, EXECUTIVE = "/api/metrics/user-activity", "/api/analytics/executive-dashboard"
RANGE = "from=2026-03-02&to=2026-03-04"
SEE_PEOPLE = {Role.COMMUNITY_MANAGER, Role.MODERATOR, Role.PRIVACY_OFFICER, Role.ADMIN}


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community("peopled")
    practises(community, "ada", 0)
    acts(community, "ada", 0, "community", 7)
    community.happens("post_created", "ada", at(1))
    community.happens("post_created", "bob", at(1))
    community.fill()
    return community


@pytest.fixture
def forum(filled, as_filled, client):
    community = as_filled(filled)
    client.force_login(MemberFactory(workspace=community.workspace, role=Role.COMMUNITY_MANAGER).user)
    return community


@pytest.mark.parametrize(("path", "key"), [(FLOURISH, "flourish_index"), (ADD_VALUE, "add_value_index")])
def test_an_index_comes_with_its_parts(forum, client, path, key):
    answer = client.get(f"{path}?user_id=ada&date=2026-03-02").json()
    assert answer["data"]["metric"] == key
    assert answer["data"]["value"] > 0
    assert set(answer["data"]["breakdown"]) == set(PARTS[key])
    assert any(answer["data"]["breakdown"].values())
    assert answer["data"]["person_id"] == str(forum.person("ada"))
    assert answer["metadata"]["state"] == "closed"
    nothing = client.get(f"{path}/?user_id=bob&date=2026-03-02").json()["data"]
    assert (nothing["value"], set(nothing["breakdown"].values())) == (0, {0})


def test_activity_is_told_by_day(forum, client):
    days = client.get(f"{ACTIVITY}?user_id=ada&{RANGE}").json()["data"]["days"]
    assert [(day["date"], day["posts_created"], day["state"]) for day in days] == [
        ("2026-03-02", 0, "closed"),
        ("2026-03-03", 1, "closed"),
        ("2026-03-04", 0, "closed"),
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", [f"{FLOURISH}?", f"{ADD_VALUE}?", f"{ACTIVITY}?{RANGE}&"])
def test_people_are_told_of_to_roles_that_may_see_them(forum, client, path, role):
    client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
    assert client.get(f"{path}user_id=ada").status_code == (200 if role in SEE_PEOPLE else 403)


def test_a_server_key_is_told_of_nobody(forum, client):
    client.logout()
    source = Source.objects.get(workspace=forum.workspace, name="Default")
    headers = {"authorization": f"Bearer {keys.issue(source, WriteKey.Scope.SERVER)[1]}"}
    assert client.get(f"{FLOURISH}?user_id=ada", headers=headers).status_code == 403


def test_people_of_others_are_not_there(forum, client):
    other = Community("peopled-other")
    client.force_login(MemberFactory(workspace=other.workspace, role=Role.ADMIN).user)
    for path in (f"{FLOURISH}?", f"{ADD_VALUE}?", f"{ACTIVITY}?{RANGE}&"):
        assert client.get(f"{path}user_id=ada").json()["code"] == "unknown_person"
        assert client.get(f"{path}user_id={forum.person('ada')}").json()["code"] == "unknown_person"
        assert client.get(f"{path}user_id=ada&workspace=peopled").json()["code"] == "unknown_workspace"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (FLOURISH, "user_needed"),
        (f"{FLOURISH}?user_id=nobody", "unknown_person"),
        (f"{FLOURISH}?user_id=ada&date=soon", "invalid_date"),
        (f"{ACTIVITY}?user_id=ada", "range_needed"),
        (f"{ACTIVITY}?user_id=ada&from=2026-03-04&to=2026-03-02", "invalid_range"),
        (f"{ACTIVITY}?user_id=ada&from=1926-03-04&to=2026-03-02", "range_too_long"),
        (f"{EXECUTIVE}?date=0001-01-01", "invalid_date"),
    ],
)
def test_a_wrong_question_is_refused_in_words(forum, client, address, code):
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404 if code == "unknown_person" else 400, code)


def test_the_executive_dashboard_has_its_fields_from_the_reader(forum, client):
    # One person is told of, too.
    DefinitionVersion.objects.create(
        workspace=forum.workspace, key=small_groups.KEY, valid_from=at(-1).date(), value={"least_people": 1}
    )
    answer = client.get(f"{EXECUTIVE}?date=2026-03-03").json()
    data = answer["data"]
    assert set(data) - {"workspace", "date"} == {
        *("total_users", "dau", "mau", "dau_mau_ratio", "posts_per_day", "comments_per_day"),
        *("avg_session_duration_min", "points_in_circulation", "bnb_rewards_distributed", "new_signups_today"),
        *("retention_d1", "retention_d7", "retention_d30", "churn_rate"),
    }
    day = at(1).date()
    assert (data["dau"], data["posts_per_day"], data["total_users"], data["new_signups_today"]) == (2, 2, 2, 0)
    (kept,) = metrics.read(METRICS["retention_day_1"], forum.workspace, at(0).date(), at(0).date())
    assert data["retention_d1"] == kept.value == 1
    (session,) = metrics.read(METRICS["session_duration"], forum.workspace, day, day)
    assert data["avg_session_duration_min"] == session.value / 60
    assert answer["metadata"]["state"] == "closed"
