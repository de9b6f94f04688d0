from django.db import models


class DefinitionVersion(models.Model):
    """What an operator set a definition (analytics.definitions) to, from a day on. One that was retired, or replaced by
    another of the same day, stays as history and holds nowhere.
    """

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=50)
    value = models.JSONField()
    valid_from = models.DateField(help_text="First day, of the workspace's zone, on which it holds.")
    owner = models.ForeignKey("config.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, help_text="Why it was changed.")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True, help_text="From then on it holds on no day.")
    retired_by = models.ForeignKey("config.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    retired_note = models.CharField(max_length=200, blank=True, db_default="", help_text="Why it was retired.")

    class Meta:
        ordering = ["workspace", "key", "-valid_from"]
        verbose_name = "definition"
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key", "valid_from"],
                condition=models.Q(retired_at__isnull=True),
                name="definition_once_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} from {self.valid_from}"
