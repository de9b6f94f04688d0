"""@segment/analytics-next in a real Chromium, on a site of another origin than the running server it sends to."""

import time
from itertools import repeat

import pytest
from django.db import connection

from ingestion import keys, snippets, workspaces
from ingestion.models import Event, QuarantinedEvent
from tests.browser.site import site_of
from tests.flows import javascript
from tests.flows.arrival import assert_ticks, ticks_of
from tests.flows.line import ANSWER, AWAY, REQUEST, line
from tests.servers import environment, free_port, wait_for, web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LOAD = """async ([writeKey, url, delivery]) => {
  const { AnalyticsBrowser } = window.AnalyticsNext;
  const place = { apiHost: new URL(url).host + "/v1", protocol: "http", ...delivery };
  const [analytics] = await AnalyticsBrowser.load({ writeKey, cdnURL: url }, { integrations: { "Segment.io": place } });
  window.analytics = analytics;
}"""
TICK = "([from, to]) => { for (let number = from; number < to; number++) analytics.track('tick', { number }); }"
NATIVE = """async ([url, key]) => {
  const headers = { "X-Write-Key": key, "Content-Type": "application/json" };
  return (await fetch(url + "/api/events", { method: "POST", headers, body: "[]" })).json();
}"""
BATCHING = {"deliveryStrategy": {"strategy": "batching", "config": {"size": 10, "timeout": 300}}}


@pytest.fixture
def site():
    """Its address."""
    with site_of(javascript.modules() / "@segment" / "analytics-next" / "dist" / "umd") as address:
        yield address


@pytest.fixture
def created():
    return workspaces.create("clients")


@pytest.fixture
def way(created):
    port = free_port()
    with web(port, environment(connection), workers=1), line(port) as made:
        yield made


@pytest.fixture(params=[{}, BATCHING], ids=["one by one", "in batches"])
def delivery(request):
    return request.param


class Tab:
    """A window of the site with the library loaded."""

    def __init__(self, page, site, *settings):
        self.page, self.site, self.settings = page, site, list(settings)
        self.open()

    def open(self):
        self.page.goto(self.site)
        self.page.evaluate(LOAD, self.settings)

    def tick(self, start, end):
        self.page.evaluate(TICK, [start, end])


@pytest.fixture
def tab(chromium, site, created, way, delivery):
    context = chromium.new_context()
    yield Tab(context.new_page(), site, created.write_key, way.url, delivery)
    context.close()


def arrived(created, count):
    wait_for(lambda: len(ticks_of(created.workspace)) >= count, f"{count} ticks")


def test_every_call_arrives_once_with_its_meaning(tab, created, way):
    tab.page.evaluate("""async () => {
      await analytics.identify("u1", { plan: "free" });
      await analytics.track("post_created", { post_id: "7" });
      await analytics.page("docs", "start");
      await analytics.group("team-1", { size: 3 });
    }""")
    tab.tick(0, 20)
    events = Event.objects.filter(workspace=created.workspace)
    wait_for(lambda: events.count() >= 24, "24 events")
    assert QuarantinedEvent.objects.count() == 0
    assert_ticks(created.workspace, 20)
    kinds = events.exclude(event_type__name="tick").values_list("event_type__kind", flat=True)
    assert sorted(kinds) == ["group", "identify", "page", "track"]
    assert events.get(event_type__name="post_created").object_id == "7"
    assert events.get(event_type__kind="identify").properties["plan"] == "free"
    assert events.get(event_type__kind="group").community_id == "team-1"
    assert events.values("actor_id").distinct().count() == 1


def test_requests_and_answers_that_get_lost_lose_and_double_nothing(tab, created, way):
    way.faults = iter([ANSWER, REQUEST, AWAY, ANSWER])
    tab.tick(0, 20)
    arrived(created, 20)
    # Batches that wait for another attempt go together.
    answers = 1 if tab.settings[2] else 20
    wait_for(lambda: way.lost == 4 and way.answered >= answers, "the answers")
    assert_ticks(created.workspace, 20)


def test_what_happens_while_the_server_is_out_of_reach_arrives_afterwards(tab, created, way):
    tab.tick(0, 2)
    arrived(created, 2)
    way.faults = repeat(REQUEST)
    tab.tick(2, 12)
    wait_for(lambda: way.lost >= 2, "a second attempt")
    way.faults = iter(())
    arrived(created, 12)
    assert_ticks(created.workspace, 12)


def test_what_happens_offline_arrives_when_the_browser_is_online_again(tab, created, way):
    tab.tick(0, 2)
    arrived(created, 2)
    tab.page.context.set_offline(True)
    assert tab.page.evaluate("navigator.onLine") is False
    tab.tick(2, 12)
    tab.page.wait_for_timeout(1_000)
    assert ticks_of(created.workspace) == [0, 1]
    tab.page.context.set_offline(False)
    arrived(created, 12)
    assert_ticks(created.workspace, 12)


@pytest.mark.parametrize("delivery", [{}], ids=["one by one"], indirect=True)
def test_the_code_that_the_admin_shows_sends_what_it_says(tab, created, way):
    sender = next(sender for sender in snippets.SENDERS if sender.name == "browser")
    loads, _, rest = snippets.render(sender, way.url, created.write_key).code.partition("\n")
    assert loads == 'import { AnalyticsBrowser } from "@segment/analytics-next";'
    tab.page.goto(tab.site)
    tab.page.evaluate("() => { const { AnalyticsBrowser } = window.AnalyticsNext;" + rest + "}")
    events = Event.objects.filter(workspace=created.workspace)
    wait_for(lambda: events.count() >= 3, "3 events")
    kinds = events.values_list("event_type__kind", flat=True)
    assert sorted(kinds) == ["identify", "page", "track"]
    assert events.get(event_type__kind="track").object_id == "7"


@pytest.mark.parametrize("delivery", [{}], ids=["one by one"], indirect=True)
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "another"])
def test_a_site_that_is_not_listed_is_told_so_and_does_not_try_for_ever(tab, created, way, listed):
    created.source.allowed_origins = [tab.site.rstrip("/") if listed else "https://app.example"]
    created.source.save()
    time.sleep(keys.FRESH_SECONDS)
    answers = []
    tab.page.on("response", lambda answer: answer.request.method == "POST" and answers.append(answer.status))
    tab.tick(0, 10)
    tab.page.wait_for_timeout(3_000)
    assert set(answers) == {200 if listed else 403}
    assert len(answers) == 10
    assert_ticks(created.workspace, 10 if listed else 0)
    said = tab.page.evaluate(NATIVE, [way.url, created.write_key])
    assert (said["status"] == "success") if listed else (said["code"] == "origin_not_allowed")


@pytest.mark.parametrize("delivery", [{}], ids=["one by one"], indirect=True)
def test_what_a_closed_page_could_not_send_is_sent_by_the_next(tab, created, way):
    """One by one only: the client keeps no batch beyond its page."""
    way.faults = repeat(REQUEST)
    tab.tick(0, 5)
    wait_for(lambda: way.lost >= 5, "an attempt")
    tab.page.goto("about:blank")
    assert ticks_of(created.workspace) == []
    way.faults = iter(())
    tab.open()
    tab.tick(5, 8)
    arrived(created, 8)
    assert_ticks(created.workspace, 8)


@pytest.mark.parametrize("delivery", [{}], ids=["one by one"], indirect=True)
def test_a_long_outage_over_many_pages_loses_nothing(tab, created, way):
    """By itself the client gives an event up after 10 attempts; what our settings answer says makes them 100."""
    way.faults = repeat(REQUEST)
    tab.tick(0, 3)
    while way.lost <= 3 * 12:
        before = way.lost
        wait_for(lambda before=before: way.lost >= before + 3, "an attempt")
        tab.open()
    way.faults = iter(())
    tab.open()
    arrived(created, 3)
    assert_ticks(created.workspace, 3)
