"""A workspace whose people earn and spend for some weeks, up to now."""

from datetime import timedelta
from random import Random

from django.utils import timezone

from analytics.rollups import engine
from economy import health, ledger, supply
from economy.models import Account
from tests.factories.economy import entry
from tests.factories.ingestion import ActorFactory

MINT, SINK, REDEMPTION = Account.Kind.MINT, Account.Kind.SINK, Account.Kind.REDEMPTION
COSTS = {"post_creation": 5, "comment_creation": 2, "like_cost": 1}


def trade(workspace, days=40, people=30, seed=1):
    """Everybody joins with 100 points, spends some every day, and a few are liked much; filled, and looked at."""
    chance, now = Random(seed), timezone.now()
    workspace.created_at = now - timedelta(days=days)
    workspace.save()
    ids = [ActorFactory(workspace=workspace, distinct_id=f"member-{n}").actor_id for n in range(people)]
    entries = []
    for n, person in enumerate(ids):
        joined = days - chance.randrange(days // 2)
        for ago in range(joined, -1, -1):
            at = {"occurred_at": now - timedelta(days=ago, minutes=chance.randrange(1, 60))}
            if ago == joined:
                entries.append(entry(MINT, person, 100, kind="registration_bonus", **at))
            kind = chance.choice(list(COSTS))
            entries.append(entry(person, SINK, COSTS[kind], kind=kind, **at))
            if chance.random() < 1 / (n + 2):
                entries.append(entry(MINT, person, chance.choice([3, 30]), kind="like_reward", **at))
    ledger.post_many(workspace, entries)
    engine.bring_up_to_date(workspace, only=[supply.KEY])
    health.check(workspace)
    return ids
