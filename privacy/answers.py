"""What people answered, read from what senders say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from privacy.purposes import ASKED

# Consent managers name their categories as they like; these are the usual names, in lower case.
SYNONYMS = {
    "analytics": "analytics",
    "analytical": "analytics",
    "measurement": "analytics",
    "performance": "analytics",
    "statistics": "analytics",
    "functional": "personalisation",
    "personalisation": "personalisation",
    "personalization": "personalisation",
    "preferences": "personalisation",
    "ads": "marketing",
    "advertising": "marketing",
    "marketing": "marketing",
    "targeting": "marketing",
}


class Answer(msgspec.Struct, frozen=True):
    """What a distinct id answered for a purpose."""

    actor_id: UUID
    purpose: str
    granted: bool
    decided_at: datetime
    source: str = ""
    policy_version: str = ""
    event_id: UUID | None = None


def of_categories(preferences: Mapping[str, Any]) -> dict[str, bool]:
    """{purpose: granted} of a consent manager's {category: granted}. What is not in it is refused.

    Where two categories mean the same purpose, the refusal counts.
    """
    found: dict[str, bool] = {}
    for category, granted in preferences.items():
        if (purpose := SYNONYMS.get(category.strip().lower())) is not None:
            found[purpose] = found.get(purpose, True) and granted is True
    return dict.fromkeys(ASKED, False) | found


def of_answers(answers: Mapping[str, Any]) -> dict[str, bool]:
    """{purpose: granted} of {consent_given, analytics, personalisation, marketing}, of which any may be missing.

    consent_given is the answer for every purpose that has none of its own, and where it is false nothing else counts.
    What is no boolean is no answer.
    """
    given = answers.get("consent_given")
    if given is False:
        return dict.fromkeys(ASKED, False)
    found = dict.fromkeys(ASKED, True) if given is True else {}
    return found | {purpose: answers[purpose] for purpose in ASKED if isinstance(answers.get(purpose), bool)}
