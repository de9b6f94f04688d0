"""Fast uuids are the ordinary ones."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lib import uuids

NAMES = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.uuids(), NAMES)
def test_uuid5_is_that_of_the_standard_library(namespace, name):
    made = uuids.uuid5(namespace, name)
    assert made == uuid.uuid5(namespace, name)
    assert (made.version, made.variant, hash(made)) == (5, uuid.RFC_4122, hash(uuid.UUID(str(made))))


@given(st.uuids())
def test_every_form_of_a_uuid_is_read(value):
    for text in (str(value), str(value).upper(), value.hex, value.urn, f"{{{value}}}"):
        assert uuids.parse(text) == value


@given(st.text(max_size=40))
def test_whatever_else_raises_value_error_as_the_constructor_does(text):
    try:
        expected = uuid.UUID(text)
    except ValueError:
        with pytest.raises(ValueError, match=r".*"):
            uuids.parse(text)
    else:
        assert uuids.parse(text) == expected


@pytest.mark.parametrize("text", ["0" * 36, "-" * 36, "g" * 36, " " * 36, "00000000-0000-4000-8000-00000000000_"])
def test_text_of_the_right_length_is_not_enough(text):
    with pytest.raises(ValueError, match=r".*"):
        uuids.parse(text)
