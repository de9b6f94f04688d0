import pytest

from tests.moderation.forum import Forum


@pytest.fixture
def forum(db):
    return Forum()


@pytest.fixture
def other(db):
    """Another tenant."""
    return Forum("other")
