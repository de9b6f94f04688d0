from django.conf import settings
from django.db import models
from django.db.models import F, Q

from moderation.models.cases import Case


class DeskPreference(models.Model):
    """How a moderator wants pictures and videos shown once asked for."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    blurred = models.BooleanField(default=True)
    grayscale = models.BooleanField(default=True)

    class Meta:
        verbose_name = "preference at the desk"
        verbose_name_plural = "preferences at the desk"

    def __str__(self) -> str:
        return f"Preference of {self.user}"


class Exposure(models.Model):
    """A time during which a moderator had the page of a case before them."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    started_at = models.DateTimeField("from")
    seen_at = models.DateTimeField("until")
    beats = models.PositiveIntegerField(default=0, help_text="How often the page said that it is looked at.")

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [models.CheckConstraint(condition=Q(seen_at__gte=F("started_at")), name="exposure_in_order")]
        indexes = [
            models.Index(fields=["user", "-seen_at"], name="exposure_by_user"),
            models.Index(fields=["workspace", "-started_at", "-id"], name="exposure_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.started_at:%Y-%m-%d %H:%M}"
