"""What the commands of every app share: naming a workspace, answering in JSON, refusing with a clear line."""

import argparse
import json
import math
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.models import Workspace


class Command(BaseCommand):
    """A command whose refusals are one line on standard error with exit code 1, and wrong usage exit code 2."""

    def add_workspace(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG", help="Slug of the workspace.")

    def add_json(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Answer as JSON, for scripts.")

    def answer(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def workspace_of(slug: str) -> Workspace:
    """Raises CommandError with the slugs there are."""
    try:
        return Workspace.objects.get(slug=slug)
    except Workspace.DoesNotExist:
        known = ", ".join(Workspace.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no workspace {slug!r} (there are: {known})") from None


def message_of(error: ValidationError) -> str:
    """A validation error in one line, each message with its field."""
    if hasattr(error, "error_dict"):
        return "; ".join(f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
    return "; ".join(error.messages)


def a_date(text: str) -> date:
    """An argparse type: YYYY-MM-DD."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Nothing comes before the first and after the last year of the calendar, which reading a day looks at.
    if day is None or not MINYEAR < day.year < MAXYEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-01-31")
    return day


def a_date_or_instant(text: str) -> date | datetime:
    """An argparse type: YYYY-MM-DD, or ISO 8601 with a time, naive where it has no offset."""
    try:
        moment = datetime.fromisoformat(text) if len(text) > len("2026-01-31") else None
    except ValueError:
        moment = None
    if moment is None:
        return a_date(text)
    if not MINYEAR < moment.year < MAXYEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant such as 2026-01-31T18:00Z")
    return moment


def seconds(text: str) -> timedelta:
    """An argparse type: a number of seconds from 0 to those of a year."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= timedelta(days=365).total_seconds():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to those of a year")
    return timedelta(seconds=number)


def positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    """An argparse type: a number above 0."""

    def convert(text: str) -> float:
        try:
            number = kind(text)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
        return number

    return convert
