"""Files of events: every form, resumed where they stopped, twice is once, moved by whole weeks."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ingestion import importers, keys
from ingestion.columns import ImportRefused
from ingestion.files import count_lines
from ingestion.importers import ImportTotals, import_envelopes, import_file
from ingestion.models import Event, ImportedFile, QuarantinedEvent, Source, WriteKey
from tests.factories.config import WorkspaceFactory
from tests.factories.ingestion import SourceFactory

from .conftest import NOW, event
from .samples import MESSAGE, SAMPLES

DAY = timedelta(days=1)
FORUM = "\n".join(  # noqa: FLY002 quotes within quotes
    [
        "Id,PostTypeId,CreationDate,OwnerUserId,Score,ViewCount,CommentCount,Body",
        '1,1,2011-05-05T10:00:00.000,7,3,12,0,"two',
        'lines, and ""quotes"""',
        "2,2,2011-05-05T11:00:00.000,8,0,,1,",
        "3,5,2011-05-06T00:00:00.000,-1,0,,0,",
        "",
    ]
)


@pytest.fixture
def workspace(db):
    return WorkspaceFactory()


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    """It is NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def at(day, number=0, **more):
    """An event of a day, number minutes after noon."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(minutes=number)
    return event(timestamp=moment.isoformat(), messageId=f"{day}-{number}", **more)


def file_of(path, *values):
    """Bytes and text as they are, everything else as JSON."""
    lines = [value if isinstance(value, bytes) else msgspec.json.encode(value) for value in values]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def stored(workspace, *fields):
    rows = Event.objects.filter(workspace=workspace).order_by("occurred_at", "event_id")
    return list(rows.values_list(*fields, flat=len(fields) == 1))


def test_json_lines_of_every_envelope_are_stored_as_the_workspaces_import(workspace, tmp_path):
    values = [value | {MESSAGE[envelope]: envelope} for envelope, value in SAMPLES.items()]
    totals = import_file(workspace, file_of(tmp_path / "mixed.jsonl", *values, {"what": 1}))
    assert totals == ImportTotals(received=5, accepted=4, duplicates=0, rejected=1)
    assert stored(workspace, "event_type__name", "occurred_at", "source__name") == [("post_created", NOW, "Import")] * 4
    assert QuarantinedEvent.objects.get().payload == '{"what":1}'


def test_an_import_is_trusted_as_a_server_is(workspace):
    assert importers.source_for(workspace, "Import").trusted
    assert Source.objects.filter(workspace=workspace, name="Import").count() == 1
    importers.source_for(workspace, "Import")
    assert Source.objects.count() == 1


def test_a_packed_file_is_known_by_its_first_bytes_whatever_its_name(workspace, tmp_path):
    path = tmp_path / "events.txt"
    path.write_bytes(
        gzip.compress(file_of(tmp_path / "plain", *map(at, [date(2011, 5, 5), date(2011, 5, 6)])).read_bytes())
    )
    assert import_file(workspace, path).accepted == 2
    assert count_lines(path) == 2


def test_blank_lines_are_nothing(workspace, tmp_path):
    path = file_of(tmp_path / "f", b"", at(date(2011, 5, 5)), b"  \t\r", b"", at(date(2011, 5, 6)), b"")
    assert import_file(workspace, path) == ImportTotals(received=2, accepted=2, duplicates=0, rejected=0)
    assert QuarantinedEvent.objects.count() == 0


def test_a_file_without_a_last_newline_and_with_windows_ends_is_whole(workspace, tmp_path):
    path = tmp_path / "f"
    first, second = (json.dumps(at(date(2011, 5, number))) for number in (5, 6))
    path.write_bytes(b"\xef\xbb\xbf" + f"{first}\r\n{second}".encode())
    assert import_file(workspace, path).accepted == 2


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_no_trouble(workspace, tmp_path, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    assert import_file(workspace, path, rebase=True) == ImportTotals()


def test_bad_lines_are_kept_and_harm_no_others(workspace, tmp_path):
    good = [at(date(2011, 5, 5), number) for number in range(3)]
    bad = [b"no json", b"[]", b'"\xff"', b'{"event_name": "\\ud800"}', b"{" * 5_000, b'{"n": 1e400}']
    path = file_of(tmp_path / "f", good[0], *bad[:3], good[1], *bad[3:], good[2])
    assert import_file(workspace, path) == ImportTotals(received=9, accepted=3, duplicates=0, rejected=6)
    assert QuarantinedEvent.objects.count() == 6


def test_rows_of_a_forum_dump_are_posts_and_comments(workspace, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(FORUM)
    assert import_file(workspace, path, mapping="forum").accepted == 3
    assert stored(workspace, "event_type__name", "occurred_at") == [
        ("post_created", datetime(2011, 5, 5, 10, tzinfo=UTC)),
        ("comment_created", datetime(2011, 5, 5, 11, tzinfo=UTC)),
        ("post_created", datetime(2011, 5, 6, tzinfo=UTC)),
    ]


def test_a_spreadsheets_mark_before_the_first_column_is_no_part_of_its_name(workspace, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(FORUM, encoding="utf-8-sig")
    assert import_file(workspace, path, mapping="forum").accepted == 3


def test_a_row_that_cannot_be_mapped_is_kept_and_harms_no_other(workspace, tmp_path):
    path = tmp_path / "posts.csv"
    odd = ["5,1,2011-05-06T00:00:00,7,many,,,", "4,1", "6,one,2011-05-06T00:00:00,7,,,,", "7,1," + "," * 20]
    path.write_text(FORUM + "\n".join(odd))
    assert import_file(workspace, path, mapping="forum") == ImportTotals(received=7, accepted=3, rejected=4)
    kept = QuarantinedEvent.objects.values_list("reason", "payload")
    assert sorted((reason, json.loads(payload)["Id"]) for reason, payload in kept) == [
        ("invalid_envelope", number) for number in "4567"
    ]


def test_a_file_that_is_no_csv_of_the_mapping_is_refused(workspace, tmp_path):
    path = tmp_path / "posts.csv"
    for content, reason in [
        (b'"Nr","PostTypeId"\n"1","1"\n', "needs a column"),
        (b'"Id","PostTypeId"\n"1","\xff"\n', "UTF-8"),
        (b'"Id"\n"' + b"x" * 200_000 + b'"\n', "field larger"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ImportRefused, match=reason):
            import_file(workspace, path, mapping="forum")


@pytest.mark.parametrize("cut", [5, 40, -9, -1])
def test_a_packed_file_that_is_cut_short_is_refused(workspace, tmp_path, cut):
    path = tmp_path / "f.gz"
    path.write_bytes(gzip.compress(b'{"event_name": "e"}\n' * 100)[:cut])
    with pytest.raises(ImportRefused, match=r"cut short|cannot be unpacked"):
        import_file(workspace, path)
    with pytest.raises(ImportRefused, match=r"cut short|cannot be unpacked"):
        count_lines(path)


@pytest.mark.parametrize("content", [gzip.compress(b"x" * 1_000, mtime=0)[:-9], None])
def test_the_command_says_what_is_wrong_with_a_file(workspace, tmp_path, content):
    path = tmp_path / "f"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=r"cut short|cannot be read"):
        call_command("import_events", path, workspace=workspace.slug)


def test_the_command_tells_what_became_of_the_events(workspace, tmp_path, capsys):
    path = file_of(tmp_path / "f", at(date(2011, 5, 5)), at(date(2011, 5, 5)), {"bad": 1})
    call_command("import_events", path, workspace=workspace.slug)
    told, remedy = capsys.readouterr().out.splitlines()
    assert told == "3 events: 1 accepted, 1 duplicates, 1 rejected"
    assert remedy.endswith(f"manage.py quarantine list --workspace {workspace.slug}")


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("posts.csv", FORUM, "Id, PostTypeId, CreationDate"),
        ("posts", FORUM.replace(",", ";"), "Id, PostTypeId, CreationDate"),
        ("users.csv.gz", "Id\n1\n2\n", "Id"),
    ],
    ids=["by its first line", "with semicolons", "by its name"],
)
def test_csv_without_a_mapping_is_refused_before_anything_is_stored(workspace, tmp_path, name, content, columns):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content.encode()) if name.endswith(".gz") else content.encode())
    with pytest.raises(CommandError, match=rf"columns {columns}.*--column timestamp=.*--mapping"):
        call_command("import_events", path, workspace=workspace.slug)
    assert not QuarantinedEvent.objects.exists()
    assert not ImportedFile.objects.exists()


def test_an_empty_mapping_is_none_and_refused(workspace, tmp_path):
    with pytest.raises(CommandError, match="invalid choice: ''"):
        call_command("import_events", str(tmp_path / "f"), "--mapping", "", "--workspace", workspace.slug)


def test_an_unknown_mapping_and_a_missing_file_are_refused(workspace, tmp_path):
    with pytest.raises(ImportRefused, match="no mapping 'x'"):
        import_file(workspace, tmp_path / "f", mapping="x")
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_file(workspace, tmp_path / "f")
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_file(workspace, tmp_path)
    assert ImportedFile.objects.count() == 0


def test_the_same_file_twice_stores_nothing_twice(workspace, tmp_path, monkeypatch):
    """Also what has neither time nor message id, and whenever it is."""
    path = file_of(tmp_path / "f", at(date(2011, 5, 5)), event(), {"event_name": "e"})
    assert import_file(workspace, path).accepted == 3
    before = stored(workspace, "event_id", "occurred_at", "received_at")
    monkeypatch.setattr(timezone, "now", lambda: NOW + 3 * DAY)
    copied = file_of(tmp_path / "another name", *path.read_bytes().splitlines())
    assert import_file(workspace, copied) == ImportTotals(received=3, accepted=0, duplicates=3, rejected=0)
    assert stored(workspace, "event_id", "occurred_at", "received_at") == before
    state = ImportedFile.objects.get()
    assert (state.lines_done, state.accepted, state.duplicates) == (3, 0, 3)


def test_another_workspace_imports_the_same_file_for_itself(workspace, tmp_path):
    path = file_of(tmp_path / "f", at(date(2011, 5, 5)))
    other = WorkspaceFactory()
    assert [import_file(one, path).accepted for one in (workspace, other)] == [1, 1]


class KilledError(Exception):
    """The process ended here."""


@pytest.mark.parametrize("mapping", ["", "forum"])
@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_an_import_that_was_killed_goes_on_where_it_stopped(workspace, tmp_path, monkeypatch, mapping, chunks):
    monkeypatch.setattr(importers, "CHUNK", 4)
    path = tmp_path / "f"
    if mapping:
        rows = [f'"{n}","1","2011-05-05T10:{n:02}:00","7","0","","0","a\nb"' for n in range(14)]
        path.write_text(FORUM.splitlines()[0] + "\n" + "\n".join(rows) + "\n")
    else:
        file_of(path, *(at(date(2011, 5, 5), number) if number % 5 else b"" for number in range(18)))
    told = []

    def tell(lines, most=chunks):
        told.append(lines)
        if len(told) == most:
            raise KilledError

    with pytest.raises(KilledError):
        import_file(workspace, path, mapping=mapping, progress=tell)
    told_again = []
    totals = import_file(workspace, path, mapping=mapping, progress=told_again.append)
    assert totals == ImportTotals(received=14, accepted=14, duplicates=0, rejected=0)
    assert len(stored(workspace, "event_id")) == 14
    assert told_again[0] == sum(told) == 4 * chunks
    assert sum(told_again) == (14 if mapping else 18)


def test_an_import_killed_between_its_events_and_its_notes_loses_and_doubles_nothing(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(importers, "CHUNK", 4)
    path = file_of(tmp_path / "f", *(at(date(2011, 5, 5), number) for number in range(10)))

    def killed(*_):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(importers, "_keep", killed)
        with pytest.raises(KilledError):
            import_file(workspace, path)
    assert len(stored(workspace, "event_id")) == 4
    assert import_file(workspace, path) == ImportTotals(received=10, accepted=6, duplicates=4, rejected=0)


def test_when_an_event_was_sent_long_ago_does_not_correct_its_time(workspace, tmp_path):
    old = {"originalTimestamp": "2011-05-06T08:00:00Z", "sentAt": "2011-05-06T08:00:10Z"}
    import_file(workspace, file_of(tmp_path / "f", SAMPLES["segment"] | old))
    assert stored(workspace, "occurred_at", "skew_seconds") == [(datetime(2011, 5, 6, 8, tzinfo=UTC), None)]


def test_events_of_any_age_are_stored_and_those_before_2000_kept_apart(workspace, tmp_path):
    days = [date(2000, 1, 1), date(2005, 6, 7), date(2026, 3, 2)]
    path = file_of(tmp_path / "f", *map(at, days), at(date(1999, 12, 31)), event(timestamp="0001-01-01T00:00:00Z"))
    assert import_file(workspace, path).accepted == 3
    assert [moment.date() for moment in stored(workspace, "occurred_at")] == days
    assert set(QuarantinedEvent.objects.values_list("reason", flat=True)) == {"invalid_time"}


def test_envelopes_from_a_generator_are_stored_in_chunks(workspace, monkeypatch):
    monkeypatch.setattr(importers, "CHUNK", 4)
    told = []
    values = (at(date(2026, 3, 1), number) for number in range(10))
    totals = import_envelopes(workspace, values, source_name="Simulation", progress=told.append)
    assert (totals.accepted, told) == (10, [4, 4, 2])
    assert set(stored(workspace, "source__name")) == {"Simulation"}


def test_a_disabled_import_source_keeps_everything_in_the_quarantine(workspace, tmp_path):
    SourceFactory(workspace=workspace, name="Import", enabled=False)
    assert import_file(workspace, file_of(tmp_path / "f", at(date(2011, 5, 5)))).rejected == 1
    assert keys.context_of(Source.objects.get(), WriteKey.Scope.SERVER).enabled is False


FRIDAY = date(2011, 5, 6)
# The Friday before NOW, which is a Monday.
MOVED = date(2026, 2, 27)


def days_of(workspace):
    return [moment.date() for moment in stored(workspace, "occurred_at")]


def test_rebasing_moves_all_times_by_the_weeks_that_bring_the_last_one_to_the_days_before_today(workspace, tmp_path):
    path = file_of(tmp_path / "f", at(FRIDAY - 30 * DAY), at(FRIDAY), at(FRIDAY - DAY))
    import_file(workspace, path, rebase=True)
    assert days_of(workspace) == [MOVED - 30 * DAY, MOVED - DAY, MOVED]
    assert (MOVED - FRIDAY).days % 7 == 0
    assert ImportedFile.objects.get().shift_days == (MOVED - FRIDAY).days


@pytest.mark.parametrize(("last", "moved"), [(1, 1), (7, 7), (8, 1), (15, 1), (0, 7), (-1, 6), (-10, 4)])
def test_the_last_event_ends_up_yesterday_or_up_to_six_days_earlier(workspace, tmp_path, last, moved):
    """Days before today, negative ones are to come."""
    import_file(workspace, file_of(tmp_path / "f", at(NOW.date() - last * DAY)), rebase=True)
    assert days_of(workspace) == [NOW.date() - moved * DAY]


def test_every_time_of_the_envelope_moves(workspace, tmp_path):
    value = SAMPLES["segment"] | {
        "originalTimestamp": "2011-05-06T08:00:00Z",
        "timestamp": 1304676000,
        "sentAt": "2011-05-06T14:00:00+02:00",
    }
    path = file_of(tmp_path / "f", value, {"event_name": "e", "timestamp": 1304676000000, "event_id": "ms"})
    import_file(workspace, path, rebase=True)
    assert days_of(workspace) == [MOVED, MOVED]


def test_a_second_file_takes_the_shift_of_the_first_whenever_it_comes(workspace, tmp_path, monkeypatch):
    import_file(workspace, file_of(tmp_path / "posts", at(FRIDAY)), rebase=True)
    monkeypatch.setattr(timezone, "now", lambda: NOW + 100 * DAY)
    import_file(workspace, file_of(tmp_path / "users", at(FRIDAY - 3 * DAY, user="bob")), rebase=True)
    assert days_of(workspace) == [MOVED - 3 * DAY, MOVED]


def test_the_same_file_later_keeps_its_shift(workspace, tmp_path, monkeypatch):
    path = file_of(tmp_path / "posts", at(FRIDAY))
    import_file(workspace, path, rebase=True)
    monkeypatch.setattr(timezone, "now", lambda: NOW + 100 * DAY)
    assert import_file(workspace, path, rebase=True).duplicates == 1
    assert days_of(workspace) == [MOVED]


def test_a_file_that_the_shift_of_the_first_would_carry_past_yesterday_is_refused(workspace, tmp_path):
    import_file(workspace, file_of(tmp_path / "users", at(FRIDAY)), rebase=True)
    with pytest.raises(ImportRefused, match="import the file that ends last first"):
        import_file(workspace, file_of(tmp_path / "posts", at(FRIDAY + 7 * DAY)), rebase=True)
    assert days_of(workspace) == [MOVED]


def test_workspaces_have_shifts_of_their_own(workspace, tmp_path):
    import_file(WorkspaceFactory(), file_of(tmp_path / "f", at(FRIDAY - 70 * DAY)), rebase=True)
    import_file(workspace, file_of(tmp_path / "g", at(FRIDAY)), rebase=True)
    assert days_of(workspace) == [MOVED]


@pytest.mark.parametrize("odd", ["9999-12-31T23:59:59Z", "2100-01-01", "0001-01-01T00:00:00Z", "soon", 1e300, {}, True])
def test_a_time_that_cannot_be_an_events_moves_no_others(workspace, tmp_path, odd):
    path = file_of(tmp_path / "f", event(timestamp=odd, user="odd"), at(FRIDAY))
    import_file(workspace, path, rebase=True)
    assert MOVED in days_of(workspace)


@pytest.mark.parametrize("value", [b"no json", {"event_name": "e"}, {"event_name": "e", "timestamp": "soon"}])
def test_a_file_without_times_is_not_moved(workspace, tmp_path, value):
    import_file(workspace, file_of(tmp_path / "f", value), rebase=True)
    assert ImportedFile.objects.get().shift_days == 0


def test_rows_of_a_table_are_moved_too(workspace, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(FORUM)
    import_file(workspace, path, mapping="forum", rebase=True)
    assert days_of(workspace) == [MOVED - DAY, MOVED - DAY, MOVED]
