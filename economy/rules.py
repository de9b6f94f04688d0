"""The rules of a workspace: versions that hold from a day on, how one comes to be, and the forum's to begin with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from config.lib.locks import lock_in_transaction
from config.models import User, Workspace
from economy.models import PointMode, RuleVersion, Transfer

Effect = RuleVersion.Effect
Mode = PointMode.Mode
# Who is paid can spend it on the same event.
ORDER = (Effect.REWARD, Effect.COST, Effect.AUTHOR_REWARD, Effect.MILESTONE, Effect.REFUND)
# What a version takes over from the one before where nothing else is said.
FIELDS = (
    "enabled",
    "event",
    "on_opposite",
    "effect",
    "amount",
    "takes_value",
    "kind",
    "at_count",
    "refunds",
    "burn_percent",
    "most_per_day",
    "cooldown_seconds",
    "once_per_person",
)
# metrics.md 3
FORUM: dict[str, dict[str, Any]] = {
    "registration_bonus": {
        "event": "user_registered",
        "effect": Effect.REWARD,
        "amount": 100,
        "kind": Transfer.Kind.REGISTRATION_BONUS,
        "once_per_person": True,
    },
    "create_post": {"event": "post_created", "effect": Effect.COST, "amount": 5, "kind": Transfer.Kind.POST_CREATION},
    "create_comment": {
        "event": "comment_created",
        "effect": Effect.COST,
        "amount": 2,
        "kind": Transfer.Kind.COMMENT_CREATION,
    },
    "like_content": {"event": "like_given", "effect": Effect.COST, "amount": 1, "kind": Transfer.Kind.LIKE_COST},
    **{
        f"likes_{count}": {
            "event": "like_given",
            "effect": Effect.MILESTONE,
            "amount": amount,
            "kind": Transfer.Kind.LIKE_REWARD,
            "at_count": count,
        }
        for count, amount in ((10, 3), (100, 30), (1_000, 350))
    },
    "redemption": {
        "event": "points_redeemed",
        "effect": Effect.COST,
        "amount": 10_000,
        "takes_value": True,
        "kind": Transfer.Kind.REDEMPTION,
    },
}


@dataclass(frozen=True, slots=True)
class Rules:
    """All versions of the rules of a workspace, the one that holds last of a key's last."""

    versions: list[RuleVersion]
    _by_day: dict[date, dict[tuple[str, bool], list[RuleVersion]]]

    @classmethod
    def of(cls, versions: Iterable[RuleVersion]) -> Rules:
        return cls(sorted(versions, key=lambda row: (row.key, row.valid_from, row.version)), {})

    def holding(self, day: date) -> dict[str, RuleVersion]:
        """By key, those that are off too."""
        return {row.key: row for row in self.versions if row.valid_from <= day}

    def acting(self, day: date, event: str, *, opposite: bool) -> list[RuleVersion]:
        """What holds on the day for events of that name, in the order in which they act."""
        found = self._by_day.get(day)
        if found is None:
            found = self._by_day[day] = defaultdict(list)
            for row in sorted(self.holding(day).values(), key=lambda row: ORDER.index(Effect(row.effect))):
                if row.enabled:
                    found[row.event, row.on_opposite].append(row)
        return found.get((event, opposite), [])

    def events(self, *effects: Effect) -> set[str]:
        """Names of the events that any version acts on; with effects, any version of these."""
        return {row.event for row in self.versions if not effects or row.effect in effects}

    def refunded(self) -> set[str]:
        """Keys of the rules that others give back."""
        return {row.refunds for row in self.versions if row.refunds}


def of_workspace(workspace: Workspace) -> Rules:
    return Rules.of(RuleVersion.objects.filter(workspace=workspace))


def mode_of(workspace_id: int) -> Mode:
    row = PointMode.objects.filter(workspace=workspace_id).first()
    return Mode.OFF if row is None else Mode(row.mode)


def set_mode(workspace: Workspace, mode: str) -> None:
    """Raises ValidationError."""
    if mode not in Mode:
        raise ValidationError({"mode": f"There is no mode {mode!r} (there are: {', '.join(Mode)})."})
    PointMode.objects.update_or_create(workspace=workspace, defaults={"mode": mode})


def change(
    workspace: Workspace, key: str, said: dict[str, Any], valid_from: date, *, by: User | None = None, note: str = ""
) -> RuleVersion:
    """A version of a rule from a day on: what is not said is as on that day before it, or the default of its field.

    Raises ValidationError by field, also where it would change nothing.
    """
    if unknown := sorted(said.keys() - set(FIELDS)):
        raise ValidationError({unknown[0]: f"A rule has no such field (there are: {', '.join(FIELDS)})."})
    known = _known(workspace, key, valid_from) | said
    row = RuleVersion(workspace=workspace, key=key, valid_from=valid_from, owner=by, note=note, **known)
    row.full_clean(exclude={"version"})
    check_news(row)
    return add(row)


def check_news(row: RuleVersion) -> None:
    """Raises ValidationError where the version would change nothing."""
    if {name: getattr(row, name) for name in FIELDS} == _known(row.workspace, row.key, row.valid_from):
        raise ValidationError(f"That is what {row.key} is on {row.valid_from} already.")


def add(row: RuleVersion) -> RuleVersion:
    """Write a version that was checked, as the latest of its key."""
    with transaction.atomic():
        lock_in_transaction(f"rules of points:{row.workspace_id}")
        latest = RuleVersion.objects.filter(workspace=row.workspace_id, key=row.key).aggregate(Max("version"))
        row.version = 1 + (latest["version__max"] or 0)
        row.save(force_insert=True)
    return row


def _known(workspace: Workspace, key: str, day: date) -> dict[str, Any]:
    """What the rule is on the day; {} where there is none."""
    row = Rules.of(RuleVersion.objects.filter(workspace=workspace, key=key)).holding(day).get(key)
    return {} if row is None else {name: getattr(row, name) for name in FIELDS}


def load_forum(workspace: Workspace, valid_from: date, *, by: User | None = None) -> list[RuleVersion]:
    """The forum's default rules that the workspace does not have, from a day on. Raises ValidationError."""
    with transaction.atomic():
        known = set(RuleVersion.objects.filter(workspace=workspace).values_list("key", flat=True))
        return [
            change(workspace, key, said, valid_from, by=by, note="Default of a forum")
            for key, said in FORUM.items()
            if key not in known
        ]
