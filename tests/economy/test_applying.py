"""What the rules make of events: each acts once, however and whenever events come, and nobody goes below 0."""

import threading
import uuid

import pytest
from django.db import connection

from config.runs import JOBS
from economy import applying, arrivals, ledger, tasks
from economy.models import Account, ContentAct, RuleTally, Transfer, WaitingEvent
from ingestion.models import Event
from tests.factories.economy import entry, grant
from tests.factories.ingestion import IdentityLinkFactory

from .village import FIRST, Village, at, commented, joined, liked, posted, redeemed, unliked

pytestmark = pytest.mark.django_db


@pytest.fixture
def village():
    return Village()


def test_costs_and_rewards_are_moved_with_their_rule_kind_event_and_content(village):
    assert village.told(joined("ada"), posted("ada", 1), commented("ada", 2), liked("ada", 3, author="bob")) == (
        4,
        0,
        0,
        0,
    )
    assert village.points("ada") == {"ada": 100 - 5 - 2 - 1}
    assert village.places() == {"mint": -100, "sink": 8}
    rows = Transfer.objects.filter(workspace=village.workspace).order_by("number")
    assert list(rows.values_list("kind", "rule", "reference", "amount")) == [
        ("registration_bonus", "registration_bonus@1", "", 100),
        ("post_creation", "create_post@1", "post:p1", 5),
        ("comment_creation", "create_comment@1", "comment:c1", 2),
        ("like_cost", "like_content@1", "post:p1", 1),
    ]
    assert [row.occurred_at for row in rows] == [at(0), at(1), at(2), at(3)]
    stored = set(Event.objects.filter(workspace=village.workspace).values_list("event_id", flat=True))
    assert {row.event_id for row in rows} == stored
    assert village.is_right()


def test_the_same_events_again_change_nothing_whoever_tells_them(village):
    day = [joined("ada"), posted("ada", 1), *(liked(f"fan{n}", 2 + n) for n in range(10)), redeemed("ada", 30, 50)]
    village.told(*[joined(f"fan{n}") for n in range(10)], *day)
    before = village.points("ada", "fan3")
    assert before == {"ada": 100 - 5 + 3 - 50, "fan3": 99}
    assert village.send(*day) == ["duplicate"] * len(day)
    assert not applying.anything_waits(village.workspace)
    assert arrivals.again(village.workspace, FIRST, FIRST) == 23
    assert village.apply() == (0, 0, 0, 23)
    assert village.points("ada", "fan3") == before
    assert village.is_right()


def test_an_event_that_is_stored_under_two_times_counts_once(village):
    village.told(joined("ada"), posted("ada", 1))
    first = Event.objects.get(workspace=village.workspace, occurred_at=at(1))
    village.send(posted("ada", 90))
    Event.objects.filter(workspace=village.workspace, occurred_at=at(90)).update(event_id=first.event_id)
    WaitingEvent.objects.all().delete()
    arrivals.again(village.workspace, FIRST, FIRST)
    assert village.apply() == (0, 0, 0, 3)
    assert village.points("ada") == {"ada": 95}


def test_what_comes_late_acts_by_the_rule_of_its_day(village):
    village.rule("create_post", FIRST.replace(day=3), amount=20)
    village.told(joined("ada"), posted("ada", 2 * 1440, "p2"))
    assert village.points("ada") == {"ada": 80}
    village.told(posted("ada", 2 * 1440 - 1, "p1"), received=at(5 * 1440))
    assert village.points("ada") == {"ada": 75}
    versions = Transfer.objects.filter(workspace=village.workspace, kind="post_creation").order_by("number")
    assert list(versions.values_list("rule", flat=True)) == ["create_post@2", "create_post@1"]


def test_a_day_is_one_of_the_workspaces_zone(village):
    village.workspace.time_zone = "Pacific/Auckland"
    village.workspace.save()
    village.rule("create_post", FIRST.replace(day=2), amount=20)
    village.told(joined("ada"), posted("ada", 10 * 60), posted("ada", 11 * 60, "p2"))
    assert village.points("ada") == {"ada": 100 - 5 - 20}


def test_within_a_batch_events_act_in_the_order_in_which_they_occurred(village):
    assert village.told(posted("ada", 5), joined("ada", 1)) == (2, 0, 0, 0)


def test_what_nobody_can_afford_is_refused_and_stays_refused(village):
    assert village.told(posted("ada", 1)) == (0, 1, 0, 0)
    assert village.refused() == [(5, "not_affordable", 0)]
    village.told(joined("ada", 2))
    arrivals.again(village.workspace, FIRST, FIRST)
    assert village.apply() == (0, 0, 0, 2)
    assert village.points("ada") == {"ada": 100}


def test_somebody_is_welcomed_once(village):
    assert village.told(joined("ada", 0), joined("ada", 5)) == (1, 0, 0, 1)
    assert village.told(joined("ada", 9)) == (0, 0, 0, 1)


def test_people_are_one_under_all_their_ids(village):
    village.send(joined("ada"), posted("phone", 1), liked("phone", 2, author="ada"))
    IdentityLinkFactory(workspace=village.workspace, actor_id=village.actor("phone"), person_id=village.actor("ada"))
    village.apply()
    assert village.points("ada", "phone") == {"ada": 94, "phone": 0}
    assert not ContentAct.objects.exists()


def test_bots_and_nobody_neither_pay_nor_are_paid(village):
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    village.told((*joined("robot"), {"userAgent": agent}))
    village.told(("user_registered", "anonymous", 1, {}))
    assert not Account.objects.exists()


class TestMilestones:
    def test_each_is_reached_once_by_so_many_others(self, village):
        village.rule("likes_3", event="like_given", effect="milestone", amount=7, at_count=3, kind="like_reward")
        fans = [f"fan{n}" for n in range(12)]
        village.told(*map(joined, ["ada", *fans]))
        own = liked("ada", 1)
        assert village.told(own, *(liked(fan, 2) for fan in fans[:2]), liked("fan0", 3), unliked("fan0", 4))[0] == 4
        assert village.points("ada") == {"ada": 99}
        village.told(unliked("fan1", 5), liked("fan1", 6), liked("fan2", 7))
        assert village.points("ada") == {"ada": 99 + 7}
        village.told(*(liked(fan, 8) for fan in fans[3:]))
        assert village.points("ada") == {"ada": 99 + 7 + 3}
        assert village.is_right()

    def test_content_of_two_kinds_with_one_id_is_two(self, village):
        village.rule("likes_2", event="like_given", effect="milestone", amount=7, at_count=2, kind="like_reward")
        village.told(liked("bob", 1), liked("cleo", 1, content_type="comment"))
        assert village.points("ada") == {"ada": 0}
        village.told(liked("cleo", 2))
        assert village.points("ada") == {"ada": 7}

    def test_they_count_whether_or_not_the_cost_could_be_paid(self, village):
        village.rule("likes_2", event="like_given", effect="milestone", amount=7, at_count=2, kind="like_reward")
        assert village.told(liked("bob", 1), liked("cleo", 1)) == (1, 2, 0, 0)


class TestCapsAndCoolDowns:
    def test_a_cap_holds_for_a_day_of_the_person(self, village):
        village.rule("read", event="post_view", effect="reward", amount=1, kind="transfer", most_per_day=2)
        views = [("post_view", "ada", minute, {"post_id": "p1"}) for minute in (1, 2, 3, 1440)]
        assert village.told(*views, ("post_view", "bob", 3, {"post_id": "p1"})) == (4, 0, 1, 0)
        assert village.told(("post_view", "ada", 4, {"post_id": "p1"})) == (0, 0, 1, 0)
        assert village.points("ada", "bob") == {"ada": 3, "bob": 1}

    def test_a_cool_down_keeps_its_distance_over_midnight_and_from_what_comes_late(self, village):
        village.rule("read", event="post_view", effect="reward", amount=1, kind="transfer", cooldown_seconds=600)

        def view(minute):
            return "post_view", "ada", minute, {"post_id": "p1"}

        assert village.told(view(1435), view(1444), view(1445)) == (2, 0, 1, 0)
        assert village.told(view(1426)) == (0, 0, 1, 0)
        assert village.told(view(1425), view(1455)) == (2, 0, 0, 0)
        assert RuleTally.objects.count() == 2

    def test_what_was_refused_uses_up_nothing(self, village):
        village.rule("create_post", most_per_day=1)
        assert village.told(posted("ada", 1), joined("ada", 2), posted("ada", 3, "p2")) == (2, 1, 0, 0)


class TestWhereItGoes:
    def test_a_part_is_burned_and_the_rest_is_the_treasurys_and_it_is_paid_in_one_piece(self, village):
        village.rule("create_post", amount=7, burn_percent=40)
        village.told(joined("ada"), posted("ada", 1))
        assert village.places() == {"mint": -100, "sink": 2, "treasury": 5}
        kinds = Transfer.objects.filter(workspace=village.workspace).order_by("number").values_list("kind", "amount")
        assert list(kinds) == [("registration_bonus", 100), ("post_creation", 7), ("transfer", 2)]
        grant(village.workspace, 6, village.actor("bob"))
        assert village.told(posted("bob", 2, "p2")) == (0, 1, 0, 0)
        assert village.points("bob") == {"bob": 6}

    def test_nothing_of_it_is_burned_where_that_is_said(self, village):
        village.rule("create_post", burn_percent=0)
        village.told(joined("ada"), posted("ada", 1))
        assert village.places() == {"mint": -100, "treasury": 5}

    def test_the_author_is_paid_for_the_acts_of_others(self, village):
        village.rule("read", event="post_view", effect="author_reward", amount=2, kind="transfer")
        view = {"post_id": "p1", "author_id": "ada"}
        assert village.told(("post_view", "bob", 1, view), ("post_view", "ada", 2, view))[0] == 1
        assert village.points("ada", "bob") == {"ada": 2, "bob": 0}

    def test_a_redemption_takes_what_the_event_says(self, village):
        grant(village.workspace, 30_000, village.actor("ada"))
        village.told(redeemed("ada", 1, 20_000), redeemed("ada", 2, 10_001, "r2"))
        assert village.points("ada") == {"ada": 10_000}
        assert village.places()["redemption"] == 20_000
        assert village.refused() == [(10_001, "not_affordable", 10_000)]

    @pytest.mark.parametrize("value", [0.5, 10**30, -4, 0, True, "7"], ids=str)
    def test_an_amount_that_nobody_can_pay_moves_nothing_and_harms_nobody(self, village, value):
        village.rule("tip", event="post_created", effect="reward", amount=5, takes_value=True, kind="transfer")
        village.send(joined("ada"), posted("ada", 1, points=value))
        said = []
        done = applying.apply(village.workspace, said.append)
        # What is no number is no amount, and the rule's own holds.
        own = isinstance(value, bool | str)
        assert (done.unusable, len(said)) == ((0, 0) if own else (1, 1))
        assert village.points("ada") == {"ada": 95 + 5 * own}


class TestRefunds:
    def test_nothing_is_given_back_by_itself(self, village):
        village.told(joined("ada"), posted("ada", 1), liked("ada", 2, author="bob"))
        village.told(unliked("ada", 3, author="bob"), ("post_deleted", "ada", 4, {"post_id": "p1"}))
        assert village.points("ada") == {"ada": 94}

    def test_a_rule_gives_back_what_was_paid_once(self, village):
        village.rule(
            "undo_like", event="like_given", effect="refund", refunds="like_content", kind="refund", on_opposite=True
        )
        village.told(joined("ada"), liked("ada", 2, author="bob"), unliked("ada", 3, author="bob"))
        assert village.points("ada") == {"ada": 100}
        assert village.told(unliked("ada", 4, author="bob"))[0] == 0
        village.told(liked("ada", 5, author="bob"))
        assert village.told(unliked("cleo", 6, author="bob"))[0] == 0
        assert village.told(unliked("ada", 7, author="bob"))[0] == 1
        assert village.points("ada", "bob", "cleo") == {"ada": 100, "bob": 0, "cleo": 0}
        assert village.is_right()

    def test_who_made_deleted_content_gets_it_back_whoever_deleted_it(self, village):
        for kind in ("post", "comment"):
            village.rule(
                f"undo_{kind}", event=f"{kind}_deleted", effect="refund", refunds=f"create_{kind}", kind="refund"
            )
        village.told(joined("ada"), joined("mod"), posted("ada", 1), commented("ada", 2))
        village.rule("create_post", FIRST.replace(day=2), amount=50)
        village.told(("post_deleted", "mod", 3000, {"post_id": "p1", "author_id": "ada"}))
        assert village.points("ada", "mod") == {"ada": 98, "mod": 100}
        village.told(("comment_deleted", "ada", 3001, {"comment_id": "c1"}))
        assert village.points("ada") == {"ada": 100}

    def test_what_an_operator_took_back_is_not_given_back_again(self, village):
        village.rule("undo_post", event="post_deleted", effect="refund", refunds="create_post", kind="refund")
        village.told(joined("ada"), posted("ada", 1))
        ledger.reverse(village.workspace, 2, by=None, reason="A mistake")
        assert village.told(("post_deleted", "ada", 3, {"post_id": "p1"}))[0] == 0
        assert village.points("ada") == {"ada": 100}


class TestModes:
    def test_by_default_nothing_is_noted(self):
        village = Village(mode="off")
        assert village.told(joined("ada")) == (0, 0, 0, 0)
        assert not WaitingEvent.objects.exists()

    def test_what_came_before_the_switch_is_taken_when_it_is_asked_for(self):
        village = Village(mode="off")
        village.send(joined("ada"), posted("ada", 1))
        village.mode("rules")
        assert village.apply() == (0, 0, 0, 0)
        assert arrivals.again(village.workspace, FIRST, FIRST) == 2
        assert village.apply() == (2, 0, 0, 0)

    def test_switched_off_stops_what_waits(self, village):
        village.send(joined("ada"))
        village.mode("off")
        assert village.apply() == (0, 0, 0, 0)
        assert not applying.anything_waits(village.workspace)
        assert not Account.objects.exists()

    def test_a_rule_that_is_off_does_nothing_from_its_day_on(self, village):
        village.rule("create_post", FIRST.replace(day=2), enabled=False)
        village.told(joined("ada"), posted("ada", 1), posted("ada", 1440, "p2"))
        assert village.points("ada") == {"ada": 95}


def test_other_tenants_rules_and_events_are_theirs(village):
    other = Village("other")
    other.rule("create_post", amount=50)
    for one in (village, other):
        one.send(joined("ada"), posted("ada", 1))
    village.apply()
    assert (village.points("ada"), other.points("ada")) == ({"ada": 95}, {"ada": 0})
    assert applying.anything_waits(other.workspace)
    other.apply()
    assert (village.points("ada"), other.points("ada")) == ({"ada": 95}, {"ada": 50})
    likes = [liked(f"fan{n}", 5) for n in range(9)]
    village.told(*likes)
    other.told(liked("fan9", 6))
    assert (village.points("ada"), other.points("ada")) == ({"ada": 95}, {"ada": 50})


def test_how_many_wait_is_counted_as_far_as_it_is_of_interest(village, monkeypatch):
    monkeypatch.setattr(applying, "MOST_COUNTED", 2)
    village.send(joined("ada"), posted("ada", 1))
    assert applying.waiting(village.workspace) == "2"
    village.send(posted("ada", 2))
    assert applying.waiting(village.workspace) == "more than 2"


def test_the_longest_ids_are_taken_and_told_apart(village):
    village.rule("talk", event="comment_created", effect="milestone", amount=7, at_count=1, kind="transfer")
    long = "\N{PILE OF POO}" * 1_500
    said = [{"comment_id": long + end, "post_author_id": "bob"} for end in "ab"]
    village.told(joined("ada"), *(("comment_created", "ada", number, one) for number, one in enumerate(said, 1)))
    assert village.points("ada", "bob") == {"ada": 96, "bob": 14}
    assert village.is_right()


def test_the_job_runs_where_something_waits(village):
    job = JOBS[tasks.apply_rules.name]
    assert job.run_as_asked() == []
    village.send(joined("ada"), posted("ada", 1))
    (run,) = job.run_as_asked()
    assert job.run_as_asked() == []
    assert "2 moved points" in job.run(village.workspace).log or run


def test_batches_take_as_many_statements_however_many_events_they_hold(village, django_assert_num_queries):
    village.told(*(joined(f"fan{n}") for n in range(60)))
    village.send(liked("fan0", 1))
    with django_assert_num_queries(19) as few:
        village.apply()
    village.send(*(liked(f"fan{n}", 2) for n in range(60)))
    with django_assert_num_queries(len(few)):
        village.apply()


def test_they_are_taken_in_batches_and_a_killed_one_leaves_the_others_done(village, monkeypatch):
    monkeypatch.setattr(applying, "EVENTS_AT_ONCE", 2)
    village.send(*(joined(f"fan{n}", n) for n in range(5)))
    honest = applying.evaluation.decide
    calls = []

    def killed(*facts):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return honest(*facts)

    monkeypatch.setattr(applying.evaluation, "decide", killed)
    with pytest.raises(KeyboardInterrupt):
        village.apply()
    assert WaitingEvent.objects.count() == 3
    assert village.apply() == (3, 0, 0, 0)
    assert village.is_right()


@pytest.mark.django_db(transaction=True)
def test_fifty_spends_of_the_last_points_while_others_spend_and_apply(committed_ledger):
    village = Village()
    grant(village.workspace, 10, village.actor("ada"))
    village.send(*(posted("ada", minute, f"p{minute}") for minute in range(50)))

    def work(place):
        try:
            if place == 0:
                ledger.post(village.workspace, entry(village.actor("ada"), Account.Kind.SINK, 5, key=str(uuid.uuid4())))
            applying.apply(village.workspace)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[place]) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert village.points("ada") == {"ada": 0}
    assert Transfer.objects.filter(workspace=village.workspace).count() == 3
    assert sum(1 for _ in village.refused()) == 49
    assert village.is_right()
