"""Views for reading with SQL: what is worked out on reading stands in them as columns."""

from django.db import models
from django_pgviews import view as pg


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
    community_id = models.TextField(primary_key=True)
    date = models.DateField()
    members = models.IntegerField()

    class Meta:
        managed = False
        db_table = "community_engagement"

    def __str__(self) -> str:
        return f"{self.community_id} {self.date}"
