"""Where somebody lands who types only the address."""

import pytest
from django.urls import reverse


def test_the_root_leads_to_the_admin(client):
    assert client.get("/")["Location"] == "/admin/"


@pytest.mark.django_db
def test_the_admin_begins_with_the_dashboard_that_was_asked_for(admin_client):
    answer = admin_client.get(reverse("admin:index") + "?workspace=forum&days=90")
    assert answer["Location"] == reverse("admin:dashboard_executive") + "?workspace=forum&days=90"
