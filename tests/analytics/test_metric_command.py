"""`manage.py metric` and `manage.py rollup`, as a script reads them."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.metrics import METRICS
from tests.analytics.community import Community, at

POINTS = ("points", "earned", "each", "0.00")


def ask(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def ask_json(*arguments):
    return json.loads(ask(*arguments, "--json"))


@pytest.fixture(scope="module")
def filled(lasting_db):
    community = Community()
    for day, who in ((0, "ada"), (0, "bob"), (2, "ada"), (35, "cyd")):
        community.happens("user_registered" if day != 2 else "post_created", who, at(day))
    call_command("rollup", workspace="commons", stdout=StringIO())
    return community


@pytest.fixture
def forum(filled, as_filled):
    return as_filled(filled)


def test_one_day_is_one_object(forum):
    value = ask_json("metric", "stickiness", "--workspace", "commons", "--at", "2026-03-04")

    assert value.pop("calculated_at")
    assert value.pop("watermark")
    assert value == {
        "metric": "stickiness",
        "workspace": "commons",
        "unit": "ratio",
        "grain": "day",
        "with_bots": False,
        "date": "2026-03-04",
        "value": 0.5,
        "numerator": 1.0,
        "denominator": 2.0,
        "data_points": 2,
        "state": "closed",
        "confidence": "low",
    }


@pytest.mark.parametrize("key", ["dau", "cohorts", "cohort_matrix", "sessions", "trending", "levels", "funnel"])
def test_nothing_is_called_closed_before_the_first_fill_and_it_says_how_to_fill(db, key):
    community = Community("commons-new")
    community.happens("user_registered", "ada", at(0))
    out, err = StringIO(), StringIO()
    steps = {"steps": "user_registered,post_created"} if key == "funnel" else {}
    call_command("metric", key, workspace="commons-new", stdout=out, stderr=err, **steps)

    assert "manage.py rollup --workspace commons-new" in err.getvalue()
    assert out.getvalue().strip()
    assert "closed" not in out.getvalue()


def test_what_is_filled_is_told_without_a_hint(forum):
    err = StringIO()
    call_command("metric", "dau", workspace="commons", stdout=StringIO(), stderr=err)
    assert err.getvalue() == ""


@pytest.mark.parametrize("days", [("--from", "0002-01-01"), ("--from", "1900-01-01", "--to", "9998-12-31")])
def test_a_range_of_more_than_a_century_is_refused_at_once(forum, days):
    with pytest.raises(CommandError, match="36,525 days at most"):
        ask("metric", "dau", "--workspace", "commons", *days)


@pytest.mark.parametrize(("key", "counts"), [("dau", True), ("community_posts_made", False), ("lifecycle_new", False)])
def test_an_answer_says_whether_bots_are_counted_in(forum, key, counts):
    out, err = StringIO(), StringIO()
    call_command("rollup", workspace="commons", stdout=StringIO())
    call_command("metric", key, workspace="commons", with_bots=True, json=True, stdout=out, stderr=err)
    assert json.loads(out.getvalue())["with_bots"] is counts
    assert ("never counts bots" in err.getvalue()) is not counts


@pytest.mark.parametrize("first", ["0002-01-01", "1999-12-31", "9998-01-01"])
@pytest.mark.parametrize("how", ["--dry-run", "--json"])
def test_days_on_which_nothing_can_have_happened_are_not_filled(forum, first, how):
    with pytest.raises(CommandError, match="from 2000-01-01 up to today"):
        ask("rollup", "--workspace", "commons", "--from", first, how)


@pytest.mark.parametrize("wait", ["-1", "nan", "inf", "soon", "1e300"])
def test_a_time_to_wait_that_is_none_is_refused(forum, wait):
    with pytest.raises(CommandError, match="is not a number of seconds"):
        ask("rollup", "--workspace", "commons", "--wait", wait)


def test_a_range_is_a_list_of_points_with_idle_days_as_zero(forum):
    answer = ask_json("metric", "dau", "--workspace", "commons", "--from", "2026-03-02", "--to", "2026-03-05")

    assert [(point["date"], point["value"]) for point in answer["points"]] == [
        ("2026-03-02", 2),
        ("2026-03-03", 0),
        ("2026-03-04", 1),
        ("2026-03-05", 0),
    ]


def test_months_add_up_what_can_be_added_up(forum):
    arguments = ("--workspace", "commons", "--from", "2026-03-01", "--to", "2026-04-30", "--grain", "month")

    assert [point["value"] for point in ask_json("metric", "new_signups", *arguments)["points"]] == [2, 1]
    assert [point["value"] for point in ask_json("metric", "total_users", *arguments)["points"]] == [2, 3]
    with pytest.raises(CommandError, match="cannot be added up"):
        ask("metric", "dau", *arguments)


def test_cohorts_tell_their_sizes_and_who_came_back(forum):
    answer = ask_json("metric", "cohorts", "--workspace", "commons", "--grain", "month", "--at", "2026-03-10")
    (cohort,) = answer.pop("points")
    days = cohort.pop("days")

    assert answer == {
        "metric": "cohorts",
        "workspace": "commons",
        "grain": "month",
        "cohort_grain": "month",
        "with_bots": False,
        "as_of": "2026-03-10",
    }
    assert cohort == {
        "cohort": "2026-03-01",
        "size": 2,
        "active_people": 2,
        "posts_created": 1,
        "comments_created": 0,
        "avg_posts_per_user": 0.5,
        "avg_comments_per_user": 0,
        "points_earned": 0,
        "avg_points_earned": 0,
    }
    assert [day["day"] for day in days] == list(range(91))
    # Cyd was active after that day.
    assert days[2] == {
        "day": 2,
        "eligible": 2,
        "retained": 1,
        "retention": 0.5,
        "rolling_retained": None,
        "rolling_retention": None,
    }
    assert days[9] == {
        "day": 9,
        "eligible": 0,
        "retained": None,
        "retention": None,
        "rolling_retained": None,
        "rolling_retention": None,
    }


def test_people_read_cohorts_by_week_and_what_is_not_yet(forum):
    lines = ask("metric", "cohorts", "--workspace", "commons", "--grain", "week", "--at", "2026-04-07").splitlines()

    assert [line.split() for line in lines[:4]] == [
        ["2026-03-02", "size", "2,", "active", "2,", "posts", "each", "0.50,", "comments", "each", "0.00,", *POINTS],
        ["day", "0", "eligible", "2", "on", "the", "day", "2", "100.00", "%", "or", "later", "2", "100.00", "%"],
        ["day", "1", "eligible", "2", "on", "the", "day", "0", "0.00", "%", "or", "later", "1", "50.00", "%"],
        ["day", "7", "eligible", "2", "on", "the", "day", "0", "0.00", "%", "or", "later", "0", "0.00", "%"],
    ]
    assert " ".join(lines[-1].split()) == "day 90 eligible 0 on the day not yet or later not yet"


def test_the_matrix_tells_weeks_or_days_of_each_cohort(forum):
    weeks = ask_json("metric", "cohort_matrix", "--workspace", "commons", "--grain", "week", "--at", "2026-04-13")
    days = ask_json("metric", "cohort_matrix", "--workspace", "commons", "--grain", "day", "--cohort-grain", "month")

    assert [(point["cohort"], point["size"], len(point["cells"])) for point in weeks["points"]] == [
        ("2026-03-02", 2, 53),
        ("2026-04-06", 1, 53),
    ]
    assert weeks["points"][1]["cells"][:2] == [
        {"week": 0, "eligible": 1, "retained": 1, "retention": 1.0, "cumulative_share": 1.0},
        {"week": 1, "eligible": 0, "retained": None, "retention": None, "cumulative_share": None},
    ]
    assert [point["cohort"] for point in days["points"]] == ["2026-03-01", "2026-04-01"]
    assert days["points"][0]["cells"][2] == {
        "day": 2,
        "eligible": 2,
        "retained": 1,
        "retention": 0.5,
        "cumulative_share": 0.5,
    }
    drawn = ask("metric", "cohort_matrix", "--workspace", "commons", "--at", "2026-04-13").splitlines()
    assert drawn[1].split() == ["2026-03-02", "2", "100.0", *["0.0"] * 5]
    assert drawn[2].split() == ["2026-04-06", "1", "100.0"]


# Those that look at all the users there are.
OF_ALL = {"total_users", "engagement_rate", "growth_rate"}
# Everybody is idle for good.
IDLE = {"lifecycle_churned", "segment_churned", "level_inactive"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_every_metric_answers_for_an_idle_day(forum, metric):
    of = ("--of", "somewhere") if metric.per else ()
    value = ask_json("metric", metric.key, "--workspace", "commons", "--at", "2027-01-01", *of)

    assert value["data_points"] == (3 if metric.key in OF_ALL | IDLE else 0)
    assert value["grain"] == metric.grains[0]
    assert value["value"] == metric.divided(value["numerator"], value["denominator"])
    if metric.key not in OF_ALL | IDLE:
        assert not value["value"]
        assert not value["denominator"] or metric.kind == "mean"


def test_people_read_a_line(forum):
    assert ask("metric", "dau", "--workspace", "commons", "--at", "2026-03-02").split() == [
        *("2026-03-02", "2", "people", "2", "data", "points,", "closed,", "confidence", "low")
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("metric", "no_such", "--workspace", "commons"), "no metric 'no_such'"),
        (("metric", "dau", "--workspace", "nowhere"), "no workspace 'nowhere'"),
        (("metric", "dau", "--workspace", "commons", "--at", "tomorrow"), "is not a date"),
        (("metric", "dau", "--workspace", "commons", "--from", "2026-03-05", "--to", "2026-03-01"), "earlier"),
        (("metric", "cohorts", "--workspace", "commons", "--grain", "day"), "weeks or months"),
        (("metric", "cohort_matrix", "--workspace", "commons", "--grain", "month"), "weeks or days"),
        (("rollup", "--workspace", "commons", "--to", "2026-03-01"), "--to needs a --from"),
    ],
)
def test_a_wrong_question_is_refused_with_its_reason(forum, arguments, message):
    with pytest.raises(CommandError, match=message):
        ask(*arguments)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("members",), "community_members"),
        (("engagement_rate", "--of", "somewhere"), "community_engagement_rate"),
        (("engagement_rate",), "engagement_rate"),
        (("growth_rate", "--of", "somewhere"), "community_growth_rate"),
        (("posts", "--of", "somewhere"), "community_posts_made"),
        (("posts",), "posts"),
        (("earned",), "points_earned"),
        (("velocity",), "point_velocity"),
        (("bounce",), "bounce_rate"),
        (("churn",), "churn_rate"),
        (("lag",), "lag_p50"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else given,
)
def test_a_metric_answers_to_the_name_it_has_in_its_section_of_the_definitions(forum, arguments, key):
    assert ask_json("metric", *arguments, "--workspace", "commons")["metric"] == key


def test_a_name_that_is_nearly_one_is_refused_with_those_that_may_be_meant(forum):
    with pytest.raises(CommandError, match=r"'retention_day_2'.*retention_day_1"):
        ask("metric", "retention_day_2", "--workspace", "commons")


def test_a_metric_of_communities_where_there_are_none_says_so(forum):
    err = StringIO()
    call_command("metric", "community_members", workspace="commons", stdout=StringIO(), stderr=err)
    assert "Nothing that community_members is of was there yet" in err.getvalue()


def test_what_a_metric_is_made_of_is_explained_with_its_rollup(forum):
    told = ask_json("rollup", "--explain", "stickiness", "--workspace", "commons")
    assert (told["metric"], told["numerator"], told["denominator"]) == ("stickiness", "dau", "mau")
    assert told["definition"] == METRICS["stickiness"].definition
    assert (told["key"], told["workspace"]) == ("platform_daily", "commons")
    assert told["sql"].startswith("--")
    assert "definition: " in ask("rollup", "--explain", "stickiness")
    with pytest.raises(CommandError, match="no rollup 'stick'"):
        ask("rollup", "--explain", "stick")


def test_a_dry_run_says_what_would_be_filled_and_fills_nothing(forum):
    dry = ask_json("rollup", "--workspace", "commons", "--from", "2026-03-02", "--to", "2026-03-03", "--dry-run")
    # Two days of four rollups by day and one by hour, and the buckets under way.
    assert dry["would_fill_buckets"] >= 2 * 4 + 48

    done = ask_json("rollup", "--workspace", "commons", "--from", "2026-03-02", "--to", "2026-03-03")
    assert done["buckets"] >= dry["would_fill_buckets"]
    assert done["open_buckets"] == 0
