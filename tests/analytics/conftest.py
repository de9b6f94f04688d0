import pytest
from django.utils import timezone

from config.lib.redis import client
from tests.analytics.community import Community


@pytest.fixture
def community(db):
    yield Community()
    for key in client().scan_iter("commons*:*"):
        client().delete(key)


@pytest.fixture
def now_is(monkeypatch):
    """Call it with an instant to have it be now."""

    def set_clock(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock
