"""How much is filled at once: more where there are few events, with the same rows."""

from datetime import timedelta

from django.utils import timezone

from analytics.rollups import engine, statistics
from analytics.rollups.rollup import ROLLUPS
from economy import supply
from tests.analytics.test_engine import busy, contents

DAYS = 200


def fill(community, monkeypatch):
    """The number of buckets of each statement that filled funnel_daily over DAYS days."""
    now, real, sizes = timezone.now(), engine.fill_chunk, []

    def told(rollup, workspace, chunk, at):
        if rollup.key == "funnel_daily":
            sizes.append(len(chunk))
        return real(rollup, workspace, chunk, at)

    engine.prepare(community.workspace, now - timedelta(days=DAYS), now)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "fill_chunk", told)
        community.fill()
    return sizes


def test_four_months_of_few_events_are_filled_at_once_and_one_of_many(community, monkeypatch):
    for day in (0, 40, 100):
        busy(community, day)
    few = fill(community, monkeypatch)
    rows = contents(community)
    monkeypatch.setattr(statistics, "FEW_EVENTS_BYTES", 0)
    many = fill(community, monkeypatch)
    assert (max(few), max(many)) == (124, 31)
    assert sum(many) >= DAYS
    assert contents(community) == rows


def test_tables_of_events_are_few_by_their_size(community, monkeypatch):
    busy(community, 0)
    assert statistics.are_few_events()
    monkeypatch.setattr(statistics, "FEW_EVENTS_BYTES", 8_000)
    assert not statistics.are_few_events()


def test_the_point_economy_is_never_filled_by_the_month_as_it_reads_all_that_came_after():
    rollup = ROLLUPS[supply.KEY]
    assert rollup.most_buckets() == rollup.most_buckets(of_few=True) == 124
