"""The truth meter: right numbers agree with the events, and a tampered row is found, whatever the metric."""

import json
from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from analytics import recount
from analytics.metrics import METRICS
from analytics.models import (
    ChurnDaily,
    CohortRetention,
    Drift,
    PlatformDaily,
    Recount,
    UserActivityDaily,
    UserCohort,
)
from analytics.recount import Sample, compare, draw, recountable
from analytics.rollups.rollup import ROLLUPS
from config.lib.registry import Registry
from config.models import Run
from ingestion.simulation import history
from tests.analytics.community import TIME_ZERO, Community, at
from tests.analytics.wellbeing import in_wave, practises

# Rollups that have no row or column of the first day: they have tests of their own.
APART = {"churn_daily", "cohort_retention", "moderation_metrics_daily", "point_economy_daily"}
FIRST, LAST = at(0).date(), at(44).date()


def a_life(community):
    """Some days with all that makes numbers differ: bots, merges, likes of one's own, sessions over midnight."""
    for day in (0, 1, 3, 30, 43):
        community.happens("user_registered", f"user-{day}", at(day, "08:00"))
        community.happens("page_view", "ada", at(day, "23:50"))
        community.happens("post_created", "ada", at(day, "23:58"))
        community.happens("comment_created", "ada", at(day + 1, "00:20"))
        community.happens("like_given", "bob", at(day, "10:00"), properties={"author_id": "ada"})
        community.happens("like_given", "ada", at(day, "10:00"), properties={"author_id": "ada"})
        community.happens("like_given", "bob", at(day, "11:00"), properties={"author_id": "ada", "action": "unlike"})
        community.happens("user_follow", "bob", at(day, "10:01"), properties={"action": "unfollow"})
        community.happens("page_view", None, at(day, "12:00"), anonymous_id="visitor")
        community.happens("post_created", "test@example.com", at(day, "12:00"))
        post = {"post_id": f"p{day}"}
        for name in ("post_created", "post_view", "like_given", "comment_created", "post_shared", "post_saved"):
            for who in ("ada", "bob", "test@example.com"):
                community.happens(name, who, at(day, "14:00"), properties=post)
        for who in ("ada", "bob", "test@example.com"):
            act = {"microact_id": f"act-{day}-{who}", "impact_scope": "self" if who == "ada" else "community"}
            community.happens("microact_created", who, at(day, "16:00"), properties=act | {"shared_to_feed": True})
            for target in ("feed", "friends"):
                community.happens("microact_shared", who, at(day, "16:05"), properties=act | {"share_target": target})
        community.happens("post_created", None, at(day, "14:30"), properties={"post_id": f"machine-{day}"})
        community.happens("post_view", None, at(day, "14:40"), properties=post)
        for name, action in (("like_given", "unlike"), ("post_saved", "unsave")):
            community.happens(name, "ada", at(day, "15:00"), properties=post | {"action": action})
    for day in (0, 1, 2, 30):
        practised(community, day)
    for number, who in enumerate(("ada", "bob", "ada", "test@example.com")):
        measured = {"metricName": "LCP", "value": 100 * number**2}
        community.happens("performance_metric", who, at(3, f"17:0{number}"), properties=measured)
        community.happens("error_occurred", who, at(3, f"18:0{number}"))
    for noun in ("post", "comment"):
        mistake = {f"{noun}_id": f"mistaken-{noun}"}
        community.happens(f"{noun}_created", "bob", at(3, "16:00"), properties=mistake)
        community.happens(f"{noun}_deleted", None, at(30, "16:00"), properties=mistake)
    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "cyd"}
    community.store([identify | {"timestamp": at(44).isoformat()}], at(44))
    community.fill()


def practised(community, day):
    """Sessions that are broken off, begun again, end on the next day or have no id; energy told by half."""
    practises(community, "ada", day, end=None)
    practises(community, "ada", day, start=3, end=9, clock="23:55", rounds=5)
    practises(community, "test@example.com", day)
    for clock in ("06:00", "06:20"):
        community.happens("activation_started", "bob", at(day, clock), properties={"activation_id": f"again-{day}"})
    for number in range(1, 9):
        told = {"activation_id": f"again-{day}", "round": number}
        community.happens("activation_round_completed", "bob", at(day, f"06:3{number}"), properties=told)
    for phase, mood in (("start", 2), ("start", 4), ("end", 7)):
        told = {"activation_id": f"again-{day}", "phase": phase, "mood": mood}
        community.happens("activation_mood_logged", "bob", at(day, f"06:4{mood}"), properties=told)
    community.happens("activation_completed", "bob", at(day, "06:50"), properties={"activation_id": f"again-{day}"})
    for clock in ("07:00", "07:10"):
        community.happens("activation_started", "ada", at(day, clock))
        community.happens("activation_completed", "ada", at(day, clock[:4] + "5"), properties={"start_mood": 5})
    for who in ("ada", "bob", "test@example.com"):
        in_wave(community, who, day, "wave_joined")
        for said in (
            {"energy_before": 3, "energy_after": 8},
            {"energy_before": 8, "energy_after": 6},
            {"energy_after": 9},
        ):
            in_wave(community, who, day, "wave_feedback_submitted", rating=4, **said)


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    a_life(community)
    return community


@pytest.fixture
def alive(filled, as_filled):
    return as_filled(filled)


def all_samples(community, metrics=None, people=("ada", "bob", "cyd", "user-3")):
    wanted = recountable(metrics or METRICS)
    days = [at(day).date() for day in (0, 1, 2, 3, 30, 43)]
    places = {(metric, ROLLUPS[metric.rollup].first_day(day)) for metric in wanted for day in days}
    samples = [Sample(*place) for place in places]
    mine = [metric for metric in wanted if recount.of_people(metric)]
    return samples + [Sample(metric, day, community.person(who)) for metric in mine for day in days for who in people]


def ask(*arguments):
    out = StringIO()
    try:
        call_command("recount", "--workspace", "commons", *arguments, "--json", stdout=out)
    except SystemExit as ended:
        return ended.code, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_every_number_is_as_the_events_say(alive):
    outcome = compare(alive.workspace, all_samples(alive))

    assert [recount.told(one) for one in outcome.drifts] == []
    assert (outcome.left_out, outcome.drift_ppm) == (0, 0)
    assert outcome.checked == len(all_samples(alive))


@pytest.mark.parametrize("system", ["forum", "wellbeing", "social", "network"])
def test_so_are_those_of_a_simulated_community(system, db):
    community = Community(f"commons-{system}", "America/New_York")
    end = TIME_ZERO + timedelta(days=12)
    events = list(history(system, seed=3, days=12, members=12, end=end))
    for start in range(0, len(events), 1000):
        community.store(events[start : start + 1000], end)
    community.fill()
    samples = draw(
        community.workspace, recountable(), FIRST - timedelta(days=2), FIRST + timedelta(days=12), 300, Random(1)
    )
    outcome = compare(community.workspace, samples)

    assert [recount.told(one) for one in outcome.drifts] == []
    assert outcome.checked == 300


def test_a_tampered_row_is_found_whatever_the_metric(alive):
    for metric in [one for one in recountable() if one.rollup not in APART]:
        column = metric.numerator
        with transaction.atomic():
            rows = ROLLUPS[metric.rollup].model.objects.filter(workspace=alive.workspace, date=FIRST)
            rows.update(**{column: F(column) + 7})
            before = ROLLUPS[metric.rollup].first_day(FIRST - timedelta(days=1))
            outcome = compare(alive.workspace, [Sample(metric, FIRST), Sample(metric, before)])
            transaction.set_rollback(True)
        ((found, more),) = [(one.sample, one.numerator - one.counted_numerator) for one in outcome.drifts]
        assert (found, more) == (Sample(metric, FIRST), 7)


def test_a_tampered_day_of_churn_is_found(alive):
    on = at(61).date()
    honest = compare(alive.workspace, [Sample(METRICS["churn_rate"], on)])
    assert (honest.checked, honest.drifts) == (1, [])

    assert ChurnDaily.objects.filter(date=on, with_bots=False).update(churned=F("churned") + 7) == 1
    (drift,) = compare(alive.workspace, [Sample(METRICS["churn_rate"], on)]).drifts
    # Of five people two came once and never again.
    assert (drift.numerator, drift.counted_numerator, drift.counted_denominator) == (9, 2, 5)


def test_a_tampered_cohort_is_found_by_its_size_and_by_who_came_back(alive):
    days = (1, 7, 30, 90)
    samples = [Sample(METRICS[f"retention_day_{day}"], FIRST) for day in days]
    assert compare(alive.workspace, samples).drifts == []

    CohortRetention.objects.filter(signed_up_on=FIRST).update(active=F("active") + 7)
    assert {one.sample.metric.key for one in compare(alive.workspace, samples).drifts} == {
        "retention_day_1",
        "retention_day_30",
    }
    UserCohort.objects.filter(signed_up_on=FIRST, bots=False).update(people=F("people") + 7)
    assert len(compare(alive.workspace, samples).drifts) == len(days)


def test_retention_is_not_drawn_before_the_later_day_is_closed(alive, now_is):
    now_is(at(20))
    alive.fill()
    samples = draw(alive.workspace, [METRICS["retention_day_7"]], FIRST, LAST, 1000, Random(1))

    assert {sample.day for sample in samples} == {at(day).date() for day in range(13)}


def test_without_a_first_day_retention_is_drawn_of_the_days_whose_later_day_is_closed(alive):
    last = at(150).date()
    samples = draw(alive.workspace, [METRICS["retention_day_90"]], None, last, 1000, Random(1))
    assert {sample.day for sample in samples} == {at(day).date() for day in range(151)}

    last = at(200).date()
    samples = draw(alive.workspace, [METRICS["retention_day_90"], METRICS["dau"]], None, last, 1000, Random(1))
    firsts = {key: min(one.day for one in samples if one.metric.key == key) for key in ("retention_day_90", "dau")}
    assert firsts == {"retention_day_90": at(21).date(), "dau": at(111).date()}


def test_the_nightly_draw_reaches_retention_of_day_90(alive, now_is):
    now_is(at(100, "04:30"))
    alive.fill()
    samples = draw(alive.workspace, [METRICS["retention_day_90"]], None, at(99).date(), 1000, Random(1))

    assert samples
    assert max(sample.day for sample in samples) < at(10).date()


def test_a_tampered_row_of_one_person_is_found(alive):
    rows = UserActivityDaily.objects.filter(person_id=alive.person("bob"), date=FIRST, excluded=False)
    assert rows.update(likes_given=F("likes_given") + 1) == 1
    outcome = compare(alive.workspace, all_samples(alive, [METRICS["likes_given"]]))

    assert [(one.sample.person, one.numerator, one.counted_numerator) for one in outcome.drifts] == [
        (alive.person("bob"), 3, 2)
    ]


def test_a_person_whom_the_rollup_lost_is_drawn_from_the_events(alive):
    UserActivityDaily.objects.filter(date=FIRST).exclude(person_id=alive.person("ada")).delete()
    samples = draw(alive.workspace, [METRICS["events"]], FIRST, FIRST, 1000, Random(1))
    outcome = compare(alive.workspace, samples)

    # Ids are random, so is who is drawn.
    found = {one.sample.person for one in outcome.drifts} - {None}
    assert found
    assert alive.person("ada") not in found


def test_few_enough_numbers_are_all_compared(alive):
    samples = draw(alive.workspace, [METRICS["dau"], METRICS["mau"]], FIRST, FIRST + timedelta(days=4), 10, Random(1))

    assert {(sample.metric.key, sample.day) for sample in samples} == {
        (key, FIRST + timedelta(days=day)) for key in ("dau", "mau") for day in range(5)
    }


def test_a_day_that_is_not_closed_is_not_drawn(alive):
    alive.happens("post_created", "dan", at(9), received=at(60))
    samples = draw(alive.workspace, [METRICS["dau"]], FIRST, at(60).date(), 1000, Random(1))
    days = {sample.day for sample in samples}

    # MAU, in the same row, changes for 29 days more.
    assert days == {at(day).date() for day in (*range(9), *range(39, 61))}
    assert draw(alive.workspace, [METRICS["dau"]], at(9).date(), at(9).date(), 10, Random(1)) == []


def test_a_day_that_something_came_for_meanwhile_is_left_out_and_no_drift(alive):
    samples = [Sample(METRICS["dau"], FIRST)]
    alive.happens("post_created", "dan", at(0), received=at(60))
    outcome = compare(alive.workspace, samples)

    assert (outcome.checked, outcome.left_out, outcome.drifts, outcome.drift_ppm) == (0, 1, [], None)


def test_what_takes_too_long_is_left_out(alive, monkeypatch):
    samples = all_samples(alive, [METRICS["dau"]], people=())
    assert compare(alive.workspace, samples, within=timedelta(0)).left_out == len(samples)

    monkeypatch.setattr(recount, "LONGEST_STATEMENT", timedelta(milliseconds=1))
    slow = {"active_people": "SELECT 'dau', 1.0 FROM pg_sleep(1)"}
    monkeypatch.setattr(recount, "statement", lambda _, name: slow[name.removeprefix("recount/")])
    assert compare(alive.workspace, samples[:1]).left_out == 1


def test_another_workspace_is_not_counted(alive):
    other = Community("commons-other")
    for day in (0, 1):
        other.happens("post_created", "ada", at(day))
        other.happens("like_given", "bob", at(day), properties={"author_id": "ada"})
    other.fill()
    assert compare(alive.workspace, all_samples(alive)).drifts == []
    assert compare(other.workspace, all_samples(other)).drifts == []


class TestNightly:
    @pytest.fixture
    def today(self, alive, now_is):
        now_is(at(60, "04:30"))
        alive.fill()
        return alive

    def test_it_keeps_how_many_agree(self, today):
        call_job(today)
        row = Recount.objects.get()

        assert (row.checked, row.drifted, row.drift_ppm) == (recount.NIGHTLY, 0, 0)
        assert (row.first, row.last) == (at(-30).date(), at(59).date())
        run = Run.objects.get(name="analytics.recount")
        assert (run.status, run.rows_in, run.rows_out) == ("succeeded", 200, 0)

    def test_it_keeps_the_numbers_that_do_not(self, today, monkeypatch):
        # Of all metrics it draws none of these now and then.
        wrong = [METRICS[key] for key in ("dau", "sessions", "stickiness")]
        monkeypatch.setattr(recount, "recountable", lambda: wrong)
        PlatformDaily.objects.update(**{column: F(column) + 1 for column in ("dau", "mau", "sessions")})
        call_job(today)
        row = Recount.objects.get()

        assert row.drift_ppm == round(1_000_000 * row.drifted / row.checked) > 0
        drift = Drift.objects.filter(recount=row, denominator=None).first()
        assert drift.numerator == drift.counted_numerator + 1
        assert recount.latest(today.workspace) == row
        assert "the events say" in Run.objects.get(name="analytics.recount").log

    def test_a_workspace_without_a_closed_day_says_that_nothing_was_compared(self, db):
        new = Community("commons-new")
        call_job(new)
        assert (Recount.objects.get().checked, Recount.objects.get().drift_ppm) == (0, None)


def call_job(community):
    from analytics.tasks import recount_sample

    recount_sample(workspace=community.workspace.slug)


class TestCommand:
    def test_it_ends_with_0_where_all_agree(self, alive):
        code, answer = ask("--from", "2026-03-02", "--to", "2026-03-05", "--sample", "40")

        assert code == 0
        assert (answer["checked"], answer["drifted"], answer["drift_ppm"], answer["drifts"]) == (40, 0, 0, [])

    def test_it_says_where_there_is_nothing_to_compare_yet(self, db, capsys):
        call_command("recount", "--workspace", Community("commons-new").workspace.slug)
        said = capsys.readouterr()
        assert said.out.startswith("0 numbers compared")
        assert "No day of these is closed yet" in said.err

    def test_it_ends_with_1_and_names_what_drifted(self, alive):
        PlatformDaily.objects.filter(date=FIRST).update(dau=F("dau") + 1)
        code, answer = ask("--metric", "stickiness", "--from", "2026-03-02", "--to", "2026-03-04")

        assert code == 1
        (drift,) = answer["drifts"]
        assert (drift["metric"], drift["date"], drift["person"]) == ("stickiness", "2026-03-02", None)
        assert drift["numerator"] == drift["counted_numerator"] + 1
        assert (answer["checked"], answer["drift_ppm"]) == (3, 333333)

    def test_the_same_seed_draws_the_same_sample(self, alive):
        samples = [draw(alive.workspace, recountable(), FIRST, LAST, 50, Random(4)) for _ in range(2)]
        assert samples[0] == samples[1]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--metric", "nothing"], "There is no metric 'nothing'"),
            (["--from", "2026-03-04", "--to", "2026-03-02"], "--to is earlier"),
            (["--workspace", "nowhere"], "There is no workspace"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, alive, arguments, message):
        with pytest.raises(CommandError, match=message):
            ask(*arguments)

    def test_a_metric_without_a_statement_cannot_be_asked_for(self, alive, monkeypatch):
        from dataclasses import replace

        bare = Registry("metric")
        bare.register(replace(METRICS["dau"], recount=""))
        monkeypatch.setattr("analytics.management.commands.recount.METRICS", bare)
        with pytest.raises(CommandError, match="a statement of its own"):
            ask("--metric", "dau")
