"""Pages of the admin that belong to no model."""

from django.contrib import admin
from django.urls import URLPattern

# Rooms add theirs here; they stand in front of those of the site.
PAGES: list[URLPattern] = []


def extra_urls() -> list[URLPattern]:
    return PAGES


admin.site.extra_urls = extra_urls  # type: ignore[attr-defined]  # unfold's site asks for it
