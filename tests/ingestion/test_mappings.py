"""Rows of a CSV dump as events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.mappings import stack_exchange

USER = {"Id": "7", "CreationDate": "2011-05-05T10:00:00.000"}
POST = {
    "Id": "12",
    "PostTypeId": "1",
    "CreationDate": "2011-05-06T10:00:00.000",
    "OwnerUserId": "7",
    "Score": "-3",
    "ViewCount": "",
    "CommentCount": "2",
}


def test_a_user_registered_when_the_account_was_made():
    assert stack_exchange(USER) == {
        "type": "track",
        "event": "user_registered",
        "messageId": "user-7",
        "userId": "7",
        "timestamp": "2011-05-05T10:00:00.000",
        "properties": {},
    }


def test_a_question_is_a_post_with_the_counters_it_has():
    assert stack_exchange(POST) == {
        "type": "track",
        "event": "post_created",
        "messageId": "post-12",
        "userId": "7",
        "timestamp": "2011-05-06T10:00:00.000",
        "properties": {"post_id": "12", "score": -3, "comment_count": 2},
    }


def test_an_answer_is_a_comment():
    assert stack_exchange(POST | {"PostTypeId": "2"})["event"] == "comment_created"


def test_any_other_post_keeps_its_type():
    envelope = stack_exchange(POST | {"PostTypeId": "5"})
    assert (envelope["event"], envelope["properties"]["post_type_id"]) == ("post_created", 5)


@pytest.mark.parametrize("owner", ["", "-1", None])
def test_posts_of_people_who_left_and_of_the_system_are_nobodys(owner):
    assert stack_exchange(POST | {"OwnerUserId": owner})["userId"] is None


@pytest.mark.parametrize("column", ["Id", "CreationDate"])
def test_a_missing_column_is_named(column):
    for row in (USER, POST):
        with pytest.raises(KeyError, match=column):
            stack_exchange({name: value for name, value in row.items() if name != column})


@pytest.mark.parametrize(
    "change",
    [
        {"Score": "3.5"},
        {"Score": "many"},
        {"Score": "9" * 5_000},
        {"PostTypeId": ""},
        {"PostTypeId": None},
        {"Id": None},
        {"Id": ""},
        {"CreationDate": None},
    ],
)
def test_a_value_that_is_missing_or_no_number_is_named(change):
    (column,) = change
    with pytest.raises(ValueError, match=column):
        stack_exchange(POST | change)


@pytest.mark.parametrize("change", [{"Id": ""}, {"CreationDate": ""}])
def test_a_user_has_an_id_and_a_date(change):
    with pytest.raises(ValueError, match=r"is missing"):
        stack_exchange(USER | change)


@given(st.fixed_dictionaries({name: st.none() | st.text() | st.integers().map(str) for name in POST}))
def test_any_row_is_an_envelope_or_a_value_error(row):
    try:
        envelope = stack_exchange(row)
    except ValueError:
        return
    assert envelope["event"] in {"post_created", "comment_created"}
    assert envelope["timestamp"]
