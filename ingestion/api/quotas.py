"""Senders over their quota are told when to come back."""

from django.http import HttpRequest

from config.api.errors import ApiError
from config.lib.callers import address_of
from ingestion import quotas
from ingestion.keys import SourceContext


def admit(request: HttpRequest, source: SourceContext, events: int) -> None:
    """Raises ApiError 429 where the source or the caller's address has sent enough for this minute."""
    if source.quota is None and source.quota_by_address is None:
        return
    wait = quotas.take(source, address_of(request), events)
    if wait is not None:
        raise ApiError(
            429,
            "quota_exceeded",
            f"The source takes no more events in this minute; send them again in {wait} s",
            retry_after_seconds=wait,
        )
