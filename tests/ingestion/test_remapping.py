"""Changes to the fields of a payload, one a line."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import remapping

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
STEP = st.sampled_from(
    [
        "move /a /b",
        "move /a/b /c",
        "move /c /a/b/c",
        "set /a/b 1",
        "remove /a/c",
        "number /a",
        "text /b/a",
        'set /c "x"',
    ]
)


def changed(text, event):
    remapping.apply(remapping.parse(text), event)
    return event


@pytest.mark.parametrize(
    ("text", "event", "then"),
    [
        ("move /data /properties", {"data": {"a": 1}}, {"properties": {"a": 1}}),
        ("move /user /context/user/name", {"user": "ada"}, {"context": {"user": {"name": "ada"}}}),
        ("move /a/b /a", {"a": {"b": 1}}, {"a": 1}),
        ("move '/a b' /c", {"a b": 1}, {"c": 1}),
        ("move /a~1b /c~0d", {"a/b": 1}, {"c~d": 1}),
        ('set /type "track"', {}, {"type": "track"}),
        ('set /properties/tags ["a", "b c"]', {"properties": None}, {"properties": {"tags": ["a", "b c"]}}),
        ("remove /properties/mood", {"properties": {"mood": 11, "a": 1}}, {"properties": {"a": 1}}),
        ("number /a", {"a": "11"}, {"a": 11}),
        ("number /a", {"a": "4.5"}, {"a": 4.5}),
        ("number /a", {"a": "123456789012345678901"}, {"a": 123456789012345678901}),
        ("text /a", {"a": 7}, {"a": "7"}),
        ("\n  move /a /b \n\n set /c 1 \n", {"a": 1}, {"b": 1, "c": 1}),
    ],
)
def test_a_step_does_what_it_says(text, event, then):
    assert changed(text, event) == then


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("move /nowhere /b", {"a": 1}),
        ("move /a /b/c", {"a": 1, "b": "text"}),
        ("set /a/b 1", {"a": [1]}),
        ("remove /a/b/c", {"a": {"b": 1}}),
        ("number /a", {"a": "eleven"}),
        ("number /a", {"a": "nan"}),
        ("number /a", {"a": ["1"]}),
        ("text /a", {"a": {"b": 1}}),
        ("text /a", {"a": "x"}),
    ],
)
def test_what_is_not_there_or_does_not_fit_is_left_alone(text, event):
    assert changed(text, json.loads(json.dumps(event))) == event


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rename /a /b", "Line 1: 'rename' is none of move, set, remove, number, text"),
        ("set /a 1\nmove /a", "Line 2: move takes 2 paths"),
        ("remove /a /b", "Line 1: remove takes 1 path"),
        ("remove a", "Line 1: 'a' is no path"),
        ("set /a track", "Line 1: Expecting value"),
        ("set /a", "Line 1: Expecting value"),
        ("set", "Line 1: '' is no path"),
        ("move '/a /b", "Line 1: No closing quotation"),
        ("move /a /a/b", "Line 1: a field cannot be moved into itself"),
        ("\n".join(["remove /a"] * 21), "At most 20 lines"),
        ("remove /" + "a" * 2_000, "At most 20 lines and 2,000 characters"),
        ("set /a " + "[" * 1_990, "Line 1: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, message):
    with pytest.raises(ValueError, match="^" + message.replace("'", "['\"]?")):
        remapping.parse(text)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text):
    with suppress(ValueError):
        remapping.parse(text)


@given(st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), st.lists(STEP, max_size=6))
def test_whatever_the_event_it_stays_json(event, steps):
    json.dumps(changed("\n".join(steps), event))
