"""Named mappings from the rows of a CSV file to envelopes, for `manage.py import_events --mapping`."""

from collections.abc import Callable
from typing import Any

Row = dict[str, str]
Mapping = Callable[[Row], dict[str, Any]]

# Posts of people who left, and those of the system account, are nobody's.
NOBODY = {"", "-1"}


def stack_exchange(row: Row) -> dict[str, Any]:
    """A row of a Stack Exchange data dump, users or posts (told apart by PostTypeId), as a forum event.

    users: Id, CreationDate. posts: Id, PostTypeId, CreationDate, OwnerUserId, Score, ViewCount, CommentCount; the
    counters are those at the end of the dump and stay properties. Raises KeyError for a missing column.
    """
    if "PostTypeId" not in row:
        return {
            "type": "track",
            "event": "user_registered",
            "messageId": f"user-{row['Id']}",
            "userId": row["Id"],
            "timestamp": row["CreationDate"],
            "properties": {},
        }
    kind = row["PostTypeId"]
    owner = row["OwnerUserId"]
    properties: dict[str, Any] = {"post_id": row["Id"]}
    if kind not in {"1", "2"}:
        properties["post_type_id"] = int(kind)
    for column, name in (("Score", "score"), ("ViewCount", "view_count"), ("CommentCount", "comment_count")):
        if row.get(column):
            properties[name] = int(row[column])
    return {
        "type": "track",
        "event": "comment_created" if kind == "2" else "post_created",
        "messageId": f"post-{row['Id']}",
        "userId": None if owner in NOBODY else owner,
        "timestamp": row["CreationDate"],
        "properties": properties,
    }


MAPPINGS: dict[str, Mapping] = {"forum": stack_exchange}
