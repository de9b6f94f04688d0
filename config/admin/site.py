"""What unfold's site asks of us by attributes: the icon in the tab, and where a login leads."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from unfold.dataclasses import Favicon

# Rooms add the pages that belong to no model, in front of those of the site.
PAGES: list[URLPattern] = []


def extra_context(context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 unfold's signature
    icon = Favicon(static("config/favicon.svg"), rel="icon", type="image/svg+xml")
    # There is no site beside the admin to return to.
    return context | {"site_favicons": [icon], "site_url": None}


def login(request: HttpRequest) -> HttpResponse:
    """The login of the site; whoever asked for no page goes on to where the admin begins."""
    if "next" not in request.GET:
        return redirect_to_login(reverse("admin:index"), reverse("admin:login"))
    return admin.site.login(request)


def extra_urls() -> list[URLPattern]:
    return [path("login/", login, name="login"), *PAGES]


admin.site.extra_context = extra_context  # type: ignore[attr-defined]
admin.site.extra_urls = extra_urls  # type: ignore[attr-defined]
