"""Distinct ids, durations and shares in the desk's pages."""

from datetime import timedelta
from uuid import UUID

from django import template

register = template.Library()


@register.filter
def named(names: dict[UUID, str], actor_id: UUID | None) -> str:
    """The distinct id as it was sent; the actor's where no event of it has come; "nobody said" for None."""
    return "nobody said" if actor_id is None else names.get(actor_id, str(actor_id))


@register.filter
def duration(length: timedelta | None) -> str:
    """In words; a dash where there is none."""
    # That imports what loads all tags.
    from config.lib.admin import duration_words

    return duration_words(length) or "\N{EN DASH}"


@register.filter
def share(ratio: float) -> str:
    """In per cent."""
    return f"{100 * ratio:.0f}%"
