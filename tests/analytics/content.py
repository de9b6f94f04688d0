"""What was done to content, added up a second time in plain Python from the stored events."""

from collections import defaultdict

from analytics.models import Content, ContentPerformanceDaily
from ingestion.flags import EXCLUDED, Flag
from ingestion.models import Event, IdentityLink

COUNTS = ("views", "unique_views", "likes", "comments", "shares", "saves")
COLUMNS = {
    "posts_viewed": "views",
    "likes_given": "likes",
    "comments_created": "comments",
    "shares": "shares",
    "saves": "saves",
}


def row(community, content_id, day, content_type="post"):
    """Counts at the end of the day, then their changes; None where there is no row."""
    return (
        ContentPerformanceDaily.objects.filter(
            workspace=community.workspace, content_type=content_type, content_id=content_id, date=day
        )
        .values_list(*COUNTS, *(f"{name}_delta" for name in COUNTS))
        .first()
    )


def content(community, content_id, content_type="post"):
    return Content.objects.filter(
        workspace=community.workspace, content_type=content_type, content_id=content_id
    ).first()


def table(workspace):
    """All of content_performance_daily: (id, day) -> counts and changes. Posts only."""
    found = ContentPerformanceDaily.objects.filter(workspace=workspace, content_type="post")
    return {
        (line[0], line[1]): line[2:]
        for line in found.values_list("content_id", "date", *COUNTS, *(f"{name}_delta" for name in COUNTS))
    }


def expected(workspace):
    """The same as table(), by reading the events one after the other."""
    people = dict(IdentityLink.objects.filter(workspace=workspace).values_list("actor_id", "person_id"))
    events = Event.objects.filter(workspace=workspace, object_id__isnull=False).select_related("event_type")
    changes = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    seen = set()
    for event in sorted(events, key=lambda event: event.occurred_at):
        kind = event.event_type.counts_as
        if event.flags & (EXCLUDED | Flag.NO_PERSON) or kind not in {*COLUMNS, "posts_created", "content_deleted"}:
            continue
        change = changes[event.object_id, event.occurred_at.astimezone(workspace.zone).date()]
        column, opposite = COLUMNS.get(kind), event.flags & Flag.OPPOSITE
        if column in {"likes", "saves"}:
            change[column] += -1 if opposite else 1
        elif column and not opposite:
            change[column] += 1
        if column == "views" and not opposite:
            viewer = (event.object_id, people.get(event.actor_id, event.actor_id))
            change["unique_views"] += viewer not in seen
            seen.add(viewer)
    totals = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    lines = {}
    for (content_id, day), change in sorted(changes.items(), key=lambda item: item[0][1]):
        for name in COUNTS:
            totals[content_id][name] += change[name]
        lines[content_id, day] = (*totals[content_id].values(), *change.values())
    return lines
