import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from moderation.models.cases import AT_ONCE, Report
from moderation.models.policies import Reason

LONGEST_WINDOW_SECONDS = 7 * 86_400
MOST_STEPS = 4


class Pattern(models.Model):
    """A sequence of events that may be abuse, as moderation/patterns.py reads it. Off until somebody switches it on."""

    class Per(models.TextChoices):
        """Whose events are looked at together, and whom a hit is about."""

        ACTOR = "actor", "Who does it"
        AUTHOR = "author", "Whom it is done to"
        OBJECT = "object", "The content it is done to"
        PAIR = "pair", "Two people who do it to each other"

    class By(models.TextChoices):
        ACTOR = "actor", "People who do it"
        AUTHOR = "author", "People it is done to"
        OBJECT = "object", "Content it is done to"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.SlugField(help_text="Short name used in commands.")
    title = models.CharField(max_length=200)
    per = models.CharField("for each", max_length=6, choices=Per.choices, default=Per.ACTOR)
    steps = ArrayField(models.CharField(max_length=500), help_text="As analytics.funnel_steps reads them.")
    same = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    count = models.PositiveIntegerField(
        "events", default=1, help_text="So many events of the one step; 1 where several steps follow each other."
    )
    distinct_by = models.CharField("of different", max_length=6, choices=By.choices, blank=True)
    distinct_least = models.PositiveIntegerField("at least", null=True, blank=True)
    distinct_most = models.PositiveIntegerField("at most", null=True, blank=True)
    younger_than_days = models.FloatField(
        "accounts younger than",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01), MaxValueValidator(365)],
        help_text="Days since sign-up: only what they do is looked at. Empty: what everybody does.",
    )
    window_seconds = models.PositiveIntegerField(default=3_600)
    reason = models.CharField(max_length=20, choices=Reason.choices, help_text="What a hit is reported as.")
    priority = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(AT_ONCE)],
        help_text="Of the case that a hit opens: 1 low to 4 critical, 5 at once.",
    )
    enabled = models.BooleanField(default=False, help_text="Test it on history first.")
    enabled_at = models.DateTimeField("on since", null=True, editable=False)
    error = models.TextField("last error", blank=True, editable=False)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="pattern_key_once"),
            models.CheckConstraint(condition=Q(steps__len__range=(1, MOST_STEPS)), name="pattern_has_steps"),
            models.CheckConstraint(
                condition=Q(window_seconds__range=(1, LONGEST_WINDOW_SECONDS)), name="pattern_window_in_days"
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, AT_ONCE)), name="pattern_priority_known"),
            models.CheckConstraint(condition=Q(count__gte=1), name="pattern_counts_some"),
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(enabled_at__isnull=False), name="pattern_on_since_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PatternHit(models.Model):
    """One time that a pattern was met: of one subject, hits are further apart than the pattern's window."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pattern = models.ForeignKey(Pattern, on_delete=models.CASCADE, related_name="hits", db_index=False)
    subject = models.TextField(help_text="Person, two people or content, as the statement has it.")
    person_id = models.UUIDField("person", null=True, help_text="As an actor.")
    other_person_id = models.UUIDField("other person", null=True, help_text="Of two.")
    started_at = models.DateTimeField(help_text="Of the first event.")
    at = models.DateTimeField("met at", help_text="Of the event by which it was met.")
    last_at = models.DateTimeField("last met at", help_text="Of the latest event by which it was still met.")
    events = models.PositiveIntegerField()
    people = models.PositiveIntegerField(help_text="Who did it.")
    evidence = ArrayField(models.TextField(), help_text="Ids of events, and reports as report:id; the first 20.")
    found_at = models.DateTimeField(db_default=Now())
    report = models.OneToOneField(Report, on_delete=models.SET_NULL, null=True, related_name="hit")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "subject", "at"], name="pattern_hit_once"),
            models.CheckConstraint(
                condition=Q(started_at__lte=F("at")) & Q(at__lte=F("last_at")), name="pattern_hit_in_order"
            ),
        ]
        indexes = [models.Index(fields=["pattern", "-at", "-id"], name="pattern_hit_latest")]

    def __str__(self) -> str:
        return f"{self.pattern}, {self.at:%Y-%m-%d %H:%M}"


class PatternHour(models.Model):
    """A UTC hour for which events came that a pattern looks at, for the job; appended with the events."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        ordering = ["hour"]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"
