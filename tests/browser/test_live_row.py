"""The live row of a dashboard, told by a socket: the web server as production starts it, in a real Chromium."""

import pytest
from django.db import connection
from playwright.sync_api import expect

from ingestion import workspaces
from tests.browser.window import PASSWORD, log_in
from tests.factories.config import MemberFactory, UserFactory
from tests.servers import PATIENCE_SECONDS, ask, environment, free_port, web

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_event_moves_the_numbers_without_a_reload(chromium):
    created = workspaces.create("live-row")
    member = MemberFactory(workspace=created.workspace, user=UserFactory(password=PASSWORD))
    port, env = free_port(), environment(connection)
    event = {"event_name": "post_created", "user_id": "ada"}
    with web(port, env, workers=1):
        context = chromium.new_context(base_url=f"http://127.0.0.1:{port}")
        page = context.new_page()
        with page.expect_websocket(lambda socket: socket.url.endswith("/api/realtime/metrics")):
            log_in(page, member.user)
        number, state = page.locator("[data-live=dau]"), page.locator("[data-live-state]")
        expect(state).to_contain_text("as it happens", timeout=PATIENCE_SECONDS * 1_000)
        expect(number).to_have_text("0")

        status, _ = ask(port, "POST", "/api/events", event, Authorization=f"Bearer {created.write_key}")
        assert status == 200
        expect(number).to_have_text("1", timeout=PATIENCE_SECONDS * 1_000)
        expect(page.locator("[data-live=online]")).to_have_text("1")
        expect(state).to_contain_text("as it happens")
        context.close()
