"""How a figure is printed, and how a bench starts from nothing."""

import os
import platform

from django.core.management import call_command
from django.db import connection

from config.lib.redis import client
from ingestion import keys, partitions, registry, store


def heading():
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {_version()}", flush=True)
    print(f"{'figure':58}{'measured':>14}{'limit':>14}", flush=True)


def figure(name, value, limit="", unit=""):
    """One line; value and limit in the same unit, `>=` or `<` in front of the limit says which side is good."""
    shown = f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    print(f"{name:58}{shown + ' ' + unit:>14}{limit:>14}", flush=True)


def reset():
    """An empty database of the newest schema, and processes that know nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    client().flushdb()
    call_command("migrate", verbosity=0)
    for module in (partitions, store, keys):
        module.forget()
    registry._known.clear()


def _version():
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return cursor.fetchone()[0]
