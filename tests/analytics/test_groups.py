"""Filters of dashboards: numbers of one segment, cohort, platform or community, and none where they cannot be told."""

import csv
import io
import random

import pytest
from django.utils import timezone

from analytics.dashboards import DASHBOARDS, numbers
from analytics.groups import DIMENSIONS, Group
from analytics.lifecycle import states
from analytics.metrics import METRICS
from analytics.models import (
    CohortActivityDaily,
    DefinitionVersion,
    PlatformActivityDaily,
    SegmentActivityDaily,
    UserActivityDaily,
)
from analytics.selections import dimensions_of
from analytics.small_groups import KEY, too_small
from analytics.spans import Span
from config.models import Role
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import log_in

FILLS = (
    *("platform_daily", "segment_activity_daily", "cohort_activity_daily", "platform_activity_daily"),
    *("user_cohorts", "community_daily", "cohort_retention"),
)
DAYS = 14
NOW = at(DAYS)
SPAN = Span(at(0).date(), at(DAYS - 1).date())
RANGE = {"from": "2026-03-02", "to": "2026-03-15"}
# Who does how much on each of the 14 days: five of each kind of people.
POWER, ACTIVE, CASUAL = ([f"{kind}{number}" for number in range(5)] for kind in ("power", "active", "casual"))


def lives(community):
    """Power posts every day, active twice a week, casual looks at a page on days 0 and 7; half of all use ios."""
    for number, who in enumerate((*POWER, *ACTIVE, *CASUAL)):
        platform = {"context": {"platform": "iOS" if number % 2 else "web"}}
        signed_up = {"created_at": at(-40).isoformat()} if who in CASUAL else {}
        community.happens("user_signup" if who not in CASUAL else "page_view", who, at(0, "08:00"), **platform)
        if signed_up:
            identify = {"type": "identify", "messageId": f"i-{who}", "userId": who, "traits": signed_up}
            community.store([identify | {"timestamp": at(0, "08:01").isoformat()}], at(0, "08:01"))
        community.happens("community_join", who, at(0, "08:30"), properties={"community_id": "chess"}, **platform)
        for day in range(DAYS):
            if who in POWER or (who in ACTIVE and day % 7 in {1, 4}):
                where = {"communityId": "chess", "postId": f"{who}-{day}"}
                community.happens("community_post" if day == 1 else "post_created", who, at(day), properties=where)
            if who in CASUAL and day == 7:
                community.happens("page_view", who, at(day), **platform)
    community.happens("error_occurred", "power1", at(13), context={"platform": "iOS"})
    # One alone in its month and on its platform.
    community.happens("page_view", "lone", at(13), context={"platform": "fridge"})


@pytest.fixture(scope="module")
def filled(lasting_db):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: NOW)
        community, other = Community("commons-groups"), Community("commons-groups-other")
        lives(community)
        for number in range(9):
            other.happens("post_created", f"o{number}", at(1), context={"platform": "web"})
        for one in (community, other):
            one.fill()
    return community


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def village(filled, as_filled):
    return as_filled(filled)


@pytest.fixture
def client(village):
    return log_in(MemberFactory(workspace=village.workspace, role=Role.ANALYST).user)


def ask(client, name="engagement", **query):
    return client.get(f"/api/dashboard/{name}", RANGE | query)


def cards(answer):
    assert answer.status_code == 200, answer.content
    return {one["key"]: one for one in answer.json()["data"]["cards"]}


def tell_all(workspace):
    DefinitionVersion.objects.create(workspace=workspace, key=KEY, value={"least_people": 1}, valid_from=at(-9).date())


class TestRows:
    def test_a_person_is_in_the_segment_of_the_end_of_each_day(self, village):
        """What is counted apart, person by person, adds up to each row."""
        for day in range(DAYS):
            on = at(day).date()
            segment_of = {one.person_id: one.segment for one in states(village.workspace, on)}
            expected = {}
            for row in UserActivityDaily.objects.filter(workspace=village.workspace, date=on):
                found = expected.setdefault(segment_of[row.person_id], [0, 0, 0])
                for place, number in enumerate((row.active_events > 0, row.posts_created, row.events)):
                    found[place] += number
            rows = SegmentActivityDaily.objects.filter(workspace=village.workspace, date=on)
            assert {one.segment: [one.dau, one.posts_created, one.events] for one in rows} == expected
        assert set(expected) == {"power", "casual"}

    def test_cohorts_are_months_of_the_sign_up(self, village):
        rows = CohortActivityDaily.objects.filter(workspace=village.workspace, date=at(0).date())
        assert {one.cohort: (one.dau, one.new_signups) for one in rows} == {"2026-01": (5, 0), "2026-03": (10, 10)}

    def test_platforms_are_as_clients_say_in_small_letters(self, village):
        rows = PlatformActivityDaily.objects.filter(workspace=village.workspace)
        assert {one.platform for one in rows} == {"ios", "web", "fridge", "unknown"}
        ios = rows.get(date=at(13).date(), platform="ios")
        assert (ios.people, ios.dau, ios.errors, ios.people_with_errors) == (1, 0, 1, 1)

    @pytest.mark.parametrize("dimension", ["segment", "cohort"])
    def test_groups_that_are_parts_add_up_to_everybody(self, village, dimension):
        tell_all(village.workspace)
        parts = DIMENSIONS[dimension]
        names = parts.names(village.workspace, SPAN)
        whole = numbers(DASHBOARDS["engagement"], village.workspace, SPAN)
        told = [numbers(DASHBOARDS["engagement"], village.workspace, SPAN, group=Group(parts, name)) for name in names]
        for key in ("dau", "sessions", "likes_given"):
            values = [next(one for one in found.figures if one.metric.key == key).values for found in told]
            everybody = next(one for one in whole.figures if one.metric.key == key).values
            assert [sum(day) for day in zip(*values, strict=True)] == everybody


class TestSmall:
    def test_the_next_larger_part_hides_a_small_one_that_the_whole_would_tell(self):
        people = {"power": 3, "active": 9, "casual": 40}
        assert too_small(people, 5, parts=True) == {"power", "active"}
        assert too_small(people, 5, parts=False) == {"power"}
        assert too_small({"power": 3, "active": 2, "casual": 40}, 5, parts=True) == {"power", "active"}
        assert too_small({"power": 0, "active": 9, "casual": 40}, 5, parts=True) == set()

    @pytest.mark.parametrize("seed", range(5))
    def test_what_is_hidden_is_nothing_or_enough(self, seed):
        chance = random.Random(seed)
        for _ in range(200):
            people = {str(name): chance.randrange(12) for name in range(chance.randrange(1, 6))}
            hidden = too_small(people, 5, parts=True)
            missing = sum(people[name] for name in hidden)
            assert missing == 0 or missing >= 5 or hidden >= {name for name in people if people[name]}
            assert all(people[name] >= 5 or not people[name] for name in people.keys() - hidden)

    def test_a_day_of_few_is_in_no_number_of_the_group(self, client):
        """On day 13 the casual segment is one person, which hides the power segment, too."""
        for name in ("casual", "power"):
            found = cards(ask(client, segment=name))["dau"]
            assert (found["value"], found["by_day"][-1], found["data_points"]) == (None, None, 0)
        posts = cards(ask(client, "content", segment="power"))["posts_created"]
        # All days but the first week, in which nobody is power yet, the day of community posts, and the last.
        assert posts["value"] == sum(value or 0 for value in posts["by_day"]) < 5 * DAYS
        assert posts["by_day"][-1] is None

    def test_one_alone_is_not_there_by_name(self, client):
        answer = ask(client, platform="fridge")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_platform")
        assert "no platform 'fridge' of 5 people or more" in answer.json()["message"]


class TestAddress:
    @pytest.mark.parametrize(
        ("dimension", "name", "day", "dau"),
        [
            ("segment", "power", 8, 5),
            ("segment", "active", 8, 5),
            ("cohort", "2026-03", 7, 5),
            ("platform", "web", 0, 8),
        ],
        ids=str,
    )
    def test_numbers_are_of_the_group_alone(self, client, dimension, name, day, dau):
        answer = ask(client, to=str(at(day).date()), **{dimension: name})
        assert cards(answer)["dau"]["value"] == dau
        assert answer.json()["data"]["filter"] == {"by": dimension, "name": name}

    def test_what_a_community_is_told_of_is_done_in_it(self, client):
        found = cards(ask(client, "content", community="chess"))
        assert set(found) == {"posts_created", "comments_created"}
        assert found["posts_created"]["value"] == 5 * DAYS + 5 * 4

    @pytest.mark.parametrize("name", ["executive-summary", "engagement", "performance", "community", "growth"])
    def test_every_widget_is_told_or_said_not_to_be(self, client, name):
        plain = ask(client, name).json()["data"]
        for dimension in dimensions_of(DASHBOARDS[name.replace("-summary", "")]):
            value = {"segment": "power", "platform": "web", "cohort": "2026-03", "community": "chess"}[dimension.key]
            data = ask(client, name, **{dimension.key: value}).json()["data"]
            untold = {(one["kind"], one["key"]) for one in data["not_told"]}
            assert {one["said"] for one in data["not_told"]} == {f"Not by {dimension.key}"}
            for kind in ("card", "chart", "table"):
                there = {(kind, one["key"]) for one in data[f"{kind}s"]}
                assert not there & untold
                assert there | {one for one in untold if one[0] == kind} == {
                    (kind, one["key"]) for one in plain[f"{kind}s"]
                }
            assert data["cohorts"] == []

    def test_a_chart_tells_the_lines_that_it_can_and_names_the_others(self, client):
        data = ask(client, "executive-summary", segment="power").json()["data"]
        active = next(one for one in data["charts"] if one["key"] == "active")
        assert [one["metric"] for one in active["series"]] == ["dau"]
        assert [one["key"] for one in data["not_told"] if one["of"] == "active"] == ["wau", "mau"]

    @pytest.mark.parametrize(
        ("name", "query", "code", "words"),
        [
            ("engagement", {"segment": "powr"}, "invalid_segment", "there is power"),
            ("engagement", {"segment": "at_risk"}, "invalid_segment", "there is power"),
            ("engagement", {"cohort": "2026-13"}, "invalid_cohort", "there is 2026-"),
            ("engagement", {"cohort": "2026-02"}, "invalid_cohort", "no cohort '2026-02' of 5 people"),
            ("engagement", {"platform": "'; DROP TABLE content"}, "invalid_platform", "no platform"),
            ("engagement", {"segment": "power", "cohort": "2026-03"}, "invalid_segment", "one can be asked for"),
            ("engagement", {"segment": "power", "bots": "true"}, "invalid_bots", "never counted in"),
            ("economy", {"segment": "power"}, "invalid_segment", "whole workspace"),
            ("growth", {"community": "chess"}, "invalid_community", "it can be by segment, platform, cohort"),
            ("community", {"community": "chess", "segment": "power"}, "invalid_segment", "one can be asked for"),
        ],
        ids=lambda text: str(text)[:40] if isinstance(text, str) else "",
    )
    def test_what_cannot_be_told_is_refused_in_words(self, client, name, query, code, words):
        answer = ask(client, name, **query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert words in answer.json()["message"]

    def test_another_workspace_has_groups_of_its_own(self, village, client):
        other = WorkspaceFactory()
        stranger = log_in(MemberFactory(workspace=other, role=Role.ADMIN).user)
        assert ask(stranger, cohort="2026-03").status_code == 400
        assert set(cards(ask(stranger, segment="power"))["dau"]["by_day"]) == {0}

    def test_each_group_is_kept_apart(self, client):
        first = ask(client, segment="power", to="2026-03-09")
        assert (first["X-Cache"], ask(client, segment="power", to="2026-03-09")["X-Cache"]) == ("miss", "hit")
        others = [ask(client, to="2026-03-09"), ask(client, segment="active", to="2026-03-09")]
        assert [one["X-Cache"] for one in others] == ["miss", "miss"]
        assert len({first["ETag"], *(one["ETag"] for one in others)}) == 3


class TestPage:
    def page(self, client, name="engagement", **query):
        answer = client.get(f"/admin/dashboards/{name}/", RANGE | query)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_the_form_offers_what_there_is_and_keeps_the_choice_and_the_range(self, client):
        page = self.page(client, cohort="2026-03")
        assert "<option selected>2026-03</option>" in page
        assert '<option value="">all</option><option>power</option><option>active</option>' in page
        assert "fridge" not in page
        assert "cohort=2026-03" in page.split('aria-label="Range"')[1].split("</nav>")[0]
        assert 'value="2026-03-02"' in page
        assert "Only numbers of cohort 2026-03" in page

    def test_what_cannot_be_told_says_so_and_shows_no_number(self, client):
        page = self.page(client, segment="active")
        assert 'data-value="engagement_score"' not in page
        assert 'data-untold="engagement_score"' in page
        assert page.count("Not by segment.") >= 4
        assert 'data-panel="hours"' not in page

    def test_a_wrong_one_is_told_and_everybody_shown(self, client):
        page = self.page(client, segment="powr")
        assert "There is no segment &#x27;powr&#x27;" in page
        assert 'data-value="engagement_score"' in page

    def test_a_dashboard_without_any_offers_none(self, client):
        assert "<select name=" in self.page(client, "economy")
        assert 'name="segment"' not in self.page(client, "economy")

    def test_csv_and_explain_are_of_the_group(self, client):
        page = self.page(client, segment="active")
        assert "/admin/rollups/segment_activity_daily/" in page or "segment_activity_daily" in page
        export = client.get("/admin/dashboards/engagement/cards.csv", RANGE | {"segment": "active", "to": "2026-03-10"})
        rows = list(csv.reader(io.StringIO(export.content.decode("utf-8-sig"))))
        told = {row[0]: row for row in rows}
        assert told[METRICS["dau"].title][1] in {"5", "5.0"}
        assert told[METRICS["engagement_score"].title][1:6] == ["", "", "", "", "Not by segment"]
        for widget in ("hours", "score"):
            answer = client.get(f"/admin/dashboards/engagement/{widget}.csv", RANGE | {"segment": "active"})
            assert (answer.status_code, answer.content) == (400, b"Not by segment")


class TestQuery:
    def ask(self, client, metrics, *, to="2026-03-10", **more):
        body = {"metrics": metrics, "time_range": {"from": "2026-03-02", "to": to}} | more
        return client.post("/api/metrics/query", body, content_type="application/json")

    @pytest.mark.parametrize(
        ("dimension", "name"),
        [("segment", "power"), ("cohort", "2026-03"), ("platform", "web"), ("community", "chess")],
        ids=str,
    )
    def test_a_filter_is_that_of_the_dashboard(self, client, dimension, name):
        answer = self.ask(client, ["comments_created", "posts_created"], filters={dimension: name})
        assert answer.status_code == 200, answer.content
        rows = [one for one in answer.json()["data"] if one["metric"] == "posts_created"]
        assert {one[dimension] for one in rows} == {name}
        card = cards(ask(client, "content", to="2026-03-10", **{dimension: name}))["posts_created"]
        assert [one["value"] for one in rows] == card["by_day"]

    def test_a_dimension_tells_each_group_and_why_a_small_one_is_not(self, client):
        rows = self.ask(client, ["dau"], to="2026-03-15", dimensions=["segment"]).json()["data"]
        last = {one["segment"]: one for one in rows if one["date"] == "2026-03-15"}
        assert {name: one["value"] for name, one in last.items()} == {"power": None, "active": 0, "casual": None}
        assert last["power"]["suppressed"] == "A group of fewer than 5 people"
        assert last["active"]["value"] == 0

    @pytest.mark.parametrize(
        ("query", "code", "words"),
        [
            ({"metrics": ["dau"], "filters": {"segment": "powr"}}, "unknown_segment", "did you mean power"),
            ({"metrics": ["dau"], "filters": {"cohort": ["2026-03", "2026-02"]}}, "unknown_cohort", "did you mean"),
            (
                {"metrics": ["wau"], "filters": {"segment": "power"}},
                "invalid_dimension",
                "wau has no dimension segment",
            ),
            ({"metrics": ["dau"], "dimensions": ["cohort", "segment"]}, "invalid_dimension", "at a time"),
            ({"metrics": ["dau"], "filters": {"segment": "power", "bots": True}}, "invalid_dimension", "never"),
            (
                {"metrics": ["posts_created"], "filters": {"segment": "power"}, "granularity": "week"},
                "invalid_dimension",
                "no dimension segment",
            ),
        ],
        ids=["near", "small", "cannot", "two", "bots", "weeks"],
    )
    def test_what_cannot_be_told_is_refused_in_words(self, client, query, code, words):
        answer = self.ask(client, **query)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert words in answer.json()["message"]

    def test_the_catalogue_says_by_what(self, client):
        found = {one["key"]: one["dimensions"] for one in client.get("/api/metrics").json()["data"]["metrics"]}
        assert found["dau"] == ["segment", "platform", "cohort", "bots"]
        assert found["page_load_p95"] == ["platform"]
        assert found["wau"] == ["bots"]
