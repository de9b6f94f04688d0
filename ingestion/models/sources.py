from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ingestion.origins import LONGEST, MOST


class Source(models.Model):
    """Where events come from: an app, a site, a server, an import. Senders prove themselves with its keys."""

    class UnknownTypes(models.TextChoices):
        ACCEPT = "accept", "Accept and list as discovered"
        QUARANTINE = "quarantine", "Quarantine"

    class OldEvents(models.TextChoices):
        STORE = "store", "Store in their own day"
        SERVER = "server", "Store those sent with a server key"
        QUARANTINE = "quarantine", "Quarantine"

    # 4 bytes in every event.
    id = models.AutoField(primary_key=True)
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(
        default=True,
        help_text="A disabled source still answers 200 and keeps its events in the quarantine, "
        "because senders throw their queue away on a refusal.",
    )
    unknown_types = models.CharField(
        "unknown event types", max_length=10, choices=UnknownTypes.choices, default=UnknownTypes.ACCEPT
    )
    old_events = models.CharField(
        "events older than 90 days",
        max_length=10,
        choices=OldEvents.choices,
        default=OldEvents.SERVER,
        help_text="What is not stored goes to the quarantine. Each day with events is a table, and a client key, which "
        "everybody can read, could make one for every day since 2000.",
    )
    quarantine_days = models.PositiveSmallIntegerField(
        "days in quarantine",
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text="What was not stored is deleted so many days after it came last, decided on or not.",
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=LONGEST),
        size=MOST,
        default=list,
        blank=True,
        help_text="The sites whose pages may send, one a line, as in https://app.example or https://*.example; with "
        "none, all may. Back ends and apps tell no site and are not asked.",
    )
    quota = models.PositiveIntegerField(
        "events a minute",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Beyond it senders are asked to come back in the next minute (429). Empty: no limit.",
    )
    quota_by_address = models.PositiveIntegerField(
        "events a minute from one address",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Many people may share an address. Server keys are not held to it. Empty: no limit.",
    )
    anomalous_above = models.PositiveIntegerField(
        "events a minute of one person",
        null=True,
        blank=True,
        default=300,
        validators=[MinValueValidator(1)],
        help_text="Beyond it they are flagged as anomalous; they are stored and counted all the same. Empty: never.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="source_name_once"),
            models.CheckConstraint(condition=Q(quarantine_days__range=(1, 730)), name="source_quarantine_days"),
        ]

    def __str__(self) -> str:
        return self.name


class WriteKeyQuerySet(models.QuerySet["WriteKey"]):
    def valid(self) -> "WriteKeyQuerySet":
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))


class WriteKey(models.Model):
    """A secret that lets a sender write. Shown once when made; only its hash is kept."""

    class Scope(models.TextChoices):
        CLIENT = "client", "Client: may stand in a browser or an app"
        SERVER = "server", "Server: its IP and user agent fields are believed"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    scope = models.CharField(max_length=6, choices=Scope.choices, default=Scope.CLIENT)
    prefix = models.CharField(max_length=12, editable=False, help_text="First characters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the key.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = WriteKeyQuerySet.as_manager()

    class Meta:
        ordering = ["source", "-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"
