from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q, Value

EXCLUDED = "Of a bot or a test account: kept apart from every count."


class OfPersonAndDay(models.Model):
    """What the tables of wellbeing by person and day have in common."""

    person_id = models.UUIDField()
    date = models.DateField(help_text="Day in the workspace's time zone.")
    excluded = models.BooleanField(help_text=EXCLUDED)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    calculated_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.person_id} {self.date}"


class WellbeingActivityDaily(OfPersonAndDay):
    """One row a person and day with an activation session started or a micro-act.

    A session belongs to the day it starts, whenever it is completed within the 12 hours after.
    """

    pk = models.CompositePrimaryKey("person_id", "date", "excluded")
    activations_started = models.IntegerField(help_text="Activation sessions started.")
    activations_completed = models.IntegerField(help_text="Those of them that were completed.")
    activations_all_rounds = models.IntegerField(help_text="Those of the completed with all 8 rounds.")
    last_started_at = models.DateTimeField(null=True, help_text="When the last activation session started.")
    last_event_at = models.DateTimeField(null=True, help_text="Last event of these sessions, maybe after midnight.")
    unstarted_at = models.DateTimeField(null=True, help_text="First event of a session that nobody started.")
    mood_shifts = models.IntegerField(help_text="Completed sessions with both moods.")
    mood_shift_sum = models.FloatField(help_text="End mood minus start mood of them, added up.")
    start_mood = models.FloatField(null=True, help_text="Mood at the start of the last completed session, 1 to 10.")
    end_mood = models.FloatField(null=True, help_text="Mood at the end of the last completed session, 1 to 10.")
    micro_acts = models.IntegerField(help_text="Micro-acts recorded.")
    acts_for_others = models.IntegerField(help_text="Micro-acts whose impact scope is anything but self.")
    value_score_sum = models.FloatField(help_text="Value scores of the acts for others added up; a missing one is 0.")
    micro_acts_shared = models.IntegerField(help_text="Micro-acts shared to the feed.")

    class Meta(OfPersonAndDay.Meta):
        db_table = "wellbeing_activity_daily"
        ordering = ["date", "person_id"]
        verbose_name = "wellbeing activity of a day"
        verbose_name_plural = "wellbeing activity by day"
        indexes = [models.Index(fields=["workspace", "date"], name="wellbeing_activity_by_day")]


class WaveActivityDaily(OfPersonAndDay):
    """One row a person, wave and day with any event of the person in the wave."""

    pk = models.CompositePrimaryKey("person_id", "date", "wave_id", "excluded")
    wave_id = models.TextField(help_text="The sender's id of the wave; empty where none was sent.")
    registered = models.BooleanField(help_text="Registered for the wave.")
    joined = models.BooleanField(help_text="Joined the wave.")
    left = models.BooleanField(help_text="Left the wave before its end.")
    interactions = models.IntegerField(help_text="Interactions in the wave.")
    discussed = models.BooleanField(help_text="Took part in the discussion.")
    micro_acts_shared = models.IntegerField(help_text="Micro-acts shared in the wave.")
    ratings = models.IntegerField(help_text="Ratings given.")
    rating_sum = models.FloatField(help_text="Ratings, 1 to 5, added up.")
    energy_boosts = models.IntegerField(help_text="Feedbacks that tell the energy before and after.")
    energy_boost_sum = models.FloatField(help_text="Energy after minus energy before of them, added up.")

    class Meta(OfPersonAndDay.Meta):
        db_table = "wave_activity_daily"
        ordering = ["date", "wave_id", "person_id"]
        verbose_name = "part in a wave on a day"
        verbose_name_plural = "parts in waves by day"
        indexes = [
            models.Index(fields=["workspace", "date"], name="wave_activity_by_day"),
            models.Index(fields=["workspace", "wave_id"], name="wave_activity_by_wave"),
        ]


class Streak(models.Model):
    """One row a person and run of consecutive days with a completed activation, as long as it can be.

    The streak of any day in it is the number of its days up to that one; on a day in no run it is 0.
    """

    pk = models.CompositePrimaryKey("person_id", "started_on", "excluded")
    person_id = models.UUIDField()
    started_on = models.DateField(help_text="First day of the run, in the workspace's time zone.")
    ended_on = models.DateField(help_text="Last day of the run so far.")
    excluded = models.BooleanField(help_text=EXCLUDED)
    workspace = models.ForeignKey(
        "config.Workspace", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        ordering = ["started_on", "person_id"]
        indexes = [
            # Which runs touch some days, as cheap for old days as for yesterday.
            GistIndex(Func(F("started_on"), F("ended_on"), Value("[]"), function="daterange"), name="streak_by_days"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ended_on__gte=F("started_on")), name="streak_forward")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_on} to {self.ended_on}"


def points(help_text: str) -> "models.DecimalField[float, float]":
    """A part of an index, 0 to 100 by its default definition; 4 decimals, since none of them is rounded before it."""
    return models.DecimalField(max_digits=11, decimal_places=4, help_text=help_text)


class UserWellbeingDaily(OfPersonAndDay):
    """One row a person and day with wellbeing activity, a part in a wave, a post or an interaction: both indices."""

    pk = models.CompositePrimaryKey("person_id", "date", "excluded")
    streak = models.IntegerField(help_text="Consecutive days with a completed activation that end with the day.")
    mood_points = points("M: of the mood shift of the last completed activation session.")
    acts_points = points("A: of the micro-acts.")
    community_points = points("C: of posts, interactions given and a wave.")
    streak_points = points("K: of the days of the streak before this one.")
    flourish_index = models.DecimalField(max_digits=9, decimal_places=2, help_text="Weighted sum of M, A, C and K.")
    benefit_points = points("B: of the acts for others and their value scores.")
    sharing_points = points("S: of interactions given and micro-acts shared to the feed.")
    wave_points = points("W: of the wave, its discussion and micro-acts shared in it.")
    add_value_index = models.DecimalField(max_digits=9, decimal_places=2, help_text="Weighted sum of B, S and W.")

    class Meta(OfPersonAndDay.Meta):
        db_table = "user_wellbeing_daily"
        ordering = ["date", "person_id"]
        verbose_name = "wellbeing of a person on a day"
        verbose_name_plural = "wellbeing of people by day"
        indexes = [models.Index(fields=["workspace", "date"], name="user_wellbeing_by_day")]
