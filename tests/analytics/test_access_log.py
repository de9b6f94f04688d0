"""Every read over the API is on record and nobody changes that; and nobody reads more often than they may."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from config.models import Role, Scope
from ingestion import keys
from ingestion.models import WriteKey
from privacy import access_log
from privacy.models import AccessRecord
from tests.factories.config import ApiTokenFactory, MemberFactory, UserFactory
from tests.factories.ingestion import ActorFactory, SourceFactory
from tests.factories.privacy import AccessRecordFactory
from tests.pages import list_url, log_in

SUMMARY, QUERY = "/api/metrics/platform-summary", "/api/metrics/query"
DAYS = {"from": "2026-03-02", "to": "2026-03-04"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(role=Role.COMMUNITY_MANAGER)


def logged(*fields):
    return list(AccessRecord.objects.order_by("pk").values_list(*fields))


class TestRecord:
    def test_padding_hides_neither_the_person_nor_another_parameter(self, member, client):
        ActorFactory(workspace=member.workspace, distinct_id="p1")
        client.force_login(member.user)
        asked = {f"a{n}": "x" * 4_000 for n in range(9)} | {"user_id": "p1", "date": "2026-03-02"}
        assert client.get("/api/metrics/flourish-index", asked).status_code == 200
        (filters,) = logged("filters")
        assert '"user_id":"p1"' in filters[0]["beginning"]

    def test_says_who_asked_for_what_and_how_much_they_were_told(self, member, client):
        token = ApiTokenFactory(user=member.user, token="agora_pat_logged", scopes=[Scope.READ_METRICS])
        asked = {"metrics": ["dau", "posts_created"], "time_range": DAYS, "limit": 5}
        headers = {"authorization": "Bearer agora_pat_logged"}
        answer = client.post(QUERY, asked, content_type="application/json", headers=headers)
        row = AccessRecord.objects.get()
        assert (row.who, row.user_id, row.token_id) == (member.user.email, member.user.pk, token.pk)
        assert (row.workspace, row.method, row.path, row.status) == (member.workspace, "POST", QUERY, 200)
        assert (row.rows, str(row.query_id)) == (5, answer.json()["metadata"]["query_id"])
        assert row.filters["query"][0] == ["dau", "posts_created"]
        assert "agora_pat_logged" not in str(vars(row))

    def test_is_made_of_refusals_too_and_of_nobody_who_is_not_logged_in(self, member, client):
        client.get(SUMMARY)
        client.get(SUMMARY, headers={"authorization": "Bearer agora_pat_wrong"})
        assert logged("pk") == []
        client.force_login(MemberFactory(role=Role.VIEWER).user)
        client.get(f"{SUMMARY}?workspace={member.workspace.slug}")
        client.get("/api/metrics/flourish-index?user_id=ada")
        client.get(f"{SUMMARY}?date=soon")
        client.post(QUERY, {"metrics": ["dua"]}, content_type="application/json")
        found = logged("status", "rows", "filters")
        assert found == [
            (404, 0, {"workspace": member.workspace.slug}),
            (403, 0, {"user_id": "ada"}),
            (400, 0, {"date": "soon"}),
            (400, 0, {"refused": "unknown_metric"}),
        ]

    def test_names_the_source_of_a_key(self, client):
        source = SourceFactory()
        headers = {"authorization": f"Bearer {keys.issue(source, WriteKey.Scope.SERVER)[1]}"}
        client.get(SUMMARY, headers=headers)
        assert logged("user_id", "source_id", "workspace_id") == [(None, source.pk, source.workspace_id)]

    @pytest.mark.parametrize("odd", ["%00", "%ED%A0%BD", "\\u0000", "a" * 9_000])
    def test_takes_any_question(self, member, client, odd):
        client.force_login(member.user)
        assert client.post(f"{QUERY}?workspace={odd}&x={odd}", "{}", content_type="application/json").status_code == 404
        assert len(logged("pk")) == 1

    @pytest.mark.parametrize("change", ["UPDATE privacy_accessrecord SET who = ''", "DELETE FROM privacy_accessrecord"])
    def test_is_never_changed(self, change):
        AccessRecordFactory()
        with (
            pytest.raises(DatabaseError, match="only appended to"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
        assert len(logged("pk")) == 1

    def test_outlives_its_user_and_is_forgotten_after_its_time(self, member, settings):
        kept = AccessRecordFactory(workspace=member.workspace, user_id=member.user.pk)
        AccessRecordFactory(at=timezone.now() - timedelta(days=366))
        member.user.delete()
        assert access_log.prune() == 1
        assert logged("pk") == [(kept.pk,)]

    def test_is_seen_by_privacy_officers_and_admins_of_its_workspace(self, member):
        AccessRecordFactory(workspace=member.workspace)
        AccessRecordFactory()
        for role, status in ((Role.PRIVACY_OFFICER, 200), (Role.ADMIN, 200), (Role.ANALYST, 403)):
            reader = MemberFactory(workspace=member.workspace, role=role).user
            page = log_in(reader).get(list_url(AccessRecord), {"q": "ada"})
            assert page.status_code == status
            if status == 200:
                assert [row.workspace for row in page.context["cl"].queryset] == [member.workspace]


class TestLimit:
    @pytest.fixture(autouse=True)
    def _three(self, settings):
        settings.API_READS_PER_HOUR = 3

    def test_is_told_with_every_answer_and_beyond_it_one_has_to_wait(self, member, client):
        client.force_login(member.user)
        left = [client.get(SUMMARY)["X-RateLimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        refused = client.get(SUMMARY)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_reads")
        assert (refused["X-RateLimit-Limit"], refused["X-RateLimit-Remaining"]) == ("3", "0")
        assert 0 < int(refused["Retry-After"]) == int(refused["X-RateLimit-Reset"]) <= 3_600
        assert logged("status")[-1] == (429,)

    def test_is_of_each_user_however_they_log_in(self, member, client):
        ApiTokenFactory(user=member.user, token="agora_pat_limited")
        for _ in range(3):
            client.get(SUMMARY, headers={"authorization": "Bearer agora_pat_limited"})
        client.force_login(member.user)
        assert client.get(SUMMARY).status_code == 429
        client.force_login(UserFactory(superuser=True))
        assert client.get(f"{SUMMARY}?workspace={member.workspace.slug}").status_code == 200

    def test_there_may_be_none(self, member, client, settings):
        settings.API_READS_PER_HOUR = 0
        client.force_login(member.user)
        assert [client.get(SUMMARY).status_code for _ in range(5)] == [200] * 5
        assert "X-RateLimit-Limit" not in client.get(SUMMARY)
