"""POST /api/metrics/query and the catalogue: what is answered, what is refused, and who is told of whom."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics import metrics
from analytics.metrics import METRICS
from analytics.models import CommunityDaily, DefinitionVersion
from analytics.small_groups import KEY
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory

FILLS = ("platform_daily", "platform_weekly", "community_daily", "hourly_metrics")
URL = "/api/metrics/query"
DAY = {"from": "2026-03-02", "to": "2026-03-02"}


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Posts on days 0, 1 and 8; six people in chess and two in go."""
    community = Community("queried")
    for number, who in enumerate(("ada", "bob", "cyd", "dan", "eve", "fay")):
        community.happens("community_join", who, at(0), properties={"communityId": "chess"})
        if number < 2:
            community.happens("community_join", who, at(0), properties={"communityId": "go"})
            community.happens("post_created", who, at(1))
    community.happens("post_created", "ada", at(0, "09:30"))
    community.happens("post_created", "test", at(0))
    community.happens("post_created", "ada", at(8))
    community.fill()
    return community


@pytest.fixture
def forum(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def ask(forum, client):
    """Posts a query as a viewer of the forum."""
    client.force_login(MemberFactory(workspace=forum.workspace, role=Role.VIEWER).user)
    return lambda **query: client.post(URL, query, content_type="application/json")


def values(answer, *fields):
    return [tuple(row[field] for field in (*fields, "value")) for row in answer.json()["data"]]


def test_several_metrics_by_day_are_what_the_reader_says(ask, forum):
    answer = ask(metrics=["posts_created", "dau"], time_range={"from": "2026-03-02", "to": "2026-03-04"})
    assert values(answer, "metric", "date") == [
        ("posts_created", "2026-03-02", 1),
        ("posts_created", "2026-03-03", 2),
        ("posts_created", "2026-03-04", 0),
        ("dau", "2026-03-02", 6),
        ("dau", "2026-03-03", 2),
        ("dau", "2026-03-04", 0),
    ]
    (read,) = metrics.read(METRICS["dau"], forum.workspace, at(0).date(), at(0).date())
    row = answer.json()["data"][3]
    assert (row["data_points"], row["state"], row["confidence"]) == (read.data_points, read.state, read.confidence)
    about = answer.json()["metadata"]
    assert about["workspace"] == "queried"
    assert about["total_rows"] == 6
    assert about["data_freshness"]["watermark"] == read.watermark.isoformat().replace("+00:00", "Z")
    assert set(about) == {"workspace", "total_rows", "execution_ms", "data_freshness", "query_id", "cached", "stale"}


def test_the_period_before_is_told_with_each_row(ask):
    answer = ask(
        metrics=["posts_created"],
        time_range={"from": "2026-03-09", "to": "2026-03-12"},
        granularity="week",
        compare=True,
    )
    (row,) = answer.json()["data"]
    assert (row["date"], row["value"], row["before"]) == ("2026-03-09", 1, {"date": "2026-03-02", "value": 3})


def test_hours_are_told_of_what_is_counted_by_hour(ask):
    answer = ask(metrics=["posts_created"], time_range=DAY, granularity="hour", compare=True)
    told = {row["hour"]: (row["value"], row["before"]["value"]) for row in answer.json()["data"]}
    assert len(told) == 24
    assert {hour: counts for hour, counts in told.items() if any(counts)} == {"2026-03-02T09:00:00Z": (1, 0)}


def test_bots_and_test_accounts_are_a_filter_and_a_dimension(ask):
    assert values(ask(metrics=["posts_created"], time_range=DAY, filters={"bots": True})) == [(2,)]
    both = ask(metrics=["posts_created"], time_range=DAY, dimensions=["bots"])
    assert values(both, "bots") == [(False, 1), (True, 2)]


def test_groups_are_told_but_for_small_ones(ask, forum):
    asked = {"metrics": ["community_new_members"], "time_range": DAY, "dimensions": ["community"]}
    answer = ask(**asked)
    assert values(answer, "community") == [("chess", 6), ("go", None)]
    small = answer.json()["data"][1]
    assert (small["suppressed"], small["numerator"], small["data_points"]) == (
        "A group of fewer than 5 people",
        None,
        None,
    )
    assert values(ask(**asked | {"filters": {"community": ["go", "none such"]}}), "community") == [
        ("go", None),
        ("none such", 0),
    ]
    DefinitionVersion.objects.create(
        workspace=forum.workspace, key=KEY, valid_from=at(-1).date(), value={"least_people": 2}
    )
    assert values(ask(**asked), "community") == [("chess", 6), ("go", 2)]


def test_the_limit_leaves_out_rows_and_says_how_many_there_are(ask):
    answer = ask(metrics=["dau"], time_range={"from": "2026-03-01", "to": "2026-03-31"}, limit=3)
    assert len(answer.json()["data"]) == 3
    assert answer.json()["metadata"]["total_rows"] == 31


def test_another_tenant_sees_nothing_of_it(forum, client):
    stranger = MemberFactory(workspace=Community("queried-other").workspace).user
    client.force_login(stranger)
    asked = {"metrics": ["community_members"], "time_range": DAY, "dimensions": ["community"]}
    assert client.post(URL, asked, content_type="application/json").json()["data"] == []
    named = client.post(f"{URL}?workspace=queried", asked, content_type="application/json")
    assert (named.status_code, named.json()["code"]) == (404, "unknown_workspace")


GOOD = {"metrics": ["dau"], "time_range": DAY}
REFUSED = {
    "metric": ({"metrics": ["dua"]}, "unknown_metric", ["dau"]),
    "no metric": ({"metrics": []}, "invalid_metrics", None),
    "metrics of a type": ({"metrics": "dau"}, "invalid_metrics", None),
    "metric of a type": ({"metrics": [{"key": "dau"}]}, "unknown_metric", None),
    "dimension": ({"dimensions": ["comunity"]}, "unknown_dimension", ["community"]),
    "foreign dimension": ({"dimensions": ["community"]}, "invalid_dimension", None),
    "missing dimension": ({"metrics": ["community_members"]}, "dimension_needed", None),
    "filter": ({"filters": {"country": "AT"}}, "unknown_dimension", None),
    "injection": ({"filters": {"community": {"$ne": "x"}}}, "invalid_filters", None),
    "nul": ({"metrics": ["community_members"], "filters": {"community": "a\0b"}}, "invalid_filters", None),
    "bots": ({"filters": {"bots": "yes"}}, "invalid_bots", None),
    "no bots in hours": (
        {"granularity": "hour", "metrics": ["events"], "filters": {"bots": True}},
        "invalid_dimension",
        0,
    ),
    "field": ({"granluarity": "day"}, "unknown_field", ["granularity"]),
    "granularity": ({"granularity": "year"}, "invalid_granularity", None),
    "granularity of a type": ({"granularity": ["day"]}, "invalid_granularity", None),
    "no such grain": ({"granularity": "hour", "metrics": ["total_users"]}, "invalid_granularity", None),
    "backwards": ({"time_range": {"from": "2026-03-03", "to": "2026-03-02"}}, "invalid_time_range", None),
    "a century": ({"time_range": {"from": "1930-01-01", "to": "2030-01-01"}}, "range_too_long", None),
    "a century of months": (
        {"time_range": {"from": "1930-01-01", "to": "2030-01-01"}, "granularity": "month", "metrics": ["events"]},
        "range_too_long",
        None,
    ),
    "first year": ({"time_range": {"from": "0001-01-01", "to": "0001-01-02"}}, "invalid_time_range", None),
    "last year": ({"time_range": {"from": "9999-12-31", "to": "9999-12-31"}}, "invalid_time_range", None),
    "no date": ({"time_range": {"from": "soon", "to": 5}}, "invalid_time_range", None),
    "half a range": ({"time_range": {"from": "2026-03-02"}}, "invalid_time_range", None),
    "limit": ({"limit": 10**30}, "invalid_limit", None),
    "limit of none": ({"limit": 0}, "invalid_limit", None),
    "limit of a type": ({"limit": True}, "invalid_limit", None),
    "compare": ({"compare": "yes"}, "invalid_compare", None),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_query_is_refused_in_words(ask, case):
    change, code, near = REFUSED[case]
    answer = ask(**GOOD | change)
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == code
    assert answer.json()["message"]
    if near:
        assert answer.json()["details"]["near"][: len(near)] == near


@pytest.mark.parametrize("body", ["[]", "null", "3", "{", '{"metrics": 1e999}', ""])
def test_what_is_no_query_is_refused(ask, client, body):
    assert client.post(URL, body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("granularity", ["day", "week", "month"])
def test_every_metric_of_the_platform_can_be_asked_for_as_the_catalogue_says(ask, client, granularity):
    catalogue = client.get("/api/metrics").json()["data"]
    assert [one["key"] for one in catalogue["metrics"]] == [metric.key for metric in METRICS]
    assert catalogue["dimensions"] == ["cohort", "community", "feature", "field", "platform", "segment", "bots"]
    told = [one for one in catalogue["metrics"] if granularity in one["grains"]]
    # Several at once, as far as their dimensions are the same.
    for per in {one["per"] for one in told}:
        keys = [one["key"] for one in told if one["per"] == per]
        for start in range(0, len(keys), 20):
            more = {"dimensions": [per]} if per else {}
            answer = ask(
                metrics=keys[start : start + 20], time_range=DAY, granularity=granularity, compare=True, **more
            )
            assert answer.status_code == 200, answer.content


def test_the_catalogue_tells_the_hours_that_the_query_knows(client, forum):
    client.force_login(MemberFactory(workspace=forum.workspace).user)
    found = {one["key"]: one for one in client.get("/api/metrics/").json()["data"]["metrics"]}
    assert found["events"]["grains"] == ["hour", "day", "week", "month"]
    assert found["community_members"]["dimensions"] == ["community"]
    assert found["dau"]["dimensions"] == ["segment", "platform", "cohort", "bots"]


def test_a_query_of_years_is_answered_by_few_queries(ask, django_assert_max_num_queries):
    first = datetime(2020, 1, 1, tzinfo=UTC).date()
    with django_assert_max_num_queries(30):
        answer = ask(metrics=["dau"], time_range={"from": str(first), "to": str(first + timedelta(days=3_000))})
    assert answer.json()["metadata"]["total_rows"] == 3_001


def test_many_communities_are_told_by_few_queries(ask, forum, django_assert_max_num_queries):
    asked = {"metrics": ["community_members", "community_churn_rate"], "dimensions": ["community"], "time_range": DAY}
    before = ask(**asked).json()["data"]
    counts = dict.fromkeys(
        ("new_members", "members_left", "active_members", "active_people", "posts", "comments", "total_interactions"), 0
    )
    CommunityDaily.objects.bulk_create(
        CommunityDaily(
            workspace=forum.workspace,
            community_id=f"many-{number}",
            date=at(-1).date(),
            member_change=5,
            calculated_at=at(0),
            **counts,
        )
        for number in range(30)
    )
    with django_assert_max_num_queries(35):
        found = ask(**asked | {"limit": 100}).json()["data"]
    assert len(found) == len(before) + 60
    assert {row["value"] for row in found if row["metric"] == "community_members"} == {None, 5, 6}
