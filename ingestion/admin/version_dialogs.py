"""What is said before a version is published or retired."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldBooleanWidget

from ingestion import sightings, versions
from ingestion.models import EventTypeVersion
from ingestion.schemas import problems
from ingestion.versions import Status

MOST_CAUSES = 10
PAGES = "admin/ingestion/eventtypeversion"


def changes_shown(version: EventTypeVersion) -> SafeString:
    """What a version changes, as a list."""
    context = {"version": version, "before": versions.before(version), "changes": versions.changes_of(version)}
    return render_to_string(f"{PAGES}/changes.html", context)


class ChangeDialog(BaseDialogForm):
    """A dialog about one version that first says what will happen."""

    @cached_property
    def version(self) -> EventTypeVersion:
        return EventTypeVersion.objects.select_related("event_type").get(pk=self.object_id)


def trial_shown(version: EventTypeVersion) -> SafeString:
    """How many of the events that were seen a draft would let pass."""
    samples = sightings.of_type(version.event_type)
    done = None if problems(version.schema) else sightings.trial(version.schema, samples.all)
    context = {"samples": samples, "trial": done, "causes": done.causes.most_common(MOST_CAUSES) if done else []}
    return render_to_string(f"{PAGES}/trial.html", context)


class PublishForm(ChangeDialog):
    form_before_template = f"{PAGES}/publish.html"
    new_major = forms.BooleanField(
        label="Begin a new major: the change is meant, and senders and readers know of it",
        required=False,
        widget=UnfoldBooleanWidget,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.changes = versions.changes_of(self.version)
        if not any(change.breaking for change in self.changes):
            del self.fields["new_major"]

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        shown = {"changes": changes_shown(self.version), "trial": trial_shown(self.version)}
        return {"version": self.version, **shown}

    def clean_new_major(self) -> bool:
        if not self.cleaned_data["new_major"]:
            raise forms.ValidationError("A version that breaks what was before is published as a new major only.")
        return True


class RetireForm(ChangeDialog):
    form_before_template = f"{PAGES}/retire.html"

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        others = self.version.event_type.versions.filter(status=Status.ACTIVE).exclude(pk=self.version.pk)
        return {"version": self.version, "then": others.order_by("-version").first()}
