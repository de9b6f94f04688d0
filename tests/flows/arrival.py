"""What has to be stored when a published client has sent one event of each kind and a number of ticks."""

from ingestion import traits
from ingestion.identity import actor_id_of
from ingestion.models import Event, IdentityLink, QuarantinedEvent


def assert_arrived_once(workspace, before, ticks):
    """Everything, once, with its meaning; before is the time at which the sender was started."""
    events = Event.objects.filter(workspace=workspace)
    assert QuarantinedEvent.objects.count() == 0
    assert_ticks(workspace, ticks)
    kinds = events.exclude(event_type__name="tick").values_list("event_type__kind", flat=True)
    assert sorted(kinds) == ["alias", "group", "identify", "page", "screen", "track"]
    u1, v1, v0 = (actor_id_of(workspace.uuid, name) for name in ("u1", "v1", "v0"))
    post = events.get(event_type__name="post_created")
    assert (post.actor_id, post.object_id) == (u1, "7")
    assert abs((post.occurred_at - before).total_seconds()) < 60
    assert events.get(event_type__kind="identify").properties["plan"] == "free"
    assert events.get(event_type__kind="group").community_id == "team-1"
    assert dict(IdentityLink.objects.values_list("actor_id", "person_id")) == {v1: u1, v0: u1}
    assert {trait.key: trait.value for trait in traits.of_person(workspace.pk, [u1])} == {"plan": "free"}
    team = traits.community_uuid(workspace.uuid, "team-1")
    assert {trait.key: trait.value for trait in traits.of_community(team)} == {"size": 3}


def ticks_of(workspace):
    """The numbers of the stored ticks, in order."""
    ticks = Event.objects.filter(workspace=workspace, event_type__name="tick")
    return sorted(int(properties["number"]) for properties in ticks.values_list("properties", flat=True))


def assert_ticks(workspace, count):
    """Those from 0 to count - 1 are stored: none is lost and none is doubled."""
    assert ticks_of(workspace) == list(range(count))
