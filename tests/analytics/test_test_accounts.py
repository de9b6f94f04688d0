"""Test accounts: matched by patterns, out of every count from the day on that the pattern holds, and back again."""

import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from analytics import definition_changes, realtime, recount, test_accounts
from analytics.change_previews import preview
from analytics.definition_changes import Change
from analytics.metrics import METRICS
from analytics.models import OpenBucket
from config.lib.redis import client
from ingestion.models import ExcludedActor
from tests.analytics.community import Community, at

FILLS = ("hourly_metrics", "platform_daily")


def set_patterns(community, *patterns, day=-4000):
    change = Change(test_accounts.KEY, {"patterns": list(patterns)}, at(day).date())
    return definition_changes.apply(community.workspace, change)


def take_back(community, day=-4000):
    return definition_changes.apply(community.workspace, Change(test_accounts.KEY, None, at(day).date()))


def identifies(community, who, moment, **traits):
    envelope = {"type": "identify", "userId": who, "messageId": f"{who} {moment} {traits}", "traits": traits}
    community.store([envelope | {"timestamp": moment.isoformat()}], moment)


def told(community, key, *days, with_bots=False):
    return [community.metric(key, day, with_bots=with_bots).value for day in days]


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("test", ["test", "TEST", "test@corp.com"], ["tester", "contest", "test-1", "a@test", "a@test.com"]),
        (
            "example.com",
            ["ada@example.com", "ada@mail.EXAMPLE.com"],
            ["example.com", "a@example.community", "a@myexample.com"],
        ),
        ("qa-*", ["qa-1", "QA-ada@corp.com"], ["qa", "ada-qa-1"]),
        ("*+test@*", ["ada+test@corp.com"], ["ada@corp.com", "ada+test"]),
        ("boss@corp.com", ["boss@corp.com", "Boss@Corp.com"], ["otherboss@corp.com", "boss@corpXcom"]),
        ("a.b(c*", ["a.b(c", "A.b(cd"], ["aXb(c", "a.bc"]),
    ],
)
def test_a_pattern_matches_whole_ids_and_e_mails(db, pattern, matched, others):
    with connection.cursor() as cursor:
        for words in matched + others:
            cursor.execute("SELECT %s::text ~* %s", [words, test_accounts.expression(pattern)])
            assert cursor.fetchone() == (words in matched,), words


@pytest.mark.parametrize("pattern", ["", " ", "*", "a", "**a*"])
def test_a_pattern_that_says_too_little_is_refused(community, pattern):
    with pytest.raises(ValidationError, match="too short"):
        set_patterns(community, pattern)


def test_the_usual_ones_are_out_of_every_count_by_default_and_in_where_asked_for(community):
    for who in ("ada", "test", "eve@example.com"):
        community.happens("post_created", who, at(0))
    community.happens("like_given", "test", at(0), properties={"author_id": "ada"})
    community.fill()

    for key, without, with_them in [
        ("dau", 1, 3),
        ("posts_created", 1, 3),
        ("new_signups", 1, 3),
        ("likes_received", 0, 1),
    ]:
        assert told(community, key, 0) == [without], key
        assert told(community, key, 0, with_bots=True) == [with_them], key


def test_an_e_mail_that_comes_later_takes_the_person_out_of_the_days_before(community):
    community.happens("post_created", "ada", at(0))
    community.happens("post_created", "bob", at(0))
    community.fill()
    assert told(community, "dau", 0) == [2]

    identifies(community, "bob", at(5), email="Bob@Example.com")
    community.fill()

    assert told(community, "dau", 0) == [1]
    identifies(community, "bob", at(6), email="bob@corp.com")
    community.fill()
    assert told(community, "dau", 0) == [2]


def test_all_ids_of_a_person_are_out_and_an_undone_merge_brings_them_back(community):
    community.happens("page_view", None, at(0), anonymous_id="visitor")
    community.happens("post_created", "ada", at(0))
    community.happens("post_created", "test", at(1))
    community.fill()
    assert told(community, "dau", 0, 1) == [2, 0]

    envelope = {"type": "identify", "messageId": "i", "anonymousId": "visitor", "userId": "test"}
    community.store([envelope | {"timestamp": at(2).isoformat()}], at(2))
    community.fill()
    assert told(community, "dau", 0, 1, 2) == [1, 0, 0]
    assert told(community, "dau", 0, 1, 2, with_bots=True) == [2, 1, 0]


def test_a_pattern_opens_the_days_of_those_whom_it_matches_and_no_others(community):
    for day in (0, 10, 20, 60):
        community.happens("post_created", "ada", at(day))
    for day in (10, 60):
        community.happens("post_created", "qa-1", at(day))
    community.fill()

    set_patterns(community, "qa-*")

    opened = OpenBucket.objects.filter(workspace=community.workspace, rollup="user_activity_daily")
    assert set(opened.values_list("bucket", flat=True)) == {at(day, "00:00") for day in (10, 60)}
    hours = OpenBucket.objects.filter(workspace=community.workspace, rollup="hourly_metrics")
    assert {hour.date() for hour in hours.values_list("bucket", flat=True)} == {at(day).date() for day in (10, 60)}
    community.fill()
    assert told(community, "dau", 0, 10, 20, 60) == [1, 1, 1, 1]
    assert not opened.exists()

    set_patterns(community, "qa-*", "nobody-*")
    assert not opened.exists()

    take_back(community)
    assert set(opened.values_list("bucket", flat=True)) == {at(day, "00:00") for day in (10, 60)}
    community.fill()
    assert told(community, "dau", 0, 10, 20, 60) == [1, 2, 1, 2]


def test_a_pattern_holds_from_its_day_to_that_of_the_next_version(community):
    for day in range(5):
        community.happens("post_created", "ada", at(day))
        community.happens("post_created", "qa-1", at(day))
    community.fill()
    set_patterns(community, "qa-*", day=1)
    set_patterns(community, "other", day=3)
    community.fill()

    assert told(community, "dau", *range(5)) == [2, 1, 1, 2, 2]
    # Somebody who counts on one day is somebody who signed up.
    assert told(community, "total_users", 4) == [2]


def test_patterns_match_by_the_day_of_the_workspace(db):
    kathmandu = Community("commons-kathmandu", "Asia/Kathmandu")  # midnight there is 18:15 in UTC
    for clock in ("18:00", "18:30"):
        kathmandu.happens("post_created", "qa-1", at(0, clock))
    set_patterns(kathmandu, "qa-*", day=1)
    kathmandu.fill()
    assert told(kathmandu, "posts_created", 0, 1) == [1, 0]


def test_any_order_of_events_patterns_and_fills_gives_the_same_numbers(community):
    whole = Community("commons-whole")
    events = [("post_created", who, at(day)) for who in ("ada", "qa-1", "qa-2", "bob") for day in (0, 3, 31)]
    for one in events:
        whole.happens(*one)
    set_patterns(whole, "qa-*", day=2)
    whole.fill()
    chance = random.Random(4)
    for number, one in enumerate(chance.sample(events, len(events))):
        community.happens(*one)
        if number == 4:
            set_patterns(community, "qa-*", day=1)
        if number == 7:
            take_back(community, day=1)
            set_patterns(community, "qa-*", day=2)
        if number % 3 == 0:
            community.fill()
    community.fill()
    for key in ("dau", "mau", "posts_created", "total_users", "sessions"):
        assert told(community, key, *range(40)) == told(whole, key, *range(40)), key


def test_a_preview_says_whom_it_matches_and_leaves_nothing(community):
    for who in ("ada", "qa-1"):
        community.happens("post_created", who, at(0))
    community.fill()
    change = Change(test_accounts.KEY, {"patterns": ["qa-*"]}, at(-1).date())

    found = preview(community.workspace, lambda: definition_changes.apply(community.workspace, change))

    (one,) = found.people
    assert (one.actor_id, one.more, one.less, one.days) == (community.person("qa-1"), True, False, [at(0).date()])
    rows = {row.metric.key: (row.before, row.after) for row in found.rows}
    assert rows["posts_created"] == (2, 1)
    assert not ExcludedActor.objects.exists()
    assert told(community, "dau", 0) == [2]


def test_live_counters_leave_test_accounts_out_from_the_next_rebuild_on(community, now_is):
    now = at(0)
    now_is(now)
    community.happens("post_created", "ada", now)
    community.happens("post_created", "test", now)
    community.fill()
    realtime.rebuild(community.workspace)
    realtime._known_test_accounts.clear()
    assert realtime.live(community.workspace).dau == 1
    assert client().get("commons:metrics:post_created:hourly:2026030212") == b"1"

    community.happens("post_created", "test", now)
    community.happens("like_given", "test", now)
    assert realtime.live(community.workspace).dau == 1
    assert realtime.live(community.workspace).online == 1
    assert client().get("commons:metrics:post_created:hourly:2026030212") == b"1"
    assert client().get("commons:metrics:likes:count") in {None, b"0"}


def test_a_new_match_has_the_live_counters_built_again(community, django_capture_on_commit_callbacks):
    community.happens("post_created", "qa-1", at(0))
    realtime.rebuild(community.workspace)
    assert not realtime.is_stale(community.workspace)
    with django_capture_on_commit_callbacks(execute=True):
        set_patterns(community, "qa-*")
    assert realtime.is_stale(community.workspace)


def test_the_recount_agrees_with_test_accounts_left_out(community):
    for who in ("ada", "test", "qa-1"):
        for day in (0, 1, 3):
            community.happens("post_created", who, at(day))
            community.happens("like_given", who, at(day), properties={"author_id": "bob"})
    set_patterns(community, "qa-*", day=1)
    community.fill()
    wanted = [METRICS[key] for key in ("dau", "wau", "events", "sessions", "likes_received", "new_signups")]
    samples = recount.draw(community.workspace, wanted, at(0).date(), at(3).date(), 1000, random.Random(1))
    outcome = recount.compare(community.workspace, samples)
    assert (outcome.checked > 20, outcome.drifts) == (True, [])


def test_another_tenant_has_its_own(community):
    other = Community("commons-other")
    for one in (community, other):
        one.happens("post_created", "qa-1", at(0))
        one.fill()
    set_patterns(community, "qa-*")
    assert not OpenBucket.objects.filter(workspace=other.workspace).exists()
    for one in (community, other):
        one.fill()
    assert told(community, "dau", 0) == [0]
    assert told(other, "dau", 0) == [1]
    take_back(community)
    assert told(other, "dau", 0) == [1]
    assert {row.workspace_id for row in ExcludedActor.objects.all()} <= {other.workspace.pk}
