"""Exports: the same rows in every form, who is who for whom, and what is refused."""

import csv
import io
import json
import re
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, transaction
from pyarrow import parquet

from analytics import exports, metrics
from analytics.exports import EXPORTS
from analytics.metrics import METRICS
from config import tokens
from config.lib.table_files import FORMATS, Column
from config.models import Role, Scope
from ingestion import keys
from ingestion.models import Event, Source, WriteKey
from privacy.models import AccessRecord
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.factories.economy import grant

FILLS = ("platform_daily", "user_activity_daily", "sessions")
DAYS = {"from": "2026-03-02", "to": "2026-03-03"}


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    for day in (0, 1, 2):
        community.happens("post_created", "ada", at(day))
        community.happens("like_given", "=bob()", at(day, "13:00"))
    community.fill()
    return community


@pytest.fixture
def forum(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def ask(forum, client):
    """A GET as somebody of that role; the answer, and what it streams."""

    def get(table, role=Role.ANALYST, **asked):
        client.force_login(MemberFactory(workspace=forum.workspace, role=role).user)
        answer = client.get(f"/api/exports/{table}", DAYS | asked)
        return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content

    return get


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_every_statement_gives_the_columns_that_are_declared(forum):
    grant(forum.workspace, 5, occurred_at=at(0))
    for dataset in EXPORTS:
        rows = list(exports.read(dataset, forum.workspace, at(0).date(), at(1).date(), with_people=True))
        assert rows, dataset.key
        assert {len(row) for row in rows} == {len(dataset.columns)}
        assert dataset.hidden <= {column.key for column in dataset.columns}


def test_the_forms_say_the_same(ask):
    answer, text = ask("user-activity", Role.ADMIN)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = re.search(r'filename="(.+)"', answer["Content-Disposition"])[1]
    assert name.endswith("-user-activity-2026-03-02-2026-03-03.csv")
    told = rows_of(text)
    assert [row["posts_created"] for row in told if row["posts_created"] != "0"] == ["1", "1"]
    assert {row["date"] for row in told} == {"2026-03-02", "2026-03-03"}

    of_json = json.loads(ask("user-activity", Role.ADMIN, format="json")[1])
    assert [{key: str(value) for key, value in row.items()} for row in of_json] == told
    of_parquet = parquet.read_table(io.BytesIO(ask("user-activity", Role.ADMIN, format="parquet")[1])).to_pylist()
    assert [{key: str(value) for key, value in row.items()} for row in of_parquet] == told
    book = zipfile.ZipFile(io.BytesIO(ask("user-activity", Role.ADMIN, format="xlsx")[1]))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == len(told) + 1
    assert told[0]["person"] in sheet


def test_whoever_may_not_see_people_gets_pseudonyms_that_are_the_same_everywhere(ask, forum):
    actor = str(Event.objects.filter(workspace=forum.workspace).earliest("occurred_at").actor_id)
    of_analyst = [rows_of(ask(table)[1]) for table in ("user-activity", "events", "sessions")]
    people = [{row["person"] for row in rows} for rows in of_analyst]
    assert people[0] == people[1] == people[2]
    assert (len(people[0]), all(re.fullmatch("[0-9a-f]{20}", one) for one in people[0])) == (2, True)
    as_admin = rows_of(ask("events", Role.ADMIN)[1])
    assert actor in {row["person"] for row in as_admin}
    assert {row["person"] for row in rows_of(ask("events", Role.ADMIN, people="pseudonyms")[1])} == people[0]
    refused, body = ask("events", people="ids")
    assert (refused.status_code, json.loads(body)["code"]) == (403, "permission_denied")


def test_another_workspace_has_other_pseudonyms_and_its_own_rows(ask, forum):
    other = Community("other")
    other.happens("post_created", "ada", at(0))
    other.fill()
    (row,) = exports.read(EXPORTS["events"], other.workspace, at(0).date(), at(0).date(), with_people=False)
    ours = {one["person"] for one in rows_of(ask("events")[1])}
    assert (row[5] in ours, len(ours)) == (False, 2)
    assert ask("events", workspace=other.workspace.slug)[0].status_code == 404


def hang_up(answer):
    """What the server does where the caller has gone, but for the connection, which is the test's as well."""
    for close in answer._resource_closers:
        close()


def test_every_export_is_on_record_with_its_rows(ask, forum, client):
    ask("events")
    rows = AccessRecord.objects.filter(workspace_id=forum.workspace.pk)
    assert list(rows.values_list("path", "rows", "status")) == [("/api/exports/events", 4, 200)]
    answer = client.get("/api/exports/events", DAYS)
    next(iter(answer.streaming_content))
    hang_up(answer)
    assert [row.rows for row in rows.order_by("id")] == [4, 0]


def test_a_reader_has_two_exports_under_way_at_once(forum, client):
    client.force_login(MemberFactory(workspace=forum.workspace, role=Role.ANALYST).user)
    two = [client.get("/api/exports/events", DAYS) for _ in range(2)]
    refused = client.get("/api/exports/events", DAYS)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_at_once")
    assert int(refused["Retry-After"]) > 0
    # One is read to its end, and of the other nothing is taken.
    assert rows_of(b"".join(two[0].streaming_content))
    hang_up(two[1])
    two = [client.get("/api/exports/events", DAYS) for _ in range(2)]
    assert [answer.status_code for answer in two] == [200, 200]
    for answer in two:
        hang_up(answer)


def test_the_database_does_not_look_for_rows_for_long(forum, monkeypatch):
    monkeypatch.setattr(exports, "LONGEST", "20ms")
    monkeypatch.setattr(exports, "statement", lambda *_: "SELECT pg_sleep(60)")
    with pytest.raises(OperationalError, match="statement timeout"), transaction.atomic():
        list(exports.of_statement("analytics", "none", forum.workspace, at(0).date(), at(1).date(), False))


@pytest.mark.parametrize("role", Role)
def test_roles(ask, role):
    allowed = role in {Role.ANALYST, Role.COMMUNITY_MANAGER, Role.PRIVACY_OFFICER, Role.ADMIN}
    assert ask("sessions", role)[0].status_code == (200 if allowed else 403)


def test_a_server_key_and_a_token_without_the_right_for_people_get_pseudonyms(forum, client):
    key = keys.issue(Source.objects.get(workspace=forum.workspace, name="Default"), WriteKey.Scope.SERVER)[1]
    admin = MemberFactory(workspace=forum.workspace, role=Role.ADMIN).user
    soon = datetime.now(UTC) + timedelta(days=1)
    narrow = tokens.issue(admin, "narrow", [Scope.READ_METRICS], soon)[1]
    wide = tokens.issue(admin, "wide", [Scope.READ_METRICS, Scope.READ_PEOPLE], soon)[1]
    lengths = {}
    for name, token in (("key", key), ("narrow", narrow), ("wide", wide)):
        answer = client.get("/api/exports/sessions", DAYS, headers={"authorization": f"Bearer {token}"})
        lengths[name] = len(rows_of(b"".join(answer.streaming_content))[0]["person"])
    assert lengths == {"key": 20, "narrow": 20, "wide": 36}
    assert client.get("/api/exports/sessions", DAYS).status_code == 401


def test_metrics_are_those_of_the_reader(ask, forum):
    told = {(row["metric"], row["date"]): row["value"] for row in rows_of(ask("metrics")[1])}
    found = metrics.read(METRICS["dau"], forum.workspace, at(0).date(), at(1).date())
    assert [float(told["dau", str(one.date)]) for one in found] == [one.value for one in found] == [2, 2]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"format": "doc"}, "unknown_format"),
        ({"from": "2026-03-04"}, "invalid_from"),
        ({"from": "1926-01-01"}, "invalid_from"),
        ({"to": "tomorrow"}, "invalid_to"),
        ({"people": "names"}, "invalid_people"),
        ({"bots": "maybe"}, "invalid_flag"),
    ],
)
def test_bad_input_is_told(ask, asked, code):
    answer, body = ask("events", **asked)
    assert (answer.status_code, json.loads(body)["code"]) == (400, code)


def test_an_unknown_table_names_those_there_are(ask):
    answer, body = ask("passwords")
    assert answer.status_code == 404
    assert "user-activity" in json.loads(body)["message"]


def test_the_list_says_what_there_is(forum, client):
    client.force_login(MemberFactory(workspace=forum.workspace, role=Role.ANALYST).user)
    told = {one["key"]: one for one in client.get("/api/exports").json()["data"]}
    assert set(told) >= {"metrics", "events", "sessions", "user-activity"}
    assert told["sessions"]["hidden"] == ["person"]


COLUMNS = (Column("word"), Column("number", "number"), Column("moment", "instant"), Column("day", "day"))
MOMENT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ODD = [
    ("=1+1", 1.5, MOMENT, MOMENT.date()),
    ('@cmd\n,"quoted"', None, None, None),
    ("\x0bé", float("inf"), MOMENT, None),
]


def test_formulas_are_texts_and_odd_values_harm_no_form():
    of_csv = b"".join(FORMATS["csv"].write(COLUMNS, ODD)).decode()
    assert of_csv.splitlines()[1] == "'=1+1,1.5,2026-03-02T12:00:00+00:00,2026-03-02"
    assert len(list(csv.reader(io.StringIO(of_csv)))) == 4
    sheet = zipfile.ZipFile(io.BytesIO(b"".join(FORMATS["xlsx"].write(COLUMNS, ODD)))).read("xl/worksheets/sheet1.xml")
    assert b"<f>1+1</f>" not in sheet
    for form in ("json", "parquet"):
        assert b"".join(FORMATS[form].write(COLUMNS, ODD))


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_a_file_with_heads_alone(form):
    assert b"".join(FORMATS[form].write(COLUMNS, []))


def test_text_needs_no_memory_for_rows_that_were_written():
    def peak(count):
        tracemalloc.start()
        for _ in FORMATS["csv"].write(COLUMNS, (("word", 1.0, MOMENT, None) for _ in range(count))):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < 1.5 * peak(4_000)


def test_the_command_writes_a_file_that_others_cannot_read(forum, tmp_path, capsys):
    file = tmp_path / "events.json"
    days = ("--from", "2026-03-02", "--to", "2026-03-03", "--workspace", forum.workspace.slug)
    call_command("export", "events", str(file), *days)
    assert "4 rows of 2026-03-02 to 2026-03-03" in capsys.readouterr().out
    assert (len(json.loads(file.read_text())), file.stat().st_mode & 0o777) == (4, 0o600)
    assert len(json.loads(file.read_text())[0]["person"]) == 20
    call_command("export", "events", str(file), *days, "--with-people")
    assert len(json.loads(file.read_text())[0]["person"]) == 36
    for name, wrong in (("events.doc", "says no form"), ("nowhere/events.csv", "cannot be written")):
        with pytest.raises(CommandError, match=wrong):
            call_command("export", "events", str(tmp_path / name), *days)


def test_the_page_asks_what_and_leads_to_the_file(forum, client):
    member = MemberFactory(workspace=forum.workspace, role=Role.ANALYST)
    client.force_login(member.user)
    page = client.get("/admin/exports/").content.decode()
    assert ("People have pseudonyms in it" in page, "Pseudonyms for people" in page) == (True, False)
    said = {"table": "events", "first": "2026-03-02", "last": "2026-03-03", "form": "csv", "bots": "on"}
    answer = client.get("/admin/exports/", said)
    assert answer.url.startswith("/api/exports/events?workspace=")
    assert b"".join(client.get(answer.url).streaming_content).count(b"\r\n") == 5
    wrong = client.get("/admin/exports/", said | {"last": "2020-03-03"})
    assert b"From the first day on" in wrong.content
    client.force_login(MemberFactory(workspace=forum.workspace, role=Role.VIEWER).user)
    assert client.get("/admin/exports/").status_code == 403
    client.force_login(UserFactory())
    assert client.get("/admin/exports/").status_code == 403
    client.force_login(MemberFactory(workspace=WorkspaceFactory(), role=Role.ADMIN).user)
    assert client.get("/admin/exports/", {"workspace": forum.workspace.slug}).status_code == 404
