"""What is personal in an event is put out, and nothing else is."""

import pytest

from ingestion.masking import MASK, is_personal, masked, masked_errors


@pytest.mark.parametrize(
    "key",
    [
        *("email", "Email", "userEmail", "e-mail", "contact_email", "phone", "phoneNumber", "mobile"),
        *("ip", "ipAddress", "IPAddress", "client_ip", "address", "street", "postcode", "city"),
        *("name", "first_name", "lastName", "fullName", "username", "user_name", "displayName"),
        *("user_id", "userId", "userid", "anonymousId", "previous_id", "distinct_id", "birthday", "password"),
    ],
)
def test_keys_that_say_something_of_a_person(key):
    assert is_personal(key)


@pytest.mark.parametrize(
    "key",
    [
        *("event_name", "eventName", "page_name", "product_name", "post_id", "postId", "message_id", "sessionId"),
        *("title", "description", "shipping", "recipe", "zipped", "value", "emailed", "properties", "plan"),
    ],
)
def test_keys_that_do_not(key):
    assert not is_personal(key)


def test_values_are_put_out_by_their_key_or_by_their_look():
    event = {
        "event_name": "post_created",
        "user_id": "42",
        "properties": {
            "author": {"email": "ada@example.com", "karma": 7},
            "note": "write to ada@example.com",
            "seen_from": "10.1.2.3",
            "call": "+43 660 1234567",
            "tags": ["news", "ada@example.com"],
            "version": "1.2.3",
            "ada@example.com": True,
            "address": {"street": "Ring 1"},
        },
    }
    assert masked(event) == {
        "event_name": "post_created",
        "user_id": MASK,
        "properties": {
            "author": {"email": MASK, "karma": 7},
            "note": MASK,
            "seen_from": MASK,
            "call": MASK,
            "tags": ["news", MASK],
            "version": "1.2.3",
            MASK: True,
            "address": MASK,
        },
    }


def test_messages_that_may_quote_what_is_personal_are_put_out():
    errors = [
        {"path": "/properties/email", "message": '"ada" is not of type "number"'},
        {"path": "/properties", "message": '{"first_name":"Ada"} is not valid'},
        {"path": "/properties/note", "message": '"ada@example.com" is too short'},
        {"path": "/properties/karma", "message": '"x" is not of type "integer"'},
    ]
    assert [error["message"] for error in masked_errors(errors)] == [MASK, MASK, MASK, errors[3]["message"]]
    assert [error["path"] for error in masked_errors(errors)] == [error["path"] for error in errors]
