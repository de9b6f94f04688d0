"""Places that somebody may hold at once."""

from uuid import uuid4

import pytest

from config import busy
from config.lib.redis import client


@pytest.fixture
def name():
    return f"tests:{uuid4()}"


def test_a_place_is_free_again_once_it_is_given_back(name):
    first, second = busy.take(name, 2, 60), busy.take(name, 2, 60)
    assert (busy.take(name, 2, 60), busy.take(f"{name}-other", 2, 60) is None) == (None, False)
    first()
    assert busy.take(name, 2, 60)
    second()
    assert busy.take(name, 2, 60)


def test_a_place_that_nobody_gives_back_runs_out_and_is_then_not_given_back_for_another(name):
    ran_out = busy.take(name, 1, 60)
    assert 0 < client().ttl(f"busy:{name}:0") <= 60
    client().delete(f"busy:{name}:0")
    assert busy.take(name, 1, 60)
    ran_out()
    assert busy.take(name, 1, 60) is None


def test_nobody_is_refused_while_redis_is_away(name, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.cache_clear()
    try:
        for _ in range(3):
            give_back = busy.take(name, 1, 60)
            assert give_back is not None
            give_back()
    finally:
        client.cache_clear()
