"""Distinct ids in the desk's pages."""

from uuid import UUID

from django import template

register = template.Library()


@register.filter
def named(names: dict[UUID, str], actor_id: UUID | None) -> str:
    """The distinct id as it was sent; the actor's where no event of it has come; "nobody said" for None."""
    return "nobody said" if actor_id is None else names.get(actor_id, str(actor_id))
