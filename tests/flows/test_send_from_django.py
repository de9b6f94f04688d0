"""The middleware of docs/howto/send-from-django.md, as it stands there, in front of views and with a running server."""

import atexit
import importlib
import re
import sys

import pytest
from django.contrib.auth import login
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.test import Client, override_settings
from django.urls import path

from config.models import User
from ingestion import workspaces
from ingestion.models import Event, IdentityLink
from tests.factories.config import UserFactory
from tests.servers import ROOT, environment, free_port, web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def start(_request):
    return HttpResponse("<h1>Hello</h1>")


def data(_request):
    return JsonResponse({})


def write(request):
    sys.modules["agora_of_the_howto"].tell(request, "post_created", post_id=7)
    return HttpResponse("done")


def enter(request):
    login(request, User.objects.get())
    return HttpResponse(status=204)


urlpatterns = [path("start/", start, name="start"), path("data/", data), path("write/", write), path("enter/", enter)]


@pytest.fixture
def workspace(tmp_path, monkeypatch, settings):
    """Of a running server to which the how-to's code sends."""
    text = (ROOT / "docs" / "howto" / "send-from-django.md").read_text()
    code = re.search(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]
    (tmp_path / "agora_of_the_howto.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    created = workspaces.create("shop")
    port = free_port()
    with (
        web(port, environment(connection)),
        override_settings(
            AGORA_URL=f"http://127.0.0.1:{port}",
            AGORA_KEY=created.server_key,
            ROOT_URLCONF=__name__,
            MIDDLEWARE=[*settings.MIDDLEWARE, "agora_of_the_howto.AgoraMiddleware"],
        ),
    ):
        module = importlib.import_module("agora_of_the_howto")
        yield created.workspace
        module.client().shutdown()
        atexit.unregister(module.client().shutdown)
        module.user_logged_in.disconnect(module.link)
        del sys.modules["agora_of_the_howto"]


def stored(*fields):
    sys.modules["agora_of_the_howto"].client().flush()
    return list(Event.objects.order_by("received_at", "occurred_at").values_list(*fields))


def test_pages_and_what_views_tell_arrive_as_one_person(workspace):
    UserFactory()
    browser = Client(headers={"User-Agent": BROWSER, "Accept-Language": "de-AT,de;q=0.9"})
    assert browser.get("/start/", {"token": "sesame"}).status_code == 200
    browser.get("/data/")
    browser.post("/start/")
    browser.get("/missing/")
    browser.post("/write/")
    browser.post("/enter/")
    browser.get("/start/")
    found = stored("event_type__name", "workspace", "flags", "properties", "context_shared__content", "context")
    assert [name for name, *_ in found] == ["page_view", "post_created", "identify", "page_view"]
    assert {pk for _, pk, *_ in found} == {workspace.pk}
    assert {flags for _, _, flags, *_ in found} == {0}
    assert found[0][3] == {"name": "start"}
    assert found[1][3] == {"post_id": 7}
    assert found[0][4]["browser"] == "Firefox"
    assert found[0][4]["locale"] == "de-AT"
    assert found[0][5] == {"pathname": "/start/"}
    assert "sesame" not in str(found)
    first, *_, last = (actor for (actor,) in stored("actor_id"))
    assert first != last
    assert IdentityLink.objects.get(actor_id=first).person_id == last


def test_the_page_does_not_wait_while_nobody_listens(workspace, caplog):
    module = sys.modules["agora_of_the_howto"]
    module.client().consumers[0].host = "http://127.0.0.1:1"
    module.client().consumers[0].retries = 0
    assert Client(headers={"User-Agent": BROWSER}).get("/start/").status_code == 200
    module.client().flush()
    assert "Agora did not take 1 events" in caplog.text
