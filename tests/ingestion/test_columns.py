"""Files of any shape: columns of every name, times of every kind, and refusals that say what to do."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from ingestion.columns import Columns, ImportRefused
from ingestion.flags import Flag
from ingestion.importers import ImportTotals, import_file
from ingestion.models import Event, ImportedFile, QuarantinedEvent
from tests.factories.config import WorkspaceFactory

CLICKS = {"user_id": "visitor", "timestamp": "ts", "event": "what"}
MOMENT = datetime(2014, 9, 14, 8, 30, tzinfo=UTC)


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


def stored(workspace, *fields):
    rows = Event.objects.filter(workspace=workspace).order_by("occurred_at", "event_id")
    return list(rows.values_list(*fields, flat=len(fields) == 1))


def read(workspace, tmp_path, text, **columns):
    path = tmp_path / "file"
    path.write_text(text)
    return import_file(workspace, path, mapping=Columns(**columns))


def test_each_column_is_what_it_is_named_and_the_others_are_properties(workspace, tmp_path):
    text = "what,ts,visitor,visit,nr,thread,colour\nclick,2014-09-14T08:30:00Z, ada ,v1,n1,7,red\n"
    named = CLICKS | {"session_id": "visit", "message_id": "nr", "post_id": "thread"}
    assert read(workspace, tmp_path, text, named=named).accepted == 1
    event = Event.objects.get(workspace=workspace)
    assert (event.event_type.name, event.occurred_at, event.session_id) == ("click", MOMENT, "v1")
    assert event.properties == {"post_id": "7", "colour": "red"}


@pytest.mark.parametrize(
    "text",
    [
        "what\tts\tvisitor\nclick\t2014-09-14T08:30:00Z\tada\n",
        'what;ts;visitor\r\n"click";"2014-09-14T08:30:00Z";"ada"\r\n',
        "\ufeffwhat|ts|visitor\nclick|2014-09-14T08:30:00Z|ada",
        "what  ts  visitor\n click   2014-09-14T08:30:00Z  ada\n",
        '{"what": "click", "ts": 1410683400, "visitor": "ada"}\n',
    ],
    ids=["tabs", "semicolons", "bars", "blanks", "lines of JSON"],
)
def test_what_stands_between_columns_is_seen(workspace, tmp_path, text):
    assert read(workspace, tmp_path, text, named=CLICKS).accepted == 1
    assert stored(workspace, "event_type__name", "occurred_at") == [("click", MOMENT)]


@pytest.mark.parametrize(
    ("written", "more"),
    [
        ("2014-09-14 08:30:00", {}),
        ("2014-09-14 08:30:00 UTC", {}),
        ("2014-09-14 10:30:00 +0200", {}),
        ("2014-09-14T08:30:00.0000000Z", {}),
        ("1410683400", {}),
        ("1410683400.0", {}),
        ("1410683400000", {}),
        ("14/09/2014 08:30", {"time_format": "%d/%m/%Y %H:%M"}),
        ("2014-09-14 10:30", {"time_zone": "Europe/Paris"}),
        ("14.09.2014 10:30", {"time_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Paris"}),
    ],
    ids=["naive", "named", "offset", "fine", "seconds", "parts", "milliseconds", "format", "zone", "both"],
)
def test_times_are_read_as_they_are_written(workspace, tmp_path, written, more):
    text = f"what,ts,visitor\nclick,{written},ada\n"
    assert read(workspace, tmp_path, text, named=CLICKS, **more).accepted == 1
    assert stored(workspace, "occurred_at") == [MOMENT]


@pytest.mark.parametrize("written", ["2014-09-14", "20140914"], ids=["with dashes", "without"])
def test_a_date_alone_is_its_midnight_in_the_files_time_zone(workspace, tmp_path, written):
    text = f"what,ts,visitor\nclick,{written},ada\n"
    read(workspace, tmp_path, text, named=CLICKS, time_zone="America/New_York")
    assert stored(workspace, "occurred_at") == [datetime(2014, 9, 14, 4, tzinfo=UTC)]


def test_a_file_without_a_line_of_names_and_with_one_event_is_read(workspace, tmp_path):
    text = " 00001 20140101  1   11.77\n 00002 20140112  1   12.00\n 00001 20140112  5   77.00\n"
    columns = {
        "header": ("customer", "day", "quantity", "amount"),
        "named": {"user_id": "customer", "timestamp": "day"},
        "event": "purchase",
        "numbers": ("quantity", "amount"),
    }
    assert read(workspace, tmp_path, text, **columns).accepted == 3
    assert Event.objects.filter(workspace=workspace).values("actor_id").distinct().count() == 2
    assert {"quantity": 5, "amount": 77.0} in stored(workspace, "properties")


@pytest.mark.parametrize(("repeats", "accepted"), [(False, 2), (True, 3)])
def test_rows_that_are_alike_are_one_event_or_as_many_as_is_said(workspace, tmp_path, repeats, accepted):
    text = "what,ts,visitor\n" + "click,2014-09-14,ada\n" * 2 + "click,2014-09-15,ada\n"
    assert read(workspace, tmp_path, text, named=CLICKS, repeats=repeats).accepted == accepted
    again = read(workspace, tmp_path, text, named=CLICKS, repeats=repeats)
    assert again == ImportTotals(received=3, accepted=0, duplicates=3, rejected=0)
    assert len(stored(workspace, "event_id")) == accepted


def test_ids_that_are_empty_are_nobodys(workspace, tmp_path):
    text = "what,ts,visitor\nclick,2014-09-14 08:00,\nclick,2014-09-14 09:00,  \nclick,2014-09-14 10:00, 7 \n"
    read(workspace, tmp_path, text, named=CLICKS)
    nobody = [bool(flags & Flag.NO_PERSON) for flags in stored(workspace, "flags")]
    assert nobody == [True, True, False]


def test_ids_that_stand_for_nobody_are_told_and_a_prefix_makes_them_somebody(workspace, tmp_path, capsys):
    path = tmp_path / "f"
    path.write_text("event,timestamp,user_id\na,2014-09-14,0\nb,2014-09-14,0\nc,2014-09-14,1\nd,2014-09-14,\n")
    command(workspace, path)
    assert "\n2 of them are nobody's, as '0' stands for nobody" in capsys.readouterr().out
    other = WorkspaceFactory()
    command(other, path, "--user-prefix", "u", "--json")
    assert json.loads(capsys.readouterr().out)["nobody"] == {}
    somebody = [not flags & Flag.NO_PERSON for flags in stored(other, "flags")]
    assert sorted(somebody) == [False, True, True, True]


def test_other_encodings_are_read_and_a_wrong_one_is_refused(workspace, tmp_path):
    path = tmp_path / "f"
    path.write_bytes("what,ts,visitor,text\nclick,2014-09-14,ada,£\n".encode("latin-1"))
    with pytest.raises(ImportRefused, match="no CSV in UTF-8"):
        import_file(workspace, path, mapping=Columns(named=CLICKS))
    assert import_file(workspace, path, mapping=Columns(named=CLICKS, encoding="latin-1")).accepted == 1
    assert stored(workspace, "properties") == [{"text": "£"}]


def test_rows_that_do_not_fit_are_kept_and_harm_no_other(workspace, tmp_path):
    rows = ["click,2014-09-14,ada,1", "click,soon,ada,1", ",2014-09-14,ada,1", "click,,ada,1", "click,2014-09-14,ada,x"]
    text = "what,ts,visitor,amount\n" + "\n".join(rows)
    totals = read(workspace, tmp_path, text, named=CLICKS, numbers=("amount",))
    assert totals == ImportTotals(received=5, accepted=1, duplicates=0, rejected=4)
    told = " ".join(row.errors[0]["message"] for row in QuarantinedEvent.objects.filter(workspace=workspace))
    for reason in ("'soon', neither ISO 8601", "what is empty", "ts is empty", "'x', no number"):
        assert reason in told


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"named": CLICKS | {"user_id": "who"}}, "no column 'who': the file has what, ts, visitor"),
        ({"named": {"event": "what"}}, "No column says the timestamp.*--column timestamp=COLUMN"),
        ({"named": {"timestamp": "ts"}}, "No column says the event.*--event NAME"),
        ({"named": CLICKS, "numbers": ("n",)}, "no column 'n'"),
        ({"named": CLICKS, "time_format": "%d.%m.%Y"}, "None of the first rows.*'2014-09-14', not as"),
    ],
    ids=["unknown", "no time", "no event", "no number", "no row fits"],
)
def test_columns_that_do_not_fit_refuse_the_file_before_anything_is_stored(workspace, tmp_path, columns, reason):
    with pytest.raises(ImportRefused, match=reason):
        read(workspace, tmp_path, "what,ts,visitor\nclick,2014-09-14,ada\n", **columns)
    assert not ImportedFile.objects.exists()
    assert not QuarantinedEvent.objects.exists()


def command(workspace, path, *arguments):
    call_command("import_events", str(path), "--workspace", workspace.slug, *arguments)


@pytest.mark.parametrize(
    "text",
    [
        "event,timestamp,user_id\nclick,2014-09-14 08:30:00,7\n",
        '{"event": "click", "timestamp": 1410683400, "user_id": 7}\n',
    ],
    ids=["CSV", "JSON"],
)
def test_a_file_whose_columns_have_the_usual_names_needs_no_naming(workspace, tmp_path, capsys, text):
    path = tmp_path / "clicks.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    command(workspace, path)
    assert capsys.readouterr().out == "1 events: 1 accepted, 0 duplicates, 0 rejected\n"
    assert stored(workspace, "event_type__name", "occurred_at") == [("click", MOMENT)]


def test_lines_of_json_in_no_envelope_are_refused_with_their_fields(workspace, tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_text('{"what": "click", "ts": 1}\n' * 2)
    with pytest.raises(CommandError, match=r"with the fields what, ts: .*--column timestamp="):
        command(workspace, path)
    assert not QuarantinedEvent.objects.exists()


def test_a_preview_shows_events_and_stores_nothing(workspace, tmp_path, capsys):
    path = tmp_path / "f"
    path.write_text("what,ts,visitor\n" + "click,2014-09-14,ada\n" * 7 + "click,x,ada\n")
    named = [f"--column={what}={column}" for what, column in CLICKS.items()]
    command(workspace, path, "--preview", *named)
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [value["timestamp"] for value in shown] == ["2014-09-14T00:00:00+00:00"] * 5
    assert not Event.objects.filter(workspace=workspace).exists()
    assert not ImportedFile.objects.exists()


def test_times_are_moved_by_days_where_they_are_older_than_anything_may_be(workspace, tmp_path, capsys):
    path = tmp_path / "f"
    path.write_text("event,timestamp,user_id\npurchase,19970101,ada\n")
    command(workspace, path)
    assert "1 rejected" in capsys.readouterr().out
    command(workspace, path, "--shift-days", "10227")
    assert stored(workspace, "occurred_at") == [datetime(2025, 1, 1, tzinfo=UTC)]
    with pytest.raises(CommandError, match="moved by 10227 days, and keeps them"):
        command(workspace, path, "--shift-days", "7")
    command(workspace, path)
    assert len(stored(workspace, "event_id")) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--column", "user_id"], "not WHAT=COLUMN"),
        (["--column", "a=b", "--column", "a=c"], "named twice"),
        (["--mapping", "forum", "--event", "x"], "not both"),
        (["--time-zone", "Mars"], "no time zone"),
        (["--encoding", "klingon"], "no encoding"),
        (["--shift-days", "many"], "not a number of days"),
        (["--event", "x" * 501], "500 characters at most"),
    ],
    ids=["no pair", "twice", "mapping too", "zone", "encoding", "days", "long"],
)
def test_wrong_arguments_are_refused_in_a_line(workspace, tmp_path, arguments, reason):
    path = tmp_path / "f"
    path.write_text("event,timestamp,user_id\n")
    with pytest.raises(CommandError, match=reason):
        command(workspace, path, *arguments)
