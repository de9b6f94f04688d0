"""Activation (metrics.md): the first activating act that has not been deleted since."""

import random
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from analytics import activation, definitions, metrics
from analytics.definitions import DEFINITIONS
from analytics.models import ActivatingDaily, Activation, ActivationDaily, DefinitionVersion
from tests.analytics.community import Community, at

FILLS = ("activation_daily", "platform_daily")


def of(community, who):
    """(activated at, days to first activity) of a person."""
    found = activation.of_person(community.workspace, community.person(who))
    return None if found is None else (found.activated_at, found.days_to_first_activity)


def rate(community, day):
    """Activated of signed up on a day."""
    value = community.metric("activation_rate", day)
    return int(value.numerator), int(value.denominator)


def post(community, who, moment, post_id, **more):
    community.happens("post_created", who, moment, properties={"post_id": post_id}, **more)


def deleted(community, who, moment, post_id, **more):
    community.happens("post_deleted", who, moment, properties={"post_id": post_id}, **more)


def tables(community):
    found = [ActivatingDaily.objects.values_list("person_id", "date", "acted_at")]
    found += [Activation.objects.values_list("person_id", "activated_at")]
    found += [ActivationDaily.objects.values_list("date", "signups", "activated", "days_to_first_activity")]
    return [sorted(rows.filter(workspace=community.workspace)) for rows in found]


@pytest.mark.parametrize("act", ["post_created", "comment_created", "vote", "collection_created"])
def test_the_first_content_act_activates_and_looking_around_does_not(community, act):
    for who in ("ada", "bob"):
        community.happens("user_signup", who, at(0))
        community.happens("page_view", who, at(1))
        community.happens("like_given", who, at(1))
    for day in (3, 5):
        community.happens(act, "ada", at(day), properties={"value": 1})
    community.fill()

    assert of(community, "ada") == (at(3), 3)
    assert of(community, "bob") == (None, None)
    assert of(community, "nobody") is None
    assert rate(community, 0) == (1, 2)
    assert community.metric("days_to_first_activity", 0).value == 3
    assert community.metric("activation_rate", 1).value is None


def test_a_deletion_takes_the_activation_back_and_the_next_act_takes_its_place(community):
    community.happens("user_signup", "ada", at(0))
    post(community, "ada", at(1), "a")
    post(community, "ada", at(1, "13:00"), "b")
    post(community, "ada", at(20), "c")
    community.fill()
    assert of(community, "ada") == (at(1), 1)

    # Whoever deletes it, and long after.
    deleted(community, "moderator", at(60), "a")
    community.fill()
    assert of(community, "ada") == (at(1, "13:00"), 1)

    deleted(community, "ada", at(61), "b")
    community.fill()
    assert (of(community, "ada"), rate(community, 0)) == ((at(20), 20), (1, 1))

    deleted(community, "ada", at(62), "c")
    community.fill()
    assert (of(community, "ada"), rate(community, 0)) == ((None, None), (0, 1))


def test_a_deleted_comment_is_known_by_its_own_id_and_its_post_is_another_thing(community):
    community.happens("user_signup", "ada", at(0))
    for comment, day in (("one", 1), ("two", 2)):
        about = {"post_id": "p", "comment_id": comment}
        community.happens("comment_created", "ada", at(day), properties=about)
    community.happens("comment_deleted", "ada", at(3), properties={"post_id": "p", "comment_id": "one"})
    deleted(community, "bob", at(4), "p")
    community.happens("vote", "cyd", at(1), properties={"post_id": "p", "value": 1})
    community.fill()

    assert of(community, "ada") == (at(2), 2)
    # Who voted did so, whatever became of the post.
    assert of(community, "cyd") == (at(1), 0)


def test_a_deletion_that_came_before_its_post_or_was_about_an_older_one_changes_nothing(community):
    community.happens("user_signup", "ada", at(0))
    deleted(community, "ada", at(1), "a")
    community.fill()
    post(community, "ada", at(5), "a")
    community.fill()

    assert of(community, "ada") == (at(5), 5)


@pytest.mark.parametrize("row", [{"deleted_at": "2026-03-03T00:00:00Z"}, {"is_deleted": True}])
def test_a_row_that_comes_as_deleted_activates_nobody(community, row):
    community.happens("user_signup", "ada", at(0))
    community.happens("post_created", "ada", at(1), properties={"post_id": "a", **row})
    community.fill()

    assert (of(community, "ada"), rate(community, 0)) == ((None, None), (0, 1))


def test_an_act_before_the_sign_up_takes_no_days(community):
    post(community, "ada", at(1), "a")
    community.happens("user_signup", "ada", at(9))
    community.fill()

    assert (of(community, "ada"), rate(community, 9)) == ((at(1), 0), (1, 1))


def test_weeks_and_months_are_cohorts_of_sign_ups(community):
    for day, who in ((0, "ada"), (1, "bob"), (8, "cyd")):
        community.happens("user_signup", who, at(day))
    post(community, "ada", at(40), "a")
    community.fill()

    metric, days = metrics.METRICS["activation_rate"], (at(0).date(), at(8).date())
    weeks = metrics.read(metric, community.workspace, *days, "week")
    months = metrics.read(metric, community.workspace, *days, "month")
    assert [(value.numerator, value.denominator) for value in (*weeks, *months)] == [(1, 2), (0, 1), (1, 3)]


def test_a_workspace_says_what_activates(community):
    DefinitionVersion.objects.create(
        workspace=community.workspace,
        key="activation",
        value={"counts": ["likes_given"], "event_types": ["wave_joined"]},
        valid_from=at(10).date(),
    )
    for who in ("ada", "bob", "cyd"):
        community.happens("user_signup", who, at(0))
    community.happens("like_given", "ada", at(9))
    post(community, "bob", at(11), "b")
    community.happens("like_given", "ada", at(12), properties={"action": "unlike"})
    community.happens("like_given", "ada", at(13))
    community.happens("wave_joined", "cyd", at(14), properties={"wave_id": "w"})
    community.fill()

    assert [of(community, who)[1] for who in ("ada", "bob", "cyd")] == [13, None, 14]


def test_what_activates_has_to_be_a_count_there_is():
    declared = DEFINITIONS["activation"]
    assert definitions.clean(declared, {"counts": ["shares"], "event_types": ["x"]})["counts"] == ["shares"]
    with pytest.raises(ValidationError, match="No event type counts as nonsense"):
        definitions.clean(declared, {"counts": ["nonsense"]})


def test_bots_and_other_workspaces_activate_nobody_here(community):
    envelope = {"type": "track", "event": "post_created", "userId": "crawler", "timestamp": at(0).isoformat()}
    context = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    community.store([envelope | {"messageId": "crawled", "context": context}], at(0))
    community.happens("user_signup", "ada", at(0))
    other = Community("elsewhere")
    other.happens("user_signup", "bob", at(0))
    post(other, "bob", at(1), "same id")
    for one in (community, other):
        one.fill()
    before = tables(other)
    # The same id there is another post.
    deleted(community, "ada", at(2), "same id")
    post(community, "ada", at(3), "a")
    for one in (community, other):
        one.fill()

    assert (of(community, "crawler"), rate(community, 0)) == (None, (1, 1))
    assert tables(other) == before
    assert activation.of_person(community.workspace, other.person("bob")) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_events_in_any_order_give_what_an_independent_computation_gives(community, seed):
    rng = random.Random(seed)
    happened = []
    for number in range(12):
        who, signed_up = f"p{number}", rng.randrange(20)
        happened.append(("user_signup", who, at(signed_up), None))
        for nth in range(rng.randrange(4)):
            moment = at(signed_up) + timedelta(hours=rng.randrange(1, 900))
            happened.append(("post_created", who, moment, f"{who}-{nth}"))
            if rng.random() < 0.5:
                happened.append(("post_deleted", "mod", moment + timedelta(hours=rng.randrange(900)), f"{who}-{nth}"))
    rng.shuffle(happened)
    for number, (name, who, moment, about) in enumerate(happened):
        properties = {"post_id": about} if about else {}
        community.happens(name, who, moment, received=at(150), properties=properties)
        if number % 12 == 0:
            community.fill()
    community.fill()

    gone = {about for name, _, _, about in happened if name == "post_deleted"}
    signups = {who: moment for name, who, moment, _ in happened if name == "user_signup"}
    expected = {}
    for who, signed_up in signups.items():
        posts = [
            when for name, by, when, about in happened if (name, by) == ("post_created", who) and about not in gone
        ]
        expected[who] = (min(posts), (min(posts).date() - signed_up.date()).days) if posts else (None, None)
    assert {who: of(community, who) for who in signups} == expected
    for day in range(20):
        cohort = [who for who, moment in signups.items() if moment == at(day)]
        assert rate(community, day) == (sum(expected[who][0] is not None for who in cohort), len(cohort))
