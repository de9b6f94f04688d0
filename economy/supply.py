"""The rollup of the point economy by day (metrics.md 3), and what redeemed points are worth."""

from analytics.definitions import DEFINITIONS, Definition
from analytics.rollups.rollup import ROLLUPS, Rollup
from economy.models import MOST_POINTS

KEY = "point_economy_daily"

DEFINITIONS.register(
    Definition(
        "redemption",
        "Redemption of points",
        "What redeemed points are worth: so many points are so many BNB.",
        {"points": 10_000, "bnb": 0.01},
        limits={"points": (1, MOST_POINTS), "bnb": (0, 1_000_000)},
    )
)

ROLLUPS.register(
    Rollup(
        key=KEY,
        title="The point economy by day",
        table=KEY,
        grain="day",
        app="economy",
        definitions=("redemption",),
        # It reads every transfer that came after them, whose number of statements would be squared with a history.
        at_once=124,
    )
)
