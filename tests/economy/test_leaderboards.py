"""Leaderboards: what they count, that Redis may lose them or be away, and who may ask."""

import json
import uuid
from datetime import date
from io import StringIO

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from analytics.models import UserActivityDaily
from config.lib.redis import client as redis_client
from economy import leaderboards, ledger, tasks
from economy.leaderboards import BOARDS, PERIODS, leaders
from economy.models import Account
from ingestion.models import WriteKey
from tests.analytics.community import at
from tests.factories.config import WorkspaceFactory
from tests.factories.economy import entry, grant
from tests.factories.ingestion import IdentityLinkFactory, SourceFactory, WriteKeyFactory

pytestmark = pytest.mark.django_db
MINT, SINK = Account.Kind.MINT, Account.Kind.SINK
ADA, BOB, CYD = (uuid.UUID(int=number) for number in (1, 2, 3))
URL = "/api/economy/leaderboard"


@pytest.fixture
def source():
    """Of a workspace with a name that no other test has left anything under."""
    return SourceFactory(workspace=WorkspaceFactory(slug=f"board-{uuid.uuid4().hex[:8]}"))


@pytest.fixture
def workspace(source):
    return source.workspace


@pytest.fixture
def traded(workspace, monkeypatch):
    """On Wednesday of the second week at noon: Ada is rich of old, Bob earned this week, Cyd today."""
    monkeypatch.setattr(timezone, "now", lambda: at(9))
    grant(workspace, 100, ADA, occurred_at=at(0))
    ledger.post_many(
        workspace,
        [
            entry(ADA, SINK, 10, occurred_at=at(9, "01:00")),
            entry(MINT, BOB, 40, occurred_at=at(8)),
            entry(MINT, CYD, 20, occurred_at=at(9, "02:00")),
            entry(CYD, BOB, 5, occurred_at=at(9, "03:00")),
        ],
    )
    grant(WorkspaceFactory(), 1_000, occurred_at=at(9, "01:00"))
    return workspace


def told(workspace, board, period):
    return [(one.rank, one.person_id, one.value) for one in leaders(workspace, board, period, 10).leaders]


def test_of_all_time_points_are_balances_and_of_a_period_what_the_workspace_gave_in_it(traded):
    expected = {
        "all": [(1, ADA, 90), (2, BOB, 45), (3, CYD, 15)],
        "day": [(1, CYD, 20)],
        "week": [(1, BOB, 40), (2, CYD, 20)],
        "month": [(1, ADA, 100), (2, BOB, 40), (3, CYD, 20)],
    }
    for _ in range(2):
        assert {period: told(traded, "points", period) for period in PERIODS} == expected
        # What Redis has lost is counted again.
        for key in redis_client().scan_iter(f"{traded.slug}:leaderboard:*"):
            redis_client().delete(key)
    assert leaders(traded, "points", "week", 10).since == at(7).date()


def test_a_board_is_as_it_was_until_the_job_or_the_command_writes_it_anew(traded):
    assert told(traded, "points", "all")[0] == (1, ADA, 90)
    ledger.post(traded, entry(MINT, BOB, 100, occurred_at=at(9, "04:00")))
    assert told(traded, "points", "all")[0] == (1, ADA, 90)
    tasks.rebuild_leaderboards(traded.slug)
    assert told(traded, "points", "all")[0] == (1, BOB, 145)
    Account.objects.filter(workspace=traded, person_id=BOB).update(person_id=None)
    out = StringIO()
    call_command("leaderboard", workspace=traded.slug, rebuild=True, json=True, stdout=out)
    assert [one["value"] for one in json.loads(out.getvalue())["leaders"]] == [90, 15]


def test_posts_are_those_of_people_and_equals_share_a_rank(workspace, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at(9))
    rows = [(ADA, 0, 2, False), (BOB, 9, 3, False), (ADA, 9, 1, False), (CYD, 9, 9, True)]
    for person, day, posts, excluded in rows:
        counts = {"posts_created": posts, "excluded": excluded, "calculated_at": at(9)}
        UserActivityDaily.objects.create(workspace=workspace, person_id=person, date=at(day).date(), **counts)
    assert told(workspace, "posts", "all") == [(1, BOB, 3), (1, ADA, 3)]
    assert told(workspace, "posts", "day") == [(1, BOB, 3), (2, ADA, 1)]


def test_accounts_of_one_person_count_together(traded):
    IdentityLinkFactory(workspace=traded, actor_id=CYD, person_id=BOB)
    assert told(traded, "points", "all") == [(1, ADA, 90), (2, BOB, 60)]


def test_while_redis_is_away_the_database_answers(traded, monkeypatch):
    def away():
        raise redis.ConnectionError

    monkeypatch.setattr(leaderboards, "client", away)
    assert told(traded, "points", "week") == [(1, BOB, 40), (2, CYD, 20)]


class TestOverHttp:
    @pytest.fixture
    def ask(self, client, source):
        WriteKeyFactory(source=source, key="ask_board", scope=WriteKey.Scope.SERVER)
        return lambda **query: client.get(URL, query, headers={"authorization": "Bearer ask_board"})

    def test_it_tells_the_board_of_the_keys_workspace(self, ask, traded):
        data = ask(period="week", limit="1").json()["data"]
        assert data | {"as_of": None} == {
            "board": "points",
            "period": "week",
            "since": "2026-03-09",
            "as_of": None,
            "leaders": [{"rank": 1, "person_id": str(BOB), "value": 40}],
        }
        assert date.fromisoformat(data["since"]).weekday() == 0
        assert set(BOARDS) == {"points", "posts"}

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"board": "likes"}, "invalid_board"),
            ({"period": "year"}, "invalid_period"),
            ({"limit": "0"}, "invalid_number"),
            ({"limit": "1001"}, "invalid_number"),
            ({"limit": "9" * 40}, "invalid_number"),
            ({"limit": "\N{SUPERSCRIPT TWO}"}, "invalid_number"),
        ],
        ids=str,
    )
    def test_what_there_is_not_is_refused(self, ask, query, code):
        answer = ask(**query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_it_takes_a_server_key(self, client, source):
        assert client.get(URL).status_code == 401
        WriteKeyFactory(source=source, key="agw_board", scope=WriteKey.Scope.CLIENT)
        assert client.get(URL, headers={"authorization": "Bearer agw_board"}).status_code in {401, 403}
