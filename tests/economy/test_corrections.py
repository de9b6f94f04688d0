"""Corrections: what one operator does alone, what takes two, and what nobody does."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse as url_of
from django.utils import timezone

from config.models import Role
from economy import corrections
from economy.corrections import adjust, approve, decline
from economy.ledger import Refused, post
from economy.models import Account, Correction, CorrectionLimit, RefusedTransfer, Transfer
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.factories.ingestion import ActorFactory
from tests.pages import confirm, list_url, log_in, said, url

from .reading import balances, is_right

pytestmark = pytest.mark.django_db
ADA = uuid.UUID(int=1)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def operator():
    return UserFactory()


def give(workspace, operator, points=10, person=ADA):
    return adjust(workspace, person, points, by=operator, reason=" A prize ")


class TestAlone:
    def test_points_are_given_from_the_mint_and_taken_into_the_sink(self, workspace, operator):
        given, taken = give(workspace, operator, 10), give(workspace, operator, -4)
        assert [(one.status, one.number, one.decided_by) for one in (given, taken)] == [
            ("done", 1, operator),
            ("done", 2, operator),
        ]
        assert balances(workspace) == {"mint": -10, ADA: 6, "sink": 4}
        row = Transfer.objects.get(workspace=workspace, number=1)
        assert (row.kind, row.made_by, row.reason) == ("adjustment", operator, "A prize")
        assert is_right(workspace)

    def test_a_transfer_is_reversed_once(self, workspace, operator):
        grant(workspace, 10, ADA)
        done = corrections.reverse(workspace, 1, by=operator, reason="Twice")
        assert (done.status, done.number, balances(workspace)) == ("done", 2, {})
        with pytest.raises(Refused, match="reversed already"):
            corrections.reverse(workspace, 1, by=operator, reason="Twice")

    def test_what_the_person_has_not_is_refused_and_recorded(self, workspace, operator):
        taken = give(workspace, operator, -4)
        assert (taken.status, taken.number) == ("refused", None)
        assert RefusedTransfer.objects.get().amount == 4

    @pytest.mark.parametrize("points", [0, 10**12 + 1, -(10**12) - 1])
    def test_points_that_are_none_are_refused(self, workspace, operator, points):
        with pytest.raises(Refused, match="From 1 to"):
            give(workspace, operator, points)

    @pytest.mark.parametrize(("reason", "message"), [(" ", "Say why"), ("x" * 1_001, "at most 1,000")])
    def test_a_reason_is_needed(self, workspace, operator, reason, message):
        with pytest.raises(Refused, match=message):
            adjust(workspace, ADA, 5, by=operator, reason=reason)
        assert not Correction.objects.exists()


class TestTwo:
    def test_above_the_limit_it_waits_until_another_approves(self, workspace, operator):
        asked = give(workspace, operator, 1_001)
        assert (asked.status, balances(workspace)) == ("waiting", {})
        with pytest.raises(Refused, match="takes a second operator"):
            approve(asked, by=operator)
        second = UserFactory()
        done = approve(asked, by=second)
        assert (done.status, done.decided_by, done.asked_by) == ("done", second, operator)
        assert balances(workspace) == {"mint": -1_001, ADA: 1_001}
        assert Transfer.objects.get().made_by == operator
        for decision in (approve, decline):
            with pytest.raises(Refused, match="decided already"):
                decision(asked, by=second)
        assert Transfer.objects.count() == 1

    def test_small_ones_add_up_to_the_limit_for_each_operator_and_day(self, workspace, operator):
        assert [give(workspace, operator, points).status for points in (600, -400, 1)] == ["done", "done", "waiting"]
        assert give(workspace, UserFactory(), 1_000).status == "done"
        assert give(WorkspaceFactory(), operator, 1_000).status == "done"
        Correction.objects.update(asked_at=timezone.now() - timedelta(hours=25))
        assert give(workspace, operator, 1_000).status == "done"

    def test_a_reversal_counts_too(self, workspace, operator):
        grant(workspace, 5_000, ADA)
        asked = corrections.reverse(workspace, 1, by=operator, reason="Wrong")
        assert asked.status == "waiting"
        with pytest.raises(Refused, match="waits already"):
            corrections.reverse(workspace, 1, by=UserFactory(), reason="Wrong")
        assert approve(asked, by=UserFactory()).number == 2
        assert balances(workspace) == {}

    def test_the_limit_is_a_row_of_the_workspace(self, workspace, operator):
        CorrectionLimit.objects.create(workspace=workspace, points=0)
        CorrectionLimit.objects.create(workspace=WorkspaceFactory(), points=10**9)
        assert give(workspace, operator, 1).status == "waiting"

    def test_whoever_asked_may_withdraw_it(self, workspace, operator):
        assert decline(give(workspace, operator, 9_999), by=operator).status == "declined"
        assert balances(workspace) == {}

    def test_what_cannot_be_done_when_it_is_approved_goes_on_waiting(self, workspace, operator):
        asked = give(workspace, operator, 9_999)
        Account.objects.filter(workspace=workspace, person_id=ADA).update(person_id=None)
        with pytest.raises(Refused, match="erased"), transaction.atomic():
            approve(asked, by=UserFactory())
        asked.refresh_from_db()
        assert asked.status == "waiting"

    def test_corrections_go_with_their_workspace(self, workspace, operator):
        give(workspace, operator, 5)
        workspace.delete()
        assert not Correction.objects.exists()
        assert not Account.objects.exists()


@pytest.fixture
def member():
    return MemberFactory(role=Role.COMMUNITY_MANAGER)


@pytest.fixture
def second(member):
    return MemberFactory(workspace=member.workspace, role=Role.ADMIN)


@pytest.fixture
def ada(member):
    return ActorFactory(workspace=member.workspace, distinct_id="ada").actor_id


def page(name, workspace, *more):
    return url_of(f"admin:{name}", args=[workspace.slug, *more])


class TestPages:
    def test_a_balance_is_adjusted_with_a_reason(self, member, ada):
        client, address = log_in(member.user), page("ledger_adjust", member.workspace, ada)
        assert address in client.get(page("ledger_statement", member.workspace, ada)).content.decode()
        assert "ada has 0 points." in client.get(address).content.decode()
        for wrong in ({"points": 5}, {"points": "x", "reason": "r"}, {"points": 0, "reason": "r"}):
            assert client.post(address, wrong).context["form"].errors
        answer = client.post(address, {"points": 5, "reason": "A prize"})
        assert answer["Location"] == page("ledger_statement", member.workspace, ada)
        assert said(answer) == ["Done: transfer 1."]
        assert balances(member.workspace) == {"mint": -5, ada: 5}

    def test_a_transfer_is_reversed_with_a_reason(self, member, ada):
        grant(member.workspace, 5, ada)
        client, address = log_in(member.user), page("ledger_reverse", member.workspace, 1)
        assert address in client.get(page("ledger_transfer", member.workspace, 1)).content.decode()
        assert said(client.post(address, {"reason": "Twice"})) == ["Done: transfer 2."]
        assert address not in client.get(page("ledger_transfer", member.workspace, 1)).content.decode()
        again = client.post(address, {"reason": "Twice"})
        assert "was reversed already" in str(again.context["form"].errors)

    def test_a_second_operator_approves_and_the_first_is_not_offered_to(self, member, second, ada):
        first = log_in(member.user)
        address = page("ledger_adjust", member.workspace, ada)
        assert "second operator" in said(first.post(address, {"points": 5_000, "reason": "A prize"}))[0]
        row = Correction.objects.get()
        assert url(row, "approve") not in first.get(url(row, "change")).content.decode()
        assert url(row, "decline") in first.get(url(row, "change")).content.decode()
        assert "takes a second operator" in said(confirm(first, row, "approve"))[0]
        assert balances(member.workspace) == {}
        other = log_in(second.user)
        assert url(row, "approve") in other.get(url(row, "change")).content.decode()
        assert said(confirm(other, row, "approve")) == ["Done."]
        assert balances(member.workspace) == {"mint": -5_000, ada: 5_000}
        assert url(row, "decline") not in other.get(url(row, "change")).content.decode()

    def test_it_is_declined(self, member, second, ada):
        row = adjust(member.workspace, ada, 5_000, by=member.user, reason="A prize")
        assert said(confirm(log_in(second.user), row, "decline")) == ["Declined."]
        assert balances(member.workspace) == {}

    def test_too_few_points_are_told(self, member, ada):
        post(member.workspace, entry(Account.Kind.MINT, ada, 3))
        address = page("ledger_adjust", member.workspace, ada)
        answer = log_in(member.user).post(address, {"points": -4, "reason": "Fraud"})
        assert "too few points" in said(answer)[0]

    @pytest.mark.parametrize("role", [Role.MODERATOR, Role.PRIVACY_OFFICER])
    def test_who_may_only_look_corrects_nothing(self, member, ada, role):
        grant(member.workspace, 5, ada)
        row = adjust(member.workspace, ada, 5_000, by=member.user, reason="A prize")
        client = log_in(MemberFactory(workspace=member.workspace, role=role).user)
        for address in (
            page("ledger_adjust", member.workspace, ada),
            page("ledger_reverse", member.workspace, 1),
            url(row, "approve"),
        ):
            assert client.post(address, {"points": 5, "reason": "A prize"}).status_code == 403
            assert address not in client.get(page("ledger_statement", member.workspace, ada)).content.decode()
        assert client.get(list_url(Correction)).status_code == 200
        assert balances(member.workspace) == {"mint": -5, ada: 5}

    def test_people_transfers_and_corrections_of_others_are_not_there(self, member):
        theirs = MemberFactory(role=Role.ADMIN)
        bob = ActorFactory(workspace=theirs.workspace).actor_id
        grant(theirs.workspace, 5, bob)
        row = adjust(theirs.workspace, bob, 5_000, by=theirs.user, reason="A prize")
        client = log_in(member.user)
        form = {"points": 5, "reason": "A prize"}
        assert client.post(page("ledger_adjust", theirs.workspace, bob), form).status_code == 404
        assert client.post(page("ledger_adjust", member.workspace, bob), form).status_code == 404
        assert client.post(page("ledger_reverse", theirs.workspace, 1), form).status_code == 404
        assert confirm(client, row, "approve").status_code in {302, 403}
        assert balances(theirs.workspace) == {"mint": -5, bob: 5}

    def test_who_corrects_does_not_set_the_limit(self, member):
        row = CorrectionLimit.objects.create(workspace=member.workspace)
        assert log_in(member.user).post(url(row, "change"), {"points": 10**9}).status_code == 403
        analyst = log_in(MemberFactory(workspace=member.workspace, role=Role.ANALYST).user)
        assert analyst.post(url(row, "change"), {"points": 50}).status_code == 302
        assert corrections.limit_of(member.workspace) == 50
        assert analyst.post(url(row, "change"), {"points": -1}).context["adminform"].form.errors
