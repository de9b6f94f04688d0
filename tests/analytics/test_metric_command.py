"""`manage.py metric` and `manage.py rollup`, as a script reads them."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.metrics import METRICS
from tests.analytics.community import at


def ask(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def ask_json(*arguments):
    return json.loads(ask(*arguments, "--json"))


@pytest.fixture
def forum(community):
    for day, who in ((0, "ada"), (0, "bob"), (2, "ada"), (35, "cyd")):
        community.happens("user_registered" if day != 2 else "post_created", who, at(day))
    call_command("rollup", workspace="commons", stdout=StringIO())
    return community


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


def test_cohorts_tell_their_sizes(forum):
    months = ask_json("metric", "cohorts", "--workspace", "commons", "--grain", "month")["points"]
    weeks = ask_json("metric", "cohorts", "--workspace", "commons", "--grain", "week")["points"]

    assert months == [{"cohort": "2026-03-01", "size": 2}, {"cohort": "2026-04-01", "size": 1}]
    assert weeks == [{"cohort": "2026-03-02", "size": 2}, {"cohort": "2026-04-06", "size": 1}]


# Those that look at all the users there are.
OF_ALL = {"total_users", "engagement_rate", "growth_rate"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_every_metric_answers_for_an_idle_day(forum, metric):
    of = ("--of", "somewhere") if metric.per else ()
    value = ask_json("metric", metric.key, "--workspace", "commons", "--at", "2027-01-01", *of)

    assert value["data_points"] == (3 if metric.key in OF_ALL else 0)
    assert value["grain"] == metric.grains[0]
    assert value["value"] == metric.divided(value["numerator"], value["denominator"])
    if metric.key not in OF_ALL:
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
        (("rollup", "--workspace", "commons", "--to", "2026-03-01"), "--to needs a --from"),
    ],
)
def test_a_wrong_question_is_refused_with_its_reason(forum, arguments, message):
    with pytest.raises(CommandError, match=message):
        ask(*arguments)


def test_a_dry_run_says_what_would_be_filled_and_fills_nothing(forum):
    dry = ask_json("rollup", "--workspace", "commons", "--from", "2026-03-02", "--to", "2026-03-03", "--dry-run")
    # Two days of four rollups by day and one by hour, and the buckets under way.
    assert dry["would_fill_buckets"] >= 2 * 4 + 48

    done = ask_json("rollup", "--workspace", "commons", "--from", "2026-03-02", "--to", "2026-03-03")
    assert done["buckets"] >= dry["would_fill_buckets"]
    assert done["open_buckets"] == 0
