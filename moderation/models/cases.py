from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from moderation.models.policies import Reason


class Target(models.TextChoices):
    """What a report is about."""

    CONTENT = "content", "Content"
    PERSON = "person", "Person"
    COMMUNITY = "community", "Community"


class Status(models.TextChoices):
    PENDING = "pending", "Pending"
    IN_REVIEW = "in_review", "In review"
    RESOLVED = "resolved", "Resolved"
    DISMISSED = "dismissed", "Dismissed"
    APPEALED = "appealed", "Appealed"


# What waits for a moderator.
OPEN = (Status.PENDING, Status.IN_REVIEW)
# Of a case, and of a report: the severity of its reason, or this where its risk asks for it.
AT_ONCE = 5


class Case(models.Model):
    """Everything that is open about one target, which a moderator decides in one go. A target has one open case."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.CharField(max_length=9, choices=Target.choices)
    content_type = models.TextField(blank=True, help_text="Kind of content: post, comment, ...; empty for others.")
    target_id = models.TextField("id of the target", help_text="The sender's.")
    person_id = models.UUIDField(
        "person", null=True, help_text="Distinct id of the author or of the person reported, as an actor."
    )
    community_id = models.TextField("community", blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    priority = models.PositiveSmallIntegerField(help_text="The highest of its reports: 5 at once, else the severity.")
    risk = models.FloatField(help_text="The highest of its reports.")
    reports = models.PositiveIntegerField(default=0, help_text="All that were made.")
    opened_at = models.DateTimeField(help_text="When the first report was submitted.")
    closed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who looks at it."
    )
    claimed_until = models.DateTimeField(null=True, help_text="From then on anybody may take it.")

    class Meta:
        ordering = ["-priority", "opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "target", "content_type", "target_id"],
                condition=Q(status__in=OPEN),
                name="case_open_once",
            ),
            models.CheckConstraint(condition=Q(risk__range=(0, 1)), name="case_risk_is_a_share"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, closed_at__isnull=True)
                | (~Q(status__in=OPEN) & Q(closed_at__isnull=False)),
                name="case_closed_at_a_time",
            ),
        ]
        indexes = [
            # The queue.
            models.Index(
                fields=["workspace", "-priority", "opened_at", "id"], condition=Q(status__in=OPEN), name="case_queue"
            ),
            # What was decided about a person, for the risk of the next report.
            models.Index(fields=["workspace", "person_id", "-closed_at"], name="case_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.content_type or self.target} {self.target_id}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_claimed(self) -> bool:
        return self.claimed_until is not None and self.claimed_until > timezone.now()


class Report(models.Model):
    """One person's word that something is wrong."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="all_reports")
    key = models.TextField("id", help_text="The sender's id of the report, or that of the event that brought it.")
    reporter_id = models.UUIDField("reporter", null=True, help_text="Distinct id, as an actor; none: nobody said who.")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    text = models.TextField(blank=True, help_text="What the reporter wrote.")
    media = ArrayField(
        models.TextField(), default=list, blank=True, help_text="Addresses of pictures and videos that it is about."
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    priority = models.PositiveSmallIntegerField(help_text="5 at once, else the severity of the reason.")
    risk = models.FloatField(help_text="When it came.")
    risk_parts = models.JSONField(help_text="content, user, context and history, each 0 to 1.")
    submitted_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    action = models.ForeignKey(
        "moderation.Action", on_delete=models.SET_NULL, null=True, related_name="reports", help_text="What decided it."
    )
    event_id = models.UUIDField("event", null=True, help_text="The event that brought it; none: it came by the API.")

    class Meta:
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="report_once"),
            models.UniqueConstraint(
                fields=["case", "reporter_id"], condition=Q(status__in=OPEN), name="report_once_a_reporter"
            ),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
            models.CheckConstraint(condition=Q(risk__range=(0, 1)), name="report_risk_is_a_share"),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("submitted_at")),
                name="report_resolved_after_it_came",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-submitted_at", "-id"], name="report_latest"),
            models.Index(fields=["workspace", "reporter_id"], name="report_by_reporter"),
            # The numbers of a day.
            models.Index(
                fields=["workspace", "resolved_at"],
                include=["submitted_at"],
                condition=Q(resolved_at__isnull=False),
                name="report_by_end",
            ),
            # What waits for one reason, and since when.
            models.Index(
                fields=["workspace", "reason", "submitted_at"],
                include=["case"],
                condition=Q(status__in=OPEN),
                name="report_open_by_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.submitted_at:%Y-%m-%d %H:%M}"
