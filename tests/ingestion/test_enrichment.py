"""What an event's row says beyond its envelope: pointers, flags, context, device, sign-up time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingestion import contexts, partitions, workspaces
from ingestion.contexts import _device
from ingestion.flags import Flag
from ingestion.identity import actor_id_of
from ingestion.models import Context, Event, QuarantinedEvent, WriteKey
from tests.factories.ingestion import EventTypeFactory, SourceFactory

from .conftest import NOW, Sender, event
from .samples import TYPED

DAY = timedelta(days=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
POINTERS = {
    "object_id": ["/post_id", "/post/id"],
    "object_author": ["/author_id"],
    "community_id": ["/channel_id"],
    "value": ["/points"],
}


@pytest.fixture
def pointing(sender):
    """A sender whose workspace knows where like_given keeps everything."""
    EventTypeFactory(workspace=sender.workspace, name="like_given", pointers=POINTERS)
    return sender


def like(**properties):
    return event("like_given", properties=properties)


def stored_context(sender):
    """(shared part, rest) of the one event."""
    ((shared, rest),) = sender.stored("context_shared__content", "context")
    return shared, rest


def test_the_registry_says_which_properties_fill_the_columns(pointing):
    properties = {"post_id": "p1", "author_id": 7, "channel_id": "c1", "points": 2.5, "more": True}
    pointing.send(like(**properties))
    author = actor_id_of(pointing.workspace.uuid, "7")
    assert pointing.stored("object_id", "object_author", "community_id", "value", "properties") == [
        ("p1", author, "c1", 2.5, properties)
    ]


def test_properties_that_are_not_there_leave_their_columns_empty(pointing):
    pointing.send(event("like_given"))
    fields = ("object_id", "object_author", "community_id", "value", "properties", "context", "context_shared")
    assert pointing.stored(*fields) == [(None,) * 7]


@pytest.mark.parametrize(
    ("sent", "object_id"),
    [
        (0, "0"),
        (-5, "-5"),
        (10**18 - 1, "9" * 18),
        ("x" * 512, "x" * 512),
        (10**18, None),
        (1.5, None),
        (True, None),
        ("", None),
        ("x" * 513, None),
        ([], None),
        ({}, None),
    ],
)
def test_what_is_no_id_stays_a_property_only(pointing, sent, object_id):
    pointing.send(like(post_id=sent, channel_id=sent))
    assert pointing.stored("object_id", "community_id", "properties") == [
        (object_id, object_id, {"post_id": sent, "channel_id": sent})
    ]


@pytest.mark.parametrize("nobody", [None, "", "null", "undefined", 0, True, [7]])
def test_an_author_who_is_nobody_is_null(pointing, nobody):
    pointing.send(like(author_id=nobody))
    assert pointing.stored("object_author") == [None]


@pytest.mark.parametrize(
    ("sent", "value"),
    [(0, 0.0), (-3, -3.0), (1e308, 1e308), (10**308, 1e308), (5e-324, 5e-324), ("5", None), (True, None), ([], None)],
)
def test_the_value_of_an_event_is_a_number(pointing, sent, value):
    pointing.send(like(points=sent))
    assert pointing.stored("value") == [value]


def test_the_group_id_of_the_envelope_goes_before_the_property(pointing):
    pointing.send(like(channel_id="c1") | {"groupId": "g1"})
    assert pointing.stored("community_id") == ["g1"]


@pytest.mark.parametrize("action", ["unlike", "unfollow"])
def test_the_opposite_act_is_flagged(sender, action):
    sender.send(event(properties={"action": action}))
    assert sender.stored("flags") == [Flag.OPPOSITE]


@pytest.mark.parametrize("action", ["like", "follow", "", None, 7, True, [], {}, ["unlike"]])
def test_any_other_action_is_not(sender, action):
    sender.send(event(properties={"action": action}))
    assert sender.stored("flags") == [0]


def test_a_number_that_was_no_number_is_null_and_flagged(sender):
    sender.send(b'{"event_name": "scored", "user_id": "ada", "properties": {"points": NaN}}')
    assert sender.stored("properties", "flags") == [({"points": None}, Flag.REPAIRED)]


def test_the_repeating_part_of_the_context_is_stored_once(sender):
    shared = {
        "platform": "web",
        "device_type": "phone",
        "app_version": "1.2",
        "locale": "de-AT",
        "timezone": "Europe/Vienna",
        "browser": "Firefox",
        "os": "Linux",
        "device": "Other",
        "library": {"name": "analytics.js"},
    }
    for number in range(3):
        context = shared | {"url": f"/{number}"}
        sender.send({"event_name": "e", "event_id": f"m{number}", "user_id": "ada", "context": context})
    assert list(Context.objects.values_list("workspace", "content")) == [(sender.workspace.pk, shared)]
    assert sorted(json.dumps(rest) for rest in sender.stored("context")) == [
        f'{{"url": "/{number}"}}' for number in range(3)
    ]


def test_the_order_of_its_fields_makes_no_other_context(sender):
    sender.send({"event_name": "e", "context": {"os": "a", "platform": "b"}})
    sender.send({"event_name": "f", "context": {"platform": "b", "os": "a"}})
    assert Context.objects.count() == 1


def test_workspaces_share_no_context(sender):
    other = Sender(SourceFactory())
    for one in (sender, other):
        one.send({"event_name": "e", "context": {"platform": "web"}})
    assert sender.stored("context_shared") != other.stored("context_shared")
    assert set(Context.objects.values_list("workspace", flat=True)) == {sender.workspace.pk, other.workspace.pk}


def test_nulls_in_the_context_are_left_out(sender):
    sender.send({"event_name": "e", "context": {"platform": None, "url": None, "referrer": "", "utm": {}}})
    assert stored_context(sender) == (None, {"referrer": "", "utm": {}})


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**300])
def test_whole_numbers_beyond_64_bits_are_stored_wherever_they_stand(sender, number):
    sender.send({"event_name": "e", "properties": {"n": number}, "context": {"library": number, "n": number}})
    assert sender.stored("properties") == [{"n": number}]
    assert stored_context(sender) == ({"library": number}, {"n": number})


@pytest.mark.parametrize("field", ["ip", "ipAddress", "ip_address"])
@pytest.mark.parametrize("scope", WriteKey.Scope.values)
def test_an_address_is_stored_nowhere(sender, field, scope):
    sender.scope = scope
    sender.send(TYPED | {"context": {field: "203.0.113.77", "platform": "web"}})
    sender.send({"type": "track", "event": "e", "context": {field: "203.0.113.77"}})
    rows = [*Event.objects.values(), *Context.objects.values(), *QuarantinedEvent.objects.values()]
    assert len(rows) == 3
    assert "203.0.113" not in str(rows)


def test_a_browser_is_told_by_the_requests_user_agent(sender):
    sender.scope = WriteKey.Scope.CLIENT
    sender.send(event(), user_agent=FIREFOX)
    assert stored_context(sender) == ({"browser": "Firefox", "os": "Linux"}, None)


def test_the_user_agent_of_a_servers_request_is_not_the_persons(sender):
    sender.send(event(), user_agent=GOOGLEBOT)
    assert sender.stored("context_shared", "flags") == [(None, 0)]


def test_the_user_agent_in_the_event_goes_before_the_requests(sender):
    sender.scope = WriteKey.Scope.CLIENT
    sender.send(event(context={"userAgent": FIREFOX}), user_agent=GOOGLEBOT)
    assert stored_context(sender)[0]["browser"] == "Firefox"
    assert sender.stored("flags") == [0]


def test_what_the_client_says_of_its_device_goes_before_the_user_agent(sender):
    sender.send(event(context={"userAgent": FIREFOX, "os": {"name": "Debian"}}))
    assert stored_context(sender)[0]["os"] == "Debian"


def test_a_bot_is_flagged(sender):
    sender.send(event(context={"userAgent": GOOGLEBOT}))
    assert sender.stored("flags") == [Flag.BOT]


@pytest.mark.parametrize("agent", ["", "x", "é" * 3_000, "(" * 2_000, "Mozilla/5.0 (" + "a;" * 10_000])
def test_an_odd_user_agent_harms_nothing(sender, agent):
    assert sender.statuses(event(context={"userAgent": agent}), user_agent=agent) == ["accepted"]


def test_of_a_long_user_agent_only_the_beginning_is_remembered(sender):
    _device.cache_clear()
    sender.send(*(event(context={"userAgent": FIREFOX.ljust(30_000, str(number))}) for number in range(3)))
    assert _device.cache_info().currsize == 3
    sender.send(*(event(context={"userAgent": FIREFOX.ljust(1_000) + str(number)}) for number in range(3)))
    assert _device.cache_info().currsize == 4


@pytest.mark.parametrize(
    ("traits", "value"),
    [
        ({"created_at": "2020-01-01T00:00:00Z"}, datetime(2020, 1, 1, tzinfo=UTC).timestamp()),
        ({"createdAt": 1577836800000}, datetime(2020, 1, 1, tzinfo=UTC).timestamp()),
        ({"created_at": "soon"}, None),
        ({"created_at": "1999-12-31T00:00:00Z"}, None),
        ({"created_at": "2030-01-01T00:00:00Z"}, None),
        ({"created_at": {}}, None),
        ({"created_at": "9999-12-31T23:59:59-10:00"}, None),
        ({"points": 7}, None),
        ({}, None),
    ],
)
def test_an_identify_has_the_time_of_signing_up_for_its_value(sender, traits, value):
    sender.send({"type": "identify", "userId": "ada", "traits": traits})
    assert sender.stored("value") == [value]


def test_the_time_of_an_event_is_the_clients_and_kept_once(sender):
    sender.send(event(timestamp="2026-03-02T11:30:00Z"))
    assert sender.stored("occurred_at", "client_at", "received_at", "skew_seconds", "flags") == [
        (NOW - timedelta(minutes=30), None, NOW, None, 0)
    ]


def test_a_corrected_time_stands_beside_what_the_client_said(sender):
    sender.send(event(timestamp="2026-03-02T08:30:00Z"), sent_at="2026-03-02T09:00:00Z")
    assert sender.stored("occurred_at", "client_at", "skew_seconds", "flags") == [
        (NOW - timedelta(minutes=30), NOW - timedelta(hours=3, minutes=30), 10_800, Flag.CLOCK_CORRECTED)
    ]


@pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00Z", "1950-01-01T00:00:00Z", "9999-12-31T00:00:00Z", 0])
def test_a_clock_that_is_centuries_off_can_be_stored(sender, sent_at):
    results = sender.statuses(event(timestamp=sent_at), event("e", timestamp="2026-03-02T11:00:00Z"), sent_at=sent_at)
    assert results[0] == "accepted"
    assert len(sender.stored("event_id")) == results.count("accepted")


def test_an_event_of_yesterday_is_late(sender):
    sender.send(event(timestamp="2026-03-01T11:59:59Z"))
    assert sender.stored("flags") == [Flag.LATE]


@pytest.mark.parametrize(
    ("timestamp", "reason"),
    [("1999-12-31T23:59:59.999Z", "invalid_time"), (-86400, "invalid_time"), ("0001-01-01T00:00:00Z", "invalid_time")],
)
def test_an_event_from_before_2000_is_quarantined(sender, timestamp, reason):
    assert sender.statuses(event(timestamp=timestamp), event()) == ["rejected", "accepted"]
    assert sender.quarantined("reason", "event_name", "errors") == [
        (reason, "post_created", [{"path": "/timestamp", "message": "An event cannot be from before 2000"}])
    ]


@pytest.mark.parametrize(
    ("age", "old"), [(90 * DAY, False), (90 * DAY + timedelta(seconds=1), True), (9_000 * DAY, True)]
)
@pytest.mark.parametrize(
    ("choice", "scopes"), [("store", {"client", "server"}), ("server", {"server"}), ("quarantine", set())]
)
def test_an_old_event_is_stored_in_its_day_or_quarantined_as_the_source_says(db, age, old, choice, scopes):
    for scope in WriteKey.Scope.values:
        sender = Sender(SourceFactory(old_events=choice), scope)
        sender.send(event(timestamp=(NOW - age).isoformat()))
        if old and scope not in scopes:
            assert sender.stored("event_id") == []
            assert sender.quarantined("reason") == ["too_old"]
        else:
            assert sender.stored("occurred_at") == [NOW - age]


def test_a_key_that_everybody_can_read_makes_no_table_of_a_day_long_ago(db):
    sender = Sender(workspaces.create("new").source, WriteKey.Scope.CLIENT)
    there = partitions.existing()
    old = [event(messageId=f"{year}", timestamp=f"{year}-05-01T00:00:00Z") for year in range(2000, 2020)]
    assert set(sender.statuses(*old)) == {"rejected"}
    assert partitions.existing() == there


PAGE = {"page": {"url": "https://a.example/feed", "path": "/feed", "title": "Feed"}, "os": {"name": "iOS"}, "screen": 3}


def test_a_page_is_stored_with_the_event_at_first_and_once_for_all_from_then_on(sender):
    sender.send(*(event(messageId=f"message {n}", context=PAGE) for n in range(4)))
    rows = Event.objects.select_related("context_shared", "page").filter(workspace=sender.workspace)
    whole = {"url": "https://a.example/feed", "pathname": "/feed", "title": "Feed", "os": "iOS", "screen": 3}
    assert [row.full_context() for row in rows] == [whole] * 4
    assert sorted(row.page is None for row in rows) == [False, False, False, True]
    assert Context.objects.count() == 2


def test_pages_that_are_never_seen_again_are_not_stored_apart(sender, monkeypatch):
    monkeypatch.setattr(contexts, "PAGES_REMEMBERED", 10)
    pages = [{"page": {"url": f"https://a.example/{n}"}} for n in range(40)]
    sender.send(*(event(messageId=f"message {n}", context=page) for n, page in enumerate(pages)))
    assert not Context.objects.exists()
    assert len(contexts._pages) <= 10


def test_a_page_of_one_workspace_is_not_that_of_another(sender):
    other = Sender(SourceFactory())
    for one in (sender, other):
        one.send(*(event(messageId=f"message {n}", context=PAGE) for n in range(2)))
    pages = {one.workspace: {page for page in one.stored("page") if page} for one in (sender, other)}
    assert all(len(found) == 1 for found in pages.values())
    assert pages[sender.workspace].isdisjoint(pages[other.workspace])
