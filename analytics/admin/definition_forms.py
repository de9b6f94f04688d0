"""A form for a version of a definition, made of the fields that its default has."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from analytics import definitions
from analytics.definition_changes import LONGEST_NOTE
from analytics.definitions import Definition
from config.admin.workspaces import LinesField

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
# Fields of the form that are none of the definition.
START, REASON = "valid_from", "reason"


class JsonField(forms.JSONField):
    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, to be shown again."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return initial

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError("This is nested too deeply.") from None


class VersionForm(forms.Form):
    """cleaned_data["value"] is the whole value."""

    def __init__(self, definition: Definition, value: dict[str, Any], today: date, data: Any = None) -> None:
        super().__init__(data, initial={_name(key): inner for key, inner in value.items()} | {START: today})
        self.definition = definition
        for key, default in definition.default.items():
            self.fields[_name(key)] = _field(definition, key, default)
        self.fields[START] = forms.DateField(
            label="Holds from",
            widget=UnfoldAdminDateWidget({"type": "date"}),
            help_text="The first day, of the workspace's zone. Days before it stay as they are.",
        )
        self.fields[REASON] = forms.CharField(
            label="Why",
            max_length=LONGEST_NOTE,
            widget=UnfoldAdminTextInputWidget(),
            help_text="Kept with the version, for whoever looks at it later.",
        )

    def clean_valid_from(self) -> date:
        day: date = self.cleaned_data[START]
        if not EARLIEST <= day <= LATEST:
            raise ValidationError(f"Between {EARLIEST} and {LATEST}.")
        return day

    def clean(self) -> dict[str, Any]:
        given = {
            key: self.cleaned_data[_name(key)] for key in self.definition.default if _name(key) in self.cleaned_data
        }
        try:
            value = definitions.clean(self.definition, given)
        except ValidationError as error:
            if not hasattr(error, "error_dict"):
                raise
            for key, messages in error.message_dict.items():
                self.add_error(_name(key), messages)
        else:
            self.cleaned_data["value"] = value
        return self.cleaned_data


def _name(key: str) -> str:
    """Apart from the form's own fields."""
    return f"value_{key}"


def _field(definition: Definition, key: str, default: Any) -> forms.Field:
    label = key.replace("_", " ").capitalize()
    if isinstance(default, bool):
        return forms.BooleanField(label=label, required=False, widget=UnfoldBooleanSwitchWidget())
    if isinstance(default, int | float):
        least, most = definition.limits.get(key, (0, math.inf))
        bounds = f"{least:g} to {most:g}" if most < math.inf else f"at least {least:g}"
        kind: type[forms.Field] = forms.IntegerField if isinstance(default, int) else forms.FloatField
        step = "1" if isinstance(default, int) else "any"
        told = f"Default {default:g}; {bounds}."
        return kind(label=label, widget=UnfoldAdminDecimalFieldWidget({"step": step}), help_text=told)
    if isinstance(default, str):
        return forms.CharField(
            label=label,
            required=False,
            max_length=definitions.LONGEST_TEXT,
            widget=UnfoldAdminTextInputWidget(),
            help_text=f"Default {default}." if default else "",
        )
    if isinstance(default, list) and all(isinstance(inner, str) for inner in default):
        return LinesField(
            label=label,
            required=False,
            widget=UnfoldAdminTextareaWidget({"rows": 5, "spellcheck": "false"}),
            help_text="One a line.",
        )
    return JsonField(
        label=label, widget=UnfoldAdminTextareaWidget({"rows": 8, "spellcheck": "false"}), help_text="As JSON."
    )
