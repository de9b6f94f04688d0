"""The thirteen dashboards: each is declared, is a page, is in the menu, and asks few questions of the database."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.dashboards import AVERAGE_DAYS, DASHBOARDS, Chart, Dashboard, Target, numbers
from analytics.metrics import METRICS
from analytics.spans import Span, last_days
from config.models import Role
from tests.factories.analytics import PlatformDailyFactory, RollupStateFactory
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import log_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
KEYS = [
    *("executive", "engagement", "content", "retention", "growth", "performance", "flourish", "add-value"),
    *("wave-participation", "community", "pipeline", "economy", "moderation"),
]


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def workspace():
    workspace = WorkspaceFactory()
    RollupStateFactory(workspace=workspace, filled_to=datetime(2026, 3, 15, tzinfo=UTC), filled_at=NOW)
    for ago in range(60):
        date = TODAY - timedelta(days=ago)
        PlatformDailyFactory(workspace=workspace, date=date, dau=100 + ago, new_signups=ago % 7, calculated_at=NOW)
    return workspace


@pytest.fixture
def client(workspace):
    return log_in(MemberFactory(workspace=workspace, role=Role.VIEWER).user)


def test_there_are_thirteen():
    assert [one.key for one in DASHBOARDS] == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_each_names_metrics_of_the_whole_platform_once_and_its_charts_have_keys_of_their_own(key):
    one = DASHBOARDS[key]
    assert [metric.key for metric in one.metrics if metric.per or "day" not in metric.grains] == []
    assert len(set(one.all_cards)) == len(one.all_cards)
    assert len({chart.key for chart in one.charts}) == len(one.charts)


@pytest.mark.parametrize("key", KEYS)
def test_each_is_a_page_and_in_the_menu(client, key):
    answer = client.get(reverse(f"admin:dashboard_{key}"))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert [page.count(f'data-value="{card}"') for card in DASHBOARDS[key].all_cards] == [1] * len(
        DASHBOARDS[key].all_cards
    )
    assert [chart for chart in DASHBOARDS[key].charts if f'id="chart-{chart.key}-title"' not in page] == []
    assert f'href="/admin/dashboards/{key}/"' in page


class TestSpan:
    def test_days_may_be_compared_with_those_before_with_a_year_before_or_with_none(self, workspace):
        board = Dashboard("growing", "Growing", ("new_signups",), ())
        span = Span(TODAY - timedelta(days=14), TODAY - timedelta(days=8))
        (one,) = numbers(board, workspace, span).figures
        assert (one.value, one.before, one.against) == (21, 21, TODAY - timedelta(days=15))
        year = numbers(board, workspace, Span(span.first, span.last, "year")).figures[0]
        assert (year.before, year.against) == (None, span.last - timedelta(weeks=52))
        none = numbers(board, workspace, Span(span.first, span.last, "none")).figures[0]
        assert (none.value, none.before, none.change, none.against) == (21, None, None, None)

    def test_of_what_is_known_later_the_days_are_those_that_became_known(self, workspace):
        board = Dashboard(
            "back", "Back", ("retention_day_30",), (Chart("back", "Back", "line", ("retention_day_30",)),)
        )
        found = numbers(board, workspace, last_days(workspace, 30))
        assert METRICS["retention_day_30"].known_after == 30
        assert (found.figures[0].first, found.figures[0].last) == (TODAY - 60 * DAY, TODAY - 31 * DAY)
        days = [value.date for value in found.series["back"][0].values]
        assert (days[0], days[-1], len(days)) == (TODAY - 60 * DAY, TODAY - 30 * DAY, 31)


DAY = timedelta(days=1)


class TestGuides:
    BOARD = Dashboard(
        "guided",
        "Guided",
        ("dau",),
        (Chart("active", "Active", "line", ("dau",), average=True, target=Target("Wanted", "platform_health", "wau")),),
    )

    def test_the_moving_average_is_of_the_days_up_to_each(self, workspace):
        found = numbers(self.BOARD, workspace, Span(TODAY - 20 * DAY, TODAY - 10 * DAY))
        (series,) = found.series["active"]
        # 100 people and one more for each day back: the mean of 7 days is that of the one in their middle.
        assert AVERAGE_DAYS == 7
        assert series.average == [value.value + 3 for value in series.values]

    def test_the_target_is_what_the_definition_says(self, workspace):
        assert numbers(self.BOARD, workspace, last_days(workspace, 30)).targets == {"active": 1000}
