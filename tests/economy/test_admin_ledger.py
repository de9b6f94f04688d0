"""The pages of the ledger: who sees what, page by page, and by which indexes."""

import uuid

import pytest
from django.db import connection
from django.urls import reverse

from config.models import Role
from economy.admin import browser
from economy.ledger import post, post_many
from economy.ledger import reverse as take_back
from economy.models import Account, Transfer
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.factories.ingestion import ActorFactory
from tests.pages import log_in

pytestmark = pytest.mark.django_db
SINK = Account.Kind.SINK


@pytest.fixture
def member():
    return MemberFactory(role=Role.MODERATOR)


@pytest.fixture
def workspace(member):
    return member.workspace


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def ada(workspace):
    actor = ActorFactory(workspace=workspace, distinct_id="<b>ada</b>").actor_id
    return grant(workspace, 1_000, actor)


def page(name, workspace, *more):
    return reverse(f"admin:{name}", args=[workspace.slug, *more])


def text(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def numbers(answer):
    return [row.number for row, *_ in answer.context["rows"]]


class TestBrowser:
    def test_the_only_ledger_is_gone_to_and_several_are_listed(self, client, member):
        assert client.get(reverse("admin:ledgers"))["Location"] == page("ledger", member.workspace)
        second = MemberFactory(user=member.user, role=Role.ADMIN).workspace
        WorkspaceFactory(name="Of others")
        listed = text(client.get(reverse("admin:ledgers")))
        assert page("ledger", second) in listed
        assert "Of others" not in listed

    def test_it_tells_what_lies_where_and_the_latest_first(self, client, workspace, ada):
        post(workspace, entry(ada, SINK, 5, kind="post_creation", reference="<i>post:7</i>"))
        answer = client.get(page("ledger", workspace))
        shown = text(answer)
        assert numbers(answer) == [2, 1]
        for words in ("995 points with people", "Mint -1,000 · Sink 5", "&lt;b&gt;ada&lt;/b&gt;", "Post created"):
            assert words in shown
        assert "<i>" not in shown
        assert page("ledger_statement", workspace, ada) in shown

    def test_a_ledger_that_has_not_begun_is_shown(self, client, workspace):
        assert "0 points with people" in text(client.get(page("ledger", workspace)))

    def test_pages_go_on_from_a_number_and_stay_while_transfers_come(self, client, workspace, ada, monkeypatch):
        monkeypatch.setattr(browser, "PAGE_ROWS", 2)
        post_many(workspace, [entry(ada, SINK, 1, kind="like_cost") for _ in range(4)])
        first = client.get(page("ledger", workspace))
        assert (numbers(first), first.context["older"]) == ([5, 4], "?kind=&before=4")
        grant(workspace, 1)
        second = client.get(page("ledger", workspace) + first.context["older"])
        assert numbers(second) == [3, 2]
        assert numbers(client.get(page("ledger", workspace) + second.context["older"])) == [1]
        likes = client.get(page("ledger", workspace), {"kind": "like_cost"})
        assert (numbers(likes), likes.context["older"]) == ([5, 4], "?kind=like_cost&before=4")

    @pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 30, "0"])
    @pytest.mark.parametrize("name", ["ledger", "ledger_refused"])
    def test_an_odd_address_is_answered(self, client, workspace, ada, name, before):
        assert client.get(page(name, workspace), {"before": before, "kind": "'"}).status_code == 200

    def test_an_id_leads_to_the_statement(self, client, workspace, ada):
        answer = client.get(page("ledger", workspace), {"person": " <b>ada</b> "})
        assert answer["Location"] == page("ledger_statement", workspace, ada)
        assert "Nobody here has the id" in text(client.get(page("ledger", workspace), {"person": "bob"}))

    def test_refused_ones_stand_apart(self, client, workspace, ada):
        post(workspace, entry(ada, SINK, 2_000))
        shown = text(client.get(page("ledger_refused", workspace)))
        for words in ("2,000", "The person has too few points", "1,000", "&lt;b&gt;ada&lt;/b&gt;"):
            assert words in shown


class TestStatement:
    def test_it_has_the_balance_after_each(self, client, workspace, ada):
        post(workspace, entry(ada, SINK, 5))
        answer = client.get(page("ledger_statement", workspace, ada))
        assert [(line.points, line.balance) for line, _ in answer.context["lines"]] == [(-5, 995), (1_000, 1_000)]
        assert "&lt;b&gt;ada&lt;/b&gt;: 995 points" in text(answer)

    def test_somebody_without_points_has_an_empty_one_and_nobody_has_none(self, client, workspace):
        bob = ActorFactory(workspace=workspace).actor_id
        assert "0 points" in text(client.get(page("ledger_statement", workspace, bob)))
        for stranger in (uuid.uuid4(), ActorFactory().actor_id):
            assert client.get(page("ledger_statement", workspace, stranger)).status_code == 404

    def test_the_page_of_the_person_tells_the_points(self, client, workspace, ada):
        shown = text(client.get(page("person", workspace, ada)))
        assert "1,000 points" in shown
        assert page("ledger_statement", workspace, ada) in shown


class TestTransfer:
    def test_it_tells_all_and_leads_to_what_took_it_back(self, client, workspace, ada):
        operator = UserFactory(email="operator@example.com")
        take_back(workspace, 1, by=operator, reason="A <b>mistake</b>")
        shown = text(client.get(page("ledger_transfer", workspace, 2)))
        for words in ("operator@example.com", "A &lt;b&gt;mistake&lt;/b&gt;", "Takes back"):
            assert words in shown
        assert bytes(Transfer.objects.get(workspace=workspace, number=2).hash).hex() in shown
        assert "Taken back by" in text(client.get(page("ledger_transfer", workspace, 1)))
        operator.delete()
        assert "a user who is gone" in text(client.get(page("ledger_transfer", workspace, 2)))

    @pytest.mark.parametrize("number", [0, 2, 10**30])
    def test_one_that_is_not_there_is_not_found(self, client, workspace, ada, number):
        other = WorkspaceFactory()
        grant(other, 1)
        grant(other, 1)
        assert client.get(page("ledger_transfer", workspace, number)).status_code == 404


PAGES = {
    "ledger": lambda workspace, _: page("ledger", workspace),
    "refused": lambda workspace, _: page("ledger_refused", workspace),
    "statement": lambda workspace, ada: page("ledger_statement", workspace, ada),
    "transfer": lambda workspace, _: page("ledger_transfer", workspace, 1),
}


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_ledgers_of_others_are_not_there_and_roles_without_the_right_see_none(client, workspace, ada, address):
    other = WorkspaceFactory()
    theirs = grant(other, 5, ActorFactory(workspace=other).actor_id)
    assert client.get(address(workspace, ada)).status_code == 200
    assert client.get(address(other, theirs)).status_code == 404
    for role in (Role.VIEWER, Role.ANALYST):
        stranger = log_in(MemberFactory(workspace=workspace, role=role).user)
        assert stranger.get(address(workspace, ada)).status_code == 403
        assert stranger.get(reverse("admin:ledgers")).status_code == 403


class TestPlans:
    """What each page reads, as PostgreSQL says; nothing counts the table."""

    @pytest.fixture
    def plans(self, client, workspace, ada, django_assert_max_num_queries):
        # Few of many, and counted, so that the plan does not hang on what tests before this one left as statistics.
        other = grant(workspace, 1_000, ActorFactory(workspace=workspace).actor_id)
        turns = [(other, "redemption") if one % 40 else (ada, "like_cost") for one in range(900)]
        post_many(workspace, [entry(account, SINK, 1, kind=kind) for account, kind in turns])
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE economy_transfer, economy_account")

        def of(address, **query):
            with django_assert_max_num_queries(12) as captured:
                assert client.get(address, query).status_code == 200
            asked = [one["sql"] for one in captured if "economy_transfer" in one["sql"]]
            assert [sql for sql in asked if "COUNT(" in sql.upper()] == []
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
                found = []
                for sql in asked:
                    cursor.execute("EXPLAIN " + sql)
                    found.append("\n".join(line for (line,) in cursor.fetchall()))
            return "\n".join(found)

        return of

    def test_a_page_of_all(self, plans, workspace):
        assert "Index Scan Backward using economy_transfer_pkey" in plans(page("ledger", workspace), before=50)

    def test_a_page_of_a_kind(self, plans, workspace):
        assert "using transfer_by_kind" in plans(page("ledger", workspace), kind="like_cost", before=800)

    def test_a_statement(self, plans, workspace, ada):
        plan = plans(page("ledger_statement", workspace, ada), before=800)
        assert "using transfer_from" in plan
        assert "using transfer_to" in plan
        assert "Seq Scan on economy_transfer" not in plan
