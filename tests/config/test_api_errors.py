"""Whatever goes wrong in the API has the body {code, message, details}."""

import pytest
from django.test import Client

from config.api import errors


@pytest.mark.parametrize("path", ["/api/nothing", "/api/events/more", "/api/"])
def test_an_address_that_is_not_there_answers_as_the_api_does(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert set(answer.json()) == {"code", "message", "details"}


def test_a_page_that_is_not_there_is_a_page(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_host_that_is_not_ours_is_refused_in_json():
    answer = Client(headers={"host": "evil.example"}).get("/api/events")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_failure_of_ours_tells_nothing_of_itself(rf):
    answer = errors.server_error(rf.get("/api/events"))
    assert answer.status_code == 500
    assert b"server_error" in answer.content
