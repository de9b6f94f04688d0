"""What the team's own application is told: messages, written beside what they tell of, and how they are signed.

The headers and the signature are those of Standard Webhooks, for which there are libraries in most languages.
"""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from config.alerts import Alert
from config.lib.sealing import seal, unseal
from ingestion.models import Actor
from moderation.models import Action, Appeal, Case, Delivery, Target, Webhook
from moderation.visibility import content_state

PREFIX = "whsec_"
SECRET_BYTES = 32
PURPOSE = "moderation webhook"
TRIED_FOR = timedelta(days=3)
# Of a workspace: each of them is waited for in its turn.
MOST_WEBHOOKS = 5
MOST_REPORTS = 100
# What a report calls them.
WORDS = {Target.PERSON: "user", Target.COMMUNITY: "community"}


def tell(case: Case, kind: Delivery.Kind, action: Action, appeal: Appeal | None = None) -> None:
    """Write it down for every address, in the transaction of what it tells of."""
    if ids := _ids(case.workspace_id):
        _write(ids, kind, f"{case.target}:{case.content_type}:{case.target_id}", _data(case, action, appeal))


def tell_alert(alert: Alert) -> None:
    if ids := _ids(alert.workspace_id):
        _write(ids, Delivery.Kind(alert.kind), alert.about, alert.data)


def _ids(workspace_id: int) -> list[int]:
    """Of the addresses that are told."""
    hooks = Webhook.objects.filter(workspace=workspace_id, enabled=True).exclude(sealed_secret="")
    return list(hooks.values_list("pk", flat=True))


def content_type(case: Case) -> str:
    return case.content_type if case.target == Target.CONTENT else WORDS[Target(case.target)]


def ping(hook: Webhook) -> None:
    """A message that tells of nothing, sent though the address be left alone."""
    _write([hook.pk], Delivery.Kind.PING, "ping", {})
    Webhook.objects.filter(pk=hook.pk).update(next_attempt_at=None)


def _write(ids: list[int], kind: Delivery.Kind, target: str, data: dict[str, Any]) -> None:
    now, message_id = timezone.now(), uuid.uuid4()
    message = {"type": kind.value, "timestamp": now.isoformat(), "data": data}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    Delivery.objects.bulk_create(
        Delivery(webhook_id=pk, message_id=message_id, kind=kind, target=target, body=body, give_up_at=now + TRIED_FOR)
        for pk in ids
    )


def _data(case: Case, action: Action, appeal: Appeal | None) -> dict[str, Any]:
    is_content = case.target == Target.CONTENT
    keys = action.reports.order_by("id").values_list("key", flat=True)[:MOST_REPORTS]
    data: dict[str, Any] = {
        "case": case.pk,
        "content_type": content_type(case),
        "content_id": case.target_id,
        "person_id": _distinct_id(case),
        "community_id": case.community_id or None,
        "content": content_state(case) if is_content else None,
        "action": action.kind,
        "outcome": action.outcome or None,
        "reason": action.reason or None,
        "days": action.days,
        "ends_at": action.ends_at.isoformat() if action.ends_at else None,
        "automated": action.automated,
        "report_ids": list(keys),
    }
    if appeal is not None:
        data["appeal"] = {"appeal_id": appeal.key, "status": appeal.status}
    return data


def _distinct_id(case: Case) -> str | None:
    """As the application sent it, where events have told of the person."""
    if case.target == Target.PERSON:
        return case.target_id
    if case.person_id is None:
        return None
    actors = Actor.objects.filter(workspace=case.workspace_id, actor_id=case.person_id)
    return actors.exclude(kind=Actor.Kind.SOURCE).values_list("distinct_id", flat=True).first()


def renew(hook: Webhook, overlap: timedelta) -> str:
    """A new secret, which is told here and never again; for so long the one before signs as well."""
    secret = PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    hook.sealed_secret_before = hook.sealed_secret if overlap else ""
    hook.before_until = timezone.now() + overlap if hook.sealed_secret_before else None
    hook.sealed_secret = seal(secret, PURPOSE)
    hook.save(update_fields=["sealed_secret", "sealed_secret_before", "before_until"])
    return secret


def secrets_of(hook: Webhook, at: datetime) -> list[str]:
    """Those that sign at that time. Raises Unreadable."""
    sealed = [hook.sealed_secret]
    if hook.before_until is not None and at < hook.before_until:
        sealed.append(hook.sealed_secret_before)
    return [unseal(one, PURPOSE) for one in sealed]


def headers_of(delivery: Delivery, signing: list[str], at: datetime) -> dict[str, str]:
    """Of one attempt: the id stays, the time is that of the attempt."""
    message_id, seconds = f"msg_{delivery.message_id.hex}", str(int(at.timestamp()))
    signed = f"{message_id}.{seconds}.{delivery.body}".encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Agora",
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in signing),
    }


def _signature(secret: str, signed: bytes) -> str:
    return b64encode(hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256")).decode()
