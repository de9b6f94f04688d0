import uuid
import zoneinfo
from functools import cache

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

# Found by walking through files, which takes longer than all else that is checked of a workspace.
_time_zones = cache(zoneinfo.available_timezones)


def validate_time_zone(value: str) -> None:
    if value not in _time_zones():
        raise ValidationError("%(value)s is not a time zone name such as Europe/Vienna", params={"value": value})


class Workspace(models.Model):
    """One tenant: every row of data carries its id, every query filters by it."""

    class ConsentPolicy(models.TextChoices):
        IMPLIED = "implied", "Implied: events are taken unless the person refused"
        REQUIRED = "required", "Required: events are taken only where the person agreed"

    # 4 bytes in every event; the uuid is the name space of the computed ids of actors and events.
    id = models.AutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True, help_text="Short name used in commands and URLs.")
    name = models.CharField(max_length=200)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="A day of every metric is a calendar day of this zone.",
    )
    consent_policy = models.CharField(
        max_length=8,
        choices=ConsentPolicy.choices,
        default=ConsentPolicy.IMPLIED,
        help_text="What counts for people who have not been asked. Whoever refused is refused under both.",
    )
    ignored_ids = ArrayField(
        models.CharField(max_length=512),
        size=1_000,
        default=list,
        blank=True,
        help_text="Ids that stand for nobody, one a line, in any case, such as guest or test: what is sent with them "
        "is nobody's from then on. Empty ids, null, undefined, 0, anonymous, none, nan and unknown always are.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)
