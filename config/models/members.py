from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """What a member of a workspace may do (config.permissions says which role sees which section)."""

    VIEWER = "viewer", "Viewer"
    ANALYST = "analyst", "Analyst"
    COMMUNITY_MANAGER = "community_manager", "Community manager"
    MODERATOR = "moderator", "Moderator"
    PRIVACY_OFFICER = "privacy_officer", "Privacy officer"
    ADMIN = "admin", "Admin"


class Member(models.Model):
    """A user's place in a workspace. Somebody with two roles has two rows."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey("config.Workspace", on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["workspace", "user", "role"]
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace", "role"], name="member_once_per_role"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.workspace} · {self.get_role_display()}"
