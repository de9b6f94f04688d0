"""The worked example of docs/howto/a-month-of-points.md: each balance of a month, and the sums at its end."""

import re
from pathlib import Path

import pytest

from tests.factories.economy import grant

from .reading import balances
from .village import FIRST, Village, liked, unliked

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "a-month-of-points.md"
THE_NINE = ("Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea", "Max")
ROW = re.compile(
    r"^\| (\d+) \| ([\w ]+) \| (?:`(\w+)`)?(, unlike)? ?\| ([\w ]*?) ?\| ([+-]?\d+) \| (\d+) \|", re.MULTILINE
)
pytestmark = pytest.mark.django_db


def told(village, day, who, event, unlike, about):
    """What the rules do of a row's event, by each of those who are named."""
    minute = (int(day) - 1) * 1440 + 600
    what, _, whose = about.partition(" of ")
    comment, _, post = about.partition(" on ")
    said = {"post_id": what}
    if event == "comment_created":
        said = {"comment_id": comment, "post_id": post}
    elif event == "points_redeemed":
        said = {"amount": int(about), "redemption_id": day}
    elif event == "user_registered":
        said = {"method": about or "email"}
    if event == "like_given":
        make = unliked if unlike else liked
        events = [make(name, minute, what, whose) for name in who]
    else:
        events = [(event, name, minute, said) for name in who]
    village.told(*events)


def test_every_balance_of_the_month_is_as_it_is_told():
    village = Village()
    village.rule("create_post", FIRST.replace(day=16), amount=10)
    rows = ROW.findall(PAGE.read_text())
    assert len(rows) == PAGE.read_text().count("\n| ") - 1
    for day, named, event, unlike, about, points, balance in rows:
        who = THE_NINE if named == "the nine" else (named,)
        before = village.points(*who)
        if event:
            told(village, day, who, event, unlike, about)
        elif about.isdigit():
            grant(village.workspace, int(about), village.actor(named), kind="adjustment")
        else:
            # Told before its cause: what the row before did to somebody else.
            before = {named: before[named] - int(points)}
        told_of = f"{day} {named} {event}"
        assert village.points(*who) == dict.fromkeys(who, int(balance)), told_of
        assert {name: before[name] + int(points) for name in who} == village.points(*who), told_of
    assert village.places() == {"mint": -11_203, "sink": 34, "redemption": 10_000}
    assert sum(points for who, points in balances(village.workspace).items() if not isinstance(who, str)) == 1_169
    assert [points for points, _, _ in village.refused()] == [5, 10_000]
    assert village.is_right()
