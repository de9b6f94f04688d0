"""Saved funnels and their days: filled in any order, late and again, they are what measuring each day alone says."""

import random
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from analytics import funnel_days, funnels
from analytics.models import Funnel, FunnelDay, OpenBucket
from analytics.rollups import engine
from config.models import Role
from ingestion.models import EventType
from tests.analytics.community import Community, at
from tests.factories.config import MemberFactory
from tests.factories.ingestion import EventTypeFactory
from tests.pages import list_url, log_in, url

FILLS = ("funnel_daily", "people", "platform_daily")

ADD = "/admin/analytics/funnel/add/"
STEPS = ["post_created", "comment_created", "like_given"]


def saved(community, steps=STEPS, days=7, key="acts"):
    return Funnel.objects.create(
        workspace=community.workspace, key=key, title="Acts", steps=steps, window_seconds=days * 86_400
    )


def rows(funnel):
    return list(
        FunnelDay.objects.filter(funnel=funnel)
        .order_by("date", "step")
        .values_list("date", "step", "people", "people_before", "entered", "median_seconds")
    )


def day_of(day):
    return at(day).date()


def test_a_day_holds_those_who_entered_on_it_wherever_the_later_steps_lie(community):
    funnel = saved(community)
    community.happens("post_created", "ada", at(0))
    community.happens("comment_created", "ada", at(3))
    community.happens("post_created", "bob", at(0))
    community.happens("post_created", "ada", at(2))
    community.happens("like_given", "ada", at(8))
    community.fill()

    assert rows(funnel) == [
        (day_of(0), 1, 2, 2, 2, None),
        (day_of(0), 2, 1, 2, 2, 3 * 86_400),
        (day_of(0), 3, 0, 1, 2, None),
        (day_of(2), 1, 1, 1, 1, None),
        (day_of(2), 2, 1, 1, 1, 86_400),
        (day_of(2), 3, 1, 1, 1, 5 * 86_400),
    ]


def test_a_late_event_changes_the_days_whose_window_it_is_in_and_no_other(community):
    funnel = saved(community)
    for day in (0, 3, 12):
        community.happens("post_created", "ada", at(day))
    community.fill()
    FunnelDay.objects.update(calculated_at=at(0))

    community.happens("comment_created", "ada", at(9), received=timezone.now())
    community.fill()
    assert [row[:3] for row in rows(funnel) if row[1] == 2] == [
        (day_of(0), 2, 0),
        (day_of(3), 2, 1),
        (day_of(12), 2, 0),
    ]
    assert set(FunnelDay.objects.exclude(calculated_at=at(0)).values_list("date", flat=True)) == {day_of(3)}


def test_each_funnel_of_a_workspace_has_its_own_window(community):
    short, long = saved(community, days=1, key="short"), saved(community, days=30, key="long")
    community.happens("post_created", "ada", at(0))
    community.fill()
    community.happens("comment_created", "ada", at(20), received=timezone.now())
    community.fill()
    assert [row[2] for row in rows(short)] == [1, 0, 0]
    assert [row[2] for row in rows(long)] == [1, 1, 0]


def test_random_days_filled_in_any_order_are_what_measuring_each_day_says(community):
    chance = random.Random(11)
    funnel = saved(community, days=3)
    happened = [
        (chance.choice(STEPS), chance.choice(["ada", "bob", "cyd", "dan"]), at(day, f"{chance.randrange(24):02}:00"))
        for day in range(20)
        for _ in range(chance.randrange(6))
    ]
    chance.shuffle(happened)
    for number, (name, who, moment) in enumerate(happened):
        community.happens(name, who, moment, received=timezone.now())
        if number % 12 == 0:
            community.fill()
    community.fill()
    filled = rows(funnel)

    for day in range(20):
        found = funnels.measure(
            community.workspace, funnel_days.resolved(funnel), timedelta(days=3), day_of(day), day_of(day)
        )
        told = [(day_of(day), s.step, s.people, s.before, s.entered, s.median_seconds) for s in found if s.entered]
        assert [row for row in filled if row[0] == day_of(day)] == told, day

    call_command("rollup", "--workspace", "commons", "--from", "2026-03-01", "--to", "2026-04-01", stdout=StringIO())
    assert rows(funnel) == filled


def test_days_before_today_are_filled_again_once_a_day_and_today_every_time(community, now_is):
    funnel = saved(community, days=3)
    today = timezone.now().replace(hour=12, minute=0)
    now_is(today)
    community.fill()
    community.happens("post_created", "ada", today - timedelta(days=1, hours=1), received=today - timedelta(days=1))
    community.fill()
    community.happens("comment_created", "ada", today)
    rollup_days = OpenBucket.objects.filter(rollup="funnel_daily")
    engine.collect(community.workspace, today)
    assert rollup_days.count() == 1

    now_is(today + timedelta(days=1))
    community.fill()
    assert [row[2] for row in rows(funnel)] == [1, 1, 0]


def test_bots_and_other_workspaces_are_left_out(community):
    other = Community("commons-other")
    funnel, theirs = saved(community), saved(other)
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    envelope = {"type": "track", "event": "post_created", "userId": "robot", "timestamp": at(0).isoformat()}
    community.store([envelope | {"context": {"userAgent": crawler}}], at(0))
    other.happens("post_created", "ada", at(0))
    community.fill()
    assert (rows(funnel), rows(theirs)) == ([], [])
    other.fill()
    assert (len(rows(funnel)), len(rows(theirs))) == (0, 3)


def test_a_workspace_begins_with_the_engagement_funnel(community):
    funnel = Funnel.objects.get(workspace=community.workspace)
    assert (funnel.key, funnel.window_seconds) == ("engagement", 7 * 86_400)
    for hour, name in enumerate(("user_signup", "post_created", "post_comment", "post_like", "level_up"), start=10):
        community.happens(name, "ada", at(0, f"{hour}:00"))
    community.happens("user_registered", "bob", at(0))
    community.fill()
    assert [row[2] for row in rows(funnel)] == [2, 1, 1, 1, 1]
    out = StringIO()
    call_command("metric", "funnel", "--workspace", "commons", stdout=out)
    assert "5  level_up" in out.getvalue()


def test_a_step_that_nothing_is_called_yet_is_reached_by_nobody(community):
    EventType.objects.filter(name="level_up").delete()
    community.happens("user_signup", "ada", at(0))
    community.fill()
    assert [row[2] for row in rows(Funnel.objects.get())] == [1, 0, 0, 0, 0]


def test_the_command_tells_a_saved_funnel_by_its_key(community):
    saved(community, days=2)
    community.happens("post_created", "ada", at(0))
    community.happens("comment_created", "ada", at(3))
    for window, reached in ((), "0.00%"), (("--window", "3d"), "100.00%"):
        out = StringIO()
        call_command("metric", "funnel", "--workspace", "commons", "--funnel", "acts", *window, stdout=out)
        assert reached in out.getvalue().splitlines()[1]


class TestAdmin:
    @pytest.fixture
    def member(self, db):
        member = MemberFactory(role=Role.ANALYST)
        for name in STEPS:
            EventTypeFactory(workspace=member.workspace, name=name)
        return member

    @staticmethod
    def form(**fields):
        return {
            "title": "Acts",
            "key": "acts",
            "steps": "post_created\r\n\r\npost_created\r\ncomment_created|like_given",
            "window_seconds": "36h",
        } | fields

    def test_a_funnel_is_made_of_lines_the_same_step_twice_included(self, member):
        answer = log_in(member.user).post(ADD, self.form(workspace=member.workspace.pk))
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        funnel = Funnel.objects.get()
        assert funnel.steps == ["post_created", "post_created", "comment_created|like_given"]
        assert funnel.window_seconds == 36 * 3600

    def test_a_change_of_steps_opens_every_day_and_a_change_of_the_title_none(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.ANALYST)
        community.happens("post_created", "ada", at(0))
        community.fill()
        funnel = saved(community)
        browser = log_in(member.user)
        same = self.form(steps="\r\n".join(STEPS), window_seconds="7d")
        waiting = OpenBucket.objects.filter(rollup="funnel_daily")
        browser.post(url(funnel, "change"), same | {"title": "Other"})
        funnel.refresh_from_db()
        assert (funnel.title, waiting.count()) == ("Other", 0)

        browser.post(url(funnel, "change"), same | {"window_seconds": "8d"})
        assert waiting.filter(bucket=at(0, "00:00")).exists()
        community.fill()
        assert [row[2] for row in rows(funnel)] == [1, 0, 0]

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("steps", "post_created", "2 to 12 steps"),
            ("steps", "a\r\nb[", "no step"),
            ("window_seconds", "soon", "no window"),
        ],
    )
    def test_what_cannot_be_read_is_told_beside_its_field(self, member, field, value, message):
        answer = log_in(member.user).post(ADD, self.form(workspace=member.workspace.pk, **{field: value}))
        assert message in str(answer.context["adminform"].form.errors[field])

    def test_a_name_that_nothing_has_is_saved_with_a_warning(self, member):
        answer = log_in(member.user).post(
            ADD, self.form(workspace=member.workspace.pk, steps="post_created\r\npost_creatde"), follow=True
        )
        assert "No event type is called post_creatde yet" in answer.content.decode()

    def test_its_page_shows_the_numbers_of_the_last_month(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.VIEWER)
        funnel = saved(community)
        now = timezone.now()
        community.happens("post_created", "ada", now - timedelta(days=2))
        community.happens("comment_created", "ada", now - timedelta(days=1, hours=23))
        community.happens("post_created", "bob", now - timedelta(days=2))
        community.fill()
        browser = log_in(member.user)
        text = " ".join(browser.get(url(funnel, "change")).content.decode().split())
        assert "<td>1</td> <td>50.00%</td> <td>50.00%</td> <td>1</td> <td>1 h 0 min</td>" in text
        assert "<td>2</td><td>1</td><td>0</td>" in text
        assert "post_created → comment_created" in browser.get(list_url(Funnel)).content.decode()

    def test_a_viewer_changes_nothing_and_a_stranger_sees_nothing(self, community):
        funnel = saved(community)
        viewer = MemberFactory(workspace=community.workspace, role=Role.VIEWER)
        assert log_in(viewer.user).post(url(funnel, "change"), self.form()).status_code == 403
        stranger = log_in(MemberFactory(role=Role.ADMIN).user)
        assert stranger.get(url(funnel, "change")).status_code == 302
        assert "Acts" not in stranger.get(list_url(Funnel)).content.decode()
