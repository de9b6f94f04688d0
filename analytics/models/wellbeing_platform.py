from django.db import models


class OfWorkspaceAndDate(models.Model):
    """What the tables of wellbeing by workspace and bucket have in common."""

    pk = models.CompositePrimaryKey("workspace_id", "date", "with_bots")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="First day of the bucket, in the workspace's time zone.")
    with_bots = models.BooleanField(default=False, help_text="Bots and test accounts are counted in.")
    calculated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.date)


class WellbeingDaily(OfWorkspaceAndDate):
    """One row a workspace and day on which anybody has a wellbeing of a person and day.

    Where bots or test accounts have one there is a second row, which counts them in.
    """

    wellbeing_people = models.IntegerField(help_text="People with a flourish and add-value index.")
    flourish_sum = models.FloatField(help_text="Their flourish indices added up.")
    add_value_sum = models.FloatField(help_text="Their add-value indices added up.")
    streak_people = models.IntegerField(help_text="People with a completed activation.")
    streak_sum = models.IntegerField(help_text="Their streaks added up, in days.")
    activations_started = models.IntegerField()
    activations_completed = models.IntegerField()
    activations_all_rounds = models.IntegerField()
    mood_shifts = models.IntegerField(help_text="Completed sessions with both moods.")
    mood_shift_sum = models.FloatField(help_text="End mood minus start mood of them, added up.")
    micro_acts = models.IntegerField()
    acts_for_others = models.IntegerField()
    micro_acts_shared = models.IntegerField()
    wave_ratings = models.IntegerField(help_text="Ratings of waves.")
    wave_rating_sum = models.FloatField(help_text="Ratings, 1 to 5, added up.")
    energy_boosts = models.IntegerField(help_text="Feedbacks on waves that tell the energy before and after.")
    energy_boost_sum = models.FloatField(help_text="Energy after minus energy before of them, added up.")

    class Meta(OfWorkspaceAndDate.Meta):
        db_table = "wellbeing_daily"
        ordering = ["date"]
        verbose_name = "wellbeing day"


class WaveCounts(OfWorkspaceAndDate):
    """Who took part in the waves of a time."""

    wave_people = models.IntegerField(help_text="Distinct people who joined a wave in the 7 days, or week.")
    wau = models.IntegerField(help_text="Distinct people active in the same time.")

    class Meta(OfWorkspaceAndDate.Meta):
        abstract = True


class PlatformHealthDaily(WaveCounts):
    """Waves, and health with its parts: one row a workspace and day of platform_daily.

    Where bots or test accounts were there is a second one, which counts them in everywhere but in the retention.
    """

    wave_registrations = models.IntegerField(help_text="People registered for a wave, once for each wave.")
    wave_attended = models.IntegerField(
        help_text="People who joined a wave first, having registered for it in the 7 days that end with the day."
    )
    flourish_people = models.IntegerField(help_text="Flourish indices of the 7 days that end with the day.")
    flourish_sum = models.FloatField(help_text="Those added up.")
    retention_people = models.IntegerField(help_text="People whose 7th day after sign-up lies in these 7 days.")
    retained_people = models.IntegerField(help_text="Those of them who were active on it.")
    growth_points = models.FloatField(help_text="Weekly active people against their target, 0 to 100.")
    engagement_points = models.FloatField(null=True, help_text="7-day retention against its target; null for nobody.")
    wellbeing_points = models.FloatField(null=True, help_text="Flourish against its target; null for nobody.")
    community_points = models.FloatField(null=True, help_text="Wave participation against its target; null for nobody.")
    health_quarters = models.IntegerField(help_text="Quarters that are not null.")
    health_points = models.FloatField(help_text="The quarters added up.")

    class Meta(WaveCounts.Meta):
        db_table = "platform_health_daily"
        ordering = ["date"]
        verbose_name = "health of a day"
        verbose_name_plural = "health by day"


class WellbeingWeekly(WaveCounts):
    """Distinct people: one row a workspace and week of platform_weekly.

    Where bots or test accounts were there is a second one, which counts them in.
    """

    streak_people = models.IntegerField(help_text="Distinct people with a completed activation.")

    class Meta(WaveCounts.Meta):
        db_table = "wellbeing_weekly"
        ordering = ["date"]
        verbose_name = "wellbeing week"
