"""What every test of the project may count on."""

import pytest
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler

from config.models import Workspace
from economy import arrivals
from ingestion import contexts, doors, keys, partitions, registry, store, sweep
from moderation import pattern_hours


@pytest.fixture(autouse=True)
def _nothing_remembered():
    forget()


def forget():
    """A test's rows are rolled back or truncated, so what a process remembers of them must go as well."""
    keys.forget()
    partitions.forget()
    store.forget()
    doors.forget()
    contexts.forget()
    registry._known.clear()
    sweep.forget()
    arrivals.forget()
    pattern_hours.forget()


@pytest.fixture(scope="module")
def lasting_db(django_db_setup, django_db_blocker):
    """Rows for all tests of a module, each of which undoes its own: for what is dear to fill and only read.

    A test that asks for it takes `db` after it.
    """
    forget()
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def committed_ledger(transactional_db):
    """For tests that commit transfers, which no test can empty: ledgers go with their workspaces."""
    yield
    Workspace.objects.all().delete()


@pytest.fixture(scope="session")
def _handler():
    """Loaded once: the middleware for static files looks for them on the disk."""
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()
    return handler


@pytest.fixture
def client(_handler):
    """Django's test client, with cookies of its own."""
    made = Client()
    made.handler = _handler
    return made
