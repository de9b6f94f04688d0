"""The admin's pages as tests ask for them."""

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse


def url(row, page):
    """Of a row: change, history, delete, or an action of its page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def log_in(user, **options):
    """A browser in which the user is logged in; options are the test client's."""
    client = Client(**options)
    client.force_login(user)
    return client


def act(client, row, action):
    """The answer to an action on the row, chosen in the list."""
    return client.post(list_url(type(row)), {"action": action, "_selected_action": [row.pk]})


def confirm(client, row, action, **fields):
    """The answer to the button of a row's dialog."""
    return client.post(url(row, action), {"_form_submitted": "True"} | fields)


def said(response):
    """The messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]
