"""A real Chromium, driven by Playwright."""

import shutil

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    # Playwright keeps an event loop in this thread, in which Django would not speak to the database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def troubles():
    return []


@pytest.fixture
def page(chromium, live_server, troubles):
    """A window of 1280 x 900 whose errors, failed requests and answers of 400 and above end up in `troubles`."""
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, color_scheme="light"
    )
    window = context.new_page()
    window.on("console", lambda said: said.type == "error" and troubles.append(said.text))
    window.on("pageerror", lambda error: troubles.append(str(error)))
    # What a page still asks for when it is left is aborted.
    window.on(
        "requestfailed",
        lambda request: request.failure == "net::ERR_ABORTED" or troubles.append(f"{request.url}: {request.failure}"),
    )
    window.on("response", lambda answer: answer.status >= 400 and troubles.append(f"{answer.url}: {answer.status}"))
    yield window
    context.close()
