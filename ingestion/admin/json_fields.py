"""JSON that people write in a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from ingestion.json_text import Unreadable, formatted, read
from ingestion.schemas import ordered, problems


class JsonEditor(UnfoldAdminTextareaWidget):
    """A text area that json-editor.js gives line numbers, indentation and a button that formats."""

    class Media:
        js = ["config/json-editor.js"]

    def __init__(self, rows: int) -> None:
        hints = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off", "wrap": "off"}
        super().__init__({"class": "agora-mono", "rows": rows, "data-json-editor": "", **hints})


class JsonText(str):
    """What was typed, kept as it is when it goes back into the form with an error."""

    __slots__ = ()


class JsonField(forms.CharField):
    """JSON of any type, read strictly; errors say line and column."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        super().__init__(strip=True, widget=JsonEditor(rows), **options)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            return read(value)
        except Unreadable as error:
            raise ValidationError(str(error)) from None

    def validate(self, value: Any) -> None:
        # Empty objects and lists are values.
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """None of those of text."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return JsonText(data) if isinstance(data, str) else data

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, JsonText) else formatted(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class SampleField(forms.CharField):
    """JSON that is only looked at while the form is open: whatever it is, it stops nobody from saving."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        super().__init__(required=False, widget=JsonEditor(rows), **options)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SchemaField(JsonField):
    """A JSON Schema of the properties of an event."""

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value if isinstance(value, JsonText) else ordered(value))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if found := problems(value):
            raise ValidationError([str(problem) for problem in found])
