"""How long runs usually take, which are slow, and how long they are kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import run_history, runs
from config.models import Role, Run
from config.run_history import Band, bands
from config.tasks import prune_runs
from tests.factories.config import MemberFactory, RunFactory, WorkspaceFactory
from tests.pages import list_url, log_in, url

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ran(seconds, days_ago=0, **fields):
    run = RunFactory(**fields)
    start = NOW - timedelta(days=days_ago, seconds=1000)
    # The moment a row is made is not given to its maker.
    Run.objects.filter(pk=run.pk).update(started_at=start, finished_at=start + timedelta(seconds=seconds))
    run.refresh_from_db()
    return run


class TestBands:
    def test_it_is_of_the_middle_half_of_the_latest_that_succeeded(self):
        workspace = WorkspaceFactory()
        for seconds in (10, 20, 30, 40, 50):
            run = ran(seconds, workspace=workspace)
        ran(9000, workspace=workspace, status=Run.Status.FAILED)
        ran(9000, workspace=WorkspaceFactory())
        ran(9000, workspace=workspace, name="other")
        assert bands([run]) == {
            (run.name, workspace.pk): Band(timedelta(seconds=20), timedelta(seconds=30), timedelta(seconds=40), 5)
        }

    def test_old_ones_are_left_out(self):
        workspace = WorkspaceFactory()
        for _ in range(3):
            ran(9000, days_ago=60, workspace=workspace)
        for _ in range(run_history.MOST_COMPARED):
            run = ran(10, workspace=workspace)
        assert bands([run])[run.name, workspace.pk].high == timedelta(seconds=10)

    def test_runs_of_no_workspace_have_one_of_their_own(self):
        run = ran(7, workspace=None)
        ran(900)
        assert bands([run])[run.name, None].median == timedelta(seconds=7)

    def test_it_is_one_query_for_a_page(self, django_assert_num_queries):
        page = [ran(5) for _ in range(4)]
        with django_assert_num_queries(1):
            assert len(bands(page)) == 4
        assert bands([]) == {}

    @pytest.mark.parametrize(
        ("low", "median", "high", "runs", "seconds", "slow"),
        [
            (20, 30, 40, 30, 100, False),  # at the fence: 40 + 3 * 20
            (20, 30, 40, 30, 101, True),
            (30, 30, 30, 30, 60, False),  # twice the median
            (30, 30, 30, 30, 61, True),
            (30, 30, 30, 4, 600, False),  # of too few
            (0.1, 0.1, 0.1, 30, 0.9, False),  # within a second of the median
            (0.1, 0.1, 0.1, 30, 1.2, True),
        ],
    )
    def test_slow_is_far_beyond_the_spread_and_twice_the_median(self, low, median, high, runs, seconds, slow):
        band = Band(*(timedelta(seconds=one) for one in (low, median, high)), runs=runs)
        assert band.is_slow(timedelta(seconds=seconds)) is slow


class TestPruning:
    def names(self):
        return sorted(Run.objects.exclude(name="config.prune_runs").values_list("name", flat=True))

    def test_old_runs_go_and_the_latest_of_each_kind_stays(self, settings):
        settings.RUN_KEEP_DAYS = 30
        workspace, other = WorkspaceFactory.create_batch(2)
        ran(1, days_ago=50, workspace=workspace, name="twice")
        kept = [
            ran(1, days_ago=40, workspace=workspace, name="twice"),
            ran(1, days_ago=50, workspace=other, name="twice"),
            ran(1, days_ago=29, workspace=workspace, name="recent"),
            ran(1, days_ago=29, workspace=workspace, name="recent"),
            ran(1, days_ago=90, workspace=None, name="rare"),
        ]
        prune_runs()
        assert set(Run.objects.exclude(name="config.prune_runs")) == set(kept)
        assert Run.objects.get(name="config.prune_runs").rows_out == 1

    def test_the_latest_that_succeeded_stays_behind_later_failures(self, settings):
        settings.RUN_KEEP_DAYS = 30
        workspace = WorkspaceFactory()
        good = ran(1, days_ago=90, workspace=workspace)
        ran(1, days_ago=80, workspace=workspace, status=Run.Status.FAILED)
        last = ran(1, days_ago=70, workspace=workspace, status=Run.Status.FAILED)
        assert run_history.prune() == 1
        assert set(Run.objects.all()) == {good, last}

    def test_what_still_runs_stays(self, settings):
        settings.RUN_KEEP_DAYS = 1
        at_work = RunFactory(status=Run.Status.RUNNING, finished_at=None)
        Run.objects.update(started_at=NOW - timedelta(days=9))
        ran(1, workspace=at_work.workspace)
        assert run_history.prune() == 0

    def test_0_days_keep_all(self, settings):
        settings.RUN_KEEP_DAYS = 0
        ran(1, days_ago=9000, name="twice", workspace=None)
        ran(1, days_ago=8000, name="twice", workspace=None)
        assert run_history.prune() == 0
        assert self.names() == ["twice", "twice"]

    def test_more_than_one_batch_goes(self, settings, monkeypatch):
        settings.RUN_KEEP_DAYS = 1
        monkeypatch.setattr(run_history, "PRUNED_AT_ONCE", 2)
        for age in range(5, 11):
            ran(1, days_ago=age, workspace=None)
        assert run_history.prune() == 5


class TestShown:
    @pytest.fixture
    def member(self):
        return MemberFactory(role=Role.ANALYST)

    def test_a_slow_run_is_marked_beside_its_usual_time(self, member):
        for _ in range(8):
            ran(10, workspace=member.workspace)
        slow = ran(65, workspace=member.workspace)
        client = log_in(member.user)
        page = client.get(list_url(Run)).content.decode()
        assert page.count("1 min 5 s, slow") == 1
        assert "10.0 s" in page
        assert "1 min 5 s, slow" in client.get(url(slow, "change")).content.decode()

    def test_the_list_asks_no_more_for_more_runs(self, member, django_assert_max_num_queries):
        for _ in range(12):
            ran(10, workspace=member.workspace)
        client = log_in(member.user)
        client.get(list_url(Run))
        with django_assert_max_num_queries(15):
            client.get(list_url(Run))

    def test_a_run_at_work_tells_how_far_it_is(self, member):
        with runs.recorded("fill", workspace=member.workspace) as recorder:
            recorder.progress(25, 100)
            client = log_in(member.user)
            asked = client.get(f"/admin/runs/{recorder.run.pk}/progress/").json()
            page = client.get(url(recorder.run, "change")).content.decode()
        assert asked == {"status": "running", "label": "Running", "done": 25, "total": 100, "percent": 25}
        assert f'data-progress="/admin/runs/{recorder.run.pk}/progress/"' in page
        assert 'value="25"' in page
        assert "Running 25%" not in page

    def test_a_run_that_cannot_tell_has_no_percent(self, member):
        run = RunFactory(workspace=member.workspace, status=Run.Status.RUNNING, finished_at=None)
        client = log_in(member.user)
        assert client.get(f"/admin/runs/{run.pk}/progress/").json()["percent"] is None
        assert "so far" in client.get(list_url(Run)).content.decode()

    def test_more_than_expected_is_all_and_not_more(self):
        with runs.recorded("fill") as recorder:
            recorder.progress(7, 5)
        assert (recorder.run.percent, recorder.run.progress_total) == (100, 7)

    def test_the_progress_of_others_is_not_told(self, member, client):
        run = RunFactory(status=Run.Status.RUNNING, finished_at=None)
        assert log_in(member.user).get(f"/admin/runs/{run.pk}/progress/").status_code == 404
        assert client.get(f"/admin/runs/{run.pk}/progress/").status_code == 404
        own = RunFactory(workspace=member.workspace)
        viewer = MemberFactory(workspace=member.workspace, role=Role.VIEWER)
        assert log_in(viewer.user).get(f"/admin/runs/{own.pk}/progress/").status_code == 404
