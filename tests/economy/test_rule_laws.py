"""Laws of the rules: in whatever order and batches events come, and however often, each counts once."""

import random
from collections import Counter

import pytest

from economy.models import Account
from tests.factories.economy import grant

from .village import Village, commented, joined, liked, posted, unliked

pytestmark = pytest.mark.django_db
PEOPLE = ("ada", "bob", "cleo", "dan")
MILESTONE = 7


def happenings(chance):
    """Events of a few people with a few posts; each person's posts are p-NAME-1, p-NAME-2."""
    events = [joined(name, 0) for name in PEOPLE]
    for minute in range(1, 60):
        who, author = chance.choice(PEOPLE), chance.choice(PEOPLE)
        post = f"p-{author}-{chance.randrange(1, 3)}"
        make = chance.choice([posted, commented, liked, liked, liked, unliked])
        if make is posted:
            events.append(posted(who, minute, f"p-{who}-{minute}"))
        elif make is commented:
            events.append(commented(who, minute, f"c{minute}", post))
        else:
            events.append(make(who, minute, post, author))
    return events


def reckoned(events):
    """Balances in plain Python, where everybody can afford everything."""
    points, likers = Counter(dict.fromkeys(PEOPLE, 100 + 1_000)), {}
    for name, who, _, said in events:
        points[who] -= {"post_created": 5, "comment_created": 2}.get(name, 0)
        if name == "like_given" and "action" not in said:
            points[who] -= 1
            if who != said["author_id"]:
                likers.setdefault((said["author_id"], said["post_id"]), set()).add(who)
    for (author, _), who in likers.items():
        points[author] += MILESTONE * (len(who) >= 2)
    return dict(points)


def tell(village, events, chance):
    """All events in some order and in batches, some of them twice."""
    shuffled = [*events, *chance.sample(events, 10)]
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randrange(1, 40)
        village.send(*shuffled[:size], received=None)
        del shuffled[:size]
        if chance.random() < 0.7:
            village.apply()
    village.apply()


@pytest.mark.parametrize("seed", range(3))
def test_the_order_in_which_events_come_makes_no_difference_to_who_can_afford_them(seed):
    chance = random.Random(seed)
    village, events = Village(), happenings(chance)
    village.rule("likes_2", event="like_given", effect="milestone", amount=MILESTONE, at_count=2, kind="like_reward")
    for name in PEOPLE:
        grant(village.workspace, 1_000, village.actor(name))
    tell(village, events, chance)
    assert village.points(*PEOPLE) == reckoned(events)
    assert village.is_right()


@pytest.mark.parametrize("seed", range(3))
def test_nobody_ever_goes_below_nothing_and_what_is_missing_was_refused(seed):
    chance = random.Random(seed)
    village, events = Village(), happenings(chance)
    village.rule("registration_bonus", amount=9)
    tell(village, events, chance)
    people = Account.objects.filter(workspace=village.workspace, kind="person")
    assert min(people.values_list("balance", flat=True)) >= 0
    assert all(points > balance for points, _, balance in village.refused())
    asked = sum({"post_created": 5, "comment_created": 2}.get(name, 0) for name, *_ in events)
    asked += sum(name == "like_given" and "action" not in said for name, _, _, said in events)
    assert village.places()["sink"] + sum(points for points, _, _ in village.refused()) == asked
    assert village.is_right()
