"""Views for reading with SQL: what is worked out on reading stands in them as columns."""

import json
from collections.abc import Mapping

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django_pgviews import view as pg

from analytics.profile_rules import COMPLETION, TRAITS, UNKNOWN_TYPE, USER_TYPE


class CommunityEngagement(pg.View):
    """One row a community and day of community_daily, with members at its end and the rates (metrics.md)."""

    sql = """
        SELECT
            *,
            posts::float8 / nullif(members, 0) AS avg_posts_per_member,
            active_members::float8 / nullif(members, 0) AS engagement_rate,
            member_change::float8 / nullif(members_before, 0) AS growth_rate,
            members_left::float8 / nullif(members_before, 0) AS churn_rate,
            (members_before - members_left)::float8 / nullif(members_before, 0) AS retention_rate
        FROM (
            SELECT
                daily.*,
                (sum(member_change) OVER so_far)::integer AS members,
                (sum(member_change) OVER so_far - member_change)::integer AS members_before
            FROM community_daily AS daily
            WINDOW so_far AS (PARTITION BY workspace_id, community_id ORDER BY date)
        ) AS daily
    """

    workspace_id = models.IntegerField()
    community_id = models.TextField(primary_key=True, help_text="The sender's id of the community.")
    date = models.DateField(help_text="Day in the workspace's time zone.")
    new_members = models.IntegerField(help_text="Times that somebody became a member.")
    members_left = models.IntegerField(help_text="Times that a member left.")
    member_change = models.IntegerField(help_text="New members without those who left.")
    active_members = models.IntegerField(
        help_text="Members at day end who posted, commented, voted or collected in it."
    )
    active_people = models.IntegerField(help_text="The same, whether members or not.")
    posts = models.IntegerField(help_text="Posts in it.")
    comments = models.IntegerField(help_text="Comments in it.")
    total_interactions = models.IntegerField(help_text="Posts, comments, likes, shares, votes and collections in it.")
    calculated_at = models.DateTimeField()
    members = models.IntegerField(help_text="Members at the end of the day.")
    members_before = models.IntegerField(help_text="Members at its start.")
    avg_posts_per_member = models.FloatField(null=True, help_text="Posts divided by members.")
    engagement_rate = models.FloatField(null=True, help_text="Active members divided by members.")
    growth_rate = models.FloatField(null=True, help_text="Member change divided by members at the start.")
    churn_rate = models.FloatField(null=True, help_text="Members who left divided by members at the start.")
    retention_rate = models.FloatField(null=True, help_text="1 - churn_rate.")

    class Meta:
        managed = False
        db_table = "community_engagement"

    def __str__(self) -> str:
        return f"{self.community_id} {self.date}"


def _held(key: str, default: Mapping[str, object]) -> str:
    """SQL of what a definition holds today in the workspace of the person, as jsonb."""
    return f"""
        '{json.dumps(default)}'::jsonb || coalesce((
            SELECT held.value
            FROM analytics_definitionversion AS held
            WHERE
                held.workspace_id = person.workspace_id AND held.key = '{key}' AND held.retired_at IS NULL
                AND held.valid_from <= (now() AT TIME ZONE workspace.time_zone)::date
            ORDER BY held.valid_from DESC
            LIMIT 1
        ), '{{}}')"""  # noqa: S608 the only parts put in are our own


def _trait(part: str) -> str:
    """SQL of the first of a part's traits that is not empty, as jsonb."""
    names = ", ".join(f"nullif(nullif(nullif(said.traits -> '{name}', '\"\"'), 'null'), '[]')" for name in TRAITS[part])
    return f"coalesce({names})"


def _points(part: str, condition: str) -> str:
    return f"CASE WHEN {condition} THEN (rule.points ->> '{part}')::integer ELSE 0 END"


_HAS = {part: f"{_trait(part)} IS NOT NULL" for part in TRAITS} | {
    "headline": f"length(btrim({_trait('headline')} #>> '{{}}')) > (rule.points ->> 'headline_longer_than')::integer",
    "experience": f"({_trait('experience')} IS NOT NULL OR entries.experiences > 0)",
    "education": f"({_trait('education')} IS NOT NULL OR entries.educations > 0)",
}


class UnifiedUser(pg.View):
    """One row a person with any counted event, from whatever sources: ids, traits, how complete the profile is.

    Bots and test accounts are not in it. Columns that nobody names cost nothing.
    """

    sql = f"""
        SELECT
            person.workspace_id,
            person.person_id,
            ids.distinct_ids,
            coalesce(seen.sources, '{{}}') AS sources,
            coalesce(cardinality(seen.sources), 0) AS source_count,
            coalesce(nullif(said.traits ->> (typed.value ->> 'trait'), ''), '{UNKNOWN_TYPE}') AS user_type,
            {_trait("first_name")} #>> '{{}}' AS first_name,
            {_trait("last_name")} #>> '{{}}' AS last_name,
            {_trait("email")} #>> '{{}}' AS email,
            {_trait("headline")} #>> '{{}}' AS headline,
            {_trait("linkedin")} #>> '{{}}' AS linkedin,
            {_trait("location")} #>> '{{}}' AS location,
            coalesce(entries.experiences, 0) AS experiences,
            coalesce(entries.educations, 0) AS educations,
            completion.points AS profile_completion,
            completion.points >= (rule.points ->> 'completed_from')::integer AS profile_completed,
            person.signed_up_at,
            person.first_seen_at,
            (
                SELECT max(activity.last_event_at)
                FROM user_activity_daily AS activity
                WHERE activity.person_id = person.person_id AND NOT activity.excluded
            ) AS last_seen_at
        FROM analytics_person AS person
        JOIN config_workspace AS workspace ON workspace.id = person.workspace_id
        CROSS JOIN LATERAL (SELECT {_held("profile_completion", COMPLETION)} AS points) AS rule
        CROSS JOIN LATERAL (SELECT {_held("user_type", USER_TYPE)} AS value) AS typed
        CROSS JOIN LATERAL (
            SELECT
                array_agg(actor.actor_id) AS actor_ids,
                array_agg(known.distinct_id ORDER BY known.distinct_id)
                FILTER (WHERE known.distinct_id IS NOT NULL) AS distinct_ids
            FROM (
                SELECT person.person_id AS actor_id
                UNION ALL
                SELECT link.actor_id FROM ingestion_identitylink AS link WHERE link.person_id = person.person_id
            ) AS actor
            LEFT JOIN ingestion_actor AS known ON known.actor_id = actor.actor_id
        ) AS ids
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_object_agg(latest.key, latest.value), '{{}}') AS traits
            FROM (
                SELECT DISTINCT ON (trait.key) trait.key, trait.value
                FROM ingestion_persontrait AS trait
                WHERE trait.actor_id = ANY(ids.actor_ids) AND trait.workspace_id = person.workspace_id
                ORDER BY trait.key, trait.stated DESC, trait.occurred_at DESC, trait.event_id DESC
            ) AS latest
            WHERE latest.value IS NOT NULL
        ) AS said
        CROSS JOIN LATERAL (
            SELECT sum(entry.experiences)::integer AS experiences, sum(entry.educations)::integer AS educations
            FROM profile_entries_daily AS entry
            WHERE entry.person_id = person.person_id
        ) AS entries
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT source.name::text ORDER BY source.name::text) AS sources
            FROM user_activity_daily AS activity
            CROSS JOIN LATERAL unnest(activity.sources) AS came (source_id)
            JOIN ingestion_source AS source ON source.id = came.source_id
            WHERE activity.person_id = person.person_id AND NOT activity.excluded
        ) AS seen
        CROSS JOIN LATERAL (
            SELECT {" + ".join(_points(part, condition) for part, condition in _HAS.items())} AS points
        ) AS completion
    """  # noqa: S608 the only parts put in are our own

    workspace_id = models.IntegerField()
    person_id = models.UUIDField(primary_key=True)
    distinct_ids = ArrayField(models.TextField(), help_text="Every id the person was sent with.")
    sources = ArrayField(models.TextField(), help_text="Names of the sources of the person's events.")
    source_count = models.IntegerField(help_text="How many these are.")
    user_type = models.TextField(help_text="What the trait named by the definition user_type says.")
    first_name = models.TextField(null=True, help_text="Trait.")
    last_name = models.TextField(null=True, help_text="Trait.")
    email = models.TextField(null=True, help_text="Trait.")
    headline = models.TextField(null=True, help_text="Trait.")
    linkedin = models.TextField(null=True, help_text="Trait.")
    location = models.TextField(null=True, help_text="Trait.")
    experiences = models.IntegerField(help_text="Experiences added to the profile.")
    educations = models.IntegerField(help_text="Educations added to the profile.")
    profile_completion = models.IntegerField(help_text="Points, by the definition profile_completion.")
    profile_completed = models.BooleanField(help_text="Whether these are enough to be complete.")
    signed_up_at = models.DateTimeField(help_text="Sign-up event, else trait created_at, else first seen.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(help_text="Time of the last event, by the last fill.")

    class Meta:
        managed = False
        db_table = "unified_users"

    def __str__(self) -> str:
        return str(self.person_id)
