"""Who follows whom as of each day, and the engagement score of 30 days."""

import random
from datetime import timedelta

import pytest

from analytics.models import DefinitionVersion, Follow, FollowCount, OpenBucket, UserEngagementDaily
from analytics.rollups import engine, reopen
from ingestion.models import Event
from tests.analytics.community import TIME_ZERO, Community, at
from tests.analytics.engagement import counts, follows, latest, score, unfollows

FILLS = ("engagement_daily",)


class TestFollowers:
    def test_the_last_word_of_a_day_counts_and_a_second_follow_changes_nothing(self, community):
        follows(community, "bob", "ada", 0)
        follows(community, "bob", "ada", 2)
        follows(community, "cyd", "ada", 2, clock="10:00")
        unfollows(community, "cyd", "ada", 2, clock="11:00")
        unfollows(community, "bob", "ada", 4)
        unfollows(community, "bob", "ada", 5)
        community.fill()

        assert [counts(community, "ada", day)[0] for day in range(6)] == [1, 1, 1, 1, 0, 0]
        assert [counts(community, "bob", day)[1] for day in range(6)] == [1, 1, 1, 1, 0, 0]

    def test_nobody_follows_themselves(self, community):
        follows(community, "ada", "ada", 0)
        community.fill()
        assert counts(community, "ada", 0) == (0, 0)

    def test_bots_follow_nobody(self, community):
        crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
        envelope = {"type": "track", "event": "user_followed", "userId": "robot", "timestamp": at(0).isoformat()}
        more = {"messageId": "1", "properties": {"followed_user_id": "ada"}, "context": {"userAgent": crawler}}
        community.store([envelope | more], at(0))
        community.fill()
        assert counts(community, "ada", 0) == (0, 0)

    def test_a_late_follow_counts_on_all_days_after_it(self, community):
        follows(community, "bob", "ada", 0)
        follows(community, "cyd", "ada", 5)
        follows(community, "dan", "ada", 8)
        community.fill()
        follows(community, "dan", "ada", 3, received=at(20))
        unfollows(community, "bob", "ada", 4, received=at(20))
        community.fill()

        assert [counts(community, "ada", day)[0] for day in (0, 2, 3, 4, 5, 7, 8)] == [1, 1, 2, 1, 2, 2, 2]
        assert list(Follow.objects.filter(date=at(8).date()).values_list("follows", "change")) == [(True, 0)]

    def test_a_follow_that_is_taken_out_hands_its_change_to_the_next(self, community):
        follows(community, "bob", "ada", 0)
        follows(community, "bob", "ada", 6)
        community.fill()
        Event.objects.filter(workspace=community.workspace, occurred_at=at(0)).delete()
        reopen.removed(community.workspace, [at(0)])
        community.fill()
        assert [counts(community, "ada", day)[0] for day in (0, 5, 6)] == [0, 0, 1]

    def test_an_id_that_turns_out_to_be_somebodys_brings_its_followers(self, community):
        follows(community, "bob", "old-ada", 0)
        follows(community, "bob", "ada", 3)
        follows(community, "cyd", "old-ada", 3)
        community.fill()
        merge = {"type": "alias", "previousId": "old-ada", "userId": "ada", "messageId": "m1"}
        community.store([merge | {"timestamp": at(9).isoformat()}], at(9) + timedelta(minutes=1))
        community.fill()
        assert [counts(community, "ada", day)[0] for day in (0, 3)] == [1, 2]
        assert counts(community, "bob", 9) == (0, 1)


class TestScore:
    def test_what_was_done_leaves_the_window_after_thirty_days(self, community):
        community.happens("post_created", "ada", at(0))
        community.happens("community_post", "ada", at(1))
        community.fill()
        assert [score(community, "ada", day) for day in (0, 1, 29, 30, 31)] == [
            "4.3000",
            "8.6000",
            "8.6000",
            "4.3000",
            "0.0000",
        ]

    def test_an_act_taken_back_earns_nothing(self, community):
        community.happens("post_liked", "ada", at(0), properties={"post_id": 1, "action": "unlike"})
        community.fill()
        assert score(community, "ada", 0) == "0.3000"

    def test_weights_of_the_day_hold(self, community):
        DefinitionVersion.objects.create(
            workspace=community.workspace, key="engagement_score", value={"per_post": 20}, valid_from=at(1).date()
        )
        for day in range(2):
            community.happens("post_created", "ada", at(day))
        community.fill()
        assert [score(community, "ada", day) for day in range(2)] == ["4.3000", "16.6000"]

    def test_a_late_follow_changes_the_scores_after_it_without_filling_those_days_again(self, community):
        for day in (0, 5, 50):
            community.happens("user_login", "ada", at(day))
        community.happens("user_login", "bob", at(50))
        community.fill()
        UserEngagementDaily.objects.update(is_active=True, reach_points=1)
        follows(community, "cyd", "ada", 2, received=at(60))
        community.fill()

        assert [latest(community, "ada", day).followers for day in (0, 5, 50)] == [0, 1, 1]
        # 0.4 of the point put in by hand, 0.6 for the follower, 0.3 for the day.
        assert score(community, "ada", 50) == "1.3000"
        assert score(community, "bob", 50) == "0.3000"
        (value,) = [community.metric("engagement_score", 50)]
        assert (value.numerator, value.denominator) == (pytest.approx(1.6), 2)

    def test_the_mean_is_over_people_active_on_the_day(self, community):
        community.happens("post_created", "ada", at(0))
        community.happens("user_login", "bob", at(1))
        community.fill()
        value = community.metric("engagement_score", 1)
        assert (value.numerator, value.denominator) == (0.3, 1)
        assert community.metric("engagement_score", 2).value is None


def test_another_workspace_is_neither_seen_nor_changed(community):
    other = Community("commons-other")
    for one in (community, other):
        follows(one, "bob", "ada", 0)
        one.fill()
    follows(community, "cyd", "ada", 0)
    community.fill()
    assert (counts(community, "ada", 1), counts(other, "ada", 1)) == ((2, 0), (1, 0))
    assert (score(community, "ada", 1), score(other, "ada", 1)) == ("1.2000", "0.6000")


@pytest.mark.parametrize("seed", range(2))
def test_random_days_filled_in_any_order_are_what_counting_by_hand_says(community, seed):
    chance = random.Random(seed)
    people = ("ada", "bob", "cyd", "dan")
    told, done = [], set()
    for number in range(40):
        who, whom = chance.sample(people, 2)
        day, minute = chance.randrange(0, 30), number
        action = chance.choice(("follow", "follow", "unfollow"))
        told.append((day, minute, who, whom, action))
        follows(community, who, whom, day, clock=f"10:{minute:02}", action=action)
        done.add((who, day))
    engine.collect(community.workspace, at(90))
    waiting = list(OpenBucket.objects.filter(rollup__in=("follows", "user_activity_daily")).order_by("bucket").values())
    OpenBucket.objects.all().delete()
    days = sorted({row["bucket"] for row in waiting})
    chance.shuffle(days)
    for day in (*days, *days[:5]):
        for row in waiting:
            if row["bucket"] == day:
                OpenBucket.objects.get_or_create(
                    workspace_id=row["workspace_id"], rollup=row["rollup"], bucket=row["bucket"]
                )
        community.fill()

    for day in range(0, 90, 7):
        following = {}
        for _, _, who, whom, action in sorted(one for one in told if one[0] <= day):
            following[who, whom] = action == "follow"
        pairs = {pair for pair, holds in following.items() if holds}
        for name in people:
            followers = sum(whom == name for _, whom in pairs)
            followed = sum(who == name for who, _ in pairs)
            assert counts(community, name, day) == (followers, followed), (name, day)
            made = sum(who == name and action == "follow" and day - 29 <= on <= day for on, _, who, _, action in told)
            active = len({on for who, on in done if who == name and day - 29 <= on <= day})
            standing = min(20 * followers / followed if followed else 2 * followers, 100)
            expected = 0.4 * 4 * made + 0.3 * standing + 0.3 * active
            assert float(score(community, name, day)) == pytest.approx(expected, abs=1e-4), (name, day)
    assert TIME_ZERO.date() <= FollowCount.objects.order_by("date").first().date
