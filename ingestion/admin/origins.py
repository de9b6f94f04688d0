"""A list of origins as an operator writes it: one a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from config.lib.admin import RowForm
from ingestion.models import Source
from ingestion.origins import MOST, normal


class OriginsField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Each once, as browsers write it, in the order given."""
        found, errors = [], []
        for text in (super().to_python(value) or "").replace(",", " ").split():
            try:
                found.append(normal(text))
            except ValueError as error:
                errors.append(f"{error}.")
        if len(found) > MOST:
            errors.append(f"There may be {MOST} origins, these are {len(found)}.")
        if errors:
            raise ValidationError(errors)
        return list(dict.fromkeys(found))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            changed: bool = list(initial or []) != self.to_python(data)
        except ValidationError:
            changed = True
        return changed


class SourceForm(RowForm):
    allowed_origins = OriginsField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3, "spellcheck": "false"}),
        help_text=Source._meta.get_field("allowed_origins").help_text,  # noqa: SLF001 Django's own name for it
    )
