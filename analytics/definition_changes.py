"""A new version of a definition, or one retired: kept with who and why, and its days opened to be filled again.

Both are one transaction, so that no number is ever told by a definition that holds no more without saying that it is
settling.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from analytics import definitions
from analytics.definitions import DEFINITIONS, FOR_EVER, Turned
from analytics.models import DefinitionVersion
from analytics.rollups import dependents
from config.lib.locks import lock_in_transaction
from config.models import User, Workspace

LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done. value None retires the version that begins on the day."""

    key: str
    value: dict[str, Any] | None
    valid_from: date
    owner: User | None = None
    note: str = ""


def check(workspace: Workspace, change: Change) -> Change:
    """The change with a clean value. Raises ValidationError where it cannot be made or changes nothing."""
    definition = DEFINITIONS[change.key]
    standing = _standing(workspace, change.key).filter(valid_from=change.valid_from).first()
    if len(change.note) > LONGEST_NOTE or "\x00" in change.note:
        raise ValidationError({"note": f"At most {LONGEST_NOTE} characters."})
    if change.value is None:
        if standing is None:
            raise ValidationError(f"No version of {change.key} begins on {change.valid_from}.")
        return change
    value = definitions.clean(definition, change.value)
    if value == definitions.current(workspace, change.key, change.valid_from):
        raise ValidationError(f"That is what holds on {change.valid_from} already.")
    return Change(change.key, value, change.valid_from, change.owner, change.note)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many buckets were opened, and who counts otherwise."""

    opened: int
    people: list[Turned]


def apply(workspace: Workspace, change: Change) -> Applied:
    """Make it hold and open the buckets of every day it changes. Raises ValidationError as check() does."""
    with transaction.atomic():
        lock_in_transaction(f"definitions:{workspace.pk}")
        change = check(workspace, change)
        first, end = days_of(workspace, change)
        wanted = _named(workspace, change.key, first, end)
        _write(workspace, change)
        # What reaches further before the change may reach less far after it, and the other way round.
        wanted = dependents.united(wanted, _named(workspace, change.key, first, end))
        people: list[Turned] = []
        if (take_effect := DEFINITIONS[change.key].effect) is not None:
            effect = take_effect(workspace)
            people = effect.people
            wanted = dependents.united(wanted, dependents.of_hours(workspace, effect.hours))
        return Applied(dependents.open_all(workspace, wanted), people)


def days_of(workspace: Workspace, change: Change) -> tuple[date, date]:
    """The days [first, end) on which something else holds after the change."""
    later = _standing(workspace, change.key).filter(valid_from__gt=change.valid_from).order_by("valid_from").first()
    return change.valid_from, FOR_EVER if later is None else later.valid_from


def _standing(workspace: Workspace, key: str) -> Any:
    return DefinitionVersion.objects.filter(workspace=workspace, key=key, retired_at__isnull=True)


def _write(workspace: Workspace, change: Change) -> None:
    reason = change.note if change.value is None else "Replaced by another version of the same day."
    _standing(workspace, change.key).filter(valid_from=change.valid_from).update(
        retired_at=timezone.now(), retired_by=change.owner, retired_note=reason
    )
    if change.value is not None:
        DefinitionVersion.objects.create(
            workspace=workspace,
            key=change.key,
            value=change.value,
            valid_from=change.valid_from,
            owner=change.owner,
            note=change.note,
        )


def _named(workspace: Workspace, key: str, first: date, end: date) -> dependents.Wanted:
    return dependents.of_days(workspace, lambda rollup: key in rollup.definitions, first, end)
