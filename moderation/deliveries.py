"""Sending what was written down: in order for each target, again and again until it is accepted or given up."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Min, QuerySet
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
# An address that is away is left alone until the next run.
MOST_MISSES = 3
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
        webhook__workspace=workspace, webhook__enabled=True, status=Delivery.Status.PENDING
    )
    heads = waiting.order_by().values("webhook_id", "target").annotate(first=Min("id")).values("first")
    return Delivery.objects.filter(pk__in=heads, next_attempt_at__lte=at)


def anything_waits(workspace: Workspace) -> bool:
    return due(workspace, timezone.now()).exists()


def deliver(workspace: Workspace) -> Sent:
    """Send what is due. Whoever is killed after an answer sends the same once more, under the same id."""
    sent = Sent()
    ends = time.monotonic() + RUN_SECONDS
    for hook in Webhook.objects.filter(workspace=workspace, enabled=True).order_by(F("failures"), "pk"):
        misses = 0
        while misses < MOST_MISSES and (batch := list(_next(workspace, hook))):
            for delivery in batch:
                misses = 0 if _send(hook, delivery, sent) else misses + 1
                if misses == MOST_MISSES or time.monotonic() > ends:
                    misses = MOST_MISSES
                    break
    return sent


def _next(workspace: Workspace, hook: Webhook) -> QuerySet[Delivery]:
    return due(workspace, timezone.now()).filter(webhook=hook).order_by("next_attempt_at", "id")[:AT_ONCE]


def _send(hook: Webhook, delivery: Delivery, sent: Sent) -> bool:
    """Whether it was accepted."""
    answer, is_accepted = _attempt(hook, delivery)
    now = timezone.now()
    attempts = delivery.attempts + 1
    facts = {"attempts": attempts, "answer": answer[:ANSWER_CHARACTERS]}
    row = Delivery.objects.filter(pk=delivery.pk)
    if is_accepted:
        row.update(**facts, status=Delivery.Status.DELIVERED, ended_at=now)
        Webhook.objects.filter(pk=hook.pk).update(answered_at=now, failures=0, error="")
        sent.accepted += 1
        return True
    if now >= delivery.give_up_at:
        row.update(**facts, status=Delivery.Status.GIVEN_UP, ended_at=now)
        sent.given_up += 1
    else:
        row.update(**facts, next_attempt_at=now + pause_after(attempts))
        sent.failed += 1
    Webhook.objects.filter(pk=hook.pk).update(failures=F("failures") + 1, error=facts["answer"])
    return False


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
