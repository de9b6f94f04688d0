"""What the tests of the simulator share: events of any envelope under common names."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import jsonschema_rs

ROOT = Path(__file__).resolve().parents[2]
# Monday, so that five whole weeks end here.
END = datetime(2025, 6, 30, tzinfo=UTC)
DAYS = 35
MEMBERS = 150
SIGN_UPS = {"forum": "user_registered", "wellbeing": "user_signup"}
# Where each envelope keeps name, properties, person and message id (events.md section 4).
FIELDS = {
    "forum": ("event", "properties", "userId", "messageId"),
    "wellbeing": ("event_name", "properties", "user_id", "event_id"),
    "social": ("eventName", "data", "userId", "eventId"),
    "network": ("eventType", "properties", "userId", "eventId"),
}


class Happening:
    """An envelope of any system under common names."""

    def __init__(self, system, envelope):
        name, properties, person, message_id = FIELDS[system]
        self.envelope = envelope
        self.name = envelope.get(name)
        self.properties = envelope.get(properties)
        self.person = envelope.get(person)
        self.id = envelope.get(message_id)
        self.at = datetime.fromisoformat(envelope["timestamp"]) if "timestamp" in envelope else None

    def __getitem__(self, names):
        """The first property of these names, parted by a bar."""
        return next((self.properties[name] for name in names.split("|") if name in self.properties), None)


@cache
def validators(system):
    document = json.loads((ROOT / "ingestion" / "catalog" / f"{system}.json").read_text())
    return {entry["name"]: jsonschema_rs.validator_for(entry["schema"]) for entry in document["event_types"]}


def is_valid(system, happening):
    known = validators(system)
    return happening.name in known and known[happening.name].is_valid(happening.properties)
