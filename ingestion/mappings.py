"""Named mappings from the rows of a CSV file to envelopes, for `manage.py import_events --mapping`."""

from collections.abc import Callable
from typing import Any

# A row that is too short has None in its last columns.
Row = dict[str, str | None]
Mapping = Callable[[Row], dict[str, Any]]

# Posts of people who left, and those of the system account, are nobody's.
NOBODY = {None, "", "-1"}
# Values of PostTypeId.
QUESTION, ANSWER = 1, 2


def stack_exchange(row: Row) -> dict[str, Any]:
    """A row of a Stack Exchange data dump, users or posts (told apart by PostTypeId), as a forum event.

    users: Id, CreationDate. posts: Id, PostTypeId, CreationDate, OwnerUserId, Score, ViewCount, CommentCount; the
    counters are those at the end of the dump and stay properties. Raises KeyError for a missing column, ValueError for
    a value that is missing or no number.
    """
    if "PostTypeId" not in row:
        return {
            "type": "track",
            "event": "user_registered",
            "messageId": f"user-{_text(row, 'Id')}",
            "userId": row["Id"],
            "timestamp": _text(row, "CreationDate"),
            "properties": {},
        }
    kind = _number(row, "PostTypeId")
    owner = row["OwnerUserId"]
    properties: dict[str, Any] = {"post_id": _text(row, "Id")}
    if kind not in {QUESTION, ANSWER}:
        properties["post_type_id"] = kind
    for column, name in (("Score", "score"), ("ViewCount", "view_count"), ("CommentCount", "comment_count")):
        if row.get(column):
            properties[name] = _number(row, column)
    return {
        "type": "track",
        "event": "comment_created" if kind == ANSWER else "post_created",
        "messageId": f"post-{row['Id']}",
        "userId": None if owner in NOBODY else owner,
        "timestamp": _text(row, "CreationDate"),
        "properties": properties,
    }


def _text(row: Row, column: str) -> str:
    text = row[column]
    if not text:
        raise ValueError(f"{column} is missing")
    return text


def _number(row: Row, column: str) -> int:
    try:
        return int(_text(row, column))
    except ValueError:
        raise ValueError(f"{column} is {row[column]!r}, no whole number") from None


MAPPINGS: dict[str, Mapping] = {"forum": stack_exchange}
