import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from economy.models.accounts import MOST_POINTS, Account


class CorrectionLimit(models.Model):
    """How many points one operator may correct alone; without a row it is the default of the column."""

    workspace = models.OneToOneField("config.Workspace", on_delete=models.CASCADE, related_name="+", primary_key=True)
    points = models.BigIntegerField(
        default=1_000,
        validators=[MinValueValidator(0)],
        help_text="Points that one operator may adjust and reverse within 24 hours without a second one. "
        "0: each correction takes two.",
    )

    class Meta:
        ordering = ["workspace"]
        constraints = [models.CheckConstraint(condition=Q(points__gte=0), name="limit_not_below_zero")]

    def __str__(self) -> str:
        return f"{self.points:,} points"


class Correction(models.Model):
    """What an operator asked of the ledger and why: to give or take points, or to reverse a transfer. Above the limit
    it waits until another operator approves.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits for a second operator"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused: not affordable"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, null=True, related_name="+", help_text="Whose points are adjusted."
    )
    points = models.BigIntegerField(help_text="Above 0 they are given, below 0 taken; of a reversal, those moved back.")
    reverses = models.BigIntegerField(null=True, help_text="Number of the transfer that is reversed.")
    reason = models.TextField(help_text="It goes into the ledger, for good. Nothing personal.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING, db_default=Status.WAITING)
    asked_at = models.DateTimeField(db_default=models.functions.Now())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    number = models.BigIntegerField(null=True, help_text="Of the transfer that was made.")

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-asked_at", "-id"], name="correction_latest"),
            # What one operator corrected within 24 hours.
            models.Index(fields=["workspace", "asked_by", "-asked_at"], name="correction_by_operator"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="correction_of_something"),
            models.CheckConstraint(
                condition=Q(account__isnull=True, reverses__isnull=False)
                | Q(account__isnull=False, reverses__isnull=True),
                name="correction_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=-MOST_POINTS, points__lte=MOST_POINTS), name="correction_of_what_moves"
            ),
        ]

    def __str__(self) -> str:
        return f"Reversal of {self.reverses:,}" if self.reverses is not None else f"{self.points:+,} points"
