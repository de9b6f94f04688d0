"""JWTs for an e-mail address and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings

from config import rates, tokens
from config.api.errors import ERROR, ApiError
from config.api.parsers import SmallJSONParser
from config.lib.callers import address_of
from config.models import User

# Of one address; those that succeed are not counted.
FAILURES, FAILURES_SECONDS = 20, 600
REFUSALS = dict.fromkeys((400, 401, 413, 429), ERROR)


class Credentials(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1_000, trim_whitespace=False)


class Refresh(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=tokens.LONGEST)


class GuardedView(APIView):
    """Base of the views at which somebody could guess."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (SmallJSONParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Every call counts as a failure until it has succeeded, so that calls at once are no way around."""
        super().initial(request, *args, **kwargs)
        self.counted_as = f"guesses:{rates.pseudonym(address_of(request))}"
        taken = rates.take(self.counted_as, FAILURES, FAILURES_SECONDS)
        if taken is not None and taken.refused:
            raise ApiError(
                429,
                "too_many_attempts",
                "Too many attempts from this address; wait a little",
                retry_after_seconds=taken.resets_in,
            )

    def answer(self, **data: Any) -> Response:
        rates.give_back(self.counted_as, FAILURES_SECONDS)
        lifetime = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
        return Response(data | {"expires_in": lifetime}, headers={"Cache-Control": "no-store"})


class TokenView(GuardedView):
    """A pair of JWTs: `access` goes with requests as Bearer and lasts minutes, `refresh` gets the next one."""

    @extend_schema(
        operation_id="token",
        request=Credentials,
        auth=[],
        responses={
            200: inline_serializer(
                "TokenPair",
                {
                    "access": serializers.CharField(),
                    "refresh": serializers.CharField(),
                    "expires_in": serializers.IntegerField(help_text="Seconds that `access` lasts."),
                },
            ),
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> Response:
        asked = Credentials(data=request.data)
        asked.is_valid(raise_exception=True)
        found = authenticate(request, username=asked.validated_data["email"], password=asked.validated_data["password"])
        if not isinstance(found, User):
            raise ApiError(401, "wrong_credentials", "Nobody logs in by this e-mail and password")
        access, refresh = tokens.pair_for(found)
        return self.answer(access=access, refresh=refresh)


class TokenRefreshView(GuardedView):
    """A new `access` for a `refresh`."""

    @extend_schema(
        operation_id="token_refresh",
        request=Refresh,
        auth=[],
        responses={
            200: inline_serializer(
                "NewAccess", {"access": serializers.CharField(), "expires_in": serializers.IntegerField()}
            ),
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> Response:
        asked = Refresh(data=request.data)
        asked.is_valid(raise_exception=True)
        access = tokens.access_for(asked.validated_data["refresh"])
        if access is None:
            raise ApiError(401, "token_not_valid", "The refresh token is unknown or has ended; log in again")
        return self.answer(access=access)
