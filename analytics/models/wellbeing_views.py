"""Views of activations and waves for reading with SQL: rates and means stand in them as columns."""

from django.db import models
from django_pgviews import view as pg


class ActivationStats(pg.View):
    """One row a workspace and day of wellbeing_daily, without bots and test accounts, with the rates of activations."""

    sql = """
        SELECT
            workspace_id,
            date,
            activations_started,
            activations_completed,
            activations_all_rounds,
            activations_all_rounds::float8 / nullif(activations_started, 0) AS completion,
            activations_completed::float8 / nullif(activations_started, 0) AS completed_rate,
            mood_shift_sum / nullif(mood_shifts, 0) AS mood_shift,
            streak_people AS practising_people,
            streak_sum::float8 / nullif(streak_people, 0) AS streak
        FROM wellbeing_daily
        WHERE NOT with_bots
    """

    workspace_id = models.IntegerField()
    date = models.DateField(primary_key=True, help_text="Day in the workspace's time zone.")
    activations_started = models.IntegerField(help_text="Activations started on the day.")
    activations_completed = models.IntegerField(help_text="Of them those completed, with however many rounds.")
    activations_all_rounds = models.IntegerField(help_text="Of them those completed with all 8 rounds.")
    completion = models.FloatField(null=True, help_text="Completed with all 8 rounds, divided by started.")
    completed_rate = models.FloatField(null=True, help_text="Completed, divided by started.")
    mood_shift = models.FloatField(
        null=True, help_text="Mean of mood at the end minus at the start, of completed ones."
    )
    practising_people = models.IntegerField(help_text="People with a streak on the day.")
    streak = models.FloatField(null=True, help_text="Mean streak of those who practise.")

    class Meta:
        managed = False
        db_table = "activation_stats"

    def __str__(self) -> str:
        return str(self.date)


class WaveParticipationStats(pg.View):
    """One row a workspace and wave with anybody in it but bots and test accounts, over all its days."""

    sql = """
        SELECT
            workspace_id,
            wave_id,
            min(first_day) AS first_day,
            max(last_day) AS last_day,
            count(*) FILTER (WHERE registered) AS registered_people,
            count(*) FILTER (WHERE joined) AS joined_people,
            count(*) FILTER (WHERE registered AND joined) AS attended_people,
            100.0::float8 * count(*) FILTER (WHERE registered AND joined)
            / nullif(count(*) FILTER (WHERE registered), 0) AS attendance_percent,
            count(*) FILTER (WHERE has_left) AS left_people,
            count(*) FILTER (WHERE discussed) AS discussing_people,
            sum(interactions)::integer AS interactions,
            sum(micro_acts_shared)::integer AS micro_acts_shared,
            sum(ratings)::integer AS ratings,
            sum(rating_sum) / nullif(sum(ratings), 0) AS rating,
            sum(energy_boost_sum) / nullif(sum(energy_boosts), 0) AS energy_boost
        FROM (
            SELECT
                workspace_id,
                wave_id,
                person_id,
                min(date) AS first_day,
                max(date) AS last_day,
                bool_or(registered) AS registered,
                bool_or(joined) AS joined,
                bool_or("left") AS has_left,
                bool_or(discussed) AS discussed,
                sum(interactions) AS interactions,
                sum(micro_acts_shared) AS micro_acts_shared,
                sum(ratings) AS ratings,
                sum(rating_sum) AS rating_sum,
                sum(energy_boosts) AS energy_boosts,
                sum(energy_boost_sum) AS energy_boost_sum
            FROM wave_activity_daily
            WHERE NOT excluded
            GROUP BY 1, 2, 3
        ) AS part
        GROUP BY 1, 2
    """

    workspace_id = models.IntegerField()
    wave_id = models.TextField(primary_key=True, help_text="The sender's id of the wave.")
    first_day = models.DateField(help_text="First day on which anybody did anything in it.")
    last_day = models.DateField(help_text="Last such day.")
    registered_people = models.IntegerField(help_text="Distinct people who registered.")
    joined_people = models.IntegerField(help_text="Distinct people who joined.")
    attended_people = models.IntegerField(help_text="Joined and had registered, whenever.")
    attendance_percent = models.FloatField(null=True, help_text="Attended per 100 registered.")
    left_people = models.IntegerField(help_text="Distinct people who left it.")
    discussing_people = models.IntegerField(help_text="Distinct people who took part in a discussion.")
    interactions = models.IntegerField(help_text="Interactions in it.")
    micro_acts_shared = models.IntegerField(help_text="Micro-acts shared in it.")
    ratings = models.IntegerField(help_text="Feedback with a rating.")
    rating = models.FloatField(null=True, help_text="Mean, 1 to 5.")
    energy_boost = models.FloatField(null=True, help_text="Mean of energy after minus before.")

    class Meta:
        managed = False
        db_table = "wave_participation_stats"

    def __str__(self) -> str:
        return self.wave_id
