"""The executive dashboard: the reader's numbers, of the own workspace, with what is not final called so."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics import metrics, realtime
from analytics.admin import dashboards as dashboards_admin
from analytics.admin.drawings import card, shown
from analytics.dashboards import DASHBOARDS, figure, numbers
from analytics.metrics import METRICS, Value
from analytics.rollups.waiting import read_once
from analytics.spans import last_days
from config.models import Role, Workspace
from tests.factories.analytics import OpenBucketFactory, PlatformDailyFactory, RollupStateFactory, UserCohortFactory
from tests.factories.config import MemberFactory, UserFactory, WorkspaceFactory
from tests.pages import log_in

pytestmark = pytest.mark.django_db

EXECUTIVE = DASHBOARDS["executive"]
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY
PAGE = "/admin/dashboards/executive/"


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def workspace():
    """Filled up to today, without any number."""
    workspace = WorkspaceFactory()
    RollupStateFactory(workspace=workspace, filled_to=datetime(2026, 3, 15, tzinfo=UTC), filled_at=NOW)
    return workspace


@pytest.fixture
def client(workspace):
    return log_in(MemberFactory(workspace=workspace, role=Role.VIEWER).user)


def day(workspace, ago, **counts):
    return PlatformDailyFactory(
        workspace=workspace, date=TODAY - timedelta(days=ago), **{"calculated_at": NOW - timedelta(hours=1)} | counts
    )


def a_season(workspace, factor=1):
    """70 days up to today, no two alike."""
    for ago in range(70):
        day(
            workspace,
            ago,
            dau=factor * (170 - ago),
            wau=factor * (400 - ago),
            mau=factor * (900 - ago),
            new_signups=factor * (3 + ago % 5),
            posts_created=factor * ago,
            comments_created=2 * factor,
            sessions=factor * (200 - ago),
            session_seconds=factor * 5_000.5,
            bounces=factor * (ago % 9),
        )


def by_key(found):
    return {one.metric.key: one for one in found.figures}


class TestNumbers:
    @pytest.mark.parametrize("days", [30, 90, 365])
    def test_they_equal_those_of_the_reader(self, workspace, days):
        a_season(workspace)
        a_season(WorkspaceFactory(), factor=1000)
        found = numbers(EXECUTIVE, workspace, last_days(workspace, days))
        assert (found.span.first, found.span.last) == (TODAY - timedelta(days=days), YESTERDAY)
        assert [one.metric.key for one in found.figures] == list(EXECUTIVE.all_cards)
        for one in found.figures:
            first, last = (day - one.metric.known_after * DAY for day in (found.span.first, found.span.last))
            read = metrics.read(one.metric, workspace, first, last)
            before = metrics.read(one.metric, workspace, first - timedelta(days=days), first - DAY)
            if one.over == "day":
                assert (one.value, one.data_points) == (read[-1].value, read[-1].data_points)
                assert one.before in {None, before[-1].value}
            elif one.metric.kind == "sum":
                assert one.value == sum(value.value for value in read)
                assert one.before in {None, sum(value.value for value in before)}
            else:
                below = sum(v.denominator for v in read)
                assert one.value == (sum(v.numerator for v in read) / below if below else None)
            if one.value is not None:
                assert (one.before is None) is (days != 30)

    def test_charts_hold_the_range_and_today(self, workspace):
        a_season(workspace)
        found = numbers(EXECUTIVE, workspace, last_days(workspace, 30))
        for series in (one for chart in found.series.values() for one in chart):
            assert series.values == metrics.read(series.metric, workspace, found.span.first, TODAY)
        assert [one.metric.key for one in found.series["active"]] == ["dau", "wau", "mau"]
        states = [value.state for value in found.series["active"][0].values]
        assert states == ["closed"] * 30 + ["open"]

    def test_a_day_whose_events_wait_is_settling_and_told_of(self, workspace):
        a_season(workspace)
        OpenBucketFactory(workspace=workspace, bucket=NOW - timedelta(days=3))
        OpenBucketFactory(workspace=workspace, bucket=NOW - timedelta(days=300))
        found = numbers(EXECUTIVE, workspace, last_days(workspace, 30))
        assert [value.date for value in found.series["active"][0].values if value.state == "settling"] == [
            TODAY - timedelta(days=3)
        ]
        assert by_key(found)["dau"].state == "closed"
        assert by_key(found)["sessions"].state == "settling"
        assert (found.freshness.settling, found.freshness.waiting) == (1, 2)
        assert found.freshness.calculated_at == NOW - timedelta(hours=1)

    def test_days_are_those_of_the_workspace(self):
        workspace = WorkspaceFactory(time_zone="Pacific/Kiritimati")  # 14 hours ahead
        assert numbers(EXECUTIVE, workspace, last_days(workspace, 30)).span.last == TODAY

    def test_the_number_of_queries_does_not_grow_with_the_range(self, workspace, django_assert_max_num_queries):
        a_season(workspace)
        with read_once(), django_assert_max_num_queries(24):
            numbers(EXECUTIVE, workspace, last_days(workspace, 365))


class TestKept:
    """A page is read once and then shown from what was kept, as answers of the API are."""

    @pytest.fixture
    def page(self, client, workspace):
        a_season(workspace)
        return lambda **query: client.get(PAGE, query)

    def test_a_second_look_shows_the_same_and_asks_little(self, page, django_assert_max_num_queries):
        first = page()
        with django_assert_max_num_queries(14):
            second = page()
        assert (first["X-Cache"], second["X-Cache"]) == ("miss", "hit")
        numbers_of = [re.findall(r'data-value="(\w+)">([^<]*)<', one.content.decode()) for one in (first, second)]
        assert numbers_of[0] == numbers_of[1] != []

    def test_a_fill_changes_it_at_once(self, page, workspace):
        page()
        RollupStateFactory(workspace=workspace, rollup="churn_daily", filled_at=NOW)
        assert page()["X-Cache"] == "miss"

    def test_other_days_and_bots_have_pages_of_their_own(self, page):
        page()
        assert [page(**one)["X-Cache"] for one in ({"days": 90}, {"bots": 1}, {"compare": "none"})] == ["miss"] * 3


class TestMonths:
    def test_months_without_anybody_are_there_and_the_month_under_way_is_unfinished(self, workspace):
        for signed_up_on in (date(2026, 3, 2), date(2026, 3, 3), date(2026, 1, 31), date(2025, 3, 31)):
            UserCohortFactory(workspace=workspace, signed_up_on=signed_up_on)
        UserCohortFactory(signed_up_on=date(2026, 3, 2))
        months = numbers(EXECUTIVE, workspace, last_days(workspace, 30)).months
        assert [month.size for month in months[-3:]] == [1, 0, 2]
        assert [month.unfinished for month in months] == [False] * 11 + [True]

    @pytest.mark.parametrize(
        "today", [date(2026, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 1), date(2028, 2, 29)]
    )
    def test_there_are_twelve_up_to_that_of_today(self, workspace, monkeypatch, today):
        monkeypatch.setattr(timezone, "now", lambda: datetime(today.year, today.month, today.day, 12, tzinfo=UTC))
        starts = [month.start for month in numbers(EXECUTIVE, workspace, last_days(workspace, 30)).months]
        expected = [(today.year * 12 + today.month - 1 - back) for back in reversed(range(12))]
        assert [start.year * 12 + start.month - 1 for start in starts] == expected
        assert {start.day for start in starts} == {1}


def values(*numerators, denominator=None, first=date(2026, 3, 1)):
    def one(offset, numerator):
        value = numerator if denominator is None else numerator / denominator
        return Value(first + offset * DAY, value, numerator, denominator, 200, "closed", "high", NOW)

    return [one(offset, numerator) for offset, numerator in enumerate(numerators)]


class TestChange:
    BEGINS = date(2026, 1, 1)

    def figure(self, key, now, before, begins=BEGINS):
        rate = 100 if METRICS[key].denominator else None
        earlier = values(*before, denominator=rate, first=date(2026, 2, 1))
        return figure(METRICS[key], values(*now, denominator=rate), earlier, begins)

    @pytest.mark.parametrize(
        ("key", "now", "before", "change", "direction", "mood"),
        [
            ("new_signups", (10, 20), (10, 10), 50.0, "up", "good"),
            ("new_signups", (10, 5), (10, 10), -25.0, "down", "bad"),
            ("new_signups", (10, 10), (10, 10), 0.0, "flat", "neutral"),
            ("dau", (1, 150), (1, 100), 50.0, "up", "good"),
            ("bounce_rate", (30, 30), (20, 20), 10.0, "up", "bad"),
            ("bounce_rate", (10, 10), (20, 20), -10.0, "down", "good"),
        ],
    )
    def test_its_sign_and_whether_it_is_good_news(self, key, now, before, change, direction, mood):
        one = self.figure(key, now, before)
        assert one.change == pytest.approx(change)
        seen = card(one)
        assert (seen["direction"], seen["mood"], seen["compared"]) == (direction, mood, True)

    def test_rates_change_by_points_and_the_rest_by_percent(self):
        assert card(self.figure("bounce_rate", (30,), (20,)))["change"] == "10.0 points"
        assert card(self.figure("new_signups", (30,), (20,)))["change"] == "50.0%"

    @pytest.mark.parametrize(
        ("before", "begins"),
        [((0, 0), date(2026, 1, 1)), ((10, 10), date(2026, 2, 2)), ((10, 10), None)],
        ids=["there was nothing", "it began later", "there are no numbers"],
    )
    def test_there_is_none_without_something_to_compare(self, before, begins):
        one = self.figure("new_signups", (10, 10), before, begins)
        assert one.change is None
        seen = card(one)
        assert (seen["change"], seen["direction"], seen["mood"], seen["compared"]) == ("–", "flat", "neutral", False)

    def test_a_rate_of_nothing_is_no_number(self):
        one = figure(METRICS["bounce_rate"], values(0, denominator=0.0001), values(0), None)
        nothing = figure(METRICS["bounce_rate"], [value_of_nothing()], [value_of_nothing()], self.BEGINS)
        assert one.value == 0
        assert (nothing.value, nothing.change, card(nothing)["value"]) == (None, None, "–")
        assert nothing.confidence == "low"


def value_of_nothing():
    return Value(date(2026, 3, 1), None, 0, 0, 0, "closed", "low", NOW)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("dau", 1234567, "1,234,567"),
        ("stickiness", 0.12345, "12.3%"),
        ("session_duration", 75.4, "1 min 15 s"),
        ("pages_per_session", 2.25, "2.2"),
        ("dau", None, "–"),
    ],
)
def test_values_with_their_units(key, value, words):
    assert shown(METRICS[key].unit, value) == words


class TestPage:
    def test_it_shows_what_the_reader_says(self, client, workspace):
        a_season(workspace)
        page = client.get(PAGE).content.decode()
        dau = metrics.read(METRICS["dau"], workspace, YESTERDAY, YESTERDAY)[0]
        assert f'data-value="dau">{dau.value:,.0f}<' in page
        assert METRICS["dau"].definition in page
        signups = [v.value for v in metrics.read(METRICS["new_signups"], workspace, TODAY - 30 * DAY, TODAY)]
        assert f'data-value="new_signups">{sum(signups[:-1]):,.0f}<' in page
        charts = json.loads(re.search(r'<script id="chart-data" type="application/json">(.*?)</script>', page)[1])
        # Nobody signed up in a month, so that there are no cohorts to draw.
        assert [chart["key"] for chart in charts] == ["active", "signups", "created"]
        assert charts[1]["series"] == [{"title": "New sign-ups", "values": signups}]
        assert charts[1]["unfinished"] == [False] * 30 + [True]

    def test_every_chart_has_its_numbers_in_words_and_in_a_table(self, client, workspace):
        a_season(workspace)
        page = client.get(PAGE).content.decode()
        for key in ("active", "signups"):
            assert re.search(rf'<canvas id="chart-{key}" role="img" aria-label="[^"]+ highest [\d,]+', page)
        assert page.count("<table>") == 4
        assert '<th scope="row">14 Mar 2026</th><td>169</td><td>399</td><td>899</td><td>closed</td>' in page

    def test_the_range_is_one_of_three(self, client, workspace):
        a_season(workspace)
        for asked, days in {"90": 90, "365": 365, "30": 30, "": 30, "7": 30, "many": 30}.items():
            assert client.get(PAGE, {"days": asked}).context["days"] == days

    def test_a_workspace_without_numbers_is_told_what_to_do(self, client, workspace):
        page = client.get(PAGE).content.decode()
        assert "has no numbers yet" in page
        assert "curl http://testserver/api/events" in page
        assert f"manage.py import_events events.jsonl.gz --workspace {workspace.slug}" in page
        assert "chart-data" not in page

    def test_a_range_without_anything_says_so(self, client, workspace):
        day(workspace, 400, dau=7)
        assert "Nothing happened in these 30 days" in client.get(PAGE).content.decode()

    def test_other_workspaces_are_as_if_they_were_not(self, client):
        other = WorkspaceFactory(name="Secret garden")
        assert client.get(PAGE, {"workspace": other.slug}).status_code == 404
        assert client.get(PAGE, {"workspace": "nowhere"}).status_code == 404
        assert "Secret garden" not in client.get(PAGE).content.decode()

    def test_the_choice_of_a_workspace_is_remembered_while_it_is_allowed(self, client, workspace):
        user = workspace.members.get().user
        second = MemberFactory(user=user, workspace__slug="zz").workspace
        assert client.get(PAGE).context["workspace"] == workspace
        assert client.get(PAGE, {"workspace": second.slug}).context["workspace"] == second
        assert client.get(PAGE).context["workspace"] == second
        user.memberships.filter(workspace=second).delete()
        assert client.get(PAGE).context["workspace"] == workspace

    def test_names_are_escaped(self, client, workspace):
        a_season(workspace)
        Workspace.objects.filter(pk=workspace.pk).update(name="<script>alert(1)</script>")
        page = client.get(PAGE).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page

    def test_it_runs_no_script_of_its_own_in_the_page(self, client, workspace):
        a_season(workspace)
        page = client.get(PAGE).content.decode()
        content = page[page.index('class="agora-dashboard"') :]
        content = content[: content.index("agora-freshness")]
        assert re.findall(r"<script(?! id=\"chart-data\" type=\"application/json\")", content) == []
        assert re.findall(r"\son[a-z]+=", content) == []

    def test_whoever_is_in_no_workspace_is_told_so(self):
        user = UserFactory(email="ada@example.com")
        answer = log_in(user).get(PAGE)
        assert answer.status_code == 403
        assert "You are in no workspace yet" in answer.content.decode()

    def test_it_asks_for_a_login_and_only_reads(self, client):
        assert Client().get(PAGE)["Location"] == f"/admin/login/?next={PAGE}"
        assert client.post(PAGE).status_code == 405

    def test_the_admin_begins_with_it(self, client):
        assert client.get(reverse("admin:index"))["Location"] == PAGE


class TestLive:
    URL = "/admin/dashboards/live/"

    def test_it_tells_the_counters_of_the_workspace(self, client, workspace, monkeypatch):
        asked = []

        def live(of):
            asked.append(of)
            return realtime.Live(NOW, 5, 2, 40)

        monkeypatch.setattr(dashboards_admin.realtime, "live", live)
        answer = client.get(self.URL, {"workspace": workspace.slug})
        assert answer.json() == {"as_of": "2026-03-15T12:00:00Z", "dau": 5, "online": 2, "events_per_minute": 40}
        assert asked == [workspace]
        assert "no-store" in answer["Cache-Control"]

    def test_numbers_are_null_while_redis_is_away(self, client, workspace, monkeypatch):
        def away():
            raise redis.ConnectionError

        monkeypatch.setattr(realtime, "client", away)
        answer = client.get(self.URL, {"workspace": workspace.slug}).json()
        assert (answer["dau"], answer["online"], answer["events_per_minute"]) == (None, None, None)
        assert "Redis is away" in client.get(PAGE).content.decode()

    def test_it_is_for_members_only(self, client, workspace):
        assert Client().get(self.URL, {"workspace": workspace.slug}).status_code == 401
        for slug in (WorkspaceFactory().slug, "nowhere", ""):
            assert client.get(self.URL, {"workspace": slug}).status_code == 404
        assert client.post(self.URL).status_code == 405
