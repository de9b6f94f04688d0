"""manage.py ledger, as an operator or a script calls it."""

import json
import uuid

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from economy.ledger import post, post_many
from economy.models import Account
from tests.factories.config import WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.factories.ingestion import ActorFactory, IdentityLinkFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ledger(capsys):
    def call(*words, workspace="forum"):
        call_command("ledger", *words, "--workspace", workspace)
        return capsys.readouterr().out

    return call


@pytest.fixture
def workspace():
    return WorkspaceFactory(slug="forum")


@pytest.fixture
def ada(workspace):
    return ActorFactory(workspace=workspace, distinct_id="ada").actor_id


def test_verify_tells_what_is_right_and_an_anchor(workspace, ledger):
    grant(workspace, 5)
    facts = json.loads(ledger("verify", "--json"))
    assert (facts["is_right"], facts["transfers"], facts["broken"], facts["off"]) == (True, 1, None, [])
    anchor = f"{facts['number']}:{facts['hash']}"
    assert f"anchor: {anchor}" in ledger("verify", "--anchor", anchor)


def test_verify_fails_with_what_is_wrong(workspace, ledger, capsys):
    person = grant(workspace, 5)
    Account.objects.filter(person_id=person).update(balance=6)
    with pytest.raises(CommandError, match="not what the transfers say"):
        ledger("verify")
    assert f"({person}): balance 6, transfers say 5" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Transfer 1 is broken: its hash is not that of the anchor"):
        ledger("verify", "--json", "--anchor", "1:" + "0" * 64)
    assert json.loads(capsys.readouterr().out)["broken"] == 1


@pytest.mark.parametrize("anchor", ["1", "1:xyz", "-1:" + "0" * 64, "²:" + "0" * 64, "9" * 19 + ":" + "0" * 64])
def test_what_is_no_anchor_is_refused(workspace, ledger, anchor):
    with pytest.raises(CommandError, match="is not an anchor"):
        ledger("verify", f"--anchor={anchor}")


def test_balances_of_the_workspace_and_of_a_person_by_any_id(workspace, ledger, ada):
    assert json.loads(ledger("balance", "--json")) == dict.fromkeys(
        ["mint", "sink", "treasury", "redemption", "people"], 0
    )
    phone = ActorFactory(workspace=workspace, distinct_id="phone").actor_id
    IdentityLinkFactory(workspace=workspace, actor_id=phone, person_id=ada)
    assert ledger("balance", "ada") == "ada: 0\n"
    grant(workspace, 1_000, ada)
    post(workspace, entry(ada, Account.Kind.SINK, 1))
    assert ledger("balance", "ada") == "ada: 999\n"
    assert json.loads(ledger("balance", "phone", "--json")) == {"phone": 999}
    assert json.loads(ledger("balance", "mint", "--own", "--json")) == {"mint": -1_000}
    facts = json.loads(ledger("balance", "--json"))
    assert (facts["mint"], facts["sink"], facts["people"]) == (-1_000, 1, 999)


def test_a_statement_has_the_balance_after_each_line_on_every_page(workspace, ledger, ada):
    grant(workspace, 100, ada)
    post_many(workspace, [entry(ada, Account.Kind.SINK, 10, reference=f"post:{n}") for n in range(4)])
    lines = json.loads(ledger("statement", "ada", "--json"))
    assert [(one["number"], one["points"], one["balance"]) for one in lines] == [
        (5, -10, 60),
        (4, -10, 70),
        (3, -10, 80),
        (2, -10, 90),
        (1, 100, 100),
    ]
    assert (lines[0]["other_kind"], lines[0]["reference"], lines[4]["other_kind"]) == ("sink", "post:3", "mint")
    older = json.loads(ledger("statement", "ada", "--json", "--before", "4", "--limit", "2"))
    assert [(one["number"], one["balance"]) for one in older] == [(3, 80), (2, 90)]
    assert len(ledger("statement", "sink", "--own").splitlines()) == 4
    assert "post:3" in ledger("statement", "ada", "--limit", "1")
    assert json.loads(ledger("statement", "ada", "--json", "--before", "1" + "0" * 30)) == lines


def test_somebody_without_points_has_an_empty_statement(workspace, ledger, ada):
    assert ledger("statement", "ada") == "Nothing has moved it.\n"


def test_who_and_what_is_not_there_is_said(workspace, ledger):
    ActorFactory(distinct_id="of another workspace")
    with pytest.raises(CommandError, match="Nobody in forum has the id 'of another workspace'"):
        ledger("balance", "of another workspace")
    with pytest.raises(CommandError, match=r"no account 'till' \(there are: mint, sink"):
        ledger("statement", "till", "--own")
    with pytest.raises(CommandError, match="There is no workspace 'nowhere'"):
        ledger("verify", workspace="nowhere")


def test_refused_tells_what_could_not_be_paid_of_all_or_of_one(workspace, ledger, ada):
    grant(workspace, 3, ada)
    bob = grant(workspace, 1)
    event = uuid.uuid4()
    post(workspace, entry(ada, Account.Kind.SINK, 5, kind="post_creation", rule="create_post@1", event_id=event))
    post(workspace, entry(bob, Account.Kind.SINK, 2))
    assert [row["amount"] for row in json.loads(ledger("refused", "--json"))] == [2, 5]
    (row,) = json.loads(ledger("refused", "ada", "--json"))
    assert (row["event_id"], row["rule"], row["balance"], row["why"]) == (
        str(event),
        "create_post@1",
        3,
        "not_affordable",
    )
    assert "5 of            3  post_creation" in ledger("refused", "ada", "--limit", "1")
    ActorFactory(workspace=workspace, distinct_id="cleo")
    assert "Nothing was refused." in ledger("refused", "cleo")
    WorkspaceFactory(slug="other")
    assert "Nothing was refused." in ledger("refused", workspace="other")
