"""Which rollups could not be filled, and which wait for those: kept until they are filled again."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from analytics.models import RollupFailure
from analytics.rollups.rollup import ROLLUPS
from config.models import Workspace


def note(workspace: Workspace, filled: Collection[str], failed: dict[str, str], skipped: Collection[str]) -> None:
    """After a fill: what failed and why, what waits for it, and what is well again."""
    with transaction.atomic():
        RollupFailure.objects.filter(workspace=workspace, rollup__in=filled).delete()
        for key in (*failed, *skipped):
            RollupFailure.objects.update_or_create(
                workspace=workspace,
                rollup=key,
                defaults={
                    "failed_at": timezone.now(),
                    "error": failed.get(key, "")[:2000],
                    "waits_for": "" if key in failed else _cause(key, failed, skipped),
                },
            )


def _cause(key: str, failed: dict[str, str], skipped: Collection[str]) -> str:
    """The rollup that failed, at the beginning of all that wait for each other."""
    stopped = [one for one in ROLLUPS[key].depends_on if one in failed or one in skipped]
    return stopped[0] if stopped[0] in failed else _cause(stopped[0], failed, skipped)
