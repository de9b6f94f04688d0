"""The two ways to read an event, and contexts that come again."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import wire
from ingestion.drafts import Rejection
from ingestion.envelopes import to_draft

from .samples import CONTEXT, SAMPLES


def changed(envelope, field, value):
    return SAMPLES[envelope] | {field: value}


def read_directly(value):
    return to_draft(wire.decode(msgspec.json.encode(value)), b"")


def read_the_long_way(value):
    return to_draft(msgspec.json.decode(msgspec.json.encode(value)), b"")


def outcome(read, value):
    try:
        draft = read(value)
    except Rejection as rejection:
        return rejection.reason, rejection.errors
    return msgspec.structs.asdict(draft) | {"parts": None}


STRANGE = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.dictionaries(st.sampled_from(wire.Envelope.__struct_fields__), STRANGE, max_size=4),
    st.dictionaries(st.sampled_from(["sessionId", "schemaVersion", "traits", "userAgent", "page", "os"]), STRANGE),
)
def test_an_event_is_the_same_whichever_way_it_is_read(envelope, changes, within):
    value = SAMPLES[envelope] | changes
    place = CONTEXT[envelope]
    if isinstance(value.get(place), dict):
        value[place] = value[place] | within
    assert outcome(read_directly, value) == outcome(read_the_long_way, value)


class TestContexts:
    """What devices send again and again is worked out once."""

    @pytest.mark.parametrize("envelope", SAMPLES)
    def test_events_of_one_context_share_it(self, envelope):
        plain = {"platform": "web", "locale": "de"}
        first, second = (read_directly(changed(envelope, CONTEXT[envelope], plain)) for _ in range(2))
        assert first.context is second.context
        assert first.parts is second.parts

    @pytest.mark.parametrize(
        "context",
        [
            {"ip": "203.0.113.7"},
            {"ipAddress": "203.0.113.7"},
            {"ip_address": "203.0.113.7"},
            {"traits": {"email": "ada@example.com"}},
            {"consent": {"categoryPreferences": {"analytics": True}}},
            {"url": "https://a.example/" + "x" * 2_000},
        ],
        ids=lambda context: next(iter(context)),
    )
    def test_what_tells_of_a_person_is_not_remembered_and_neither_is_what_is_long(self, context):
        first, second = (read_directly(changed("segment", "context", context)) for _ in range(2))
        assert outcome(read_directly, changed("segment", "context", context))["context"] == first.context
        assert first.parts is not second.parts

    def test_what_stands_beside_it_belongs_to_it(self):
        for platform in ("web", "ios", "web"):
            value = SAMPLES["camel"] | {"metadata": {"locale": "de"}, "platform": platform}
            assert read_directly(value).context == {"locale": "de", "platform": platform}

    def test_the_same_text_in_another_envelope_is_another_context(self):
        context = {"userAgent": "Agent/1", "device": {"type": "phone"}}
        snake, segment = (read_directly(changed(name, "context", context)) for name in ("snake", "segment"))
        assert (snake.context, snake.user_agent) == (context, None)
        assert (segment.context["device_type"], segment.user_agent) == ("phone", "Agent/1")
