"""The switch for bots: left out of every number, and counted in where somebody asks for it, as often as they like."""

import json
import random
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from analytics import cohorts, metrics
from analytics.models import Bot, Person, PlatformDaily, UserActivityDaily
from config.lib.buckets import day_of
from config.models import Role
from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.analytics.community import Community, at
from tests.factories.analytics import PlatformDailyFactory
from tests.factories.config import MemberFactory
from tests.pages import log_in

FILLS = ("platform_daily", "user_cohorts")

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PAGE = "/admin/dashboards/executive/"


def crawls(community, who, day, name="post_created", clock="12:00"):
    moment = at(day, clock)
    envelope = {"type": "track", "event": name, "userId": who, "timestamp": moment.isoformat()}
    community.store([envelope | {"messageId": f"{who} {moment}", "context": {"userAgent": CRAWLER}}], moment)


def told(community, key, days, *, with_bots):
    return [community.metric(key, day, with_bots=with_bots).value for day in days]


def test_bots_are_in_no_number_unless_asked_for(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "robot", 0)
    crawls(community, "robot", 3)
    community.fill()

    for key, without, with_bots in [
        ("dau", [1, 0, 0], [2, 1, 0]),
        ("wau", [1, 1, 1], [2, 2, 2]),
        ("posts_created", [1, 0, 0], [2, 1, 0]),
        ("sessions", [1, 0, 0], [2, 1, 0]),
    ]:
        assert told(community, key, (0, 3, 5), with_bots=False) == without, key
        assert told(community, key, (0, 3, 5), with_bots=True) == with_bots, key


def test_a_person_who_also_uses_a_script_is_one_person(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "ada", 0, clock="13:00")
    crawls(community, "ada", 1)
    community.fill()

    assert told(community, "dau", (0, 1), with_bots=False) == [1, 0]
    assert told(community, "dau", (0, 1), with_bots=True) == [1, 1]
    assert told(community, "mau", (0, 1), with_bots=True) == [1, 1]
    assert told(community, "posts_created", (0, 1), with_bots=True) == [2, 1]


def test_windows_with_bots_reach_as_far_as_those_without(community):
    crawls(community, "robot", 0)
    community.happens("post_created", "ada", at(40))
    community.fill()

    assert told(community, "wau", (0, 6, 7), with_bots=True) == [1, 1, 0]
    assert told(community, "mau", (29, 30, 40), with_bots=True) == [1, 0, 1]
    assert told(community, "mau", (29, 30, 40), with_bots=False) == [0, 0, 1]


def test_bots_sign_up_when_they_are_first_seen(community):
    community.happens("post_created", "ada", at(0))
    crawls(community, "robot", 0)
    crawls(community, "crawler", 2)
    crawls(community, "robot", 2)
    community.fill()

    for key, without, with_bots in [
        ("new_signups", [1, 0, 0, 0], [2, 0, 1, 0]),
        ("total_users", [1, 1, 1, 1], [2, 2, 3, 3]),
    ]:
        assert told(community, key, range(4), with_bots=False) == without, key
        assert told(community, key, range(4), with_bots=True) == with_bots, key
    assert total_in_march(community, with_bots=False) == 1
    assert total_in_march(community, with_bots=True) == 3


def test_the_total_of_users_takes_days_long_before_with_their_bots(community):
    crawls(community, "robot", 0)
    community.happens("post_created", "ada", at(0))
    community.happens("post_created", "bob", at(100))
    community.fill()

    assert told(community, "total_users", (60, 100), with_bots=True) == [2, 3]
    assert told(community, "total_users", (60, 100), with_bots=False) == [1, 2]


def test_a_bot_that_turns_out_to_be_somebody_is_a_person_from_then_on(community):
    crawls(community, "ada", 0)
    community.fill()
    assert (Bot.objects.count(), Person.objects.count()) == (1, 0)
    assert told(community, "new_signups", (0, 2), with_bots=True) == [1, 0]

    community.happens("post_created", "ada", at(2))
    community.fill()
    assert (Bot.objects.count(), Person.objects.count()) == (0, 1)
    assert told(community, "new_signups", (0, 2), with_bots=True) == [0, 1]
    assert told(community, "total_users", (2,), with_bots=True) == [1]


def total_in_march(community, *, with_bots):
    (cohort,) = cohorts.sizes(community.workspace, "month", with_bots=with_bots)
    return cohort.size


def test_days_without_bots_have_one_row_and_read_the_same_both_ways(community):
    community.happens("post_created", "ada", at(0))
    community.happens("like_given", "bob", at(1))
    community.fill()

    assert not PlatformDaily.objects.filter(with_bots=True).exists()
    for metric in metrics.of_platform():
        day = at(1).date()
        assert metrics.read(metric, community.workspace, day, day) == metrics.read(
            metric, community.workspace, day, day, with_bots=True
        )


def test_bots_that_come_late_or_are_gone_again_change_the_days_they_reach(community):
    community.happens("post_created", "ada", at(40))
    community.fill()
    crawls(community, "robot", 20)
    community.fill()
    assert told(community, "mau", (40,), with_bots=True) == [2]

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ingestion_event WHERE flags & 1 <> 0")
    call_command("rollup", "--workspace", "commons", "--from", "2026-03-20", "--to", "2026-03-24", stdout=StringIO())
    assert told(community, "mau", (40,), with_bots=True) == [1]
    assert told(community, "mau", (40,), with_bots=False) == [1]


def test_random_days_are_what_counting_by_hand_says(community):
    chance = random.Random(5)
    for day in range(45):
        for who in ("ada", "bob", "cyd"):
            if chance.random() < 0.2:
                community.happens("post_created", who, at(day))
            if chance.random() < 0.2:
                crawls(community, who, day, clock="15:00")
    community.fill()

    active = UserActivityDaily.objects.filter(active_events__gt=0)
    for with_bots in (False, True):
        rows = active if with_bots else active.filter(excluded=False)
        seen = set(rows.values_list("person_id", "date"))
        for day in range(45):
            for key, length in (("dau", 1), ("wau", 7), ("mau", 30)):
                window = {at(back).date() for back in range(day - length + 1, day + 1)}
                people = {person for person, date in seen if date in window}
                assert told(community, key, (day,), with_bots=with_bots) == [len(people)], (key, day, with_bots)


def test_another_workspaces_bots_are_not_counted(community):
    other = Community("commons-other")
    community.happens("post_created", "ada", at(0))
    crawls(other, "robot", 0)
    community.fill()
    other.fill()

    assert told(community, "dau", (0,), with_bots=True) == [1]
    assert told(other, "dau", (0,), with_bots=True) == [1]
    assert told(other, "dau", (0,), with_bots=False) == [0]


class TestWhereItIsAsked:
    @pytest.fixture
    def crawled(self, community):
        community.happens("post_created", "ada", at(0))
        crawls(community, "robot", 0)
        community.fill()
        return community

    @pytest.mark.parametrize(
        ("query", "dau", "with_bots"), [("", 1, False), ("&bots=false", 1, False), ("&bots=true", 2, True)]
    )
    def test_the_api_leaves_them_out_unless_asked(self, crawled, client, query, dau, with_bots):
        source = Source.objects.get(workspace=crawled.workspace, name="Default")
        key = keys.issue(source, WriteKey.Scope.SERVER)[1]
        url = f"/api/metrics/platform-summary?date=2026-03-02{query}"
        answer = client.get(url, headers={"authorization": f"Bearer {key}"}).json()
        assert (answer["data"]["dau"], answer["metadata"]["with_bots"]) == (dau, with_bots)

    def test_the_api_takes_nothing_else_for_an_answer(self, crawled, client):
        source = Source.objects.get(workspace=crawled.workspace, name="Default")
        key = keys.issue(source, WriteKey.Scope.SERVER)[1]
        answer = client.get("/api/metrics/platform-summary?bots=x", headers={"authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_flag")

    def test_the_command_does_too(self, crawled):
        def ask(*more):
            out = StringIO()
            call_command("metric", "dau", "--workspace", "commons", "--at", "2026-03-02", "--json", *more, stdout=out)
            return json.loads(out.getvalue())

        assert (ask()["value"], ask()["with_bots"]) == (1, False)
        assert (ask("--with-bots")["value"], ask("--with-bots")["with_bots"]) == (2, True)


class TestDashboard:
    @pytest.fixture
    def browser(self, db):
        member = MemberFactory(role=Role.VIEWER)
        yesterday = day_of(timezone.now(), member.workspace.zone) - timedelta(days=1)
        PlatformDailyFactory(workspace=member.workspace, date=yesterday, dau=11, new_signups=3)
        PlatformDailyFactory(workspace=member.workspace, date=yesterday, dau=77, new_signups=3, with_bots=True)
        return log_in(member.user)

    @staticmethod
    def drawn(page):
        return next(card["value"] for card in page.context["cards"] if card["key"] == "dau"), [
            series for chart in page.context["chart_data"] if chart["kind"] == "line" for series in chart["series"]
        ]

    @pytest.mark.parametrize("query", [{}, {"bots": "0"}, {"bots": "yes"}])
    def test_it_is_off_at_first_and_where_nothing_sensible_is_asked(self, browser, query):
        page = browser.get(PAGE, query)
        assert self.drawn(page)[0] == "11"
        assert "counted in" not in page.content.decode()

    def test_every_card_and_chart_counts_them_in_where_it_is_on(self, browser):
        page = browser.get(PAGE, {"bots": "1", "days": "90"})
        value, series = self.drawn(page)
        assert value == "77"
        assert "77" in json.dumps(series)
        text = page.content.decode()
        assert "Bots and test accounts are counted in" in text
        assert "days=30&amp;bots=1" in text
        assert "the live numbers are of people alone" in text

    def test_it_is_off_again_on_the_next_page(self, browser):
        browser.get(PAGE, {"bots": "1"})
        assert self.drawn(browser.get(PAGE))[0] == "11"
