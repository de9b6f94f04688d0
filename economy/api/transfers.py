"""Transfers by the team's own application."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.errors import ERROR, ApiError
from config.models import Workspace
from economy import ledger
from economy.api.keys import LedgerView, person_of, source_of, workspace_of
from economy.entries import LONGEST_KEY, LONGEST_TEXT, OWN_KEYS, Entry, InvalidEntry, Party
from economy.models import MOST_POINTS, Account, RefusedTransfer, Transfer
from ingestion import clock

PLACES = [kind for kind in Account.Kind if kind != Account.Kind.PERSON]
# Operators reverse.
KINDS = [choice for choice in Transfer.Kind.choices if choice[0] != Transfer.Kind.REVERSAL]
FIELDS = {"from", "to", "amount", "kind", "idempotency_key", "reference", "occurred_at"}
PARTY = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"person": {"type": "string", "description": "Any distinct id of the person, or a uuid."}},
            "required": ["person"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"account": {"type": "string", "enum": [kind.value for kind in PLACES]}},
            "required": ["account"],
            "additionalProperties": False,
        },
    ]
}
REQUEST = {
    "type": "object",
    "properties": {
        "from": PARTY,
        "to": PARTY,
        "amount": {"type": "integer", "minimum": 1, "maximum": MOST_POINTS},
        "kind": {"type": "string", "enum": [key for key, _ in KINDS]},
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
        "reference": {"type": "string", "maxLength": LONGEST_TEXT},
        "occurred_at": {"type": "string", "format": "date-time", "description": "Else when it is recorded."},
    },
    "required": ["from", "to", "amount", "kind", "idempotency_key"],
    "additionalProperties": False,
}
POSTED = inline_serializer(
    "TransferAnswer",
    {
        "status": serializers.CharField(),
        "data": inline_serializer(
            "TransferData",
            {
                "number": serializers.IntegerField(),
                "idempotency_key": serializers.CharField(),
                "repeated": serializers.BooleanField(),
            },
        ),
    },
)


class TransfersView(LedgerView):
    """Move points. The same idempotency key again gets the answer that it had."""

    @extend_schema(
        operation_id="transfer",
        request={"application/json": REQUEST},
        responses={201: POSTED, 200: POSTED, **dict.fromkeys((400, 401, 403, 404, 409, 413, 422), ERROR)},
        examples=[
            OpenApiExample(
                "a like",
                value={
                    "from": {"person": "42"},
                    "to": {"account": "sink"},
                    "amount": 1,
                    "kind": "like_cost",
                    "idempotency_key": "like:981",
                    "reference": "post:7",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        if not source_of(request).enabled:
            raise ApiError(403, "source_disabled", "The source of this key is switched off")
        workspace = workspace_of(request)
        try:
            outcome = ledger.post(workspace, entry_of(workspace, request.data))
        except InvalidEntry as error:
            raise ApiError(400, "invalid_transfer", str(error)) from None
        except ledger.Conflict as conflict:
            raise ApiError(409, "conflict", str(conflict), {"idempotency_key": conflict.key}) from None
        if outcome.why is not None:
            why = RefusedTransfer.Why(outcome.why)
            raise ApiError(422, why.value, str(why.label), {"idempotency_key": outcome.key})
        data = {"number": outcome.number, "idempotency_key": outcome.key, "repeated": not outcome.is_new}
        return Response({"status": "success", "data": data}, status=201 if outcome.is_new else 200)


def entry_of(workspace: Workspace, body: Any) -> Entry:
    """Raises InvalidEntry, and ApiError 404 for a person who is not there."""
    if not isinstance(body, dict):
        raise InvalidEntry("A transfer is a JSON object")
    if unknown := sorted(set(body) - FIELDS):
        raise InvalidEntry(f"A transfer has no field {unknown[0][:50]!r} (there are: {', '.join(sorted(FIELDS))})")
    if missing := sorted({"from", "to", "amount", "kind", "idempotency_key"} - set(body)):
        raise InvalidEntry(f"`{missing[0]}` is missing")
    key = body["idempotency_key"]
    if isinstance(key, str) and key.startswith(OWN_KEYS):
        raise InvalidEntry(f"Keys that begin with {OWN_KEYS} are the ledger's own")
    if body["kind"] == Transfer.Kind.REVERSAL:
        raise InvalidEntry("Operators reverse; send a refund instead")
    return Entry(
        source=_party(workspace, "from", body["from"]),
        target=_party(workspace, "to", body["to"]),
        amount=body["amount"],
        kind=body["kind"],
        key=key,
        reference=body.get("reference", ""),
        occurred_at=_moment(body.get("occurred_at")),
    )


def _party(workspace: Workspace, field: str, named: Any) -> Party:
    match named:
        case {"person": person, **others} if not others:
            return person_of(workspace, person)
        case {"account": str(account), **others} if not others and account in PLACES:
            return Account.Kind(account)
    places = ", ".join(kind.value for kind in PLACES)
    raise InvalidEntry(f'`{field}` is {{"person": ID}} or {{"account": one of {places}}}')


def _moment(said: Any) -> datetime | None:
    if said is None:
        return None
    try:
        if not isinstance(said, str):
            raise ValueError("no text")  # noqa: TRY004 told as any other
        return clock.parse(said)
    except ValueError:
        raise InvalidEntry("`occurred_at` is ISO 8601 text, such as 2026-01-31T18:00:00Z") from None
