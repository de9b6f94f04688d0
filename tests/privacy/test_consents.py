"""Consents in the admin and from the command line."""

import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.lib.uuids import uuid5
from config.models import Role
from privacy import consents
from privacy.answers import Answer
from privacy.models import Consent, ConsentRecord, RefusedEvents
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import list_url, log_in

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def member():
    return MemberFactory(role=Role.PRIVACY_OFFICER)


def answered(workspace, user="ada", *, granted=True, purpose="analytics", at=NOON):
    consents.record(workspace.pk, [Answer(uuid5(workspace.uuid, user), purpose, granted, at, "signup", "2")])


def record(client, workspace, **said):
    path = reverse("admin:privacy_consentrecord_record_answer")
    said = {
        "workspace": workspace.pk,
        "distinct_id": "ada",
        "purpose": "marketing",
        "answer": "no",
        "source": "a call",
    } | said
    return client.post(path, said | {"_form_submitted": "on"}, follow=True)


def held(workspace, user="ada"):
    rows = Consent.objects.filter(workspace=workspace, actor_id=uuid5(workspace.uuid, user))
    return dict(rows.values_list("purpose", "granted"))


class TestAdmin:
    def test_the_history_is_found_by_the_distinct_id_and_only_in_the_users_workspaces(self, member):
        answered(member.workspace)
        answered(member.workspace, "bob", purpose="marketing")
        answered(WorkspaceFactory(), "ada", purpose="personalisation")
        client = log_in(member.user)
        everything = client.get(list_url(ConsentRecord)).content.decode()
        assert everything.count('class="field-purpose') == 2
        found = client.get(list_url(ConsentRecord), {"q": "ada"}).content.decode()
        assert found.count('class="field-purpose') == 1
        assert "Analytics" in found

    def test_an_operator_records_what_a_person_said(self, member):
        assert record(log_in(member.user), member.workspace).status_code == 200
        row = ConsentRecord.objects.get()
        assert (row.evidence, row.recorded_by, row.source, row.granted) == ("operator", member.user, "a call", False)
        assert held(member.workspace) == {"marketing": False}

    def test_nobody_records_an_answer_in_a_workspace_they_have_no_right_in(self, member):
        other = WorkspaceFactory()
        record(log_in(member.user), other)
        analyst = MemberFactory(workspace=member.workspace, role=Role.ANALYST)
        assert record(log_in(analyst.user), member.workspace).status_code == 403
        assert not ConsentRecord.objects.exists()

    def test_refused_events_are_listed_by_day(self, member):
        consents.count_refused(member.workspace.pk, NOON.date(), {"analytics": 41})
        consents.count_refused(member.workspace.pk, NOON.date(), {"analytics": 1, "marketing": 7})
        consents.count_refused(WorkspaceFactory().pk, NOON.date(), {"analytics": 123_456_789})
        page = log_in(member.user).get(list_url(RefusedEvents)).content.decode()
        assert ">42<" in page.replace(" ", "").replace("\n", "")
        assert "123456789" not in page.replace(",", "")
        assert RefusedEvents.objects.filter(workspace=member.workspace).count() == 2

    @pytest.mark.parametrize("model", [ConsentRecord, RefusedEvents])
    def test_the_lists_are_for_whoever_answers_for_privacy(self, member, model):
        for role in Role:
            colleague = MemberFactory(workspace=member.workspace, role=role)
            expected = 200 if role in {Role.ADMIN, Role.PRIVACY_OFFICER} else 403
            assert log_in(colleague.user).get(list_url(model)).status_code == expected, role


class TestCommand:
    def test_answers_are_recorded_and_shown(self, capsys):
        workspace = WorkspaceFactory(slug="club")
        call_command(
            "consent", "ada", "--workspace", "club", "--answer", "analytics=yes", "--answer", "marketing=no", "--json"
        )
        assert {one["purpose"]: one["granted"] for one in json.loads(capsys.readouterr().out)} == held(workspace)
        assert held(workspace) == {"analytics": True, "marketing": False}
        call_command("consent", "bob", "--workspace", "club")
        assert "Never asked" in capsys.readouterr().out

    @pytest.mark.parametrize("wrong", ["analytics", "analytics=maybe", "spam=yes", "=yes"])
    def test_a_wrong_answer_is_refused_and_records_nothing(self, wrong):
        WorkspaceFactory(slug="club")
        with pytest.raises(CommandError, match="is not an answer"):
            call_command("consent", "ada", "--workspace", "club", "--answer", "marketing=no", "--answer", wrong)
        assert not ConsentRecord.objects.exists()
