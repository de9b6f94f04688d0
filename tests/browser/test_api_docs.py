"""The page of the API: it shows all operations, with nothing from other servers."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_operation_is_shown_and_nothing_comes_from_elsewhere(page, live_server, troubles):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs")
    page.get_by_text("/api/metrics/query").wait_for()
    assert page.locator(".opblock").count() > 20
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    assert troubles == []
