from typing import Any

from django.db import models
from django.db.models import Q

# Of one transfer: so many of them fit into 64 bits that nobody reaches the end.
MOST_POINTS = 10**12
# The database itself takes the rows of a ledger away with their workspace (economy/migrations/append_only.sql).
WITH_THE_WORKSPACE: dict[str, Any] = {
    "on_delete": models.DO_NOTHING,
    "related_name": "+",
    "db_constraint": False,
    "db_index": False,
}


class Account(models.Model):
    """Where points lie: with a person, or in one of the workspace's four places. All balances together are 0.

    The person is known here alone: whoever is erased loses person_id, and transfers, sums and the chain stay.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        # Gives out what it never had: its balance is minus all points ever made.
        MINT = "mint", "Mint"
        # Takes in what is gone.
        SINK = "sink", "Sink"
        TREASURY = "treasury", "Treasury"
        REDEMPTION = "redemption", "Redemption"

    workspace = models.ForeignKey("config.Workspace", **WITH_THE_WORKSPACE)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    person_id = models.UUIDField(null=True, help_text="Of people; none where the person was erased.")
    balance = models.BigIntegerField(default=0, db_default=0, help_text="Whole points.")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "person_id"], name="account_of_person"),
            models.UniqueConstraint(fields=["workspace", "kind"], condition=~Q(kind="person"), name="account_of_kind"),
            models.CheckConstraint(condition=Q(kind="person") | Q(person_id__isnull=True), name="account_person_only"),
            models.CheckConstraint(condition=~Q(kind="person") | Q(balance__gte=0), name="account_not_below_zero"),
        ]

    def __str__(self) -> str:
        return str(self.person_id or self.get_kind_display())


class LedgerHead(models.Model):
    """The end of a workspace's chain. Whoever writes a transfer holds this row until the commit, so that numbers have
    no gap, balances change one batch after the other and nobody waits in a circle.
    """

    workspace = models.OneToOneField(
        "config.Workspace", on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, primary_key=True
    )
    number = models.BigIntegerField(db_default=0, help_text="Of the latest transfer; 0 before the first.")
    hash = models.BinaryField(max_length=32, help_text="Of the latest transfer.")

    class Meta:
        ordering = ["workspace"]

    def __str__(self) -> str:
        return f"{self.workspace_id} at {self.number}"
