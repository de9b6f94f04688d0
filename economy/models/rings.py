from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class TransferRing(models.Model):
    """People who passed points on from one to the next until they came back (economy/rings.py), for somebody to judge.

    It goes on being one while it is open; one that was judged is another once points go round again.
    """

    class Status(models.TextChoices):
        OPEN = "open", "To be judged"
        CONFIRMED = "confirmed", "An exploit"
        DISMISSED = "dismissed", "Nothing wrong"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    accounts = ArrayField(
        models.BigIntegerField(), help_text="In the order in which the points went, the first made account first."
    )
    points = models.BigIntegerField(help_text="That went all the way round: the least that one gave the next.")
    transfers = models.BigIntegerField(help_text="Between one and the next, all the way round.")
    first_at = models.DateTimeField("first transfer")
    last_at = models.DateTimeField("last transfer")
    found_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    note = models.TextField(blank=True, help_text="Why it was judged so. Nothing personal.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-last_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-last_at", "-id"], name="ring_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "accounts"], condition=Q(status="open"), name="ring_open_once"
            ),
            models.CheckConstraint(condition=Q(accounts__len__gte=2), name="ring_of_two_or_more"),
        ]

    def __str__(self) -> str:
        return f"{len(self.accounts)} people, {self.points:,} points"
