"""One row a person across sources and systems: ids, profile, type; and the figures made of it."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from analytics import unified_users
from analytics.models import DefinitionVersion, UnifiedUser
from ingestion import importers
from tests.analytics.community import Community, at
from tests.analytics.test_bots import crawls

FILLS = ("person_latest", "platform_daily", "profile_entries_daily")

FULL = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@lovelace.net",
    "headline": "Analyst of engines",
    "linkedin_url": "https://linkedin.example/in/ada",
    "location": "London",
}


def says(community, who, day=0, **traits):
    envelope = {"type": "identify", "messageId": f"{who} {day} {sorted(traits)}", "userId": who, "traits": traits}
    community.store([envelope | {"timestamp": at(day).isoformat()}], at(day))


def user(community, who):
    return UnifiedUser.objects.get(workspace_id=community.workspace.pk, person_id=community.person(who))


def test_a_full_profile_is_100_and_each_part_has_its_points(community):
    says(community, "ada", **FULL)
    community.happens("experience_added", "ada", at(1))
    community.happens("education_added", "ada", at(1))
    community.fill()

    found = user(community, "ada")
    assert (found.profile_completion, found.profile_completed) == (100, True)


@pytest.mark.parametrize(
    ("traits", "events", "points"),
    [
        ({"first_name": "Ada"}, [], 10),
        ({"firstName": "Ada", "lastName": "L"}, [], 20),
        ({"first_name": "", "email": None}, [], 0),
        ({"headline": "0123456789"}, [], 0),
        ({"headline": "0123456789a"}, [], 15),
        ({"headline": "        a         "}, [], 0),
        ({"linkedin": "x"}, [], 10),
        ({"location": {"city": "London"}}, [], 10),
        ({}, ["experience_added", "experience_added"], 20),
        ({"experiences": [{"title": "Chemist"}]}, ["experience_added"], 20),
        ({"experiences": []}, [], 0),
        ({}, ["education_added"], 15),
        ({"email": "a@b.example"}, ["experience_added", "education_added"], 45),
    ],
)
def test_points_are_those_of_the_definition(community, traits, events, points):
    community.happens("page_view", "ada", at(0))
    if traits:
        says(community, "ada", **traits)
    for name in events:
        community.happens(name, "ada", at(1))
    community.fill()

    assert user(community, "ada").profile_completion == points


def test_70_points_complete_a_profile(community):
    says(community, "ada", first_name="A", last_name="B", email="c@d.example", linkedin="e", location="f")
    says(community, "bob", first_name="A", last_name="B", email="c@d.example", linkedin="e", location="f")
    community.happens("experience_added", "ada", at(0))
    community.happens("education_added", "bob", at(0))
    community.fill()

    assert [
        (user(community, who).profile_completion, user(community, who).profile_completed) for who in ("ada", "bob")
    ] == [(70, True), (65, False)]
    found = unified_users.completion(community.workspace)
    assert (found.people, found.points, found.completed, found.mean_points, found.completed_rate) == (
        2,
        135,
        1,
        67.5,
        50,
    )


def test_operators_set_the_points(community):
    says(community, "ada", first_name="Ada")
    community.fill()
    DefinitionVersion.objects.create(
        workspace=community.workspace,
        key="profile_completion",
        value={"first_name": 30, "completed_from": 30},
        valid_from=date(2026, 1, 1),
    )

    assert (user(community, "ada").profile_completion, user(community, "ada").profile_completed) == (30, True)


def test_a_person_of_several_ids_and_sources_is_one_row_with_all_of_them(community):
    community.happens("post_created", None, at(0), anonymous_id="visitor")
    community.source = importers.source_for(community.workspace, "Shop database")
    community.happens("post_created", "ada", at(3))
    community.happens("post_created", "bob", at(3))
    identify = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "ada"}
    community.store([identify | {"timestamp": at(4).isoformat(), "traits": {"first_name": "Ada"}}], at(4))
    community.fill()

    found = user(community, "ada")
    assert found.distinct_ids == ["ada", "visitor"]
    assert (found.sources, found.source_count) == (["Shop database", "Tests"], 2)
    assert (found.first_seen_at, found.last_seen_at) == (at(0), at(4))
    assert user(community, "bob").sources == ["Shop database"]
    assert UnifiedUser.objects.filter(workspace_id=community.workspace.pk).count() == 2
    assert unified_users.by_sources(community.workspace) == {1: 1, 2: 1}


def test_the_trait_said_last_counts_of_whichever_id_it_was_said(community):
    says(community, "ada", 2, user_type="expert")
    says(community, "ada", 1, user_type="novice")
    community.happens("page_view", "ada", at(3))
    community.fill()

    assert user(community, "ada").user_type == "expert"


def test_people_of_a_month_are_counted_by_type_each_once(community):
    says(community, "ada", user_type="expert")
    says(community, "bob", user_type="expert")
    for who, days in {"ada": (0, 5, 6), "bob": (31,), "cyd": (3, 40)}.items():
        for day in days:
            community.happens("page_view", who, at(day))
    crawls(community, "robot", 0)
    community.fill()

    found = unified_users.by_type(community.workspace, date(2026, 3, 1), date(2026, 5, 31), "month")
    assert found == {
        date(2026, 3, 1): {"expert": 1, "unknown": 1},
        date(2026, 4, 1): {"expert": 1, "unknown": 1},
        date(2026, 5, 1): {},
    }
    week = unified_users.by_type(community.workspace, at(6).date(), at(6).date(), "week")
    assert week == {at(0).date(): {"expert": 1, "unknown": 1}}


def test_bots_and_test_accounts_are_no_users(community):
    crawls(community, "robot", 0)
    community.happens("page_view", "ada", at(0))
    community.fill()

    assert [row.distinct_ids for row in UnifiedUser.objects.filter(workspace_id=community.workspace.pk)] == [["ada"]]


def test_another_workspace_has_its_own_people_and_points(community):
    other = Community("commons-other")
    says(community, "ada", first_name="Ada")
    says(other, "ada", email="ada@lovelace.net", last_name="L")
    community.fill()
    other.fill()

    assert user(community, "ada").profile_completion == 10
    assert user(other, "ada").profile_completion == 20
    assert unified_users.completion(other.workspace).people == 1


def test_a_row_of_a_day_names_the_sources_of_its_events(community):
    community.happens("post_created", "ada", at(0))
    tests = community.source.source_id
    community.source = importers.source_for(community.workspace, "Shop database")
    community.happens("post_created", "ada", at(0, "13:00"))
    community.happens("like_given", "bob", at(1), properties={"author_id": "ada"})
    community.fill()

    assert community.activity("ada", 0).sources == sorted([tests, community.source.source_id])
    assert community.activity("ada", 1).sources == []


def test_the_command_tells_completion_sources_and_types(community):
    says(community, "ada", user_type="expert", first_name="Ada")
    community.happens("page_view", "ada", at(0))
    community.fill()

    def ask(*arguments):
        out = StringIO()
        call_command("metric", *arguments, "--workspace", "commons", "--json", stdout=out)
        return json.loads(out.getvalue())

    completion = ask("profile_completion")
    assert (completion["value"], completion["numerator"], completion["denominator"]) == (10, 10, 1)
    assert ask("people_by_sources")["by_sources"] == [{"sources": 1, "people": 1}]
    types = ask("user_types", "--from", "2026-03-01", "--to", "2026-04-01", "--grain", "month")
    assert types["points"] == [{"date": "2026-03-01", "people": {"expert": 1}}, {"date": "2026-04-01", "people": {}}]
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM unified_users WHERE workspace_id = %s", [community.workspace.pk])
        assert cursor.fetchall() == [(None,)]
