import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from economy.models.accounts import MOST_POINTS
from economy.models.transfers import Transfer
from ingestion.models import EventType

# What says that points were moved: a rule on it would answer itself.
TRANSFERRED, REDEEMED = "points_transferred", "points_redeemed"
ALL_OF_IT = 100
LONGEST_COOLDOWN_SECONDS = 7 * 86_400
KEY = re.compile(r"^[a-z][a-z0-9_]*\Z")


class PointMode(models.Model):
    """What moves points in a workspace. Without a row it is off."""

    class Mode(models.TextChoices):
        OFF = "off", "Off: events move no points"
        RULES = "rules", "Rules: events move points by the rules"
        MIRROR = "mirror", "Mirror: the application owns the points and tells of every transfer"

    workspace = models.OneToOneField("config.Workspace", on_delete=models.CASCADE, related_name="+", primary_key=True)
    mode = models.CharField(max_length=6, choices=Mode.choices, default=Mode.OFF)

    class Meta:
        ordering = ["workspace"]
        verbose_name = "mode of points"
        verbose_name_plural = "modes of points"
        constraints = [models.CheckConstraint(condition=Q(mode__in=["off", "rules", "mirror"]), name="mode_known")]

    def __str__(self) -> str:
        return self.get_mode_display()


class RuleVersion(models.Model):
    """What an event costs or earns from a day on. Never edited: a change is another version (economy/rules.py)."""

    class Effect(models.TextChoices):
        COST = "cost", "The person pays"
        REWARD = "reward", "The person is paid"
        AUTHOR_REWARD = "author_reward", "The content's author is paid, for each act of somebody else"
        MILESTONE = "milestone", "The content's author is paid, once so many others have done it"
        REFUND = "refund", "What another rule took for the same content is given back"

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(
        max_length=50,
        validators=[RegexValidator(KEY, "Small letters, digits and _, a letter first, such as create_post.")],
        help_text="Name of the rule, which its transfers carry. An existing one gets another version.",
    )
    version = models.PositiveIntegerField(editable=False)
    valid_from = models.DateField(help_text="First day, of the workspace's zone, whose events it acts on.")
    enabled = models.BooleanField(default=True, help_text="Off: from that day on the rule does nothing.")
    event = models.CharField("event type", max_length=200, help_text="Name of the event type it acts on.")
    on_opposite = models.BooleanField(
        "on the opposite", default=False, help_text="It acts on what takes the act back (action unlike) instead."
    )
    effect = models.CharField(max_length=13, choices=Effect.choices)
    amount = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_POINTS)],
        help_text="Whole points. Empty for a refund, which gives back what was paid.",
    )
    takes_value = models.BooleanField(
        "amount of the event",
        default=False,
        help_text="Where the event names an amount (its value), that many points instead.",
    )
    kind = models.CharField(
        max_length=20,
        choices=[choice for choice in Transfer.Kind.choices if choice[0] != Transfer.Kind.REVERSAL],
        help_text="Kind of its transfers, by which they are counted. What a redemption takes is kept apart.",
    )
    at_count = models.PositiveIntegerField(
        "at so many people",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="Of a milestone: different people other than the author. Taking back does not count down.",
    )
    refunds = models.CharField("gives back", max_length=50, blank=True, help_text="Of a refund: key of the rule.")
    burn_percent = models.PositiveSmallIntegerField(
        "burned, percent",
        default=ALL_OF_IT,
        validators=[MaxValueValidator(ALL_OF_IT)],
        help_text="Of what is paid: so much goes into the sink, the rest into the treasury.",
    )
    most_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="It acts so many times a day on a person; empty: always.",
    )
    cooldown_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_COOLDOWN_SECONDS)],
        help_text="It acts on a person once within so many seconds; empty: always.",
    )
    once_per_person = models.BooleanField(default=False, help_text="It acts once on each person, as a welcome does.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True, help_text="Why, for whoever looks at it later.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace", "key", "-valid_from", "-version"]
        verbose_name = "rule of points"
        verbose_name_plural = "rules of points"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key", "version"], name="rule_version_once"),
            models.CheckConstraint(
                condition=Q(effect="refund", amount__isnull=True)
                | (~Q(effect="refund") & Q(amount__gte=1, amount__lte=MOST_POINTS)),
                name="rule_moves_something",
            ),
            models.CheckConstraint(condition=Q(burn_percent__lte=100), name="rule_burns_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.key}@{self.version}"

    @property
    def words(self) -> str:
        """What it does, in a line."""
        said = {
            self.Effect.COST: f"{self.event} costs {self.amount or 0:,}",
            self.Effect.REWARD: f"{self.event} earns {self.amount or 0:,}",
            self.Effect.AUTHOR_REWARD: f"{self.event} earns the author {self.amount or 0:,}",
            self.Effect.MILESTONE: f"{self.at_count or 0:,} people's {self.event} earn the author {self.amount or 0:,}",
            self.Effect.REFUND: f"{self.event} gives back {self.refunds}",
        }
        more = (
            (not self.enabled, "off"),
            (self.on_opposite, "on the opposite"),
            (self.takes_value, "or what the event says"),
            (self.burn_percent != ALL_OF_IT, f"{self.burn_percent} % burned"),
            (self.most_per_day, f"at most {self.most_per_day} times a day"),
            (self.cooldown_seconds, f"once within {self.cooldown_seconds} s"),
            (self.once_per_person, "once per person"),
        )
        return ", ".join([said.get(self.Effect(self.effect), ""), *(words for holds, words in more if holds)])

    def clean(self) -> None:
        """What is wrong across fields, by field."""
        errors = self._amiss() | self._out_of_place()
        if errors:
            raise ValidationError(errors)

    def _amiss(self) -> dict[str, str]:
        """What the effect needs, and what it cannot be on."""
        errors = {}
        if self.event == TRANSFERRED:
            errors["event"] = "It says that points were moved: a rule on it would answer itself."
        elif not EventType.objects.filter(workspace=self.workspace_id, name=self.event).exists():
            errors["event"] = f"There is no event type {self.event!r} in this workspace."
        if self.effect != self.Effect.REFUND and self.amount is None:
            errors["amount"] = "Say how many points."
        if self.effect == self.Effect.MILESTONE and self.at_count is None:
            errors["at_count"] = "Say at how many people."
        if self.effect == self.Effect.REFUND:
            others = RuleVersion.objects.filter(workspace=self.workspace_id, key=self.refunds)
            if not others.filter(effect=self.Effect.COST).exists():
                errors["refunds"] = f"There is no rule {self.refunds!r} by which people pay."
        return errors

    def _out_of_place(self) -> dict[str, str]:
        """Fields that mean nothing for the effect: each would promise what is not done."""
        effect, each = self.Effect, {self.Effect.COST, self.Effect.REWARD, self.Effect.AUTHOR_REWARD}
        fields: tuple[tuple[str, bool, set[Any]], ...] = (
            ("amount", self.amount is not None, {*each, effect.MILESTONE}),
            ("takes_value", self.takes_value, each),
            ("at_count", self.at_count is not None, {effect.MILESTONE}),
            ("refunds", bool(self.refunds), {effect.REFUND}),
            ("most_per_day", self.most_per_day is not None, each),
            ("cooldown_seconds", self.cooldown_seconds is not None, each),
            ("once_per_person", self.once_per_person, each),
            ("on_opposite", self.on_opposite, {*each, effect.REFUND}),
            ("burn_percent", self.burn_percent != ALL_OF_IT, {effect.COST}),
        )
        errors = {
            name: "It means nothing for this effect." for name, said, of in fields if said and self.effect not in of
        }
        redeems = self.kind == Transfer.Kind.REDEMPTION
        if redeems and self.effect != effect.COST:
            errors["kind"] = "A redemption is paid by the person."
        elif redeems and self.burn_percent != ALL_OF_IT:
            errors["burn_percent"] = "What is redeemed lies in the redemption account; nothing of it is burned."
        return errors


class WaitingEvent(models.Model):
    """The key of an event that came and that rules have not looked at yet; written with the event."""

    pk = models.CompositePrimaryKey("workspace_id", "occurred_at", "event_id")
    workspace = models.ForeignKey(
        "config.Workspace", models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    occurred_at = models.DateTimeField()
    event_id = models.UUIDField()
    actor_id = models.UUIDField()

    class Meta:
        ordering = ["workspace", "occurred_at", "event_id"]

    def __str__(self) -> str:
        return str(self.event_id)


class ContentAct(models.Model):
    """That a person did something to a content object at least once, as far as milestones count it."""

    pk = models.CompositePrimaryKey("workspace_id", "event", "subject", "person_id")
    workspace = models.ForeignKey(
        "config.Workspace", models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    event = models.TextField()
    subject = models.TextField(help_text="Type and id of the content, such as post:7.")
    person_id = models.UUIDField()
    occurred_at = models.DateTimeField()

    class Meta:
        ordering = ["workspace", "event", "subject", "occurred_at"]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class RuleTally(models.Model):
    """When a rule with a cap or a cool-down acted on a person, by day."""

    pk = models.CompositePrimaryKey("workspace_id", "person_id", "rule", "day")
    workspace = models.ForeignKey(
        "config.Workspace", models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    person_id = models.UUIDField()
    rule = models.CharField(max_length=50)
    day = models.DateField()
    times = models.JSONField(help_text="Instants, in microseconds since 1970.")

    class Meta:
        ordering = ["workspace", "person_id", "rule", "day"]

    def __str__(self) -> str:
        return f"{self.rule} on {self.day}"
