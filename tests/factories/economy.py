"""Points that tests start from, written as the ledger writes them."""

import itertools
import uuid

from django.utils import timezone

from economy import corrections, ledger, rules
from economy.entries import Entry
from economy.models import Account, PointAlert, RuleVersion, Transfer, TransferRing
from tests.factories.config import UserFactory

_keys = itertools.count()


def entry(source, target, amount, **more):
    """An entry of kind transfer under a new key, where nothing else is said."""
    return Entry(source, target, amount, **({"kind": Transfer.Kind.TRANSFER, "key": f"test-{next(_keys)}"} | more))


def grant(workspace, amount, person=None, **more):
    """A person who got points from the mint."""
    person = person or uuid.uuid4()
    more = {"kind": Transfer.Kind.REGISTRATION_BONUS} | more
    assert ledger.post(workspace, entry(Account.Kind.MINT, person, amount, **more)).number
    return person


def correction(workspace, points=5_000, by=None):
    """An adjustment of somebody's points, above the limit where nothing else is said."""
    return corrections.adjust(workspace, uuid.uuid4(), points, by=by or UserFactory(), reason="<b>Contest</b>")


def rule(workspace):
    """A rule on an event type that nobody declared, from today on."""
    cost = {"event": "<b>posted</b>", "effect": "cost", "amount": 5, "kind": "post_creation", "note": "<b>note</b>"}
    return rules.add(RuleVersion(workspace=workspace, key="create_post", valid_from=timezone.now().date(), **cost))


def alert(workspace):
    """A check that fails since a moment ago."""
    now = timezone.now()
    said = {"check_key": "inflation", "severity": PointAlert.Severity.HIGH, "said": "<b>12 %</b> in a day"}
    return PointAlert.objects.create(workspace=workspace, opened_at=now, seen_at=now, **said)


def ring(workspace):
    """Two people who gave each other 20 points, to be judged."""
    now, people = timezone.now(), [uuid.uuid4(), uuid.uuid4()]
    for person in people:
        grant(workspace, 20, person)
    ledger.post_many(workspace, [entry(*people, 20), entry(*reversed(people), 20)])
    accounts = Account.objects.filter(workspace=workspace, person_id__in=people).order_by("id")
    said = {"accounts": [one.pk for one in accounts], "points": 20, "transfers": 2, "note": "<b>odd</b>"}
    return TransferRing.objects.create(workspace=workspace, first_at=now, last_at=now, found_at=now, **said)
