from django.db import models
from django_pgviews import view as pg

# People that stand on a board of one period and number.
PLACES = 1_000
POSTS = "activity.posts_created + activity.community_posts"
NUMBERS = {
    "likes_received": "activity.likes_received",
    "posts": POSTS,
    "engagement": f"{POSTS} + activity.comments_created + activity.likes_given + activity.shares"
    " + activity.votes_given + activity.collections_created",
}


def _sums(period: str, days: int = 0) -> str:
    """SQL of the numbers of the days that end with today; of all days where none are given."""
    some = f" FILTER (WHERE activity.date > workspace.today - {days})" if days else ""
    return ", ".join(f'sum({number}){some} AS "{name}_{period}"' for name, number in NUMBERS.items())


def _parts(period: str) -> str:
    return f"('{period}', " + ", ".join(f'"{name}_{period}"' for name in NUMBERS) + ")"


class Leaderboard(pg.ReadOnlyMaterializedView):
    """The first 1,000 people by likes received, by posts and by engagement: of 7 days, of 30 days, and of all time.

    One row a workspace, period and person. Refreshed every 15 minutes from user_activity_daily.
    """

    concurrent_index = "workspace_id, period, person_id"
    sql = f"""
        SELECT
            board.workspace_id,
            board.period,
            board.person_id,
            board.likes_received,
            board.posts,
            board.engagement,
            score.engagement_score,
            board.likes_rank,
            board.posts_rank,
            board.engagement_rank
        FROM (
            SELECT
                counted.*,
                rank() OVER (PARTITION BY workspace_id, period ORDER BY likes_received DESC)::integer AS likes_rank,
                rank() OVER (PARTITION BY workspace_id, period ORDER BY posts DESC)::integer AS posts_rank,
                rank() OVER (PARTITION BY workspace_id, period ORDER BY engagement DESC)::integer AS engagement_rank,
                row_number() OVER (PARTITION BY workspace_id, period ORDER BY likes_received DESC, person_id)
                    AS likes_place,
                row_number() OVER (PARTITION BY workspace_id, period ORDER BY posts DESC, person_id) AS posts_place,
                row_number() OVER (PARTITION BY workspace_id, period ORDER BY engagement DESC, person_id)
                    AS engagement_place
            FROM (
                SELECT
                    total.workspace_id,
                    part.period,
                    total.person_id,
                    total.today,
                    part.likes_received::integer AS likes_received,
                    part.posts::integer AS posts,
                    part.engagement::integer AS engagement
                FROM (
                    SELECT
                        activity.workspace_id,
                        activity.person_id,
                        workspace.today,
                        {_sums("7_days", 7)},
                        {_sums("30_days", 30)},
                        {_sums("all_time")}
                    FROM (
                        SELECT id, (now() AT TIME ZONE time_zone)::date AS today FROM config_workspace
                    ) AS workspace
                    JOIN user_activity_daily AS activity
                        ON
                            activity.workspace_id = workspace.id
                            AND activity.date <= workspace.today
                            AND NOT activity.excluded
                    GROUP BY 1, 2, 3
                ) AS total
                CROSS JOIN LATERAL (VALUES {_parts("7_days")}, {_parts("30_days")}, {_parts("all_time")})
                    AS part (period, likes_received, posts, engagement)
                WHERE part.likes_received > 0 OR part.engagement > 0
            ) AS counted
        ) AS board
        LEFT JOIN LATERAL (
            SELECT daily.engagement_score
            FROM user_engagement_daily AS daily
            WHERE daily.person_id = board.person_id AND daily.date <= board.today
            ORDER BY daily.date DESC
            LIMIT 1
        ) AS score ON TRUE
        WHERE
            (board.likes_received > 0 AND board.likes_place <= {PLACES})
            OR (board.posts > 0 AND board.posts_place <= {PLACES})
            OR (board.engagement > 0 AND board.engagement_place <= {PLACES})
    """  # noqa: S608 the only part put in is our own number

    workspace_id = models.IntegerField()
    period = models.TextField(help_text="7_days or 30_days, which end with today, or all_time.")
    person_id = models.UUIDField(primary_key=True)
    likes_received = models.IntegerField(help_text="Likes by others on the person's content.")
    posts = models.IntegerField(help_text="Posts, those made inside communities included.")
    engagement = models.IntegerField(help_text="Posts, comments, likes given, shares, votes and collections together.")
    engagement_score = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, help_text="As of today, whatever the period: metric of 30 days."
    )
    likes_rank = models.IntegerField(help_text="Place by likes received; who has as many shares it.")
    posts_rank = models.IntegerField(help_text="Place by posts.")
    engagement_rank = models.IntegerField(help_text="Place by engagement.")

    class Meta:
        managed = False
        db_table = "v_leaderboard"
        ordering = ["workspace_id", "period", "likes_rank"]

    def __str__(self) -> str:
        return f"{self.period} {self.person_id}"
