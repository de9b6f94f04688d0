from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

SHARE = [MinValueValidator(0), MaxValueValidator(1)]


class Reason(models.TextChoices):
    """Why something is reported."""

    SPAM = "spam", "Spam"
    HARASSMENT = "harassment", "Harassment"
    HATE_SPEECH = "hate_speech", "Hate speech"
    MISINFORMATION = "misinformation", "Misinformation"
    NSFW = "nsfw", "Not safe for work"
    VIOLENCE = "violence", "Violence"
    SELF_PROMOTION = "self_promotion", "Self-promotion"
    COPYRIGHT = "copyright", "Copyright"
    OTHER = "other", "Other"


class Severity(models.IntegerChoices):
    LOW = 1, "Low"
    MEDIUM = 2, "Medium"
    HIGH = 3, "High"
    CRITICAL = 4, "Critical"


class Policy(models.Model):
    """What a workspace holds of one reason: how bad it is, what the rule says, and what happens by itself."""

    class Automatic(models.TextChoices):
        NOTHING = "", "Nothing"
        HIDE = "hide", "Hide it"
        REMOVE = "remove", "Remove it"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    text = models.TextField(blank=True, help_text="The rule, as moderators read it when they decide.")
    review_above = models.FloatField(
        default=0.7, validators=SHARE, help_text="Reports whose risk is above this stand at the top of the queue."
    )
    automatic = models.CharField(
        "automatic action",
        max_length=6,
        choices=Automatic.choices,
        default=Automatic.REMOVE,
        blank=True,
        help_text="What happens to content by itself. The case waits for a moderator all the same.",
    )
    automatic_above = models.FloatField(
        default=0.9, validators=SHARE, help_text="The automatic action is taken where the risk is above this."
    )

    strike_days = models.PositiveSmallIntegerField(
        default=90, help_text="So long a decision against a person stands as a strike; 0 gives none."
    )

    class Meta:
        ordering = ["workspace", "reason"]
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "reason"], name="policy_once"),
            models.CheckConstraint(condition=models.Q(reason__in=Reason.values), name="policy_reason_known"),
            models.CheckConstraint(condition=models.Q(severity__range=(1, 4)), name="policy_severity_known"),
        ]

    def __str__(self) -> str:
        return self.get_reason_display()


class DeskSettings(models.Model):
    """What a workspace may tune of its desk."""

    workspace = models.OneToOneField("config.Workspace", on_delete=models.CASCADE, primary_key=True, related_name="+")
    hide_after_reports = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1)],
        help_text="So many open reports on one content hide it until somebody has decided.",
    )

    claim_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(1_440)],
        help_text="So long a case is that of the moderator who took it; then anybody may.",
    )
    undo_minutes = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(1_440)],
        help_text="So long moderators may take back what they decided.",
    )
    break_after_minutes = models.PositiveSmallIntegerField(
        default=45,
        validators=[MaxValueValidator(1_440)],
        help_text="After so many minutes of looking at cases moderators are reminded of a break; 0: never.",
    )
    break_minutes = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="So long without a case is a break.",
    )
    second_review_share = models.FloatField(
        default=0.05,
        validators=SHARE,
        help_text="This share of the decisions made at the desk is put before a second moderator, who does not see the "
        "first; 0 for none.",
    )

    class Meta:
        verbose_name_plural = "desk settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(hide_after_reports__gte=1), name="hide_after_some_reports"),
            models.CheckConstraint(condition=models.Q(claim_minutes__range=(1, 1_440)), name="claim_for_some_minutes"),
            models.CheckConstraint(
                condition=models.Q(second_review_share__range=(0, 1)), name="second_review_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"Desk of {self.workspace}"
