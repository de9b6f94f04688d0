"""`manage.py metric KEY --person ID`: numbers of one person, with the parts of indices."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analytics.metrics import METRICS
from analytics.person_metrics import PARTS, PERSON_METRICS
from tests.analytics.community import Community, at
from tests.analytics.engagement import follows
from tests.analytics.wellbeing import acts, practises

FILLS = ("engagement_daily", "platform_daily", "wellbeing_daily")


def ask(key, person, *arguments):
    out = StringIO()
    call_command("metric", key, "--workspace", "commons", "--person", person, *arguments, stdout=out)
    return out.getvalue()


def ask_json(key, person, *arguments):
    return json.loads(ask(key, person, *arguments, "--json"))


def on(day):
    return ("--at", str(at(day).date()))


def test_an_index_comes_with_its_parts(community):
    practises(community, "ada", 0, 4, 8)
    acts(community, "ada", 0, "group", 8)
    acts(community, "bob", 0, "group", 8)
    community.fill()

    answer = ask_json("flourish_index", "ada", *on(0))
    assert (answer["value"], answer["data_points"], answer["person"]) == (34, 1, "ada")
    parts = {"mood_points": 70, "acts_points": 20, "community_points": 0, "streak_points": 0}
    assert answer["parts"] == parts
    assert ask("flourish_index", "ada", *on(0)).split()[:4] == ["2026-03-02", "34", "points", "(mood_points"]


def test_an_idle_day_and_somebody_unknown_have_nothing(community):
    practises(community, "ada", 0)
    community.fill()
    for who in ("ada", "nobody"):
        answer = ask_json("flourish_index", who, *on(3))
        assert (answer["value"], answer["data_points"]) == (0, 0)


def test_streaks_of_a_range(community):
    for day in (0, 1, 3):
        practises(community, "ada", day)
    community.fill()
    answer = ask_json("streak", "ada", "--from", "2026-03-02", "--to", "2026-03-06")
    assert [point["value"] for point in answer["points"]] == [1, 2, 0, 1, 0]


def test_a_score_holds_until_it_changes(community):
    community.happens("post_created", "ada", at(0))
    follows(community, "bob", "ada", 3)
    community.fill()

    answer = ask_json("engagement_score", "ada", "--from", "2026-03-01", "--to", "2026-04-02")
    values = [point["value"] for point in answer["points"]]
    assert values == [0, 4.3, 4.3, 4.3, *[4.9] * 27, 0.6, 0.6]
    assert [point["parts"]["followers"] for point in answer["points"]][3:6] == [0, 1, 1]
    assert ask_json("engagement_score", "ada", *on(20))["value"] == 4.9
    assert ask_json("followers", "ada", *on(20))["data_points"] == 1
    weeks = ask_json("engagement_score", "ada", "--from", "2026-03-02", "--to", "2026-03-15", "--grain", "week")
    assert [point["value"] for point in weeks["points"]] == [4.9, 4.9]


def test_counts_of_everybody_can_be_told_of_each(community):
    for day, who in ((0, "ada"), (0, "bob"), (2, "ada")):
        community.happens("post_created", who, at(day))
    community.fill()
    week = ask_json("posts_created", "ada", "--from", "2026-03-02", "--to", "2026-03-02", "--grain", "week")
    assert [point["value"] for point in week["points"]] == [2]
    assert ask_json("sessions", "bob", *on(0))["value"] == 1
    assert "dau" not in PERSON_METRICS


def test_any_id_of_a_person_names_them(community):
    community.happens("post_created", None, at(0), anonymous_id="visitor")
    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
    community.store([identify | {"timestamp": at(1).isoformat()}], at(1))
    community.fill()
    found = [ask_json("posts_created", who, *on(0)) for who in ("ada", "visitor")]
    assert found[0]["value"] == 1
    assert found[0]["person_id"] == found[1]["person_id"]


def test_another_workspaces_person_of_the_same_id_is_somebody_else(community):
    other = Community("commons-other")
    acts(other, "ada", 0, "self")
    other.fill()
    community.fill()
    assert ask_json("flourish_index", "ada", *on(0))["value"] == 0


def test_refusals_say_why(community):
    with pytest.raises(CommandError, match="no metric 'dau' of a person; there are: flourish_index"):
        ask("dau", "ada")
    with pytest.raises(CommandError, match="number of one day"):
        ask("streak", "ada", "--grain", "week")


@pytest.mark.parametrize("key", PARTS)
def test_every_part_is_a_metric_of_its_own(key):
    assert key in METRICS
    assert all(part in PERSON_METRICS for part in PARTS[key])
