"""Several writers at once: no deadlock between them, and each event once."""

import threading

from django.db import connection, transaction

from ingestion import sinks, store
from ingestion.identity import actor_id_of
from ingestion.models import Actor, Context, EventType, IdentityLink
from tests.factories.ingestion import SourceFactory

from .conftest import Sender, event, rich


def at_once(*calls):
    """Run each call in a thread with a connection of its own; what they returned, or raised."""
    start = threading.Barrier(len(calls))
    found = [None] * len(calls)

    def run(number, call):
        start.wait()
        try:
            found[number] = call()
        except Exception as error:  # noqa: BLE001 the test looks at it
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_writers_of_the_same_events_in_opposite_order_store_each_once(committing):
    source = committing.source
    for attempt in range(4):
        batch = [rich(number, f"try{attempt}") for number in range(500)]
        batch += [{"type": "identify", "anonymousId": f"{attempt}v{n}", "userId": f"{attempt}u{n}"} for n in range(50)]
        batch += [{"bad": f"{attempt}-{number}"} for number in range(50)]
        store.forget()
        answers = at_once(
            lambda batch=batch: Sender(source).statuses(*batch),
            lambda batch=batch: Sender(source).statuses(*reversed(batch)),
        )
        statuses = [status for answer in answers for status in answer]
        assert (statuses.count("accepted"), statuses.count("duplicate"), statuses.count("rejected")) == (550, 550, 100)
    assert len(committing.stored("event_id")) == 4 * 550
    assert IdentityLink.objects.count() == 200
    assert set(committing.quarantined("occurrences")) == {2}


def test_who_waits_for_an_id_has_written_no_context_yet(committing):
    """Claims write ids before contexts: the other way round two that bring both would wait for each other."""
    about = {"app": {"version": "9"}}
    committing.send(event(context=about))
    context = Context.objects.get()
    Context.objects.all().delete()
    store.forget()
    answers = []
    sent = event(user="new", messageId="new", context=about)
    writer = threading.Thread(target=lambda: answers.extend(at_once(lambda: Sender(committing.source).statuses(sent))))
    with transaction.atomic():
        actor_id = actor_id_of(committing.workspace.uuid, "new")
        Actor.objects.create(actor_id=actor_id, workspace=committing.workspace, kind="user", distinct_id="new")
        writer.start()
        with connection.cursor() as cursor:
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
            while cursor.execute(waiting).fetchone() == (0,):
                assert writer.is_alive()
            # A writer that waits would wait for this.
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        Context.objects.create(id=context.id, workspace=committing.workspace, content=context.content)
    writer.join()
    assert answers == [["accepted"]]
    assert Context.objects.count() == 1


def test_many_writers_with_names_nobody_declared_discover_each_once(committing):
    batches = [[event(f"type-{(start + n) % 40}", messageId=f"{start}-{n}") for n in range(40)] for start in range(4)]
    answers = at_once(*(lambda batch=batch: Sender(committing.source).statuses(*batch) for batch in batches))
    assert answers == [["accepted"] * 40] * 4
    assert EventType.objects.filter(workspace=committing.workspace).count() == 40


def test_writers_of_different_workspaces_do_not_wait_for_each_others_links(committing):
    other = Sender(SourceFactory())
    identify = {"type": "identify", "anonymousId": "v", "userId": "u"}
    waited = []

    def send_the_other():
        waited.append(at_once(lambda: other.statuses(identify)))

    before = sinks.IN_TRANSACTION[:]
    try:
        sinks.IN_TRANSACTION[:] = [
            lambda stored: send_the_other if stored.source.source_id == committing.source.pk else None
        ]
        assert committing.statuses(identify) == ["accepted"]
    finally:
        sinks.IN_TRANSACTION[:] = before
    assert waited == [[["accepted"]]]
