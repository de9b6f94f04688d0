"""What a replay would do, told before; and what it does with changes to fields."""

import pytest

from ingestion import previews, registry, remapping, replays
from ingestion.models import EventType, QuarantinedEvent, Replay
from ingestion.quarantine import Selection
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, QuarantinedEventFactory

from .conftest import NOW, event
from .replaying import LOOSE, STRICT, closed, opened, replayed

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict(sender):
    """post_created asks for the id of the post."""
    kind = EventTypeFactory(workspace=sender.workspace, name="post_created")
    EventTypeVersionFactory(event_type=kind, schema=STRICT)
    return kind


class TestPreview:
    def test_it_says_what_a_replay_would_do_and_writes_nothing(self, sender, strict):
        again = event("like_given", messageId="c", timestamp=NOW.isoformat())
        sender.send(again)
        good, bad = event(messageId="a", properties={"post_id": "p"}), event(messageId="b", properties={})
        closed(sender).send(good, bad, again, event("nobody declared it", messageId="d"))
        workspace = opened(sender)
        before = list(QuarantinedEvent.objects.order_by("pk").values())
        seen = previews.preview(workspace, Selection())
        assert (seen.waiting, seen.looked_at, seen.stored, seen.duplicates, dict(seen.failing)) == (
            4,
            4,
            2,
            1,
            {"schema": 1},
        )
        assert list(QuarantinedEvent.objects.order_by("pk").values()) == before
        assert not EventType.objects.filter(name="nobody declared it").exists()
        assert not Replay.objects.exists()
        done = replayed(workspace)
        assert (done.stored, done.duplicates, done.failing) == (seen.stored, seen.duplicates, dict(seen.failing))

    def test_it_looks_at_the_first_of_many(self, sender):
        closed(sender).send(*(event(messageId=f"m{number}") for number in range(5)))
        seen = previews.preview(opened(sender), Selection(), most=3)
        assert (seen.waiting, seen.looked_at, seen.stored) == (5, 3, 3)

    def test_the_same_event_twice_is_once_and_a_duplicate(self, sender, strict):
        asked = {"messageId": "a", "timestamp": NOW.isoformat()}
        sender.send(event(**asked), event(**asked, properties={}))
        EventTypeVersionFactory(event_type=strict, version=2, schema=LOOSE)
        seen = previews.preview(sender.workspace, Selection())
        done = replayed(sender.workspace)
        assert (seen.stored, seen.duplicates) == (done.stored, done.duplicates) == (1, 1)

    def test_it_knows_a_fix_at_once(self, sender, strict):
        sender.send(event(messageId="a"))
        assert previews.preview(sender.workspace, Selection()).passing == 0
        EventTypeVersionFactory(event_type=strict, version=2, schema=LOOSE)
        assert registry.of_workspace(sender.workspace.pk).types["post_created"].version == 1
        assert previews.preview(sender.workspace, Selection()).passing == 1

    def test_others_are_not_looked_at(self, sender):
        QuarantinedEventFactory()
        assert previews.preview(sender.workspace, Selection()).waiting == 0


class TestChanges:
    CHANGES = 'set /type "track"\nmove /name /event\nmove /post /properties/post_id'

    @pytest.fixture
    def foreign(self, sender, strict):
        """Events in a form that no envelope has, of which one lacks what the schema asks for."""
        for number in range(3):
            asked = {"name": "post_created", "userId": "ada", "messageId": f"m{number}", "post": f"p{number}"}
            sender.send(asked if number else {key: value for key, value in asked.items() if key != "post"})
        return sender

    def test_fields_are_put_where_they_belong_and_the_events_stored(self, foreign):
        seen = previews.preview(foreign.workspace, Selection(), remapping.parse(self.CHANGES))
        assert (seen.stored, seen.failing, seen.paths) == (2, {"schema": 1}, {"/properties": 1})
        done = replayed(foreign.workspace, self.CHANGES)
        assert (done.stored, done.failing) == (2, {"schema": 1})
        assert sorted(row["post_id"] for row in foreign.stored("properties")) == ["p1", "p2"]

    def test_what_still_fails_waits_on_as_it_was_received(self, foreign):
        before = foreign.quarantined("id", "reason", "errors", "payload", "event_id", "event_name")
        replayed(foreign.workspace, self.CHANGES)
        rows = QuarantinedEvent.objects.filter(status="waiting")
        (row,) = rows.values_list("id", "reason", "errors", "payload", "event_id", "event_name")
        assert row in before

    def test_an_event_with_an_id_keeps_it(self, sender, strict):
        (result,) = sender.send(event(messageId="a", properties={"post": "p"}))
        assert replayed(sender.workspace, "move /properties/post /properties/post_id").stored == 1
        assert sender.stored("event_id") == [result.event_id]

    def test_what_is_put_in_is_held_to_the_same_limits(self, foreign):
        done = replayed(foreign.workspace, 'set /type "track"\nset /event "a\\u0000"')
        assert (done.stored, done.failing) == (0, {"invalid_text": 3})

    def test_changes_that_cannot_be_read_are_not_asked_for(self, foreign):
        with pytest.raises(ValueError, match="Line 1"):
            replays.ask(foreign.workspace, Selection(), changes="nonsense")
        assert not Replay.objects.exists()
