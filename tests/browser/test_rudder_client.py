"""@rudderstack/analytics-js in a real Chromium, on a site of another origin than the running server it sends to.

Its `bundled` build: the other fetches parts of itself from its vendor and, where that is out of reach, sends nothing.
"""

from itertools import repeat

import pytest
from django.db import connection

from ingestion import traits, workspaces
from ingestion.identity import actor_id_of
from ingestion.models import Event, QuarantinedEvent
from tests.browser.site import site_of
from tests.flows import javascript
from tests.flows.arrival import assert_ticks, ticks_of
from tests.flows.line import ANSWER, AWAY, REQUEST, line
from tests.servers import environment, free_port, wait_for, web

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LOAD = """([key, url, queue]) => new Promise((done) => {
  window.analytics = new window.rudderanalytics.RudderAnalytics();
  analytics.load(key, url, { configUrl: url, queueOptions: queue, onLoaded: done });
}).then(() => null)"""
TICK = "([from, to]) => { for (let number = from; number < to; number++) analytics.track('tick', { number }); }"
BATCHING = {"batch": {"enabled": True, "maxItems": 10, "flushInterval": 300}}
# By itself it waits a second, then two, and so on.
IMPATIENT = {"minRetryDelay": 100, "maxRetryDelay": 500}


@pytest.fixture
def created():
    return workspaces.create("clients")


@pytest.fixture
def way(created):
    port = free_port()
    with web(port, environment(connection), workers=1), line(port) as made:
        yield made


@pytest.fixture(params=[{}, BATCHING], ids=["one by one", "in batches"])
def tab(chromium, created, way, request):
    """A page with the library loaded."""
    context = chromium.new_context()
    page = context.new_page()
    folder = javascript.modules() / "@rudderstack" / "analytics-js" / "dist" / "npm" / "modern" / "bundled" / "umd"
    with site_of(folder) as address:
        page.goto(address)
        page.evaluate(LOAD, [created.write_key, way.url, IMPATIENT | request.param])
        yield page
        context.close()


def arrived(created, count):
    wait_for(lambda: len(ticks_of(created.workspace)) >= count, f"{count} ticks")


def test_every_call_arrives_once_with_its_meaning(tab, created, way):
    tab.evaluate("""() => {
      analytics.identify("u1", { plan: "free" });
      analytics.track("post_created", { post_id: "7" });
      analytics.page("docs", "start");
      analytics.group("team-1", { size: 3 });
    }""")
    tab.evaluate(TICK, [0, 20])
    events = Event.objects.filter(workspace=created.workspace)
    wait_for(lambda: events.count() >= 24, "24 events")
    assert QuarantinedEvent.objects.count() == 0
    assert_ticks(created.workspace, 20)
    kinds = events.exclude(event_type__name="tick").values_list("event_type__kind", flat=True)
    assert sorted(kinds) == ["group", "identify", "page", "track"]
    assert events.get(event_type__name="post_created").object_id == "7"
    assert events.get(event_type__kind="group").community_id == "team-1"
    # It sends its session, as a number.
    assert events.exclude(session_id=None).values("session_id").distinct().count() == 1
    u1 = actor_id_of(created.workspace.uuid, "u1")
    assert set(events.values_list("actor_id", flat=True)) == {u1}
    assert {trait.key: trait.value for trait in traits.of_person(created.workspace.pk, [u1])} == {"plan": "free"}
    team = traits.community_uuid(created.workspace.uuid, "team-1")
    assert {trait.key: trait.value for trait in traits.of_community(team)} == {"size": 3}


def test_requests_and_answers_that_get_lost_lose_and_double_nothing(tab, created, way):
    way.faults = iter([ANSWER, REQUEST, AWAY, ANSWER])
    tab.evaluate(TICK, [0, 20])
    arrived(created, 20)
    wait_for(lambda: way.lost == 4, "all faults")
    assert_ticks(created.workspace, 20)


def test_what_happens_while_the_server_is_out_of_reach_arrives_afterwards(tab, created, way):
    tab.evaluate(TICK, [0, 2])
    arrived(created, 2)
    way.faults = repeat(REQUEST)
    tab.evaluate(TICK, [2, 12])
    wait_for(lambda: way.lost >= 2, "a second attempt")
    way.faults = iter(())
    arrived(created, 12)
    assert_ticks(created.workspace, 12)


def test_what_happens_offline_arrives_when_the_browser_is_online_again(tab, created, way):
    tab.evaluate(TICK, [0, 2])
    arrived(created, 2)
    tab.context.set_offline(True)
    tab.evaluate(TICK, [2, 12])
    tab.wait_for_timeout(1_000)
    assert ticks_of(created.workspace) == [0, 1]
    tab.context.set_offline(False)
    arrived(created, 12)
    assert_ticks(created.workspace, 12)
