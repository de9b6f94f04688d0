"""The dashboard of points, and what of them stands among the numbers of all."""

from analytics.dashboards import DASHBOARDS, MORE_CARDS, Chart, Dashboard, Target
from economy.models import Transfer
from economy.panels import KINDS as KINDS_TABLE
from economy.panels import LEADING, SPREAD

HEALTH = "point_health"
KINDS = tuple(kind.value for kind in Transfer.Kind)

ECONOMY = Dashboard(
    key="economy",
    title="Point economy",
    cards=(
        "total_points_in_circulation",
        "points_earned",
        "points_spent",
        "points_net",
        "inflation_rate",
        "users_with_points",
        "median_balance",
        "top_1_percent_share",
        "gini",
        "point_velocity",
        "bnb_redeemed",
    ),
    charts=(
        Chart("supply", "Points in circulation", "line", ("total_points_in_circulation",)),
        Chart(
            "bands",
            "Balances by part of the people",
            "line",
            ("balance_p10", "balance_p25", "median_balance", "balance_p75", "balance_p90", "balance_p99"),
        ),
        Chart("gini", "Gini of balances", "line", ("gini",), target=Target("Alert above", HEALTH, "gini")),
        Chart("velocity", "Velocity of points", "line", ("point_velocity",)),
        Chart("net", "Earned and spent by day", "line", ("points_earned", "points_spent")),
        Chart("earned", "Points earned by kind", "stacked", tuple(f"{kind}_earned" for kind in KINDS)),
        Chart("moved", "Transfers by kind", "stacked", tuple(f"{kind}_count" for kind in KINDS)),
        Chart(
            "inflation",
            "Inflation in % a day",
            "line",
            ("inflation_rate",),
            average=True,
            target=Target("Alert above", HEALTH, "inflation_percent"),
        ),
    ),
    panels=(KINDS_TABLE, SPREAD, LEADING),
)

DASHBOARDS.register(ECONOMY)
MORE_CARDS["executive"] = ("total_points_in_circulation", "points_earned", "points_spent", "bnb_redeemed")
