"""/healthz says that this process lives; /readyz that it can do its work."""

from collections.abc import Callable

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from config import upgrades
from config.lib.redis import client

HEARTBEAT_KEY = "agora:heartbeat"
# Beat sends one every 30 s.
HEARTBEAT_SECONDS = 120


def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 Django passes it
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 Django passes it
    """200 when all checks are "ok", else 503 with what is wrong. Workers need a heartbeat task within two minutes."""
    found = {name: check() for name, check in CHECKS.items()}
    ready = all(state == "ok" for state in found.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": found}, status=200 if ready else 503)


def beat() -> None:
    """Leave a heartbeat: called by a scheduled task, so it proves broker, beat and worker at once."""
    client().set(HEARTBEAT_KEY, timezone.now().isoformat(), ex=HEARTBEAT_SECONDS)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return upgrades.WHAT_TO_DO if upgrades.database_is_behind() else "ok"


def _cache() -> str:
    try:
        client().ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _workers() -> str:
    try:
        return "ok" if client().exists(HEARTBEAT_KEY) else f"no heartbeat for {HEARTBEAT_SECONDS} s"
    except redis.RedisError:
        return "unknown"


# Other rooms add theirs in AppConfig.ready. Each answers "ok" or what is wrong, and never raises.
CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "cache": _cache,
    "workers": _workers,
}
