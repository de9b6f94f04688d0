"""Who is a test account: people whom a pattern matches, from the day on which it holds.

Patterns are a definition, so they have versions, owners, a preview and a way back. Whom they match is kept in
ingestion_excludedactor, which the views of events join: nothing is written into events, and every fill first looks who
is matched by now, since ids, e-mails and merges come later than events.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection

from analytics import definitions, realtime
from analytics.definitions import DEFINITIONS, Definition, Effect, Turned
from config.lib.locks import lock_in_transaction
from config.lib.sql import statement
from config.models import Workspace

KEY = "test_accounts"
MATCH = statement("analytics", "match_test_accounts")
# Traits that name a person, in small letters.
TRAITS = ["email", "e-mail", "e_mail", "mail", "emailaddress", "email_address", "username", "user_name", "login"]
# A pattern that says less matches nearly everybody.
SHORTEST = 2


def check(value: dict[str, Any]) -> None:
    """Raises ValidationError for a pattern that says too little."""
    for pattern in value["patterns"]:
        if len(pattern.replace("*", "").strip()) < SHORTEST:
            raise ValidationError({"patterns": f"{pattern!r} is too short: it would match nearly everybody."})


def expression(pattern: str) -> str:
    """What a pattern matches as a whole, as a regular expression of PostgreSQL.

    With * or @: an id or e-mail like it, * being anything. A domain: the e-mails of it and of those below it. Any other
    word: the id or the part of an e-mail before the @.
    """
    words = pattern.strip()
    escaped = re.sub(r"([^\w*])", r"\\\1", words, flags=re.ASCII).replace("*", ".*")
    if "*" in words or "@" in words:
        return f"^{escaped}$"
    if "." in words:
        return rf"^.*@(.*\.)?{escaped}$"
    return f"^{escaped}(@.*)?$"


def match(workspace: Workspace) -> list[Turned]:
    """Look who is matched now; who that changes. Call it within a transaction."""
    lock_in_transaction(f"test_accounts:{workspace.pk}")
    held = [
        {"since": one.since.isoformat(), "until": one.until.isoformat(), "pattern": expression(pattern)}
        for one in definitions.held(workspace, KEY)
        for pattern in one.value["patterns"]
    ]
    parameters: dict[str, Any] = {
        "workspace_id": workspace.pk,
        "time_zone": workspace.time_zone,
        "patterns": json.dumps(held),
        "keys": TRAITS,
    }
    with connection.cursor() as cursor:
        cursor.execute(MATCH, parameters)
        changed = [Turned(*row) for row in cursor.fetchall()]
    if changed:
        realtime.recount(workspace.pk)
    return changed


def take_effect(workspace: Workspace) -> Effect:
    """match(), and the hours that have to be counted again for it."""
    people = match(workspace)
    return Effect({hour for one in people for hour in one.hours}, people)


DEFINITIONS.register(
    Definition(
        KEY,
        "Test accounts",
        "People who are out of every count, unless somebody asks for them. A word matches an id or the part of an "
        "e-mail before the @; a domain matches the e-mails of it; with * or @ a pattern is held against the whole id "
        "or e-mail, * being anything. Capitals do not matter.",
        {"patterns": ["test", "example.com", "example.net", "example.org"]},
        check=check,
        effect=take_effect,
    )
)
