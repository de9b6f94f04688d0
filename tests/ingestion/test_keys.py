"""Write keys: shown once, kept as a hash, rotated with an overlap, ended at their time."""

from datetime import timedelta

import pytest
from django.core.serializers import serialize
from django.utils import timezone

from ingestion import keys
from ingestion.models import Source, WriteKey
from tests.factories.ingestion import SourceFactory, WriteKeyFactory

from .conftest import NOW

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """What time it is, to be set."""
    state = {"now": NOW}
    monkeypatch.setattr(timezone, "now", lambda: state["now"])
    return state


def test_the_key_is_in_no_column_of_its_row():
    row, key = keys.issue(SourceFactory(), WriteKey.Scope.CLIENT)
    assert key not in serialize("json", [WriteKey.objects.get(pk=row.pk)])
    assert row.digest == keys.digest_of(key)
    assert key.startswith(row.prefix)
    assert len(row.prefix) == keys.PREFIX_LENGTH


def test_two_keys_are_never_the_same_and_tell_their_scope():
    source = SourceFactory()
    made = [keys.issue(source, WriteKey.Scope.CLIENT)[1] for _ in range(3)]
    assert len(set(made)) == 3
    assert all(key.startswith("awk_") and len(key) > 40 for key in made)
    assert keys.issue(source, WriteKey.Scope.SERVER)[1].startswith("ask_")


def test_a_key_leads_to_its_source_and_what_the_source_allows():
    source = SourceFactory(
        enabled=False, unknown_types=Source.UnknownTypes.QUARANTINE, old_events=Source.OldEvents.QUARANTINE
    )
    _, key = keys.issue(source, WriteKey.Scope.CLIENT)
    found = keys.resolve(key)
    assert (found.source_id, found.workspace_id) == (source.pk, source.workspace_id)
    assert found.workspace_uuid == source.workspace.uuid
    assert not any([found.enabled, found.accepts_unknown_types, found.accepts_old_events, found.trusted])


def test_only_a_server_key_is_trusted():
    source = SourceFactory()
    assert keys.resolve(keys.issue(source, WriteKey.Scope.SERVER)[1]).trusted
    assert not keys.resolve(keys.issue(source, WriteKey.Scope.CLIENT)[1]).trusted


@pytest.mark.parametrize("key", ["", "awk_unknown", "é", "x" * 100_000, "\x00"])
def test_an_unknown_key_leads_nowhere(key):
    assert keys.resolve(key) is None


def test_the_digest_is_no_key():
    row, _ = keys.issue(SourceFactory(), WriteKey.Scope.CLIENT)
    assert keys.resolve(row.digest) is None


def test_a_key_ends_at_its_time_even_while_it_is_remembered(clock):
    WriteKeyFactory(key="k", expires_at=NOW + timedelta(seconds=1))
    assert keys.resolve("k") is not None
    clock["now"] = NOW + timedelta(seconds=1)
    assert keys.resolve("k") is None


def test_a_key_that_has_ended_is_not_taken(clock):
    WriteKeyFactory(key="k", expires_at=NOW)
    assert keys.resolve("k") is None


def test_the_keys_before_a_rotation_end_after_the_overlap(clock):
    source = SourceFactory()
    _, old = keys.issue(source, WriteKey.Scope.CLIENT)
    _, new = keys.rotate(source, WriteKey.Scope.CLIENT, overlap=DAY)
    clock["now"] = NOW + DAY - timedelta(seconds=1)
    assert keys.resolve(old) is not None
    clock["now"] = NOW + DAY
    keys.forget()
    assert keys.resolve(old) is None
    assert keys.resolve(new) is not None


def test_a_rotation_never_prolongs_a_key_and_leaves_the_other_scope_alone(clock):
    source = SourceFactory()
    WriteKeyFactory(source=source, key="ending", expires_at=NOW + timedelta(hours=1))
    WriteKeyFactory(source=source, key="later", expires_at=NOW + 5 * DAY)
    WriteKeyFactory(source=source, key="gone", expires_at=NOW - DAY)
    WriteKeyFactory(source=source, key="server", scope=WriteKey.Scope.SERVER)
    WriteKeyFactory(key="of somebody else")
    keys.rotate(source, WriteKey.Scope.CLIENT, overlap=DAY)
    ends = {
        key: WriteKey.objects.get(digest=keys.digest_of(key)).expires_at
        for key in ("ending", "later", "gone", "server", "of somebody else")
    }
    assert ends == {
        "ending": NOW + timedelta(hours=1),
        "later": NOW + DAY,
        "gone": NOW - DAY,
        "server": None,
        "of somebody else": None,
    }


def test_a_key_is_read_once_in_a_while_only(django_assert_num_queries, monkeypatch):
    WriteKeyFactory(key="k")
    moment = [0.0]
    monkeypatch.setattr(keys.time, "monotonic", lambda: moment[0])
    with django_assert_num_queries(1):
        keys.resolve("k")
        keys.resolve("k")
    moment[0] = keys.FRESH_SECONDS + 0.1
    with django_assert_num_queries(1):
        keys.resolve("k")


def test_a_key_that_was_taken_away_ends_with_the_next_reading(monkeypatch):
    row = WriteKeyFactory(key="k")
    moment = [0.0]
    monkeypatch.setattr(keys.time, "monotonic", lambda: moment[0])
    keys.resolve("k")
    row.delete()
    moment[0] = keys.FRESH_SECONDS + 0.1
    assert keys.resolve("k") is None
