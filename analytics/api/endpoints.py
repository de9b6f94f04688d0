"""Every operation of the API and who may call it, read off the URLs and the views themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.generators import EndpointEnumerator
from rest_framework.views import APIView

from analytics.api.reading import SCOPES, ReadingView
from config.models import Role
from config.permissions import allowed
from ingestion.api.authentication import HasServerKey


@dataclass(frozen=True, slots=True)
class Endpoint:
    """path: with the names of its parts in braces and without a slash at its end."""

    path: str
    method: str
    view: type[APIView]

    @property
    def reads(self) -> type[ReadingView] | None:
        """The view where it tells members something; None of doors and of what only machines do."""
        return self.view if issubclass(self.view, ReadingView) else None

    @property
    def roles(self) -> list[Role]:
        return [role for role in Role if self.reads is not None and allowed(role, self.reads.area, "view")]

    @property
    def scope(self) -> str:
        """What a token has to be good for; "" where no token helps."""
        return "" if self.reads is None else str(SCOPES[self.reads.area])

    @property
    def open_to_keys(self) -> bool:
        return HasServerKey in self.view.permission_classes or bool(self.reads and self.reads.open_to_keys)


def endpoints() -> list[Endpoint]:
    found: list[tuple[str, str, str, Any]] = EndpointEnumerator().get_api_endpoints()  # type: ignore[no-untyped-call]
    return [Endpoint(path.rstrip("/"), method, callback.cls) for path, _, method, callback in found]
