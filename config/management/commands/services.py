"""`manage.py services start|stop|status`: the embedded PostgreSQL and Redis by hand."""

import json
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from config.embedded import ServiceError, Services
from config.lib.redis import client

VARIABLES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}


class Command(BaseCommand):
    help = (
        "Starts, stops or shows the embedded PostgreSQL and Redis. Started ones go on until they are stopped. A server "
        "that DATABASE_URL or REDIS_URL names is only shown. Status ends with 1 when one of them does not answer."
    )
    # It has to work while the database is down.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])
        parser.add_argument("--json", action="store_true", help="print the state as one JSON object")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        services = Services(settings.VAR_DIR)
        try:
            for server in services.members.values():
                if action == "start":
                    server.start()
                elif action == "stop":
                    server.stop()
        except ServiceError as error:
            raise CommandError(str(error)) from error
        states = {name: _state(services, name) for name in VARIABLES}
        if options["json"]:
            self.stdout.write(json.dumps(states, indent=2))
        else:
            for name, state in states.items():
                self.stdout.write(f"{name:9} {'up' if state['up'] else 'down':5} {state['where']}")
        if action == "status" and not all(state["up"] for state in states.values()):
            raise SystemExit(1)


def _state(services: Services, name: str) -> dict[str, Any]:
    """{"up": bool, "embedded": bool, "where": folder or host, "pid": number or None, "log": path or None}"""
    server = services.members.get(name)
    if server is not None:
        up = server.running()
        return {"up": up, "embedded": True, "where": str(server.data), "pid": server.pid(), "log": str(server.log)}
    up, where = _given_postgres() if name == "postgres" else _given_redis()
    return {"up": up, "embedded": False, "where": f"{VARIABLES[name]}: {where}", "pid": None, "log": None}


def _given_postgres() -> tuple[bool, str]:
    """Whether the server of DATABASE_URL answers, and its address without the password."""
    where = f"{connection.settings_dict['HOST']}:{connection.settings_dict['PORT'] or 5432}"
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False, where
    return True, where


def _given_redis() -> tuple[bool, str]:
    """Whether the server of REDIS_URL answers, and its address without the password."""
    parts = urlsplit(settings.REDIS_URL)
    where = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    try:
        client().ping()
    except RedisError:
        return False, where
    return True, where
