"""Files of any shape: which column of a row, or field of a line of JSON, is what of an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ingestion import clock

# What an event has, and the columns that are taken for it where nobody says another.
FIELDS = {
    "event": ("event", "event_name", "eventName", "eventType"),
    "timestamp": ("timestamp", "originalTimestamp"),
    "user_id": ("user_id", "userId"),
    "anonymous_id": ("anonymous_id", "anonymousId"),
    "session_id": ("session_id", "sessionId"),
    "message_id": ("message_id", "messageId", "event_id", "eventId"),
}
LONGEST = 500
# Seconds or milliseconds since 1970. Eight digits are a date, as every such second is of 1973 or before.
SINCE_1970 = re.compile(r"-?\d{9,}(\.\d*)?")
ZONE_AFTER_BLANK = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|Z$)")


class ImportRefused(Exception):  # noqa: N818 named as the person at the keyboard sees it
    """The file as a whole cannot be imported; the message says why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How rows become events. What `named` says of no column is taken from columns that are called so, and every
    other column is a property of its own name.
    """

    # What of an event, or which property -> its column.
    named: Mapping[str, str] = field(default_factory=dict)
    # The name of every event, where no column has it.
    event: str = ""
    # As of strptime; ISO 8601 or numbers since 1970 where there is none.
    time_format: str = ""
    # Of times that name none.
    time_zone: str = "UTC"
    # Names of the columns of a file whose first line is a row already.
    header: tuple[str, ...] = ()
    # Columns whose text is a number.
    numbers: tuple[str, ...] = ()
    encoding: str = "utf-8"
    # In front of every user_id: 0 stands for nobody, and u0 for somebody.
    user_prefix: str = ""
    # Whether rows that are alike are as many events.
    repeats: bool = False

    def __str__(self) -> str:
        """What differs from the default, by which an import is known again."""
        told = [f"{what}={column}" for what, column in sorted(self.named.items())]
        for one in fields(self)[1:]:
            value = getattr(self, one.name)
            if value != one.default:
                told.append(f"{one.name}: {','.join(value) if isinstance(value, tuple) else value}")
        return "; ".join(told) or "columns by their names"

    def check(self, columns: Iterable[str]) -> None:
        """Raises ImportRefused where the file lacks one that is named, or none says when or what happened."""
        there = list(columns)
        list_of = f"the file has {', '.join(there)}"
        for column in [*self.named.values(), *self.numbers]:
            if column not in there:
                raise ImportRefused(f"There is no column {column!r}: {list_of}")
        for what, remedy in (("timestamp", ""), ("event", ", or name all of them with --event NAME")):
            if self.column_of(what, there) is None and not (what == "event" and self.event):
                raise ImportRefused(
                    f"No column says the {what} of a row: name it with --column {what}=COLUMN{remedy}; {list_of}"
                )

    def column_of(self, what: str, there: Iterable[str]) -> str | None:
        if what in self.named:
            return self.named[what]
        taken = set(self.named.values())
        return next((one for one in FIELDS[what] if one in there and one not in taken), None)

    def envelope(self, row: Mapping[str, Any], line: str) -> dict[str, Any]:
        """The event of a row; line is an id of the row, for those that are kept though they are alike.

        Raises ValueError for what is missing or cannot be read.
        """
        column = {what: self.column_of(what, row) for what in FIELDS}
        said = {what: _stripped(row.get(one)) for what, one in column.items() if one is not None}
        name = self.event or said.get("event")
        if name is None:
            raise ValueError(f"{column['event']} is empty: nothing says what happened")
        used = {*column.values()}
        renamed = {one: what for what, one in self.named.items() if what not in FIELDS}
        properties = {
            renamed.get(one, one): self._property(one, value)
            for one, given in row.items()
            if one is not None and one not in used and (value := _stripped(given)) is not None
        }
        return {
            "type": "track",
            "event": str(name),
            "messageId": f"line-{line}" if self.repeats and "message_id" not in said else said.get("message_id"),
            "userId": self._somebody(said.get("user_id")),
            "anonymousId": said.get("anonymous_id"),
            "timestamp": self._moment(column["timestamp"], said.get("timestamp")).isoformat(),
            "properties": properties,
            "context": {"sessionId": said["session_id"]} if said.get("session_id") is not None else {},
        }

    def _somebody(self, given: Any) -> Any:
        return given if given is None or not self.user_prefix else f"{self.user_prefix}{given}"

    def _property(self, column: str, value: Any) -> Any:
        if column not in self.numbers or not isinstance(value, str):
            return value
        try:
            return float(value) if re.search(r"[.eE]", value) else int(value)
        except ValueError:
            raise ValueError(f"{column} is {value!r}, no number") from None

    def _moment(self, column: str | None, value: Any) -> datetime:
        if value is None:
            raise ValueError(f"{column or 'timestamp'} is empty: nothing says when it happened")
        try:
            if isinstance(value, str):
                moment = self._read(value)
            else:
                parsed = clock.parse(value)
                assert parsed is not None  # of what is no text, None alone is no time
                moment = parsed
        except ValueError:
            expected = f"not as {self.time_format}" if self.time_format else "neither ISO 8601 nor a number since 1970"
            raise ValueError(f"{column} is {value!r}, {expected}: give --time-format") from None
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))).astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{column} is {value!r}: years go from 1 to 9999") from None

    def _read(self, text: str) -> datetime:
        if self.time_format:
            return datetime.strptime(text, self.time_format)  # noqa: DTZ007 its zone is that of the file
        if SINCE_1970.fullmatch(text):
            moment = clock.parse(float(text))
            assert moment is not None  # a number is a time
            return moment
        text = re.sub(r"\s+(UTC|GMT)$", "Z", text)
        return datetime.fromisoformat(ZONE_AFTER_BLANK.sub("", text))


def _stripped(value: Any) -> Any:
    """Without blanks around it; None for nothing."""
    if isinstance(value, str):
        return value.strip() or None
    # What a row has more than there are columns.
    return value or None if isinstance(value, list) else value
