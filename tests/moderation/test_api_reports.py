"""Reports over HTTP, with a server key."""

from uuid import uuid4

import pytest

from analytics.models import Content
from ingestion.models import Actor, Community
from moderation.models import Report
from tests.moderation.forum import NOW

BODY = {
    "report_id": "r1",
    "reporter_id": "ada",
    "content_type": "post",
    "content_id": "p1",
    "content_author_id": "bob",
    "reason": "spam",
    "details": "Third time today.",
}


@pytest.fixture
def post(client, forum):
    """The answer to a report of the forum, whose member bob is known."""
    Actor.objects.create(
        actor_id=forum.actor("bob"), workspace=forum.workspace, kind=Actor.Kind.USER, distinct_id="bob"
    )

    def send(body, key=forum.created.server_key, path="/api/moderation/reports"):
        return client.post(path, body, "application/json", headers={"Authorization": f"Bearer {key}"})

    return send


def assert_refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert not Report.objects.exists()


def test_a_report_is_taken_once_and_the_answer_says_where_it_stands(forum, post):
    answers = [post(BODY), post(BODY, path="/api/moderation/reports/")]
    assert [answer.status_code for answer in answers] == [201, 200]
    report = Report.objects.get()
    assert (
        answers[0].json()
        == answers[1].json()
        == {
            "status": "success",
            "data": {
                "report_id": "r1",
                "case": report.case_id,
                "status": "pending",
                "priority": 1,
                "risk": pytest.approx(0.34, abs=0.01),
                "content": "visible",
            },
        }
    )
    assert (report.workspace, report.text) == (forum.workspace, "Third time today.")
    assert (report.reporter_id, report.case.person_id) == (forum.actor("ada"), forum.actor("bob"))


def test_another_report_under_the_same_id_is_a_conflict_and_changes_nothing(post):
    post(BODY)
    answer = post(BODY | {"reason": "violence"})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_report")
    answer = post(BODY | {"report_id": "r2"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_reported")
    assert Report.objects.get().reason == "spam"


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "boring"},
        {"reason": None},
        {"reporter_id": ""},
        {"content_id": "x" * 513},
        {"details": "x" * 5_001},
        {"report_id": "a\0b"},
        {"report_id": ["r1"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_body_that_is_wrong_is_refused_by_its_field(post, change):
    answer = post(BODY | change)
    assert_refused(answer, 400, "invalid")
    assert set(answer.json()["details"]) == set(change)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"reporter_id": "bob"}, 400, "report_on_oneself"),
        ({"reporter_id": "undefined"}, 400, "no_reporter"),
        ({"content_author_id": "nobody we know"}, 404, "unknown_target"),
        ({"content_type": "user", "content_id": "stranger"}, 404, "unknown_target"),
        ({"content_type": "community", "content_id": "garden"}, 404, "unknown_target"),
    ],
    ids=["oneself", "nobody", "content", "person", "community"],
)
def test_what_cannot_be_reported_is_refused(post, change, status, code):
    assert_refused(post(BODY | change), status, code)


def test_what_only_another_tenant_knows_is_unknown(post, other):
    Actor.objects.create(
        actor_id=other.actor("zoe"), workspace=other.workspace, kind=Actor.Kind.USER, distinct_id="zoe"
    )
    facts = {"content_type": "post", "content_id": "p9", "author_id": other.actor("zoe"), "last_on": NOW.date()}
    Content.objects.create(workspace=other.workspace, calculated_at=NOW, **facts)
    theirs = {key: value for key, value in BODY.items() if key != "content_author_id"} | {"content_id": "p9"}
    assert_refused(post(theirs), 404, "unknown_target")
    assert_refused(post(BODY | {"content_type": "user", "content_id": "zoe"}), 404, "unknown_target")
    assert post(theirs, key=other.created.server_key).status_code == 201
    assert Report.objects.get().case.person_id == other.actor("zoe")


def test_people_and_communities_are_reported_too(forum, post):
    Community.objects.create(id=uuid4(), workspace=forum.workspace, community_id="garden")
    assert post(BODY | {"content_type": "user", "content_id": "bob"}).status_code == 201
    assert post(BODY | {"report_id": "r2", "content_type": "community", "content_id": "garden"}).status_code == 201
    targets = Report.objects.order_by("key").values_list("case__target", "case__target_id")
    assert list(targets) == [("person", "bob"), ("community", "garden")]


def test_a_client_key_may_not_and_no_key_neither(client, forum, post):
    assert_refused(post(BODY, key=forum.created.write_key), 403, "permission_denied")
    assert_refused(post(BODY, key="ask_unknown"), 401, "authentication_failed")
    assert client.post("/api/moderation/reports", BODY, "application/json").status_code == 401
    forum.created.source.enabled = False
    forum.created.source.save()
    assert_refused(post(BODY), 403, "source_disabled")


def test_pictures_are_kept_and_what_is_no_address_of_one_is_refused(post):
    url = "https://cdn.example/7.jpg"
    for wrong in (["http://cdn.example/7.jpg"], ["https://cdn.example; x/"], [url] * 11, url, [7]):
        assert_refused(post(BODY | {"media_urls": wrong}), 400, "invalid")
    assert post(BODY | {"media_urls": [url]}).status_code == 201
    assert Report.objects.get().media == [url]
