"""A decision as the desk's pages send it. It is checked here and carried out by moderation/decisions.py alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from config.models import User
from moderation.decisions import LONGEST_SUSPENSION_DAYS, Decision
from moderation.models import Action, Reason

LONGEST_NOTE = 1_000


class DecisionForm(forms.Form):
    """kind, reason, days and note; `dismiss` says that the reports were wrong."""

    kind = forms.ChoiceField(choices=Action.Kind.choices, required=False)
    reason = forms.ChoiceField(choices=[("", ""), *Reason.choices], required=False)
    days = forms.FloatField(min_value=0.01, max_value=LONGEST_SUSPENSION_DAYS, required=False)
    note = forms.CharField(max_length=LONGEST_NOTE, required=False)
    dismiss = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not found.get("dismiss"):
            if not found.get("kind") and "kind" not in self.errors:
                self.add_error("kind", "Choose what to do")
            if found.get("kind") == Action.Kind.SUSPEND and found.get("days") is None and "days" not in self.errors:
                self.add_error("days", "Say for how many days")
        return found

    def decision(self, by: User) -> Decision:
        found = self.cleaned_data
        is_dismissed = found["dismiss"]
        kind = Action.Kind.NOTHING if is_dismissed else Action.Kind(found["kind"])
        return Decision(
            kind=kind,
            outcome=Action.Outcome.DISMISSED if is_dismissed else Action.Outcome.RESOLVED,
            decided_at=timezone.now(),
            reason=found["reason"],
            days=found["days"] if kind == Action.Kind.SUSPEND else None,
            note=found["note"],
            by=by,
        )

    def sentence(self) -> str:
        """What is wrong, in one line."""
        return " ".join(
            f"{'' if name == '__all__' else name.capitalize() + ': '}{error}"
            for name, errors in self.errors.items()
            for error in errors
        )
