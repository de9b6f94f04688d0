import pytest
from django.utils import timezone

from config.lib.redis import client
from tests.analytics.community import Community


@pytest.fixture(scope="module", autouse=True)
def _fills(request):
    """All rollups would be filled for each test of one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Community, "fills", getattr(request.module, "FILLS", ()))
        yield


@pytest.fixture
def community(db, _emptied):
    return Community()


@pytest.fixture
def as_filled(db, _emptied):
    """Call it with a community that a module has filled for all its tests (`lasting_db`), to get it as it was then."""
    return Community.again


@pytest.fixture
def _emptied():
    yield
    for key in client().scan_iter("commons*:*"):
        client().delete(key)


@pytest.fixture
def now_is(monkeypatch):
    """Call it with an instant to have it be now."""

    def set_clock(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock
