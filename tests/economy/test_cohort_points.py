"""What the people of a cohort earned: theirs alone, from the workspace alone, whole with those who were merged."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from economy import ledger
from economy.models import Account
from tests.analytics.community import Community, at
from tests.factories.economy import entry

pytestmark = pytest.mark.django_db


def community_of(slug, factor=1):
    """Ada and Bob signed up on day 0, Cyd on day 40; Ada earned 30 and gave 10 of them to Bob, Cyd earned 7.

    Two of Ada's points she got by an id that only later turned out to be hers.
    """
    community = Community(slug)
    for who, day in (("ada", 0), ("bob", 0), ("cyd", 40)):
        community.happens("user_registered", who, at(day))
    ada, bob, cyd = map(community.person, ("ada", "bob", "cyd"))
    ledger.post_many(
        community.workspace,
        [
            entry(Account.Kind.MINT, ada, 28 * factor, occurred_at=at(1)),
            entry(Account.Kind.MINT, community.person("cookie"), 2 * factor, occurred_at=at(1)),
            entry(ada, bob, 10, occurred_at=at(1)),
            entry(ada, Account.Kind.SINK, 5, kind="post_creation", occurred_at=at(2)),
            entry(Account.Kind.MINT, cyd, 7 * factor, occurred_at=at(41)),
        ],
    )
    identify = {"type": "identify", "userId": "ada", "anonymousId": "cookie", "timestamp": at(3).isoformat()}
    community.store([identify], at(3))
    community.fill()
    return community


def cohorts(*arguments):
    out = StringIO()
    call_command("metric", "cohorts", "--workspace", "ours", "--json", *arguments, stdout=out)
    return {
        one["cohort"]: (one["points_earned"], one["avg_points_earned"]) for one in json.loads(out.getvalue())["points"]
    }


def test_a_cohort_earned_what_its_people_got_from_the_workspace():
    community_of("theirs", factor=100)
    ours = community_of("ours")

    assert cohorts() == {"2026-03-01": (30, 15.0), "2026-04-01": (7, 7.0)}
    assert cohorts("--grain", "week") == {"2026-03-02": (30, 15.0), "2026-04-06": (7, 7.0)}
    assert cohorts("--at", "2026-03-02") == {"2026-03-01": (0, 0.0)}
    value = ours.metric("avg_points_earned", 0)
    assert (value.value, value.numerator, value.denominator) == (15.0, 30, 2)
    assert ours.metric("avg_points_earned", 1).value is None
