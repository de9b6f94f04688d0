"""What a workspace holds of each reason, and the settings of its desk: rows, written when they are first asked for."""

from __future__ import annotations

from moderation.models import DeskSettings, Policy, Reason, Severity

# reason: (severity, what the rule says)
DEFAULTS = {
    Reason.SPAM: (Severity.LOW, "Nothing that is posted over and over, or only to sell or to lure people elsewhere."),
    Reason.HARASSMENT: (Severity.HIGH, "Nobody is insulted, threatened, followed around or shamed."),
    Reason.HATE_SPEECH: (Severity.HIGH, "Nobody is attacked for who they are."),
    Reason.MISINFORMATION: (Severity.MEDIUM, "Nothing that is known to be false and can do harm."),
    Reason.NSFW: (Severity.MEDIUM, "No nudity and nothing that turns the stomach outside places made for it."),
    Reason.VIOLENCE: (Severity.CRITICAL, "No threats of violence, no calls for it, and no praise of it."),
    Reason.SELF_PROMOTION: (Severity.LOW, "Own work may be shown by those who also take part otherwise."),
    Reason.COPYRIGHT: (Severity.MEDIUM, "Only what is one's own, or may be shared."),
    Reason.OTHER: (Severity.LOW, "Whatever else hurts the community; say in the note what it was."),
}


def ensure(workspace_id: int) -> None:
    """Write the rows that are missing. At once with others, each is written once."""
    there = set(Policy.objects.filter(workspace=workspace_id).values_list("reason", flat=True))
    missing = [
        Policy(workspace_id=workspace_id, reason=reason, severity=severity, text=text)
        for reason, (severity, text) in DEFAULTS.items()
        if reason not in there
    ]
    if missing:
        Policy.objects.bulk_create(missing, ignore_conflicts=True)
    if not DeskSettings.objects.filter(pk=workspace_id).exists():
        DeskSettings.objects.bulk_create([DeskSettings(workspace_id=workspace_id)], ignore_conflicts=True)


def policy_of(workspace_id: int, reason: str) -> Policy:
    ensure(workspace_id)
    return Policy.objects.get(workspace=workspace_id, reason=reason)


def settings_of(workspace_id: int) -> DeskSettings:
    ensure(workspace_id)
    return DeskSettings.objects.get(pk=workspace_id)
