"""Panels of the dashboards: what they tell of a small filled workspace, to whom, and what they leave out."""

import csv
import io
from dataclasses import replace

import pytest
from django.utils import timezone

from analytics import metrics
from analytics.content_panels import TRENDS
from analytics.dashboards import DASHBOARDS
from analytics.metrics import METRICS
from analytics.models import DefinitionVersion, HourlyMetrics
from analytics.panels import Asked, Panel, pseudonym
from analytics.rollups.rollup import ROLLUPS
from analytics.small_groups import KEY
from analytics.spans import Span
from config.lib.redis import client
from config.models import Role
from tests.analytics.community import Community, at
from tests.analytics.test_content import does
from tests.analytics.wellbeing import acts, in_wave, practises
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import log_in

FILLS = (
    *("platform_daily", "hourly_metrics", "cohort_retention", "user_cohorts", "feature_monthly", "funnel_daily"),
    *("content_performance_daily", "community_daily", "client_signal_daily", "user_wellbeing_daily", "wellbeing_daily"),
    *("platform_health_daily", "wellbeing_weekly", "field_null_daily", "point_economy_daily"),
)
PANELS = [(board.key, panel.key) for board in DASHBOARDS for panel in board.panels]
# 16 March 2026, a Monday, at noon: 14 days after the first event.
NOW = at(14)
SPAN = Span(at(0).date(), at(13).date())


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture(scope="module")
def filled(lasting_db):
    """Seven people sign up on day 0 and are there on days 0 and 7; six of them post, two practise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: NOW)
        community = Community("commons-panels")
        for number in range(7):
            who = f"u{number}"
            community.happens("user_signup", who, at(0, "09:00"))
            community.happens("community_join", who, at(0, "10:00"), properties={"community_id": "large"})
            does(community, "page_view", who, at(7))
            if number:
                more = {"tags": ["=1+1"], "channel_id": "large"}
                does(community, "post_created", who, at(0, "11:00"), post=f"p{number}", **more)
                does(community, "like_given", "u0", at(1), post=f"p{number}")
        community.happens("community_join", "u0", at(0, "10:30"), properties={"community_id": "small"})
        community.happens("error_occurred", "u1", at(13), properties={"path": "/shop"})
        for who in ("u1", "u2"):
            practises(community, who, 13)
            acts(community, who, 13, "community", 8)
            in_wave(community, who, 13, "wave_joined")
        community.fill()
    return community


@pytest.fixture
def village(filled, as_filled):
    return as_filled(filled)


def panel(board, key) -> Panel:
    return next(one for one in DASHBOARDS[board].panels if one.key == key)


def told(workspace, board, key, span=SPAN):
    return panel(board, key).told(Asked(workspace, span))


@pytest.mark.parametrize(("board", "key"), PANELS, ids=lambda text: text)
class TestAll:
    def test_rows_have_a_cell_for_each_column_and_a_meaning(self, village, board, key):
        table = told(village.workspace, board, key)
        assert {len(row) for row in table.rows} <= {len(table.columns)}
        assert panel(board, key).means.endswith(".")
        assert all(column.title for column in table.columns)

    def test_a_workspace_without_events_is_told_of_nothing_and_of_no_other(self, village, board, key):
        table = told(WorkspaceFactory(), board, key)
        # Rollups and targets are there before the first event is.
        if key not in {"rollups", "gauges"}:
            assert table.rows == []
        assert "large" not in str(table.rows)


def test_every_widget_has_a_key_of_its_own_and_is_made_of_rollups_that_are_there():
    for board in DASHBOARDS:
        keys = [*(one.key for one in board.charts), *(one.key for one in board.panels), "cards"]
        keys += ["cohorts"] if board.cohorts else []
        assert len(set(keys)) == len(keys)
        assert [key for one in board.panels for key in one.made_of if key not in ROLLUPS] == []


def test_an_hour_of_the_week_is_the_mean_of_such_hours_in_the_zone(village):
    HourlyMetrics.objects.filter(workspace=village.workspace).delete()
    for day, people in ((0, 4), (7, 6)):
        HourlyMetrics.objects.create(
            workspace=village.workspace, hour=at(day, "09:00"), active_people=people, calculated_at=NOW
        )
    village.workspace.time_zone = "Asia/Tokyo"
    rows = {row[0]: row[1:] for row in told(village.workspace, "engagement", "hours").rows}
    assert rows["Monday"][18] == 5.0
    assert [hour for hour, mean in enumerate(rows["Monday"]) if mean] == [18]


def test_weeks_of_a_cohort_that_are_not_over_are_unfinished(village):
    table = told(village.workspace, "retention", "cohorts")
    (row,) = table.rows
    assert row[:5] == ("2 Mar 2026", 7, 1.0, 1.0, None)
    assert {column for _, column in table.unfinished} == set(range(4, 14))


def test_a_cohort_of_few_is_not_told_of(village):
    village.happens("user_signup", "late", at(8))
    village.fill()
    rows = {row[0]: row[1:4] for row in told(village.workspace, "retention", "cohorts").rows}
    assert rows == {"9 Mar 2026": (None, None, None), "2 Mar 2026": (7, 1.0, 1.0)}


def test_a_funnel_adds_the_days_on_which_people_entered(village):
    rows = told(village.workspace, "growth", "funnel").rows
    # The one who never posted would be told of by the difference.
    assert [(row[0], row[1]) for row in rows] == [
        ("signups", 7),
        ("posts_created", None),
        *(("comments_created", 0), ("likes_given", 0), ("level_up", 0)),
    ]
    assert rows[1][2:] == (None, None)
    DefinitionVersion.objects.create(
        workspace=village.workspace, key=KEY, valid_from=at(-1).date(), value={"least_people": 1}
    )
    (_, posted, *_) = told(village.workspace, "growth", "funnel").rows
    assert posted == ("posts_created", 6, 6 / 7, 6 / 7)
    assert told(village.workspace, "growth", "funnel", Span(at(1).date(), at(13).date())).rows == []


def test_features_that_few_used_are_left_out(village):
    rows = told(village.workspace, "engagement", "features").rows
    assert [(row[0], row[1]) for row in rows] == [("Joining communities", 7), ("Posting", 6)]


def test_bands_of_few_people_have_no_number(village):
    rows = dict(told(village.workspace, "flourish", "bands").rows)
    assert list(rows) == [f"{low} to {low + 10}" for low in range(0, 100, 10)]
    assert sorted({value for value in rows.values() if value is not None}) == [0, 7 - 2]
    assert list(rows.values()).count(None) == 1


def test_weeks_and_days_of_wellbeing_are_those_of_the_reader(village):
    (value,) = metrics.read(METRICS["wave_people"], village.workspace, SPAN.last, SPAN.last, "week")
    weeks = told(village.workspace, "wave-participation", "weeks").rows
    assert [(row[0], row[2]) for row in weeks] == [("9 Mar 2026", 2), ("2 Mar 2026", 0)]
    assert value.numerator == 2
    calendar = {row[0]: row[1:] for row in told(village.workspace, "flourish", "calendar").rows}
    assert (calendar["Sunday"][-1], calendar["Saturday"][-1]) == (2, 0)


def test_gauges_hold_each_number_against_its_target(village):
    rows = {row[0]: row[1:] for row in told(village.workspace, "flourish", "gauges").rows}
    (wau,) = metrics.read(METRICS["wau"], village.workspace, SPAN.last, SPAN.last)
    assert rows["Weekly active people"] == (wau.value, 1000)
    assert rows["Active people in waves, in %"][1] == 60


class TestPages:
    def page(self, role, village, board, **query):
        browser = log_in(MemberFactory(workspace=village.workspace, role=role).user)
        return browser.get(f"/admin/dashboards/{board}/", query).content.decode()

    def test_people_have_names_for_those_who_may_see_who_they_are(self, village):
        days = {"to": "2026-03-04"}
        hidden = self.page(Role.VIEWER, village, "content", **days)
        assert pseudonym(village.workspace, TRENDS, village.person("u1")) in hidden
        assert ">u1<" not in hidden
        assert ">u1<" in self.page(Role.COMMUNITY_MANAGER, village, "content", **days)
        # Whoever comes after sees no names: none are kept.
        assert self.page(Role.VIEWER, village, "content", **days).count(">u1<") == 0
        kept = [client().get(key) for key in client().scan_iter(f"*answer:{village.workspace.pk}:page:content:*")]
        assert kept
        assert not any(b'u1"' in one for one in kept if one)

    def test_what_ran_is_shown_to_operators_and_explained_to_them(self, village):
        seen = {role: self.page(role, village, "pipeline") for role in (Role.VIEWER, Role.ANALYST)}
        assert ['data-panel="rollups"' in seen[role] for role in seen] == [False, True]
        assert ["/admin/rollups/arrival_daily/" in seen[role] for role in seen] == [False, True]

    def test_one_community_is_shown_where_it_is_asked_for_and_large_enough(self, village):
        page = self.page(Role.VIEWER, village, "community", community="large")
        assert 'data-value="community_members">7<' in page
        assert "<option>small</option>" not in page
        # Bots are in none of its numbers.
        assert "With bots" not in page
        small = self.page(Role.VIEWER, village, "community", community="small")
        assert "There is no community &#x27;small&#x27; of 5 members or more" in small
        assert 'data-value="community_members"' not in small

    @pytest.mark.parametrize(
        ("query", "title"),
        [
            ({"from": "2026-03-02", "to": "2026-03-08"}, "2 Mar 2026 to 8 Mar 2026"),
            ({"from": "2026-03-08", "to": "2026-03-02"}, "which is after `to`"),
            ({"compare": "<b>"}, "`compare` is one of"),
            ({"days": "90", "compare": "year"}, "days=90&amp;compare=year&amp;bots=1"),
        ],
        ids=["days", "turned round", "unknown", "kept"],
    )
    def test_filters_are_understood_kept_or_told_of(self, village, query, title):
        assert title in self.page(Role.VIEWER, village, "growth", **query)


class TestExport:
    def rows(self, village, board, widget, role=Role.VIEWER, **query):
        client = log_in(MemberFactory(workspace=village.workspace, role=role).user)
        answer = client.get(f"/admin/dashboards/{board}/{widget}.csv", query)
        if answer.status_code != 200:
            return answer.status_code
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.content.decode())))

    def test_a_table_a_chart_and_the_cards_leave_as_csv(self, village):
        span = {"from": "2026-03-02", "to": "2026-03-03"}
        assert self.rows(village, "growth", "signups", **span)[:3] == [
            ["Day", "New sign-ups", "New sign-ups, mean of 7 days", "State"],
            ["2 Mar 2026", "7.0", "1.0", "closed"],
            ["3 Mar 2026", "0.0", "1.0", "closed"],
        ]
        (heads, first, *_) = self.rows(village, "growth", "cards", **span)
        assert (heads[:2], first[:2]) == (["Number", "Value"], ["New sign-ups", "7.0"])
        (heads, first, *_) = self.rows(village, "community", "communities")
        assert (heads[0], first[:2]) == ("Community", ["large", "7"])

    def test_nothing_of_it_is_a_formula(self, village):
        tags = self.rows(village, "content", "tags")
        assert tags[1][0] == "'=1+1"

    def test_what_is_not_there_or_not_ones_own_is_not_found(self, village):
        assert self.rows(village, "growth", "weather") == 404
        assert self.rows(village, "pipeline", "jobs") == 404
        assert self.rows(village, "pipeline", "jobs", role=Role.ANALYST)[0][0] == "Job"
        assert self.rows(village, "growth", "cards", workspace=WorkspaceFactory().slug) == 404
        assert self.rows(village, "growth", "cards", to="someday") == 400


class TestApi:
    def ask(self, village, board, role=Role.ADMIN, **query):
        client = log_in(MemberFactory(workspace=village.workspace, role=role).user)
        return client.get(f"/api/dashboard/{board}", query).json()

    def test_tables_are_those_of_the_page_with_pseudonyms(self, village):
        tables = {one["key"]: one for one in self.ask(village, "content", to="2026-03-04")["data"]["tables"]}
        assert list(tables) == ["trends", "channels", "tags", "hours"]
        assert tables["channels"]["rows"][0][:2] == ["large", 6]
        assert {row[1] for row in tables["trends"]["rows"]} == {
            pseudonym(village.workspace, TRENDS, village.person(f"u{n}")) for n in range(1, 7)
        }

    def test_a_pseudonym_cannot_be_made_of_an_id_nor_joined_with_another_panels(self, village):
        person = village.person("u1")
        told = pseudonym(village.workspace, TRENDS, person)
        assert told[-8:] not in person.hex
        assert told != pseudonym(village.workspace, replace(TRENDS, key="other"), person)
        assert told != pseudonym(WorkspaceFactory(), TRENDS, person)

    def test_what_ran_is_told_to_operators(self, village):
        for role, keys in {Role.VIEWER: ["nulls"], Role.ANALYST: ["rollups", "jobs", "nulls", "truth"]}.items():
            tables = self.ask(village, "pipeline", role)["data"]["tables"]
            assert [one["key"] for one in tables] == keys

    def test_one_community_is_told_of_where_it_is_large_enough(self, village):
        data = self.ask(village, "community", community="large")["data"]
        assert (data["cards"][0]["key"], data["cards"][0]["value"]) == ("community_members", 7)
        assert self.ask(village, "community", community="small")["code"] == "invalid_community"
        assert self.ask(village, "growth", community="large")["code"] == "invalid_community"
