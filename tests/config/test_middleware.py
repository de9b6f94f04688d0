"""NUL in an address is refused where something is read, and never where something is sent."""

import pytest


@pytest.mark.parametrize(
    "path", ["/api/metrics/platform-summary/?workspace=%00", "/api/nothing%00", "/v1/projects/%00/settings"]
)
def test_the_api_says_so(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("query", ["q=%00", "workspace__id__exact=a%00b"])
def test_a_page_of_the_admin_is_not_shown(admin_client, query):
    assert admin_client.get(f"/admin/config/run/?{query}").status_code == 400


def test_events_are_taken_whatever_their_address(client, db):
    # It gets as far as the key.
    assert client.post("/api/events?odd=%00", "[]", "application/json").status_code == 401


def test_a_door_gives_no_session_and_asks_for_no_form(admin_client):
    answer = admin_client.post("/api/events", "[]", "application/json", headers={"Origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_key")
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/v1/nothing", "/api/events/nothing"])
def test_an_address_that_no_door_has_is_told_so(client, path):
    answer = client.post(path, "{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
