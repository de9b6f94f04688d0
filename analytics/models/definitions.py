from django.db import models


class DefinitionVersion(models.Model):
    """What an operator set a definition (analytics.definitions) to, from a day on."""

    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=50)
    value = models.JSONField()
    valid_from = models.DateField(help_text="First day, of the workspace's zone, on which it holds.")
    owner = models.ForeignKey("config.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, help_text="Why it was changed.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace", "key", "-valid_from"]
        verbose_name = "definition"
        constraints = [models.UniqueConstraint(fields=["workspace", "key", "valid_from"], name="definition_once_a_day")]

    def __str__(self) -> str:
        return f"{self.key} from {self.valid_from}"
