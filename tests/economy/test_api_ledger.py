"""/api/economy: points over HTTP, who may move them, and whose they are."""

import msgspec
import pytest

from economy.ledger import post_many
from economy.models import Account, RefusedTransfer, Transfer
from ingestion.models import WriteKey
from tests.factories.economy import entry, grant
from tests.factories.ingestion import ActorFactory, IdentityLinkFactory, SourceFactory, WriteKeyFactory

pytestmark = pytest.mark.django_db
TRANSFERS, BALANCE, STATEMENT = "/api/economy/transfers", "/api/economy/balance", "/api/economy/statement"
LIKE = {
    "from": {"person": "ada"},
    "to": {"account": "sink"},
    "amount": 3,
    "kind": "like_cost",
    "idempotency_key": "like:1",
}


@pytest.fixture
def source():
    return SourceFactory()


@pytest.fixture
def headers(source):
    WriteKeyFactory(source=source, key="ask_points", scope=WriteKey.Scope.SERVER)
    return {"authorization": "Bearer ask_points"}


@pytest.fixture
def ada(source):
    """Somebody with 10 points."""
    actor = ActorFactory(workspace=source.workspace, distinct_id="ada").actor_id
    return grant(source.workspace, 10, actor)


@pytest.fixture
def send(client, headers):
    def call(body, path=TRANSFERS, **options):
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return client.generic("POST", path, data, "application/json", headers=options.get("headers", headers))

    return call


@pytest.fixture
def read(client, headers):
    def call(path, **query):
        return client.get(path, query, headers=headers)

    return call


def points(account):
    return Account.objects.get(person_id=account).balance


class TestTransfers:
    def test_points_are_moved_once_however_often_it_is_sent(self, send, ada):
        said = LIKE | {"reference": "post:7", "occurred_at": "2026-03-02T12:00:00+01:00"}
        first, again = send(said), send(said, path=TRANSFERS + "/")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == {
            "status": "success",
            "data": {"number": 2, "idempotency_key": "like:1", "repeated": False},
        }
        assert again.json()["data"] == {"number": 2, "idempotency_key": "like:1", "repeated": True}
        assert points(ada) == 7
        row = Transfer.objects.get(number=2)
        assert (row.reference, row.occurred_at.isoformat()) == ("post:7", "2026-03-02T11:00:00+00:00")

    def test_without_a_time_the_same_sent_later_is_the_same(self, send, ada):
        assert [send(LIKE).status_code for _ in range(2)] == [201, 200]

    def test_the_same_key_with_another_amount_is_a_conflict_and_changes_nothing(self, send, ada):
        send(LIKE)
        answer = send(LIKE | {"amount": 4})
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert answer.json()["details"] == {"idempotency_key": "like:1"}
        assert points(ada) == 7

    def test_what_cannot_be_afforded_is_said_and_recorded(self, send, ada):
        for _ in range(2):
            answer = send(LIKE | {"amount": 11})
            assert (answer.status_code, answer.json()["code"]) == (422, "not_affordable")
        assert RefusedTransfer.objects.get().amount == 11
        assert points(ada) == 10

    def test_a_person_is_named_by_any_of_their_ids(self, send, ada, source):
        phone = ActorFactory(workspace=source.workspace, distinct_id="phone").actor_id
        IdentityLinkFactory(workspace=source.workspace, actor_id=phone, person_id=ada)
        assert send(LIKE | {"from": {"person": "phone"}}).status_code == 201
        assert points(ada) == 7
        to_oneself = send(LIKE | {"to": {"person": "phone"}, "idempotency_key": "2"})
        assert (to_oneself.status_code, to_oneself.json()["code"]) == (400, "invalid_transfer")

    @pytest.mark.parametrize("side", ["from", "to"])
    def test_people_of_another_workspace_are_not_there(self, send, ada, side):
        theirs = ActorFactory(distinct_id="theirs")
        grant(theirs.workspace, 100, theirs.actor_id)
        for name in ("theirs", str(theirs.actor_id), "nobody", "a\0b"):
            answer = send(LIKE | {"to": {"account": "sink"}, side: {"person": name}})
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_person")
        assert points(theirs.actor_id) == 100
        assert Transfer.objects.count() == 2

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"amount": amount} for amount in (0, -1, 1e30, 10**30, 1.5, True, "3", None)),
            {"kind": "gift"},
            {"kind": "reversal"},
            {"kind": ["like_cost"]},
            {"idempotency_key": ""},
            {"idempotency_key": 5},
            {"idempotency_key": "x" * 201},
            {"idempotency_key": "agora:adjustment:1"},
            {"reference": 5},
            {"occurred_at": "yesterday"},
            {"occurred_at": 5},
            {"occurred_at": "1999-01-01"},
            {"occurred_at": "9999-12-31T23:59:59-12:00"},
            {"from": "ada"},
            {"from": {"account": "person"}},
            {"from": {"account": "till"}},
            {"from": {"account": ["mint"]}},
            {"from": {"account": "mint", "person": "ada"}},
            {"to": {"person": "ada"}},
            {"amonut": 3},
        ],
        ids=str,
    )
    def test_what_is_wrong_is_refused_in_words_and_changes_nothing(self, send, ada, wrong):
        answer = send(LIKE | wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_transfer"), answer.content
        assert answer.json()["message"]
        assert points(ada) == 10

    @pytest.mark.parametrize("person", [None, 5, "", " ", ["ada"]], ids=str)
    def test_a_person_is_named_by_text(self, send, ada, person):
        answer = send(LIKE | {"from": {"person": person}})
        assert (answer.status_code, answer.json()["code"]) == (400, "person_needed")

    @pytest.mark.parametrize("field", ["from", "to", "amount", "kind", "idempotency_key"])
    def test_what_is_missing_is_named(self, send, ada, field):
        answer = send({name: value for name, value in LIKE.items() if name != field})
        assert (answer.status_code, answer.json()["message"]) == (400, f"`{field}` is missing")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"{", 400),
            (b"[]", 400),
            (b"null", 400),
            (b'{"amount": NaN}', 400),
            (b'{"amount": ' + b"9" * 10_000 + b"}", 400),
            (b"[" * 10_000, 400),
            (b'"\xff"', 400),
            (b'{"reference": "' + b"x" * 20_000 + b'"}', 413),
        ],
        ids=["empty", "cut", "list", "null", "nan", "digits", "deep", "bytes", "large"],
    )
    def test_a_body_that_is_no_transfer_is_refused(self, send, body, status):
        answer = send(body)
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "details"}

    def test_a_source_that_is_switched_off_moves_nothing(self, send, ada, source):
        source.enabled = False
        source.save()
        assert send(LIKE).json()["code"] == "source_disabled"
        assert points(ada) == 10


class TestReading:
    def test_a_balance(self, read, ada, source):
        assert read(BALANCE, person="ada").json()["data"] == {"person_id": str(ada), "balance": 10}
        ActorFactory(workspace=source.workspace, distinct_id="new")
        assert read(BALANCE, person="new").json()["data"]["balance"] == 0

    def test_a_statement_page_by_page_stays_the_same_while_transfers_come(self, read, ada, source):
        post_many(source.workspace, [entry(ada, Account.Kind.SINK, 1, reason="Secret") for _ in range(4)])
        page = read(STATEMENT, person="ada", limit=3).json()["data"]
        assert [(line["number"], line["points"], line["balance"]) for line in page["lines"]] == [
            (5, -1, 6),
            (4, -1, 7),
            (3, -1, 8),
        ]
        assert page["next"] == 3
        grant(source.workspace, 100, ada)
        page = read(STATEMENT, person="ada", limit=3, before=page["next"]).json()["data"]
        assert [(line["number"], line["balance"], line["other_account"]) for line in page["lines"]] == [
            (2, 9, "sink"),
            (1, 10, "mint"),
        ]
        assert page["next"] is None
        assert "reason" not in page["lines"][0]

    def test_somebody_without_points_has_an_empty_statement(self, read, source):
        ActorFactory(workspace=source.workspace, distinct_id="new")
        assert read(STATEMENT, person="new").json()["data"] | {"person_id": ""} == {
            "person_id": "",
            "lines": [],
            "next": None,
        }

    @pytest.mark.parametrize("path", [BALANCE, STATEMENT])
    def test_people_of_another_workspace_are_not_there(self, read, ada, path):
        theirs = ActorFactory(distinct_id="theirs")
        grant(theirs.workspace, 5, theirs.actor_id)
        for name in ("theirs", str(theirs.actor_id)):
            assert read(path, person=name).status_code == 404

    def test_an_id_that_two_workspaces_have_is_the_own_person(self, read, ada):
        theirs = ActorFactory(distinct_id="ada")
        grant(theirs.workspace, 500, theirs.actor_id)
        assert read(BALANCE, person="ada").json()["data"]["balance"] == 10

    @pytest.mark.parametrize("query", [{}, {"person": ""}], ids=str)
    def test_a_person_must_be_named(self, read, query):
        assert read(BALANCE, **query).json()["code"] == "person_needed"

    @pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "²", "9" * 30, ""])
    @pytest.mark.parametrize("name", ["before", "limit"])
    def test_a_number_that_is_none_is_refused(self, read, ada, name, value):
        assert read(STATEMENT, person="ada", **{name: value}).json()["code"] == "invalid_number"

    def test_a_page_has_a_limit(self, read, ada):
        assert read(STATEMENT, person="ada", limit=201).json()["code"] == "invalid_number"


@pytest.mark.parametrize("path", [TRANSFERS, BALANCE, STATEMENT])
def test_only_a_server_key_opens_it(client, source, path, ada):
    WriteKeyFactory(source=source, key="awk_page", scope=WriteKey.Scope.CLIENT)
    method = client.post if path == TRANSFERS else client.get
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": "Bearer awk_page"}, 403),
    ):
        answer = method(path, headers=headers)
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "details"}
    assert points(ada) == 10
