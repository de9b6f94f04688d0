"""What may be asked of the ledger, and what is wrong with the rest. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from economy.models import MOST_POINTS, Account, Transfer
from ingestion.clock import EARLIEST

LONGEST_KEY = 200
LONGEST_TEXT = 1_000
# A clock may be ahead.
FUTURE_TOLERATED = timedelta(days=1)
# Keys that the ledger makes itself begin so; nobody else's may.
OWN_KEYS = "agora:"

# A person by uuid, or one of the workspace's own accounts.
Party = UUID | Account.Kind


class InvalidEntry(Exception):  # noqa: N818 named as its caller sees it
    """What is wrong with an entry, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer as it is asked for. occurred_at None: when it is recorded."""

    source: Party
    target: Party
    amount: int
    kind: str
    key: str
    occurred_at: datetime | None = None
    reference: str = ""
    rule: str | None = None
    event_id: UUID | None = None
    reverses: int | None = None
    made_by: int | None = None
    reason: str = ""


def check(entry: Entry, now: datetime) -> None:
    """Raises InvalidEntry with what is wrong and what would be right."""
    _check_amount(entry.amount)
    if entry.kind not in _KINDS:
        raise InvalidEntry(f"There is no kind {_shown(entry.kind)} (there are: {', '.join(_KINDS)})")
    if (entry.kind == Transfer.Kind.REVERSAL) != (entry.reverses is not None):
        raise InvalidEntry("A reversal names the transfer that it takes back, and nothing else does")
    if Account.Kind.PERSON in (entry.source, entry.target):
        raise InvalidEntry("A person is named by uuid")
    if entry.source == entry.target:
        raise InvalidEntry("A transfer goes from one account to another")
    _check_text("The idempotency key", entry.key, LONGEST_KEY)
    if not entry.key:
        raise InvalidEntry("A transfer needs an idempotency key")
    _check_text("A reference", entry.reference, LONGEST_TEXT)
    _check_text("A reason", entry.reason, LONGEST_TEXT)
    _check_text("A rule", entry.rule or "", LONGEST_KEY)
    if entry.occurred_at is not None:
        _check_time(entry.occurred_at, now)


_KINDS = tuple(str(kind) for kind in Transfer.Kind)


def _check_amount(amount: object) -> None:
    # A bool is an int to Python and no amount to anybody.
    if type(amount) is not int:
        raise InvalidEntry(f"An amount is a whole number of points, not {_shown(amount)}")
    if not 0 < amount <= MOST_POINTS:
        raise InvalidEntry(f"An amount is from 1 to {MOST_POINTS:,} points, not {_shown(amount)}")


def _check_time(moment: datetime, now: datetime) -> None:
    if moment.tzinfo is None:
        raise InvalidEntry("The time at which it occurred needs an offset")
    if not EARLIEST <= moment <= now + FUTURE_TOLERATED:
        raise InvalidEntry(f"It occurred between {EARLIEST:%Y} and now, not at {moment.isoformat()}")


def _check_text(name: str, text: object, longest: int) -> None:
    if not isinstance(text, str):
        raise InvalidEntry(f"{name} is text, not {_shown(text)}")
    if len(text) > longest:
        raise InvalidEntry(f"{name} has at most {longest:,} characters")
    # Most texts are plain, which is quickly seen.
    if "\0" in text or not (text.isascii() or _storable(text)):
        raise InvalidEntry(f"{name} holds what cannot be stored")


def _storable(text: str) -> bool:
    """Half a surrogate pair is text in Python and none in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    """What was sent, cut short; an integer may have more digits than Python turns into text."""
    try:
        return ascii(value)[:50]
    except ValueError:
        return "a number of thousands of digits"
