"""Filling days again: what it would fill, filling it, how far it is, and what fails on the way."""

import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.models import OpenBucket, PlatformDaily, RollupFailure, UserActivityDaily
from analytics.rollups import backfill, engine
from analytics.rollups.rollup import ROLLUPS
from analytics.tasks import backfill_days, fill
from config.models import Run
from tests.analytics.community import Community, at
from tests.factories.analytics import RollupStateFactory

FIRST, LAST = at(2).date(), at(4).date()


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    for day in range(0, 50, 2):
        community.happens("post_created", "ada", at(day))
        community.happens("like_given", "bob", at(day), properties={"author_id": "ada"})
    community.fill()
    return community


@pytest.fixture
def busy(filled, as_filled):
    return as_filled(filled)


def ask(*arguments):
    out = StringIO()
    call_command("rollup", *arguments, stdout=out)
    return out.getvalue()


def written_since(model, workspace):
    found = model.objects.filter(workspace=workspace, calculated_at__gt="2001-01-01T00:00Z")
    return sorted(set(found.values_list("date", flat=True)))


class TestPlan:
    def test_it_names_the_buckets_and_rows_of_the_rollup_and_of_all_that_follows(self, busy):
        steps = {step.rollup.key: step for step in backfill.plan(busy.workspace, FIRST, LAST, "user_activity_daily")}

        assert (steps["user_activity_daily"].buckets, steps["user_activity_daily"].rows) == (3, 4)
        assert steps["platform_daily"].buckets == 32
        assert (steps["platform_daily"].start, steps["platform_daily"].end) == (at(2, "00:00"), at(34, "00:00"))
        assert steps["people"].rows is None
        assert "sessions" not in steps
        assert list(steps) == [rollup.key for rollup in engine.in_order() if rollup.key in steps]

    def test_without_a_rollup_it_is_of_all(self, busy):
        steps = {step.rollup.key: step.buckets for step in backfill.plan(busy.workspace, FIRST, LAST)}
        assert set(steps) == {rollup.key for rollup in ROLLUPS}
        assert (steps["sessions"], steps["hourly_metrics"], steps["platform_monthly"]) == (3, 72, 2)

    def test_looking_opens_nothing(self, busy):
        backfill.plan(busy.workspace, FIRST, LAST)
        assert not OpenBucket.objects.exists()

    def test_what_has_not_begun_is_not_in_it(self, busy, now_is):
        now_is(at(3, "10:30"))
        steps = {step.rollup.key: step.buckets for step in backfill.plan(busy.workspace, FIRST, at(90).date())}
        assert (steps["sessions"], steps["hourly_metrics"]) == (2, 35)

    def test_what_it_says_is_what_is_filled(self, busy):
        steps = backfill.plan(busy.workspace, FIRST, LAST, "user_activity_daily")
        expected = sum(step.buckets for step in steps)
        # Besides it fills what goes on: today, and whatever reaches to it.
        ongoing = backfill.fill(busy.workspace).buckets
        done = backfill.run(busy.workspace, FIRST, LAST, "user_activity_daily")
        assert expected <= done.buckets <= expected + ongoing


class TestRun:
    def test_a_tampered_day_is_put_right_and_nothing_beside_it_is_touched(self, busy):
        UserActivityDaily.objects.update(posts_created=99, calculated_at="2000-01-01T00:00Z")
        backfill_days(workspace="commons", first=str(FIRST), last=str(FIRST), rollup="user_activity_daily")

        assert busy.activity("ada", 2).posts_created == 1
        assert busy.activity("ada", 4).posts_created == 99
        assert written_since(UserActivityDaily, busy.workspace) == [FIRST]
        assert not OpenBucket.objects.exists()

    def test_its_run_says_what_it_was_asked_and_how_far_it_got(self, busy):
        backfill_days(workspace="commons", first=str(FIRST), last=str(LAST))
        run = Run.objects.get(name="analytics.backfill")

        assert run.arguments == {"workspace": "commons", "first": "2026-03-04", "last": "2026-03-06"}
        assert (run.status, run.percent) == ("succeeded", 100)
        assert run.rows_in == run.progress_done > 0
        assert "user_activity_daily: " in run.log

    def test_killed_it_is_finished_by_the_next_fill(self, busy, monkeypatch):
        class Killed(BaseException):
            pass

        real, calls = engine.fill_chunk, iter(range(100))

        def die(*arguments):
            if next(calls) == 2:
                raise Killed
            return real(*arguments)

        UserActivityDaily.objects.update(posts_created=99)
        monkeypatch.setattr(engine, "fill_chunk", die)
        with pytest.raises(Killed):
            backfill.run(busy.workspace, FIRST, LAST)
        monkeypatch.setattr(engine, "fill_chunk", real)
        fill(workspace="commons")
        assert busy.activity("ada", 2).posts_created == 1

    def test_another_workspace_is_not_filled(self, busy):
        other = Community("commons-other")
        other.happens("post_created", "ada", at(2))
        other.fill()
        PlatformDaily.objects.update(calculated_at="2000-01-01T00:00Z")
        backfill.run(busy.workspace, FIRST, LAST)
        assert written_since(PlatformDaily, other.workspace) == []
        assert {step.rows for step in backfill.plan(other.workspace, FIRST, FIRST, "user_activity_daily")} >= {1}


class TestFailures:
    @pytest.fixture
    def broken(self, busy, monkeypatch):
        real = engine.fill_chunk

        def fail(rollup, *rest):
            if rollup.key == "user_activity_daily":
                raise RuntimeError("out of paper")
            return real(rollup, *rest)

        monkeypatch.setattr(engine, "fill_chunk", fail)
        busy.happens("post_created", "cyd", at(2))
        with pytest.raises(RuntimeError):
            fill(workspace="commons")
        yield busy
        monkeypatch.setattr(engine, "fill_chunk", real)

    def test_what_failed_and_what_waits_for_it_is_kept_and_neighbours_are_filled(self, broken):
        rows = {row.rollup: row for row in RollupFailure.objects.all()}

        assert (rows["user_activity_daily"].error, rows["user_activity_daily"].waits_for) == (
            "RuntimeError: out of paper",
            "",
        )
        assert (rows["platform_daily"].error, rows["platform_daily"].waits_for) == ("", "user_activity_daily")
        assert not {"sessions", "hourly_metrics"} & set(rows)
        assert OpenBucket.objects.filter(rollup="user_activity_daily").exists()
        assert not OpenBucket.objects.filter(rollup="sessions").exists()

    def test_it_goes_when_the_rollup_is_filled_again_and_stands_since_the_first_time(self, broken, monkeypatch):
        since = RollupFailure.objects.get(rollup="user_activity_daily").since
        with pytest.raises(RuntimeError):
            fill(workspace="commons")
        assert RollupFailure.objects.get(rollup="user_activity_daily").since == since
        monkeypatch.undo()
        fill(workspace="commons")
        assert not RollupFailure.objects.exists()

    def test_filling_a_neighbour_alone_leaves_it(self, broken):
        engine.bring_up_to_date(broken.workspace, only=["hourly_metrics"])
        assert RollupFailure.objects.filter(rollup="user_activity_daily").exists()


class TestCommand:
    def test_a_backfill_of_one_rollup_says_how_much_it_would_be_and_does_it(self, busy):
        days = ["--workspace", "commons", "--from", "2026-03-04", "--to", "2026-03-06", "--only", "user_activity_daily"]
        told = json.loads(ask("backfill", *days, "--dry-run", "--json"))
        steps = {step["rollup"]: (step["buckets"], step["rows"]) for step in told["rollups"]}
        assert steps["user_activity_daily"] == (3, 4)
        assert told["would_fill_buckets"] == sum(buckets for buckets, _ in steps.values())
        assert not Run.objects.exists()

        UserActivityDaily.objects.update(posts_created=99)
        assert json.loads(ask("backfill", *days, "--json"))["open_buckets"] == 0
        assert busy.activity("ada", 2).posts_created == 1
        assert Run.objects.get().arguments["rollup"] == "user_activity_daily"

    def test_a_dry_run_lists_every_rollup(self, busy):
        told = ask("--workspace", "commons", "--from", "2026-03-04", "--dry-run")
        assert "user_activity_daily" in told
        assert "rows there now" in told

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--workspace", "commons", "--only", "sessions"], "Say which days"),
            (["backfill", "--workspace", "commons"], "Say which days"),
            (["fill", "--workspace", "commons", "--from", "2026-03-04"], "say backfill"),
            (["fill"], "Say of which workspace"),
            (["--workspace", "commons", "--from", "2026-03-04", "--only", "nothing"], "There is no rollup 'nothing'"),
            (["--explain", "nothing"], "There is no rollup 'nothing'"),
            (["--workspace", "commons", "--from", "2026-03-04", "--to", "2026-03-01"], "not later"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, busy, arguments, message):
        with pytest.raises(CommandError, match=message):
            ask(*arguments)

    def test_the_list_says_how_each_stands(self, busy):
        listed = {one["key"]: one for one in json.loads(ask("list", "--workspace", "commons", "--json"))}
        assert set(listed) == {rollup.key for rollup in ROLLUPS}
        one = listed["user_activity_daily"]
        assert (one["freshness"], one["rows"], one["open_buckets"], one["failure"]) == ("fresh", 50, 0, None)
        assert "user_activity_daily" in ask("list")
        assert "fresh" in ask("list", "--workspace", "commons")

    @pytest.mark.parametrize(
        ("key", "filled_to", "now", "freshness"),
        [
            ("platform_daily", "2026-03-14", "2026-03-15T01:00", "fresh"),
            ("platform_daily", "2026-03-14", "2026-03-15T03:00", "late"),
            ("platform_weekly", "2026-03-09", "2026-03-15T23:00", "fresh"),
            ("platform_weekly", "2026-03-09", "2026-03-16T03:00", "late"),
            ("platform_weekly", "2026-03-09", "2026-03-17T03:00", "broken"),
            ("platform_monthly", "2026-02-01", "2026-03-01T01:00", "fresh"),
            ("platform_monthly", "2026-02-01", "2026-03-01T03:00", "late"),
            ("platform_monthly", "2026-03-01", "2026-03-31T23:00", "fresh"),
        ],
    )
    def test_the_week_or_month_under_way_is_not_late_before_it_is_over(
        self, db, now_is, key, filled_to, now, freshness
    ):
        now_is(datetime.fromisoformat(now).replace(tzinfo=UTC))
        begins = datetime.fromisoformat(filled_to).replace(tzinfo=UTC)
        RollupStateFactory(workspace=Community("commons-other").workspace, rollup=key, filled_to=begins)

        listed = {one["key"]: one for one in json.loads(ask("list", "--workspace", "commons-other", "--json"))}
        assert listed[key]["freshness"] == freshness

    @pytest.mark.parametrize("key", [rollup.key for rollup in ROLLUPS])
    def test_every_rollup_can_be_explained(self, db, key):
        told = ask("--explain", key)
        assert ROLLUPS[key].sql.strip() in told
        assert ROLLUPS[key].title in told

    def test_explaining_tells_inputs_definitions_rows_open_buckets_and_last_runs(self, busy):
        fill(workspace="commons")
        engine.open_buckets(busy.workspace, {"sessions": {at(3, "00:00")}})
        told = json.loads(ask("--explain", "sessions", "--workspace", "commons", "--json"))

        assert told["reads_events"]
        assert "user_activity_daily" in told["feeds"]
        assert told["definitions"]["session_gap_minutes"] == [{"since": None, "value": {"minutes": 30}}]
        assert (told["rows"], told["open_buckets"]) == (50, 1)
        assert told["first_open_bucket"].startswith("2026-03-05")
        assert told["last_runs"][0]["name"] == "analytics.fill"
        assert "sessions: " in told["last_runs"][0]["said"][0]
        assert "WITH gaps" in told["sql"]
        assert "sessions: " in ask("--explain", "sessions", "--workspace", "commons")

    def test_a_range_is_of_days(self, busy):
        assert backfill.of_range(busy.workspace, date(2026, 3, 4), date(2026, 3, 4), "sessions") == {
            "sessions": {at(2, "00:00")}
        }


def test_a_rollup_that_is_asked_for_alone_stays_open_as_long_as_what_it_reads_is_open(db):
    community = Community("commons-other")
    community.happens("post_created", "ada", at(0))
    engine.bring_up_to_date(community.workspace, only=["hourly_metrics", "platform_daily"])

    assert not PlatformDaily.objects.filter(workspace=community.workspace).exists()
    assert OpenBucket.objects.filter(rollup="platform_daily").exists()
    assert not OpenBucket.objects.filter(rollup="hourly_metrics").exists()
    community.fill()
    assert community.metric("dau", 0).value == 1
