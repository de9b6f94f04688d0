"""How long moderators look at cases, counted here and not by their browsers, and when they should take a break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from config.models import User
from moderation import policies
from moderation.models import Case, DeskPreference, Exposure

# A page that is looked at says so every 20 seconds; one that has not for so long was left.
GAP = timedelta(seconds=90)
# What lies further back is another shift.
SHIFT = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Standing:
    """Minutes of today (UTC) and since the last break; break_minutes is how long one lasts."""

    today: int
    since_break: int
    needs_break: bool
    break_minutes: int


def look(case: Case, user: User, *, is_beat: bool = False) -> None:
    """The page of the case is before the moderator: it was opened, is still looked at, or something was done there."""
    now = timezone.now()
    last = Exposure.objects.filter(case=case, user=user).order_by("-seen_at").first()
    if last is not None and now - last.seen_at <= _longest_gap(last, case):
        row = Exposure.objects.filter(pk=last.pk, seen_at__lte=now)
        row.update(seen_at=now, beats=F("beats") + int(is_beat))
    else:
        Exposure.objects.create(
            workspace_id=case.workspace_id, case=case, user=user, started_at=now, seen_at=now, beats=int(is_beat)
        )


def _longest_gap(last: Exposure, case: Case) -> timedelta:
    """A browser without JavaScript says nothing between opening a case and deciding it."""
    if last.beats:
        return GAP
    return timedelta(minutes=policies.settings_of(case.workspace_id).claim_minutes)


def standing(workspace_id: int, user: User) -> Standing:
    """Over all workspaces, by the settings of this one."""
    settings, now = policies.settings_of(workspace_id), timezone.now()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = list(
        Exposure.objects.filter(user=user, seen_at__gte=min(day, now - SHIFT))
        .order_by("-seen_at")
        .values_list("started_at", "seen_at")
    )
    today = sum((until - max(start, day) for start, until in spans if until > day), timedelta())
    since = _since_break(spans, now, timedelta(minutes=settings.break_minutes))
    limit = timedelta(minutes=settings.break_after_minutes)
    return Standing(
        today=int(today.total_seconds() // 60),
        since_break=int(since.total_seconds() // 60),
        needs_break=bool(limit) and since >= limit,
        break_minutes=settings.break_minutes,
    )


def _since_break(spans: list[tuple[datetime, datetime]], now: datetime, rest: timedelta) -> timedelta:
    """How long was looked, back to the latest time that nothing was for as long as a break; spans are latest first."""
    looked, before = timedelta(), now
    for start, until in spans:
        if before - until >= rest:
            break
        looked += until - start
        before = min(before, start)
    return looked


def preference_of(user: User) -> DeskPreference:
    """As shipped where the moderator has said nothing: blurred and in grayscale."""
    return DeskPreference.objects.filter(pk=user.pk).first() or DeskPreference(user=user)


def prefer(user: User, *, blurred: bool, grayscale: bool) -> None:
    DeskPreference.objects.update_or_create(user=user, defaults={"blurred": blurred, "grayscale": grayscale})
