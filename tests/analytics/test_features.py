"""Adoption of features: distinct people of a day, week or month, of those who were active in it."""

import random
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from analytics import features, metrics
from analytics.metrics import METRICS
from analytics.models import Feature, FeatureDaily, FeatureMonthly, FeatureUse, FeatureWeekly, OpenBucket
from config.models import Role
from ingestion import workspaces
from tests.analytics.community import Community, at
from tests.factories.analytics import FeatureFactory
from tests.factories.config import MemberFactory
from tests.pages import list_url, log_in, url

FILLS = ("activations", "feature_daily", "feature_monthly", "feature_weekly", "platform_daily")

ADD = "/admin/analytics/feature/add/"


def adoption(community, key, day, grain="day"):
    """(people who used it, active people) of the bucket that day n is in."""
    on = at(day).date()
    (value,) = metrics.read(METRICS["feature_adoption"], community.workspace, on, on, grain, of=key)
    return value.numerator, value.denominator


def test_people_count_once_in_each_grain(community):
    for day in (0, 1, 8):
        community.happens("post_created", "ada", at(day))
    community.happens("community_post", "bob", at(1))
    for day in (0, 1):
        community.happens("page_view", "cyd", at(day))
    community.fill()

    assert [adoption(community, "posting", day) for day in (0, 1, 8)] == [(1, 2), (2, 3), (1, 1)]
    assert [adoption(community, "posting", day, "week") for day in (0, 8)] == [(2, 3), (1, 1)]
    assert adoption(community, "posting", 0, "month") == (2, 3)
    (value,) = metrics.read(
        METRICS["feature_adoption"], community.workspace, at(0).date(), at(0).date(), "month", of="posting"
    )
    assert value.value == 2 / 3


def test_a_feature_that_nobody_used_is_0_and_a_day_of_nobody_null(community):
    community.happens("page_view", "ada", at(0))
    community.fill()
    assert adoption(community, "posting", 0) == (0, 1)
    day = at(1).date()
    (value,) = metrics.read(METRICS["feature_adoption"], community.workspace, day, day, of="posting")
    assert (value.value, value.data_points) == (None, 0)


def test_one_event_type_may_be_of_several_features(community):
    FeatureFactory(workspace=community.workspace, key="writing", events=["post_created", "comments_created"], bit=61)
    community.happens("post_created", "ada", at(0))
    community.happens("comment_created", "bob", at(0))
    community.fill()
    assert [adoption(community, key, 0) for key in ("posting", "commenting", "writing")] == [(1, 2), (1, 2), (2, 2)]


def test_taking_a_like_back_is_no_use(community):
    community.happens("post_like", "ada", at(0), properties={"action": "unlike", "post_id": "7"})
    community.fill()
    assert adoption(community, "liking", 0) == (0, 1)


def test_bots_and_other_workspaces_are_left_out(community):
    other = Community("commons-other")
    other.happens("post_created", "ada", at(0))
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    for who, agent in (("robot", crawler), ("ada", crawler), ("ada", "Mozilla/5.0 Firefox/140.0")):
        name = "page_view" if agent != crawler else "post_created"
        envelope = {"type": "track", "event": name, "userId": who, "timestamp": at(0).isoformat()}
        community.store([envelope | {"context": {"userAgent": agent}}], at(0))
    community.fill()
    other.fill()
    assert adoption(community, "posting", 0) == (0, 1)
    assert adoption(other, "posting", 0) == (1, 1)


def test_filled_late_and_in_any_order_it_is_what_counting_by_hand_says(community):
    chance = random.Random(3)
    names = {"post_created": "posting", "comment_created": "commenting", "post_like": "liking", "page_view": None}
    happened = [
        (chance.choice(list(names)), chance.choice("abcdef"), day)
        for day in range(40)
        for _ in range(chance.randrange(5))
    ]
    chance.shuffle(happened)
    for number, (name, who, day) in enumerate(happened):
        community.happens(name, who, at(day), received=timezone.now())
        if number % 25 == 0:
            community.fill()
    community.fill()

    for grain, table in (("day", FeatureDaily), ("week", FeatureWeekly), ("month", FeatureMonthly)):
        expected = {}
        for name, who, day in happened:
            bucket = metrics.start_of(at(day).date(), grain)
            expected.setdefault(bucket, set()).add((who, names[name]))
        rows = table.objects.filter(feature__in=["posting", "commenting", "liking"])
        assert {(row.date, row.feature): (row.people, row.active_people) for row in rows} == {
            (bucket, key): (sum(used == key for _, used in seen), len({who for who, _ in seen}))
            for bucket, seen in expected.items()
            for key in ("posting", "commenting", "liking")
        }, grain


def test_a_workspace_begins_with_the_features_that_it_has_events_of(db):
    forum = workspaces.create("commons-forum", systems=("forum",)).workspace
    keys = set(Feature.objects.filter(workspace=forum).values_list("key", flat=True))
    assert {"posting", "commenting", "liking"} <= keys
    assert not {"stories", "activations"} & keys


def test_the_most_features_are_as_many_as_there_are_bits(community):
    for bit in range(62):
        Feature.objects.get_or_create(
            workspace=community.workspace, bit=bit, defaults={"key": f"f{bit}", "title": "F", "events": ["page_view"]}
        )
    community.happens("page_view", "ada", at(0))
    community.fill()
    assert adoption(community, "f61", 0) == (1, 1)
    with pytest.raises(ValidationError, match="at most 62"):
        features.free_bit(community.workspace)


def test_the_command_tells_a_feature_of_a_bucket(community):
    community.happens("post_created", "ada", at(0))
    community.fill()
    out = StringIO()
    arguments = ("metric", "feature_adoption", "--workspace", "commons", "--at", "2026-03-02")
    call_command(*arguments, "--of", "posting", "--grain", "month", stdout=out)
    assert "(1 / 1)" in out.getvalue()
    out = StringIO()
    call_command(*arguments, stdout=out)
    assert "posting" in out.getvalue()


class TestAdmin:
    @staticmethod
    def form(**fields):
        return {"title": "Writing", "key": "writing", "events": "post_created\r\ncomments_created"} | fields

    def test_a_new_feature_takes_a_free_bit_and_counts_the_past(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.ANALYST)
        community.happens("comment_created", "ada", at(0))
        community.fill()
        answer = log_in(member.user).post(ADD, self.form(workspace=community.workspace.pk))
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        community.fill()
        assert adoption(community, "writing", 0) == (1, 1)

    def test_other_events_count_the_past_anew_and_another_title_does_not(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.ANALYST)
        community.happens("comment_created", "ada", at(0))
        community.fill()
        feature = Feature.objects.get(key="posting")
        browser = log_in(member.user)
        waiting = OpenBucket.objects.filter(rollup="feature_use_daily")
        same = {"title": "Posts", "events": "\r\n".join(feature.events)}
        browser.post(url(feature, "change"), same)
        feature.refresh_from_db()
        assert (feature.title, waiting.count()) == ("Posts", 0)
        answer = browser.post(
            url(feature, "change"), same | {"events": "comment_created\r\nnever_heard_of"}, follow=True
        )
        assert "No event type is called never_heard_of yet" in answer.content.decode()
        community.fill()
        assert adoption(community, "posting", 0) == (1, 1)

    def test_a_key_that_is_taken_is_told(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.ANALYST)
        answer = log_in(member.user).post(ADD, self.form(workspace=community.workspace.pk, key="posting"))
        assert answer.status_code == 200
        assert Feature.objects.filter(key="posting").count() == 1

    def test_its_page_shows_days_weeks_and_months(self, community):
        member = MemberFactory(workspace=community.workspace, role=Role.VIEWER)
        now = timezone.now()
        for who, name in (("ada", "post_created"), ("bob", "page_view")):
            community.happens(name, who, now)
        community.fill()
        browser = log_in(member.user)
        page = browser.get(url(Feature.objects.get(key="posting"), "change")).content.decode()
        assert page.count("<td>1</td><td>2</td><td>50.0%</td><td>open</td>") == 3
        assert "posts_created, community_posts" in browser.get(list_url(Feature)).content.decode()


def test_people_of_a_day_are_the_active_ones(community):
    community.happens("error_occurred", "ada", at(0))
    community.happens("post_created", "bob", at(0))
    community.fill()
    assert FeatureUse.objects.count() == 1
