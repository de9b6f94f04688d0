"""What every test of the project may count on."""

import pytest

from ingestion import keys, partitions, registry, store


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """A test's rows are rolled back or truncated, so what a process remembers of them must go as well."""
    keys.forget()
    partitions.forget()
    store.forget()
    registry._known.clear()
