"""What the truth meter found, where people look: on dashboards and in the admin."""

from datetime import date

import pytest
from django.urls import reverse

from analytics.models import Drift, Recount
from config.models import Role
from tests.factories.analytics import PlatformDailyFactory
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.pages import list_url, log_in, url

pytestmark = pytest.mark.django_db


def a_recount(workspace, drifted=0, checked=200):
    row = Recount.objects.create(
        workspace=workspace, first=date(2026, 3, 1), last=date(2026, 3, 9), checked=checked, drifted=drifted
    )
    for _ in range(drifted):
        Drift.objects.create(recount=row, metric="dau", date=date(2026, 3, 4), numerator=1234, counted_numerator=17)
    return row


@pytest.fixture
def analyst():
    member = MemberFactory(role=Role.ANALYST)
    PlatformDailyFactory(workspace=member.workspace)
    return member


def dashboard(member):
    return log_in(member.user).get(reverse("admin:dashboard_executive")).content.decode()


def test_a_dashboard_says_how_true_its_numbers_are(analyst):
    assert "nothing has been counted anew yet" in dashboard(analyst)
    a_recount(analyst.workspace, drifted=1)
    a_recount(analyst.workspace)
    page = dashboard(analyst)
    assert "0 ppm drift in 200 numbers" in page
    assert 'role="alert"' not in page


def test_a_drift_stands_above_the_numbers_and_leads_to_them(analyst):
    row = a_recount(analyst.workspace, drifted=2)
    page = dashboard(analyst)
    assert "2 of 200 that were counted anew (10,000 ppm)" in page
    assert url(row, "change") in page


def test_a_viewer_is_told_without_a_way_to_pages_they_may_not_see(analyst):
    row = a_recount(analyst.workspace, drifted=2)
    page = dashboard(MemberFactory(workspace=analyst.workspace, role=Role.VIEWER))
    assert "2 of 200" in page
    assert url(row, "change") not in page


def test_the_page_of_a_night_shows_what_drifted(analyst):
    row = a_recount(analyst.workspace, drifted=1)
    client = log_in(analyst.user)
    assert "5,000 ppm" in client.get(list_url(Recount)).content.decode()
    page = client.get(url(row, "change")).content.decode()
    assert "Daily active people" in page
    assert "1,234" in page
    assert "everybody" in page


def test_what_could_not_be_compared_is_unknown_and_not_right(analyst):
    a_recount(analyst.workspace, checked=0)
    assert "nothing compared" in log_in(analyst.user).get(list_url(Recount)).content.decode()
    assert "no closed day to count anew" in dashboard(analyst)


def test_a_recount_of_others_is_not_shown(analyst):
    row = a_recount(WorkspaceFactory(), drifted=1)
    client = log_in(analyst.user)
    assert "5,000 ppm" not in client.get(list_url(Recount)).content.decode()
    assert client.get(url(row, "change")).status_code == 302
    assert "nothing has been counted anew yet" in dashboard(analyst)
