"""Rings of transfers: points that people pass on until they come back, found for somebody to judge."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg.errors import QueryCanceled

from analytics import definitions
from analytics.definitions import DEFINITIONS, Definition
from config.lib.buckets import day_of
from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import User, Workspace
from economy.models import Transfer, TransferRing

KEY = "transfer_rings"
SEARCH = statement("economy", "transfer_rings")
# More of them at once are no list that somebody goes through.
MOST_RINGS = 1_000
LONGEST_SEARCH = timedelta(minutes=2)

DEFINITIONS.register(
    Definition(
        KEY,
        "Rings of transfers",
        "Points go round where up to so many people pass them on within so many days, each to the next and the last to "
        "the first. What one gives the next in these days counts from so many points on, and is no less than "
        "that share of what any other of them gives.",
        {"days": 7, "people": 4, "least_points": 10, "least_share": 0.5},
        limits={"days": (1, 90), "people": (2, 6), "least_points": (1, 10**12), "least_share": (0, 1)},
    )
)


class TooMany(Exception):  # noqa: N818 named as the caller sees it
    """So many people give each other points that rings cannot be told in time."""


@dataclass(frozen=True, slots=True)
class Ring:
    """accounts in the order in which the points went; points that went all the way round."""

    accounts: list[int]
    points: int
    transfers: int
    first_at: datetime
    last_at: datetime


def search(workspace: Workspace, days: int | None = None, until: datetime | None = None) -> list[Ring]:
    """Those of the days before an instant, the largest first; writes nothing.

    days None: as many as the definition says, and until None: now. Raises TooMany.
    """
    until = until or timezone.now()
    said = definitions.current(workspace, KEY, day_of(until, workspace.zone))
    parameters = {
        "workspace_id": workspace.pk,
        "since": until - timedelta(days=said["days"] if days is None else days),
        "until": until,
        "least_points": said["least_points"],
        "least_share": said["least_share"],
        "most_people": said["people"],
        "most": MOST_RINGS,
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            milliseconds = int(LONGEST_SEARCH.total_seconds() * 1000)
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            cursor.execute(SEARCH, parameters)
            return [Ring(*row) for row in cursor.fetchall()]
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooMany(
                "So many people give each other points that rings cannot be told in time: let the definition "
                "“Rings of transfers” count from more points on, or with fewer people"
            ) from None
        raise


def note(workspace: Workspace) -> int:
    """Write what is found; the number of rings that are new. Raises TooMany."""
    found, now, new = search(workspace), timezone.now(), 0
    with transaction.atomic():
        lock_in_transaction(f"economy.rings:{workspace.pk}")
        known: dict[tuple[int, ...], TransferRing] = {}
        rows = TransferRing.objects.filter(workspace=workspace, accounts__in=[one.accounts for one in found])
        for row in rows.order_by("last_at", "id"):
            known[tuple(row.accounts)] = row
        for one in found:
            before = known.get(tuple(one.accounts))
            if before is not None and before.last_at >= one.last_at:
                continue
            if before is not None and before.status == TransferRing.Status.OPEN:
                before.points, before.transfers, before.last_at = one.points, one.transfers, one.last_at
                before.save(update_fields=["points", "transfers", "last_at"])
                continue
            TransferRing.objects.create(workspace=workspace, found_at=now, **asdict(one))
            new += 1
    return new


def judge(ring: TransferRing, by: User) -> None:
    """Save what somebody made of it: its status and note; opened again it is nobody's."""
    is_open = ring.status == TransferRing.Status.OPEN
    ring.decided_by, ring.decided_at = (None, None) if is_open else (by, timezone.now())
    ring.save(update_fields=["status", "note", "decided_by", "decided_at"])


def evidence(ring: TransferRing, most: int) -> list[Transfer]:
    """The latest transfers from each of its people to the next, since the first that was found."""
    pairs = zip(ring.accounts, [*ring.accounts[1:], ring.accounts[0]], strict=True)
    gifts = reduce(or_, (Q(from_account=giver, to_account=taker) for giver, taker in pairs))
    rows = Transfer.objects.filter(gifts, workspace=ring.workspace_id)
    rows = rows.filter(occurred_at__range=(ring.first_at, ring.last_at)).exclude(kind=Transfer.Kind.REVERSAL)
    return list(rows.select_related("from_account", "to_account").order_by("-number")[:most])
