"""The demo's forum has points for all of its past; the other communities have none."""

import pytest

from analytics import demo as analytics_demo
from economy import demo
from economy.models import LevelReached, Transfer
from tests.economy.village import Village, joined, posted

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("slug", "points"), [("forum", 95), ("social", 0)])
def test_the_past_of_the_forum_moves_points_once(slug, points):
    village = Village(slug, mode="off", load=False)
    village.send(joined("ada"), posted("ada", 1))
    for _ in range(2):
        for load_more in analytics_demo.PAST_LOADED:
            load_more(village.workspace)
        assert village.points("ada") == {"ada": points}
    assert Transfer.objects.count() == (2 if points else 0)
    demo.look(village.workspace)
    assert LevelReached.objects.count() == (2 if points else 0)
    village.send(posted("ada", 2, post="p2"))
    village.apply()
    assert village.points("ada") == {"ada": points - 5 if points else 0}
