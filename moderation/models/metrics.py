from django.db import models


class ModerationMetricsDaily(models.Model):
    """One row a workspace and day on which anything was reported, claimed, decided or heard."""

    pk = models.CompositePrimaryKey("workspace_id", "date")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    date = models.DateField(help_text="Day in the workspace's time zone.")
    reports_submitted = models.IntegerField(help_text="Reports made.")
    harassment_reports = models.IntegerField(help_text="Of these, with the reason harassment.")
    hate_speech_reports = models.IntegerField(help_text="Of these, with the reason hate speech.")
    reports_resolved = models.IntegerField(help_text="Reports that were decided, dismissed ones among them.")
    resolution_hours = models.FloatField(help_text="Hours from making these to deciding them, together.")
    reports_pending = models.IntegerField(help_text="Reports that waited at the end of the day.")
    posts_deleted = models.IntegerField(help_text="Content that was removed, without comments; each once.")
    comments_deleted = models.IntegerField(help_text="Comments that were removed; each once.")
    spam_posts_detected = models.IntegerField(help_text="Content that was found to be spam; each once.")
    users_banned_temp = models.IntegerField(help_text="People suspended.")
    users_banned_perm = models.IntegerField(help_text="People banned for good.")
    active_moderators = models.IntegerField(help_text="Moderators who decided any report.")
    cases_claimed = models.IntegerField(help_text="Cases that were taken by a moderator for the first time.")
    claim_hours = models.FloatField(help_text="Hours these had waited, together.")
    appeals_decided = models.IntegerField(help_text="Appeals that were decided.")
    appeals_upheld = models.IntegerField(help_text="Of these, upheld.")
    calculated_at = models.DateTimeField()

    class Meta:
        db_table = "moderation_metrics_daily"
        ordering = ["date"]
        verbose_name = "day of moderation"
        verbose_name_plural = "days of moderation"

    def __str__(self) -> str:
        return str(self.date)
