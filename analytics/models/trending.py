import json

from django.db import models
from django_pgviews import view as pg

# Of the definition "trending" (analytics/trending.py), for workspaces that have not changed it.
TRENDING_DEFAULT = {"like_points": 10, "comment_points": 5, "window_days": 7, "floor_hours": 1.0}


class TrendingPost(pg.ReadOnlyMaterializedView):
    """What trends among posts, by the counts of the last fill: for whatever reads SQL. Refreshed every 15 minutes; one
    row a workspace and post, of which readers filter by workspace_id.
    """

    concurrent_index = "workspace_id, content_id"
    sql = f"""
        SELECT
            scored.*,
            rank() OVER (PARTITION BY workspace_id ORDER BY score DESC) AS rank,
            now() AS calculated_at
        FROM (
            SELECT
                counted.*,
                points / hours AS score
            FROM (
                SELECT
                    content.workspace_id,
                    content.content_id,
                    content.author_id,
                    content.community_id,
                    content.created_at,
                    content.views,
                    content.unique_views,
                    greatest(content.likes, 0) AS likes,
                    content.comments,
                    content.shares,
                    (
                        weights.like_points * greatest(content.likes, 0) + weights.comment_points * content.comments
                    ) AS points,
                    greatest(
                        extract(EPOCH FROM now() - content.created_at)::double precision / 3600, weights.floor_hours
                    ) AS hours
                FROM config_workspace AS workspace
                CROSS JOIN LATERAL jsonb_to_record(
                    '{json.dumps(TRENDING_DEFAULT)}'::jsonb || coalesce((
                        SELECT version.value
                        FROM analytics_definitionversion AS version
                        WHERE
                            version.workspace_id = workspace.id
                            AND version.key = 'trending'
                            AND version.retired_at IS NULL
                            AND version.valid_from <= (now() AT TIME ZONE workspace.time_zone)::date
                        ORDER BY version.valid_from DESC
                        LIMIT 1
                    ), '{{}}')
                ) AS weights (
                    like_points double precision,
                    comment_points double precision,
                    window_days integer,
                    floor_hours double precision
                )
                INNER JOIN content ON content.workspace_id = workspace.id
                WHERE
                    content.content_type = 'post'
                    AND content.deleted_at IS NULL
                    AND content.created_at >= now() - weights.window_days * interval '24 hours'
                    AND content.created_at <= now()
            ) AS counted
        ) AS scored
    """  # noqa: S608 the only part put in is our own numbers

    workspace = models.ForeignKey("config.Workspace", on_delete=models.DO_NOTHING, related_name="+")
    content_id = models.TextField(primary_key=True, help_text="The sender's id of the post.")
    author_id = models.UUIDField(null=True, help_text="Person who wrote it.")
    community_id = models.TextField(null=True, help_text="Community it was posted in.")
    created_at = models.DateTimeField(help_text="When it was created.")
    views = models.IntegerField(help_text="Views so far.")
    unique_views = models.IntegerField(help_text="People who viewed it.")
    likes = models.IntegerField(help_text="Likes less those taken back.")
    comments = models.IntegerField(help_text="Comments so far.")
    shares = models.IntegerField(help_text="Shares so far.")
    points = models.FloatField(help_text="Points of likes and comments, by the definition trending.")
    hours = models.FloatField(help_text="Hours since it was created, at least floor_hours.")
    score = models.FloatField(help_text="Points divided by hours.")
    rank = models.IntegerField(help_text="Place by score in the workspace.")
    calculated_at = models.DateTimeField(help_text="When the view was refreshed.")

    class Meta:
        managed = False
        db_table = "v_trending_posts"
        ordering = ["workspace_id", "rank"]

    def __str__(self) -> str:
        return f"{self.rank}. {self.content_id}"
