"""Laws that every registered rollup keeps, whoever wrote it: in which order events come and buckets are filled, and how
often, makes no difference to the tables. New rollups are held to them without a line here.
"""

import json
import random
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction

from analytics.models import OpenBucket
from analytics.rollups import engine
from analytics.rollups.rollup import ROLLUPS, in_order
from ingestion import contexts, partitions, registry, store
from ingestion.simulation import SYSTEMS, history
from tests.analytics.community import TIME_ZERO, Community, at
from tests.factories.analytics import FunnelFactory

DAYS = 40
END = TIME_ZERO + timedelta(days=DAYS)
# When a row was made, and which number it was given.
NOT_COMPARED = {"calculated_at", "id"}


def happenings(seed):
    """Of each kind of community some events of 40 days, with visitors who turn out to be members."""
    chance = random.Random(seed)
    events = []
    for system in SYSTEMS:
        past = list(history(system, seed=seed, days=DAYS, members=5, end=END))
        events += chance.sample(past, min(70, len(past)))
        # Something that goes on over days and midnights, and not single events alone.
        start = chance.randrange(len(past))
        events += past[start : start + 30]
    for number in range(4):
        for visit in range(4):
            moment = at(chance.randrange(DAYS), f"{chance.randrange(24):02}:{chance.randrange(60):02}")
            events.append(
                {
                    "event_name": "post_created" if visit else "page_view",
                    "event_id": f"visit-{number}-{visit}",
                    "anonymous_id": f"visitor-{number}",
                    "timestamp": moment.isoformat(),
                    "properties": {"post_id": f"p-{number}-{visit}"},
                }
            )
        events.append(
            {
                "type": "identify",
                "messageId": f"identify-{number}",
                "anonymousId": f"visitor-{number}",
                "userId": f"member-{number % 2}",
                "timestamp": at(chance.randrange(DAYS)).isoformat(),
            }
        )
    return events


@pytest.fixture
def community(db):
    community = Community("commons", "America/New_York")
    FunnelFactory(workspace=community.workspace)
    return community


@contextmanager
def world():
    """What is stored and filled in the block is undone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    for module in (partitions, store, contexts):
        module.forget()
    registry._known.clear()


def tables(community):
    """Every row of every rollup, by its key; fractions as far as adding up in another order leaves them."""
    found = {}
    with connection.cursor() as cursor:
        for rollup in ROLLUPS:
            cursor.execute(
                f"SELECT to_jsonb(r)::text FROM {rollup.table} r WHERE workspace_id = %s", [community.workspace.pk]
            )
            found[rollup.key] = sorted(_comparable(json.loads(text)) for (text,) in cursor.fetchall())
    return found


def _comparable(row):
    kept = {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
    return json.dumps({name: value for name, value in kept.items() if name not in NOT_COMPARED}, sort_keys=True)


def in_one_go(community, events):
    community.store(events, END)
    community.fill()
    return tables(community)


def differences(one, other):
    return {key: (set(one[key]) ^ set(other[key])) for key in one if one[key] != other[key]}


@pytest.mark.parametrize("seed", [1, 2])
def test_late_batches_in_any_order_with_fills_between_give_what_one_fill_of_all_gives(community, seed):
    events, chance = happenings(seed), random.Random(seed)
    with world():
        expected = in_one_go(community, events)
    # Nothing is said of a table that stays empty; what came in is counted in Redis, which no world undoes, and the
    # numbers of moderation and of points have laws of their own.
    apart = {"arrival_daily", "bots", "moderation_metrics_daily", "point_economy_daily"}
    assert {key for key, rows in expected.items() if not rows} <= apart

    with world():
        shuffled = chance.sample(events, len(events))
        cuts = sorted({0, len(events), *(chance.randrange(len(events)) for _ in range(3))})
        for first, last in pairwise(cuts):
            community.store(shuffled[first:last], END)
            some = chance.sample([rollup.key for rollup in ROLLUPS], chance.randint(1, len(ROLLUPS)))
            # Some of them, or all.
            fill = engine.bring_up_to_date(community.workspace, only=some if chance.random() < 0.5 else None)
            assert fill.failed == {}
        community.fill()
        assert differences(tables(community), expected) == {}
        assert not OpenBucket.objects.exists()


@pytest.mark.parametrize("seed", [3])
def test_filling_anything_again_in_any_order_and_number_changes_nothing(community, seed):
    chance = random.Random(seed)
    expected = in_one_go(community, happenings(seed))

    for rollup in (chance.choice(in_order()) for _ in range(12)):
        first = rollup.bucket_of(at(chance.randrange(-3, DAYS)), community.workspace)
        chunk = rollup.between(first, first + chance.randint(1, 3) * rollup.step, community.workspace)
        engine.fill_chunk(rollup, community.workspace, chunk, END)
    community.fill()
    assert differences(tables(community), expected) == {}

    engine.prepare(community.workspace, at(-40), at(DAYS + 1))
    community.fill()
    assert differences(tables(community), expected) == {}


def test_another_workspace_is_left_as_it_is(community):
    other = Community("commons-other", "Asia/Kathmandu")
    before = in_one_go(other, happenings(5))
    in_one_go(community, happenings(4))
    engine.prepare(community.workspace, at(-40), at(DAYS + 1))
    community.fill()

    assert differences(tables(other), before) == {}
