"""Sending what was written down: in order for each target, again and again until it is accepted or given up."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from config.lib import posting
from config.lib.addresses import AddressRefused
from config.lib.posting import PostFailed
from config.lib.sealing import Unreadable
from config.models import Workspace
from moderation import webhooks
from moderation.models import Delivery, Webhook

TIMEOUT_SECONDS = 10.0
# 10 s after the first failure, then three times as long each time, up to 6 hours.
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = timedelta(seconds=10), 3, timedelta(hours=6)
# So that all that waited for an address do not come back at once.
JITTER = 0.2
# After so many failures in a row an address is left alone: 10 s, then three times as long each time, up to 20 minutes.
MOST_MISSES, LONGEST_REST = 3, timedelta(minutes=20)
RUN_SECONDS = 50.0
AT_ONCE = 50
KEPT_FOR = timedelta(days=30)
ANSWER_CHARACTERS = 300
_random = secrets.SystemRandom()


@dataclass(slots=True)
class Sent:
    accepted: int = 0
    failed: int = 0
    given_up: int = 0


def due(workspace: Workspace, at: datetime) -> QuerySet[Delivery]:
    """What may be sent: the first of each target that waits, where its pause is over."""
    waiting = Delivery.objects.filter(
        Q(webhook__next_attempt_at__isnull=True) | Q(webhook__next_attempt_at__lte=at),
        webhook__workspace=workspace,
        webhook__enabled=True,
        status=Delivery.Status.PENDING,
    )
    heads = waiting.order_by().values("webhook_id", "target").annotate(first=Min("id")).values("first")
    return Delivery.objects.filter(pk__in=heads, next_attempt_at__lte=at)


def anything_waits(workspace: Workspace) -> bool:
    return due(workspace, timezone.now()).exists()


def deliver(workspace: Workspace) -> Sent:
    """Send what is due. Whoever is killed after an answer sends the same once more, under the same id."""
    sent = Sent()
    ends = time.monotonic() + RUN_SECONDS
    sent.given_up += _give_up(workspace)
    for hook in Webhook.objects.filter(workspace=workspace, enabled=True).order_by("failures", "pk"):
        while time.monotonic() < ends and (batch := list(_next(workspace, hook))):
            for delivery in batch:
                _send(hook, delivery, sent)
                if hook.next_attempt_at is not None or time.monotonic() > ends:
                    break
    return sent


def _next(workspace: Workspace, hook: Webhook) -> QuerySet[Delivery]:
    return due(workspace, timezone.now()).filter(webhook=hook).order_by("next_attempt_at", "id")[:AT_ONCE]


def _send(hook: Webhook, delivery: Delivery, sent: Sent) -> None:
    answer, is_accepted = _attempt(hook, delivery)
    now = timezone.now()
    attempts = delivery.attempts + 1
    facts = {"attempts": attempts, "answer": answer[:ANSWER_CHARACTERS]}
    row = Delivery.objects.filter(pk=delivery.pk)
    if is_accepted:
        row.update(**facts, status=Delivery.Status.DELIVERED, ended_at=now)
        hook.answered_at, hook.failures, hook.error, hook.next_attempt_at = now, 0, "", None
        _keep(hook)
        sent.accepted += 1
        return
    if now >= delivery.give_up_at:
        row.update(**facts, status=Delivery.Status.GIVEN_UP, ended_at=now)
        sent.given_up += 1
    else:
        row.update(**facts, next_attempt_at=now + pause_after(attempts))
        sent.failed += 1
    hook.failures, hook.error = hook.failures + 1, answer[:ANSWER_CHARACTERS]
    rest = hook.failures - MOST_MISSES + 1
    hook.next_attempt_at = now + min(pause_after(rest), LONGEST_REST) if rest > 0 else None
    _keep(hook)


def _keep(hook: Webhook) -> None:
    """What an operator may have changed meanwhile is not written."""
    hook.save(update_fields=["answered_at", "failures", "error", "next_attempt_at"])


def _give_up(workspace: Workspace) -> int:
    """What an address that is away has not been asked to take in its time; how many."""
    now = timezone.now()
    away = Delivery.objects.filter(
        webhook__workspace=workspace, webhook__failures__gte=MOST_MISSES, status=Delivery.Status.PENDING
    )
    facts = {"status": Delivery.Status.GIVEN_UP, "ended_at": now}
    return Delivery.objects.filter(pk__in=away.filter(give_up_at__lte=now).values("pk")).update(**facts)


def _attempt(hook: Webhook, delivery: Delivery) -> tuple[str, bool]:
    """What came of it in words, and whether it was accepted."""
    now = timezone.now()
    try:
        headers = webhooks.headers_of(delivery, webhooks.secrets_of(hook, now), now)
        answer = posting.post(hook.url, delivery.body.encode(), headers, TIMEOUT_SECONDS)
    except Unreadable:
        return "Its secret cannot be read with this SECRET_KEY: make a new one", False
    except (PostFailed, AddressRefused) as error:
        return str(error), False
    if 200 <= answer.status < 300:  # noqa: PLR2004 what HTTP calls success
        return f"answered {answer.status}", True
    if 300 <= answer.status < 400:  # noqa: PLR2004 what HTTP calls redirection
        return f"answered {answer.status}: redirects are not followed", False
    return f"answered {answer.status}: {' '.join(answer.text.split())}", False


def pause_after(attempts: int) -> timedelta:
    """Until the next attempt, give or take a fifth."""
    # More than ten times three is past the longest by far, and no number that overflows.
    seconds = FIRST_PAUSE.total_seconds() * GROWTH ** min(attempts - 1, 10)
    return min(timedelta(seconds=seconds), LONGEST_PAUSE) * _random.uniform(1 - JITTER, 1 + JITTER)


def resend(ids: Collection[int]) -> int:
    """Send them anew, under their ids; how many."""
    now = timezone.now()
    ended = Delivery.objects.filter(pk__in=ids)
    Webhook.objects.filter(deliveries__in=ended).update(next_attempt_at=None)
    return ended.update(
        status=Delivery.Status.PENDING,
        attempts=0,
        next_attempt_at=now,
        give_up_at=now + webhooks.TRIED_FOR,
        ended_at=None,
    )


def forget(before: datetime) -> int:
    """Delete what ended before then."""
    deleted, _ = Delivery.objects.filter(ended_at__lt=before).delete()
    return deleted
