"""What people are asked to consent to."""

from django.db import models


class Purpose(models.TextChoices):
    """An event is stored for the purpose of its type, and only with the consent that this purpose asks for."""

    ESSENTIAL = "essential", "Essential: needs no consent"
    ANALYTICS = "analytics", "Analytics"
    PERSONALISATION = "personalisation", "Personalisation"
    MARKETING = "marketing", "Marketing"


# Those that people are asked about, as choices and as values.
ASKED_CHOICES = [choice for choice in Purpose.choices if choice[0] != Purpose.ESSENTIAL]
ASKED = tuple(value for value, _ in ASKED_CHOICES)
