from django.conf import settings
from django.db import models
from django.db.models import F, Q

from economy.models.accounts import WITH_THE_WORKSPACE, Account


class Entry(models.Model):
    """What a transfer and a refused one have in common."""

    class Kind(models.TextChoices):
        REGISTRATION_BONUS = "registration_bonus", "Registration bonus"
        POST_CREATION = "post_creation", "Post created"
        COMMENT_CREATION = "comment_creation", "Comment created"
        LIKE_COST = "like_cost", "Like given"
        LIKE_REWARD = "like_reward", "Likes reached"
        REDEMPTION = "redemption", "Redemption"
        ADJUSTMENT = "adjustment", "Adjustment"
        REFUND = "refund", "Refund"
        TRANSFER = "transfer", "Transfer"
        REVERSAL = "reversal", "Reversal"

    workspace = models.ForeignKey("config.Workspace", **WITH_THE_WORKSPACE)
    from_account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    to_account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, related_name="+", db_index=False)
    amount = models.BigIntegerField(help_text="Whole points, above 0.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reference = models.TextField(blank=True, help_text="What it is about, such as a post's id. Nothing personal.")
    occurred_at = models.DateTimeField()
    idempotency_key = models.TextField(help_text="The same key says the same transfer, however often it is sent.")
    rule = models.TextField(null=True, help_text="Key and version of the rule that made it, such as create_post@3.")
    event_id = models.UUIDField("event", null=True, help_text="The event that it was made for.")
    reverses = models.BigIntegerField(null=True, help_text="Number of the transfer that it takes back.")
    # No constraint: an operator's user may be deleted, and no row here may change.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="The operator who wrote it; none: a machine did.",
    )
    reason = models.TextField(blank=True, help_text="Why, where an operator wrote it. Nothing personal.")

    class Meta:
        abstract = True


class Transfer(Entry):
    """Points that went from one account to another: a link of the workspace's chain (economy/chain.py).

    Only ever added (economy/migrations/append_only.sql), by economy.ledger alone. One that was wrong is reversed.
    """

    pk = models.CompositePrimaryKey("workspace_id", "number")
    number = models.BigIntegerField(help_text="1, 2, 3, ... in each workspace.")
    recorded_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32, help_text="SHA-256 of the hash before it and of this row.")

    class Meta:
        ordering = ["workspace", "number"]
        indexes = [
            # The statement of an account, latest first.
            models.Index(fields=["from_account", "-number"], name="transfer_from"),
            models.Index(fields=["to_account", "-number"], name="transfer_to"),
            # The browser by kind.
            models.Index(fields=["workspace", "kind", "-number"], name="transfer_by_kind"),
            # The transfers of a day, and those since.
            models.Index(fields=["workspace", "occurred_at"], name="transfer_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "idempotency_key"], name="transfer_once"),
            models.UniqueConstraint(
                fields=["workspace", "reverses"], condition=Q(reverses__isnull=False), name="transfer_reversed_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(condition=~Q(from_account=F("to_account")), name="transfer_between_two"),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False) | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="transfer_reversal_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount} for {self.get_kind_display()}"


class RefusedTransfer(Entry):
    """A transfer that was asked for and not made. Its idempotency key stays refused, so that an event told again does
    not spend later what could not be spent then.
    """

    class Why(models.TextChoices):
        NOT_AFFORDABLE = "not_affordable", "The person has too few points"
        TOO_MUCH = "too_much", "The account cannot hold more"

    why = models.CharField(max_length=14, choices=Why.choices)
    balance = models.BigIntegerField(help_text="Of the account that would have paid, before it.")
    refused_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="refused_latest"),
            models.Index(fields=["from_account", "-id"], name="refused_from"),
        ]
        constraints = [models.UniqueConstraint(fields=["workspace", "idempotency_key"], name="refused_once")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.get_kind_display()}, refused"
