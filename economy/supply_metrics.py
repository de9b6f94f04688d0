"""Metrics of the point economy (metrics.md 3)."""

from analytics.metrics import METRICS, Kind, Metric
from economy.models import Transfer
from economy.supply import KEY

FLOWS, BALANCES = "points", "balances"
PERCENTILES = (10, 25, 75, 90, 99)
HAVE = "the people who have an account, those with 0 points included"


def _metric(  # noqa: PLR0913, PLR0917 a row of what differs
    key: str,
    title: str,
    unit: str,
    definition: str,
    numerator: str,
    kind: Kind = "sum",
    denominator: str = "",
    recount: str = FLOWS,
    scale: int = 1,
) -> Metric:
    return Metric(
        key,
        title,
        unit,
        definition,
        numerator,
        kind,
        denominator,
        data_points="people" if recount == BALANCES else "transfers",
        rollup=KEY,
        recount=recount,
        scale=scale,
        higher_is_better=None,
    )


METRICS.register(
    _metric(
        "total_points_in_circulation",
        "Points in circulation",
        "points",
        "Balances of all people's accounts at the end of the time.",
        "total_points_in_circulation",
        "holds",
    ),
    _metric("points_earned", "Points earned", "points", "Points that people got from the workspace.", "earned"),
    _metric("points_spent", "Points spent", "points", "Points that people gave to the workspace.", "spent"),
    _metric("points_net", "Net points", "points", "Points earned less points spent.", "net"),
    _metric(
        "inflation_rate",
        "Inflation of points",
        "%",
        "Change of the points in circulation in per cent of those at the beginning of the day.",
        "net",
        "day_ratio",
        "points_before",
        scale=100,
    ),
    _metric(
        "point_velocity",
        "Velocity of points",
        "ratio",
        "Points spent on the day divided by the mean of the points in circulation at its beginning and its end.",
        "spent",
        "day_ratio",
        "mean_points",
    ),
    _metric(
        "bnb_redeemed",
        "BNB redeemed",
        "BNB",
        "Points redeemed, by what the definition redemption says that they are worth.",
        "bnb_redeemed",
    ),
    _metric(
        "users_with_points",
        "People with points",
        "people",
        "People with more than 0 points at the end of the time.",
        "users_with_points",
        "holds",
        recount=BALANCES,
    ),
    _metric(
        "median_balance",
        "Median balance",
        "points",
        f"The balance in the middle of those of {HAVE}.",
        "median_balance",
        "holds",
        recount=BALANCES,
    ),
    *(
        _metric(
            f"balance_p{percent}",
            f"Balance at {percent} %",
            "points",
            f"The least balance that {percent} % of {HAVE} have at most.",
            f"balance_p{percent}",
            "holds",
            recount=BALANCES,
        )
        for percent in PERCENTILES
    ),
    _metric(
        "top_1_percent_balance",
        "Points of the top 1 %",
        "points",
        f"Points held by the richest hundredth, rounded up, of {HAVE}.",
        "top_1_percent_balance",
        "holds",
        recount=BALANCES,
    ),
    _metric(
        "top_1_percent_share",
        "Share of the top 1 %",
        "ratio",
        "Points of the richest hundredth divided by the points of all people who are not erased.",
        "top_1_percent_balance",
        "day_ratio",
        "points_held",
        recount=BALANCES,
    ),
    _metric(
        "gini",
        "Gini of balances",
        "index",
        f"0 where everybody has the same, near 1 where one has all: over the balances of {HAVE}.",
        "gini_numerator",
        "day_ratio",
        "gini_denominator",
        recount=BALANCES,
    ),
    *(
        _metric(
            f"{kind.value}_count",
            f"{kind.label}: transfers",
            "transfers",
            f"Transfers of the kind {kind.value} between people and the workspace.",
            f"{kind.value}_count",
        )
        for kind in Transfer.Kind
    ),
    *(
        _metric(
            f"{kind.value}_points",
            f"{kind.label}: points",
            "points",
            f"Points that people got or gave by transfers of the kind {kind.value} with the workspace.",
            f"{kind.value}_points",
        )
        for kind in Transfer.Kind
    ),
    *(
        _metric(
            f"{kind.value}_earned",
            f"{kind.label}: points earned",
            "points",
            f"Points that people got by transfers of the kind {kind.value} with the workspace; they gave the others.",
            f"{kind.value}_earned",
        )
        for kind in Transfer.Kind
    ),
)
