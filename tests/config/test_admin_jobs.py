"""Runs and schedules in the admin: what is sent to the workers, by whom, and what is said when it is not."""

import base64
import json

import pytest
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError

from config.admin import runs
from config.lib.redis import client as redis_client
from config.models import Role, Run
from tests.factories.config import (
    IntervalScheduleFactory,
    MemberFactory,
    PeriodicTaskFactory,
    RunFactory,
    UserFactory,
)
from tests.pages import act, confirm, list_url, log_in, said, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def root():
    return log_in(UserFactory(superuser=True))


@pytest.fixture
def member():
    return MemberFactory(role=Role.ADMIN)


@pytest.fixture
def sent():
    """Takes the tasks off the broker: [(name, kwargs)]."""

    def take():
        found = []
        while message := redis_client().rpop("celery"):
            task = json.loads(message)
            _, kwargs, _ = json.loads(base64.b64decode(task["body"]))
            found.append((task["headers"]["task"], kwargs))
        return found

    take()
    yield take
    take()


class TestRuns:
    def run(self, member, **fields):
        given = {"status": Run.Status.FAILED, "arguments": {"workspace": member.workspace.slug}} | fields
        return RunFactory(**{"workspace": member.workspace} | given)

    def test_a_failed_run_is_sent_again_with_its_arguments(self, member, sent):
        run = self.run(member)
        answer = act(log_in(member.user), run, "retry_selected")
        assert said(answer)[0].startswith("Sent to the workers: 1")
        assert sent() == [("analytics.fill", {"workspace": member.workspace.slug})]

    def test_its_own_page_sends_it_as_well(self, member, sent):
        run = self.run(member, status=Run.Status.LOST)
        client = log_in(member.user)
        assert "Run it again?" in client.get(url(run, "retry_one")).content.decode()
        assert sent() == []
        client.defaults["HTTP_HX_REQUEST"] = "true"
        answer = confirm(client, run, "retry_one")
        assert answer["HX-Redirect"] == list_url(Run)
        assert [name for name, _ in sent()] == ["analytics.fill"]

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"status": Run.Status.SUCCEEDED}, "only a failed or lost run"),
            ({"status": Run.Status.SKIPPED}, "only a failed or lost run"),
            ({"name": "ingestion.import_events"}, "is a command"),
        ],
    )
    def test_what_cannot_be_retried_says_why(self, member, sent, fields, reason):
        (message,) = said(act(log_in(member.user), self.run(member, **fields), "retry_selected"))
        assert reason in message
        assert sent() == []

    def test_a_run_without_arguments_is_sent_for_its_own_workspace(self, member, sent):
        act(log_in(member.user), self.run(member, arguments={}), "retry_selected")
        assert sent() == [("analytics.fill", {"workspace": member.workspace.slug})]

    def test_of_several_the_list_says_how_many_were_sent_and_why_not_the_others(self, member, sent):
        runs = [self.run(member), *(self.run(member, status=Run.Status.SUCCEEDED) for _ in range(2))]
        chosen = {"action": "retry_selected", "_selected_action": [run.pk for run in runs]}
        yes, no = said(log_in(member.user).post(list_url(Run), chosen))
        assert yes.startswith("Sent to the workers: 1.")
        assert no.startswith("Not sent: 2. ")
        assert len(sent()) == 1

    def test_a_run_of_others_is_not_sent(self, member, sent):
        other = RunFactory(status=Run.Status.FAILED)
        client = log_in(member.user)
        act(client, other, "retry_selected")
        assert confirm(client, other, "retry_one").status_code == 403
        assert sent() == []

    def test_a_run_that_is_only_viewed_is_not_sent(self, member, sent):
        viewed = self.run(MemberFactory(user=member.user, role=Role.ANALYST))
        client = log_in(member.user)
        assert client.get(url(viewed, "change")).status_code == 200
        act(client, viewed, "retry_selected")
        assert confirm(client, viewed, "retry_one").status_code == 403
        assert sent() == []

    def test_an_analyst_reads_runs_and_sends_none(self, member, sent):
        run = self.run(member)
        client = log_in(MemberFactory(workspace=member.workspace, role=Role.ANALYST).user)
        assert client.get(url(run, "change")).status_code == 200
        act(client, run, "retry_selected")
        assert confirm(client, run, "retry_one").status_code == 403
        assert sent() == []

    def test_it_needs_a_token_against_forgery(self, member, sent):
        run = self.run(member)
        client = log_in(member.user, enforce_csrf_checks=True)
        assert act(client, run, "retry_selected").status_code == 403
        assert confirm(client, run, "retry_one").status_code == 403
        assert sent() == []

    def test_a_broker_that_is_away_is_told_of(self, member, monkeypatch):
        def away(*args, **kwargs):
            raise OperationalError("connection refused")

        monkeypatch.setattr(runs.current_app, "send_task", away)
        (message,) = said(act(log_in(member.user), self.run(member), "retry_selected"))
        assert "Redis cannot be reached" in message

    def test_what_it_said_is_escaped(self, member):
        page = log_in(member.user).get(url(self.run(member, error="<b>boom</b>"), "change")).content.decode()
        assert "&lt;b&gt;boom" in page
        assert "<b>boom" not in page

    def test_runs_of_the_installation_are_shown_to_superusers(self, root, member):
        run = RunFactory(workspace=None, name="ingestion.make_partitions")
        assert log_in(member.user).get(url(run, "change")).status_code == 302
        assert root.get(url(run, "change")).status_code == 200


class TestSchedules:
    def test_run_now_sends_the_task_with_its_arguments(self, root, sent):
        assert said(act(root, PeriodicTaskFactory(), "run_selected")) == ["fill was sent to the workers."]
        assert sent() == [("analytics.fill", {"workspace": "forum"})]

    def test_run_now_on_its_page_needs_a_post_and_a_token(self, sent):
        row = PeriodicTaskFactory()
        user = UserFactory(superuser=True)
        assert confirm(log_in(user, enforce_csrf_checks=True), row, "run_one").status_code == 403
        assert log_in(user).get(url(row, "run_one")).status_code == 200
        assert sent() == []
        assert confirm(log_in(user), row, "run_one").status_code == 302
        assert [name for name, _ in sent()] == ["analytics.fill"]

    def test_it_is_switched_off_and_on(self, root):
        row = PeriodicTaskFactory()
        for action, enabled in (("disable", False), ("enable", True)):
            act(root, row, action)
            row.refresh_from_db()
            assert row.enabled is enabled

    def test_the_last_run_is_shown(self, root):
        PeriodicTaskFactory()
        RunFactory(name="analytics.fill")
        run = RunFactory(name="analytics.fill", status=Run.Status.FAILED)
        page = root.get(list_url(PeriodicTask)).content.decode()
        assert f'<a href="{url(run, "change")}">Failed, ' in page

    def form(self, row, **fields):
        given = {"name": row.name, "task": row.task, "interval": row.interval_id, "kwargs": row.kwargs}
        return given | {"start_time_0": "", "start_time_1": ""} | fields

    @pytest.mark.parametrize("kwargs", ["{", "[1]"])
    def test_arguments_are_a_json_object(self, root, kwargs):
        row = PeriodicTaskFactory()
        answer = root.post(url(row, "change"), self.form(row, kwargs=kwargs))
        assert "kwargs" in answer.context["adminform"].form.errors

    def test_an_edit_is_saved(self, root):
        row = PeriodicTaskFactory()
        form = self.form(row, interval=IntervalScheduleFactory(every=60).pk, kwargs="{}", enabled="on")
        assert root.post(url(row, "change"), form).status_code == 302
        row.refresh_from_db()
        assert (row.interval.every, row.kwargs, row.enabled) == (60, "{}", True)
