"""`manage.py define`: shows versions, sets and retires them, and tells by numbers what would change."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.models import DefinitionVersion, OpenBucket
from tests.analytics.community import Community, at
from tests.factories.config import UserFactory

KEY = "session_gap_minutes"


def define(*arguments, key=KEY, slug="commons"):
    out = StringIO()
    call_command("define", key, "--workspace", slug, *arguments, stdout=out)
    return out.getvalue()


def answer(*arguments, **more):
    return json.loads(define(*arguments, "--json", **more))


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Two events 45 minutes apart on each of three days."""
    community = Community()
    for day in range(3):
        for clock in ("10:00", "10:45"):
            community.happens("post_view", "ada", at(day, clock))
    community.fill()
    return community


@pytest.fixture
def viewed(filled, as_filled):
    return as_filled(filled)


def test_it_lists_definitions_and_shows_the_default(viewed):
    assert KEY in define(key="list")
    assert {"key": KEY, "value": {"minutes": 30}}.items() <= next(
        one for one in answer(key="list") if one["key"] == KEY
    ).items()
    assert answer()["versions"] == [{"from": None, "value": {"minutes": 30}, "owner": None, "reason": ""}]
    assert "always       minutes=30" in define()


def test_it_sets_a_version_with_owner_and_reason_and_opens_the_days(viewed):
    user = UserFactory()
    told = answer("--set", "minutes=60", "--from", "2026-03-03", "--owner", user.email, "--reason", "long reads")

    assert told["opened_buckets"] == OpenBucket.objects.filter(workspace=viewed.workspace).count() > 0
    assert answer()["versions"][1] == {
        "from": "2026-03-03",
        "value": {"minutes": 60},
        "owner": user.email,
        "reason": "long reads",
    }
    viewed.fill()
    assert [viewed.metric("sessions", day).value for day in range(3)] == [2, 1, 1]


def test_a_dry_run_tells_before_and_after_and_changes_nothing(viewed):
    told = answer("--set", "minutes=60", "--from", "2026-03-03", "--dry-run")

    assert told["looked_at"]["to"] >= "2026-03-04"
    by_key = {row["metric"]: row for row in told["metrics"]}
    assert (by_key["sessions"]["before"], by_key["sessions"]["after"]) == (4, 2)
    assert by_key["sessions"]["days"] == [
        {"date": "2026-03-04", "before": 2, "after": 1},
        {"date": "2026-03-03", "before": 2, "after": 1},
    ]
    assert (by_key["session_duration"]["before"], by_key["session_duration"]["after"]) == (0, 2700)
    assert "dau" not in by_key
    assert {("sessions", "rows"), ("user_activity_daily", "session_seconds")} <= {
        (one["rollup"], one["column"]) for one in told["columns"]
    }
    assert not DefinitionVersion.objects.exists()
    assert not OpenBucket.objects.exists()
    assert [viewed.metric("sessions", day).value for day in range(3)] == [2, 2, 2]
    assert [viewed.metric("sessions", day).state for day in range(3)] == ["closed"] * 3


def test_what_a_dry_run_tells_is_what_comes_of_it(viewed):
    told = answer("--set", "minutes=60", "--from", "2026-03-02", "--dry-run")
    answer("--set", "minutes=60", "--from", "2026-03-02")
    viewed.fill()

    assert {
        row["metric"]: [
            viewed.metric(row["metric"], (date.fromisoformat(d["date"]) - at(0).date()).days).value for d in row["days"]
        ]
        for row in told["metrics"]
    } == {row["metric"]: [d["after"] for d in row["days"]] for row in told["metrics"]}


def test_a_dry_run_for_people_is_a_table(viewed):
    told = define("--set", "minutes=60", "--from", "2026-03-03", "--dry-run")
    assert "before" in told
    assert any(line.split() == ["sessions", "4", "2", "2"] for line in told.splitlines())


def test_a_dry_run_leaves_what_waits_for_other_reasons(viewed):
    viewed.happens("post_view", "bob", at(0, "12:00"))
    answer("--set", "minutes=60", "--from", "2026-03-03", "--dry-run")
    viewed.fill()
    assert viewed.metric("dau", 0).value == 2


def test_a_version_is_retired(viewed):
    define("--set", "minutes=60", "--from", "2026-03-03")
    viewed.fill()
    assert "retired" in define("--retire", "--from", "2026-03-03", "--reason", "a mistake")
    viewed.fill()
    assert viewed.metric("sessions", 1).value == 2
    assert len(answer()["versions"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "minutes=0"], "1 to 1440"),
        (["--set", "minutes=1.5"], "whole number"),
        (["--set", "minutes=long"], "This is a number"),
        (["--set", "minutes=true"], "This is a number"),
        (["--set", "seconds=5"], "no such field"),
        (["--set", "minutes"], "not FIELD=VALUE"),
        (["--set", "minutes=30"], "holds on"),
        (["--set", "minutes=20", "--owner", "nobody@agora.example"], "Nobody logs in"),
        (["--set", "minutes=20", "--retire"], "not both"),
        (["--retire", "--from", "2026-03-03"], "No version"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(viewed, arguments, said):
    for dry in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match=said):
            define(*arguments, *dry)
    assert not DefinitionVersion.objects.exists()


def test_unknown_keys_and_workspaces_are_refused(viewed):
    with pytest.raises(CommandError, match="no definition 'cake'"):
        define(key="cake")
    with pytest.raises(CommandError, match="no workspace"):
        define(slug="elsewhere")


def test_another_tenant_is_neither_told_of_nor_touched(viewed):
    other = Community("commons-other")
    for clock in ("10:00", "10:45"):
        other.happens("post_view", "ada", at(1, clock))
    other.fill()
    define("--set", "minutes=60", "--from", "2026-03-02")
    assert answer("--set", "minutes=50", "--from", "2026-03-02", "--dry-run", slug="commons-other")["metrics"][0]
    assert len(answer(slug="commons-other")["versions"]) == 1
    other.fill()
    assert other.metric("sessions", 1).value == 2
