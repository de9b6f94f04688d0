from django.db import models


class KindsOfDay(models.Model):
    """By kind the transfers between people and the workspace's own accounts: how many, of how many points together,
    and how many of these people got; they spent the others.
    """

    registration_bonus_count = models.BigIntegerField()
    registration_bonus_points = models.BigIntegerField()
    registration_bonus_earned = models.BigIntegerField()
    post_creation_count = models.BigIntegerField()
    post_creation_points = models.BigIntegerField()
    post_creation_earned = models.BigIntegerField()
    comment_creation_count = models.BigIntegerField()
    comment_creation_points = models.BigIntegerField()
    comment_creation_earned = models.BigIntegerField()
    like_cost_count = models.BigIntegerField()
    like_cost_points = models.BigIntegerField()
    like_cost_earned = models.BigIntegerField()
    like_reward_count = models.BigIntegerField()
    like_reward_points = models.BigIntegerField()
    like_reward_earned = models.BigIntegerField()
    redemption_count = models.BigIntegerField()
    redemption_points = models.BigIntegerField()
    redemption_earned = models.BigIntegerField()
    adjustment_count = models.BigIntegerField()
    adjustment_points = models.BigIntegerField()
    adjustment_earned = models.BigIntegerField()
    refund_count = models.BigIntegerField()
    refund_points = models.BigIntegerField()
    refund_earned = models.BigIntegerField()
    transfer_count = models.BigIntegerField()
    transfer_points = models.BigIntegerField()
    transfer_earned = models.BigIntegerField()
    reversal_count = models.BigIntegerField()
    reversal_points = models.BigIntegerField()
    reversal_earned = models.BigIntegerField()

    class Meta:
        abstract = True


class PointEconomyDaily(KindsOfDay):
    """One row a workspace and day from that of its first transfer on (metrics.md 3).

    Supply and flows are of all people's accounts, so that they agree with the ledger; how points are spread is of the
    people who have an account at the end of the day, those with 0 points included and erased ones left out.
    """

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    total_points_in_circulation = models.BigIntegerField(help_text="Balances of people at the end of the day.")
    points_before = models.BigIntegerField(help_text="The same at its beginning.")
    mean_points = models.DecimalField(max_digits=22, decimal_places=1, help_text="The mean of both.")
    earned = models.BigIntegerField(help_text="Points that people got from the workspace's own accounts.")
    spent = models.BigIntegerField(help_text="Points that people gave to these.")
    net = models.BigIntegerField(help_text="Earned less spent.")
    transfers = models.BigIntegerField(help_text="Of any kind, between people as well.")
    people = models.BigIntegerField(help_text="With an account.")
    users_with_points = models.BigIntegerField(help_text="Of them those with more than 0 points.")
    points_held = models.DecimalField(max_digits=30, decimal_places=0, help_text="Their balances added up.")
    median_balance = models.DecimalField(max_digits=22, decimal_places=1, null=True)
    balance_p10 = models.BigIntegerField(null=True)
    balance_p25 = models.BigIntegerField(null=True)
    balance_p75 = models.BigIntegerField(null=True)
    balance_p90 = models.BigIntegerField(null=True)
    balance_p99 = models.BigIntegerField(null=True)
    top_1_percent_balance = models.DecimalField(
        max_digits=30, decimal_places=0, help_text="Held by the richest hundredth, at least one."
    )
    top_1_percent_share = models.DecimalField(max_digits=40, decimal_places=10, null=True)
    inflation_rate = models.DecimalField(
        max_digits=40,
        decimal_places=6,
        null=True,
        help_text="Change of the supply in per cent of it before; none: it was 0.",
    )
    gini = models.DecimalField(max_digits=40, decimal_places=10, null=True, help_text="None: nobody has any points.")
    gini_numerator = models.DecimalField(
        max_digits=60, decimal_places=0, help_text="2 * sum of rank by balance, less (people + 1) * points_held."
    )
    gini_denominator = models.DecimalField(max_digits=60, decimal_places=0, help_text="people * points_held.")
    velocity = models.DecimalField(max_digits=40, decimal_places=10, null=True, help_text="Spent by mean supply.")
    bnb_redeemed = models.DecimalField(max_digits=40, decimal_places=12, help_text="Points redeemed, in BNB.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "point_economy_daily"
        ordering = ["date"]
        verbose_name = "day of the point economy"
        verbose_name_plural = "days of the point economy"

    def __str__(self) -> str:
        return str(self.date)
