"""The envelopes of events.md section 4, row by row."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.drafts import Rejection
from ingestion.envelopes import KINDS, to_draft

from .conftest import NOW
from .samples import ANONYMOUS, CONTEXT, MESSAGE, NAME, PROPERTIES, SAMPLES, SEGMENT, TIME, TYPED, USER

ENVELOPES = pytest.mark.parametrize("envelope", SAMPLES)


def draft_of(value, **options):
    """As the pipeline makes it: from JSON, so that the sample itself is left alone."""
    payload = msgspec.json.encode(value)
    return to_draft(msgspec.json.decode(payload), payload, **options)


def rejection_of(value, **options):
    with pytest.raises(Rejection) as rejected:
        draft_of(value, **options)
    return rejected.value.reason, rejected.value.errors[0]["path"]


def changed(envelope, field, value):
    return SAMPLES[envelope] | {field: value}


@ENVELOPES
def test_name_person_time_and_properties_are_the_same_from_every_envelope(envelope):
    draft = draft_of(SAMPLES[envelope])
    assert (draft.kind, draft.name, draft.user_id, draft.client_at) == ("track", "post_created", "ada", NOW)
    assert draft.properties == {"post_id": "p1"}


@pytest.mark.parametrize(
    ("envelope", "message_id"),
    [("snake", "m1"), ("camel", "evt_1772452800000_x1"), ("typed", "m1"), ("segment", "m1")],
)
def test_the_message_id_is_taken_from_its_own_field(envelope, message_id):
    assert draft_of(SAMPLES[envelope]).message_id == message_id


@pytest.mark.parametrize(
    ("envelope", "category"), [("snake", "user_action"), ("camel", None), ("typed", "user_action"), ("segment", None)]
)
def test_the_category_is_the_clients_where_the_envelope_has_one(envelope, category):
    assert draft_of(SAMPLES[envelope]).category == category


def test_the_category_of_a_track_is_that_of_the_event_and_the_category_of_a_page_is_not():
    assert draft_of(changed("segment", "category", "economy")).category == "economy"
    assert draft_of({"type": "page", "name": "Start", "category": "Docs"}).category is None


@pytest.mark.parametrize(
    ("envelope", "session"), [("snake", "s1"), ("camel", "s1"), ("typed", "s1"), ("segment", "1772452800000")]
)
def test_the_session_is_text_whether_it_came_as_text_or_number(envelope, session):
    assert draft_of(SAMPLES[envelope]).session_id == session


@pytest.mark.parametrize(
    ("envelope", "context"),
    [
        ("snake", {"platform": "web", "device_type": "phone", "app_version": "1.2"}),
        (
            "camel",
            {
                "platform": "web",
                "url": "https://a.example/p1",
                "pathname": "/p1",
                "referrer": "https://b.example",
            },
        ),
        (
            "typed",
            {
                "platform": "web",
                "device_type": "phone",
                "referrer": "https://b.example",
                "ipAddress": "203.0.113.7",
            },
        ),
        (
            "segment",
            {
                "platform": "web",
                "device_type": "phone",
                "os": "Android",
                "app_version": "1.2",
                "url": "https://a.example/p1",
                "pathname": "/p1",
                "referrer": "https://b.example",
                "title": "P1",
                "sessionId": 1772452800000,
                "schemaVersion": 2,
            },
        ),
    ],
)
def test_the_context_has_the_canonical_names(envelope, context):
    assert draft_of(SAMPLES[envelope]).context == context


@pytest.mark.parametrize(("envelope", "version"), [("snake", None), ("camel", None), ("typed", 1), ("segment", 2)])
def test_the_schema_version_is_the_major_number_where_the_envelope_has_one(envelope, version):
    assert draft_of(SAMPLES[envelope]).schema_version == version


@pytest.mark.parametrize(
    ("sent", "version"),
    [(3, 3), ("3", 3), ("v3", 3), ("3.9.1", 3), (None, None), ("new", None), (3.5, None), ([], None), (10**6, None)],
)
def test_versions_are_read_leniently(sent, version):
    assert draft_of(changed("typed", "version", sent)).schema_version == version


@ENVELOPES
def test_an_anonymous_person_needs_no_user_id(envelope):
    value = changed(envelope, ANONYMOUS[envelope], "visitor-1")
    del value[USER[envelope]]
    draft = draft_of(value)
    assert (draft.user_id, draft.anonymous_id) == (None, "visitor-1")


@ENVELOPES
@pytest.mark.parametrize("ids", [USER, ANONYMOUS, MESSAGE])
@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (42, "42"),
        (42.0, "42"),
        (0, "0"),
        (-7, "-7"),
        (10**18, "1" + "0" * 18),
        ("", ""),
        ("x" * 512, "x" * 512),
    ],
)
def test_ids_may_be_numbers_and_become_text(envelope, ids, sent, text):
    draft = draft_of(changed(envelope, ids[envelope], sent))
    field = {id(USER): "user_id", id(ANONYMOUS): "anonymous_id", id(MESSAGE): "message_id"}[id(ids)]
    assert getattr(draft, field) == text


@ENVELOPES
def test_a_null_id_is_a_missing_one(envelope):
    nulls = {ids[envelope]: None for ids in (USER, ANONYMOUS, MESSAGE)}
    draft = draft_of(SAMPLES[envelope] | nulls)
    assert (draft.user_id, draft.anonymous_id, draft.message_id) == (None, None, None)


@ENVELOPES
@pytest.mark.parametrize("ids", [USER, ANONYMOUS, MESSAGE])
@pytest.mark.parametrize("bad", [True, False, 4.2, {}, [], {"id": 1}, ["ada"], "x" * 513, "x" * 600])
def test_an_id_is_no_boolean_fraction_object_list_or_long_text(envelope, ids, bad):
    field = ids[envelope]
    assert rejection_of(changed(envelope, field, bad)) == ("invalid_envelope", f"/{field}")


@pytest.mark.parametrize("bad", [True, {}, [], "x" * 513])
def test_a_session_of_the_wrong_type_is_named_by_its_path(bad):
    context = SEGMENT["context"] | {"sessionId": bad}
    assert rejection_of(changed("segment", "context", context)) == ("invalid_envelope", "/context/sessionId")


@ENVELOPES
@pytest.mark.parametrize("bad", [None, "", "   ", 7, True, {}, []])
def test_a_name_is_text(envelope, bad):
    assert rejection_of(changed(envelope, NAME[envelope], bad)) == ("missing_name", f"/{NAME[envelope]}")


@ENVELOPES
@pytest.mark.parametrize(("length", "fits"), [(200, True), (201, False), (3_000, False)])
def test_a_name_has_at_most_200_characters(envelope, length, fits):
    value = changed(envelope, NAME[envelope], "n" * length)
    if fits:
        assert draft_of(value).name == "n" * length
    else:
        assert rejection_of(value) == ("invalid_envelope", f"/{NAME[envelope]}")


@ENVELOPES
def test_blanks_around_a_name_are_dropped(envelope):
    assert draft_of(changed(envelope, NAME[envelope], " post_created\n")).name == "post_created"


@ENVELOPES
@pytest.mark.parametrize("field", [PROPERTIES, CONTEXT])
@pytest.mark.parametrize("bad", ["text", "", 7, True, []])
def test_properties_and_context_are_objects(envelope, field, bad):
    name = field[envelope]
    assert rejection_of(changed(envelope, name, bad)) == ("invalid_envelope", f"/{name}")


@ENVELOPES
@pytest.mark.parametrize("field", [PROPERTIES, CONTEXT])
def test_missing_and_null_objects_are_empty(envelope, field):
    value = changed(envelope, field[envelope], None)
    assert draft_of(value).properties == ({} if field is PROPERTIES else {"post_id": "p1"})
    del value[field[envelope]]
    draft_of(value)


@ENVELOPES
@pytest.mark.parametrize(
    "sent", ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00", 1772452800, 1772452800000, 1772452800.0]
)
def test_times_come_as_text_and_as_epochs(envelope, sent):
    assert draft_of(changed(envelope, TIME[envelope], sent)).client_at == NOW


@ENVELOPES
@pytest.mark.parametrize("bad", ["yesterday", "99999-01-01", 1e300, True, {}, []])
def test_a_time_that_cannot_be_read_is_named(envelope, bad):
    assert rejection_of(changed(envelope, TIME[envelope], bad)) == ("invalid_time", f"/{TIME[envelope]}")


def test_what_is_wrong_with_a_long_time_is_told_briefly():
    with pytest.raises(Rejection) as rejected:
        draft_of(changed("snake", "timestamp", "x" * 10_000))
    assert len(rejected.value.errors[0]["message"]) < 300


@ENVELOPES
def test_a_missing_time_is_none(envelope):
    value = {name: given for name, given in SAMPLES[envelope].items() if "imestamp" not in name}
    assert draft_of(value).client_at is None


def test_the_time_of_sending_is_the_items_else_the_batchs():
    at = "2026-03-02T11:59:00Z"
    assert draft_of(SEGMENT, sent_at=at).sent_at == datetime(2026, 3, 2, 12, 0, 7, tzinfo=UTC)
    assert draft_of(changed("segment", "sentAt", None), sent_at=at).sent_at == datetime(2026, 3, 2, 11, 59, tzinfo=UTC)


@ENVELOPES
@pytest.mark.parametrize("bad", ["soon", True, {}, [], 1e300])
def test_a_time_of_sending_that_cannot_be_read_says_nothing_about_the_clock(envelope, bad):
    value = {name: given for name, given in SAMPLES[envelope].items() if name != "sentAt"}
    assert draft_of(value, sent_at=bad).sent_at is None
    assert draft_of(value | {"sentAt": bad}).sent_at is None


def test_only_a_server_may_speak_for_a_user_agent_in_the_typed_envelope():
    assert draft_of(TYPED).user_agent is None
    assert draft_of(TYPED, trusted=True).user_agent == "Agent/1"


def test_the_segment_envelope_brings_its_own_user_agent():
    assert draft_of(SEGMENT).user_agent == "Agent/1"


@pytest.mark.parametrize(
    ("kind", "name"),
    [("page", "page_view"), ("screen", "screen"), ("identify", "identify"), ("group", "group"), ("alias", "alias")],
)
def test_the_kinds_without_an_event_name_have_the_name_of_their_kind(kind, name):
    draft = draft_of({"type": kind, "userId": "ada", "name": "Home"})
    assert (draft.kind, draft.name) == (kind, name)


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_the_name_of_a_page_is_a_property(kind):
    assert draft_of({"type": kind, "name": "Home"}).properties == {"name": "Home"}
    assert draft_of({"type": kind, "name": "Home", "properties": {"name": "Start"}}).properties == {"name": "Start"}


@pytest.mark.parametrize(
    ("fields", "traits"),
    [
        ({"traits": {"plan": "free"}}, {"plan": "free"}),
        ({"context": {"traits": {"plan": "free"}}}, {"plan": "free"}),
        ({"traits": {"plan": "pro"}, "context": {"traits": {"plan": "free"}}}, {"plan": "pro"}),
        ({"traits": None, "context": {"traits": {"plan": "free"}}}, {"plan": "free"}),
        ({"context": {"traits": "free"}}, {}),
        ({}, {}),
    ],
)
def test_traits_stand_at_the_top_or_in_the_context(fields, traits):
    draft = draft_of({"type": "identify", "userId": "ada"} | fields)
    assert draft.properties == traits
    assert draft.traits is None
    assert "traits" not in draft.context


def test_traits_repeated_with_every_event_are_no_properties():
    draft = draft_of(SEGMENT)
    assert "traits" not in draft.context
    assert draft.properties == {"post_id": "p1"}
    assert draft.traits == {"plan": "free"}


def test_the_traits_of_a_group_are_not_those_of_its_member():
    fields = {"type": "group", "groupId": "g", "context": {"traits": {"plan": "free"}}}
    draft = draft_of(fields)
    assert (draft.properties, draft.traits) == ({}, {"plan": "free"})
    assert draft_of(fields | {"traits": {"seats": 5}}).properties == {"seats": 5}


def test_alias_and_group_carry_their_other_id():
    assert draft_of({"type": "alias", "userId": "ada", "previousId": 17}).previous_id == "17"
    assert draft_of({"type": "group", "userId": "ada", "groupId": 4}).group_id == "4"


def test_the_channel_is_the_platform_only_where_the_context_names_none():
    assert draft_of({"type": "page", "channel": "web"}).context == {"platform": "web"}
    assert draft_of({"type": "page", "channel": "web", "context": {"platform": "ios"}}).context == {"platform": "ios"}


@pytest.mark.parametrize("odd", [None, 7, "text", [], [[]], {"name": {}, "type": [], "version": 1, "url": 3}])
@pytest.mark.parametrize("field", ["page", "os", "device", "app", "traits", "userAgent", "schemaVersion"])
def test_odd_values_in_the_context_harm_nothing(field, odd):
    assert draft_of({"type": "track", "event": "e", "context": {field: odd}}).name == "e"


@pytest.mark.parametrize(
    ("value", "envelope"),
    [
        ({"event_name": "a", "eventName": "b", "eventType": "c", "type": "track", "event": "d"}, "a"),
        ({"eventName": "b", "eventType": "c", "type": "track", "event": "d"}, "b"),
        ({"eventType": "c", "type": "track", "event": "d"}, "c"),
        ({"type": "track", "event": "d"}, "d"),
    ],
)
def test_the_envelope_is_told_by_its_naming_field(value, envelope):
    assert draft_of(value).name == envelope


@pytest.mark.parametrize("value", [{}, {"event": "post_created"}, {"name": "x"}, {"": ""}, {"properties": {}}])
def test_an_unknown_envelope_is_said_so(value):
    assert rejection_of(value) == ("unknown_envelope", "")


@pytest.mark.parametrize("kind", [None, "", "Track", "purchase", 7, True, [], {}, ["track"]])
def test_a_type_that_is_none_of_the_six_kinds_is_no_envelope(kind):
    assert rejection_of({"type": kind, "event": "x"}) == ("unknown_envelope", "/type")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = sorted({field for sample in SAMPLES.values() for field in sample} | {"anonymous_id", "previousId", "traits"})


@given(
    st.sampled_from(sorted(SAMPLES)).map(SAMPLES.get),
    st.dictionaries(st.sampled_from(FIELDS) | st.text(), ANY_JSON | st.sampled_from(sorted(KINDS))),
    ANY_JSON,
    st.booleans(),
)
def test_any_object_becomes_a_draft_or_a_rejection(sample, changes, sent_at, trusted):
    try:
        draft = draft_of(sample | changes, sent_at=sent_at, trusted=trusted)
    except Rejection:
        return
    assert draft.kind in KINDS
    assert 0 < len(draft.name) <= 200
    assert isinstance(draft.properties, dict)
    assert isinstance(draft.context, dict)
    for field in ("message_id", "user_id", "anonymous_id", "previous_id", "group_id", "session_id"):
        assert getattr(draft, field) is None or len(getattr(draft, field)) <= 512
