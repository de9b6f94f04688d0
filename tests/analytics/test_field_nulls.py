"""Null rates of declared fields: missing or null, of the events of a type that were looked at."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from analytics import definition_changes, metrics, test_accounts
from analytics.definition_changes import Change
from analytics.metrics import METRICS
from analytics.models import FieldNullDaily
from config.models import Workspace
from ingestion import catalog, versions
from ingestion.models import EventType
from tests.analytics.community import Community, at
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory

FILLS = ("field_null_daily",)

TEXT = {"type": ["string", "null"]}
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def schema(*fields):
    return {"type": "object", "properties": dict.fromkeys(fields, TEXT)}


def declare(community, name, *fields):
    kind = EventTypeFactory(workspace=community.workspace, name=name)
    EventTypeVersionFactory(event_type=kind, schema=schema(*fields))
    return kind


def answers(community, day, number, **properties):
    for _ in range(number):
        community.happens("poll_answered", "ada", at(day), properties=properties)


def rows(community, day=0):
    """{field: (nulls, events)} of a day, of the types that the tests declare."""
    found = FieldNullDaily.objects.filter(workspace=community.workspace, date=at(day).date(), field__startswith="poll_")
    return {row.field: (row.nulls, row.events) for row in found}


@pytest.fixture
def polls(community):
    return declare(community, "poll_answered", "poll_id", "answer")


def test_missing_and_null_are_nulls_and_an_empty_text_is_none(community, polls):
    answers(community, 0, 3, poll_id="1", answer="yes")
    answers(community, 0, 2, poll_id="1", answer=None)
    answers(community, 0, 1, poll_id="1", answer="")
    answers(community, 0, 4, poll_id="1")
    answers(community, 1, 1)
    community.fill()

    assert rows(community) == {"poll_answered.poll_id": (0, 10), "poll_answered.answer": (6, 10)}
    assert rows(community, 1) == {"poll_answered.poll_id": (1, 1), "poll_answered.answer": (1, 1)}
    days = (at(0).date(), at(2).date())
    told = metrics.read(METRICS["null_rate"], community.workspace, *days, of="poll_answered.answer")
    assert [(value.value, value.data_points) for value in told] == [(0.6, 10), (1, 1), (None, 0)]
    (week,) = metrics.read(METRICS["null_rate"], community.workspace, *days, "week", of="poll_answered.answer")
    assert (week.value, week.numerator, week.denominator) == (7 / 11, 7, 11)


def test_zero_and_false_are_no_nulls(community):
    kind = EventTypeFactory(workspace=community.workspace, name="poll_answered")
    EventTypeVersionFactory(event_type=kind, schema={"properties": {"score": True, "public": True, "tags": True}})
    answers(community, 0, 1, score=0, public=False, tags=[])
    community.fill()
    assert {field: nulls for field, (nulls, _) in rows(community).items()} == {
        "poll_answered.score": 0,
        "poll_answered.public": 0,
        "poll_answered.tags": 0,
    }


def test_what_nobody_declared_has_no_rate(community, polls):
    EventTypeFactory(workspace=community.workspace, name="poll_opened")
    declare(community, "poll_closed")
    answers(community, 0, 1, poll_id="1", answer="yes", mood=None)
    for name in ("poll_opened", "poll_closed", "poll_never_heard_of"):
        community.happens(name, "ada", at(0), properties={"poll_id": None})
    community.fill()
    assert set(rows(community)) == {"poll_answered.poll_id", "poll_answered.answer"}


@pytest.mark.parametrize(
    "wrong",
    [True, {}, [], {"properties": None}, {"properties": ["a"]}],
    ids=["true", "empty", "list", "null", "not an object"],
)
def test_a_schema_without_properties_declares_nothing(community, wrong):
    EventTypeVersionFactory(
        event_type=EventTypeFactory(workspace=community.workspace, name="poll_answered"), schema=wrong
    )
    answers(community, 0, 1, a=None)
    community.fill()
    assert rows(community) == {}


def test_bots_and_test_accounts_are_left_out(community, polls):
    answers(community, 0, 2, poll_id="1")
    robot = {"type": "track", "event": "poll_answered", "userId": "robot", "timestamp": at(0).isoformat()}
    community.store([robot | {"context": {"userAgent": CRAWLER}}], at(0))
    community.happens("poll_answered", "qa-1", at(0))
    definition_changes.apply(community.workspace, Change(test_accounts.KEY, {"patterns": ["qa-*"]}, at(-1).date()))
    community.fill()
    assert rows(community) == {"poll_answered.poll_id": (0, 2), "poll_answered.answer": (2, 2)}


def test_another_workspace_keeps_its_own(community, polls):
    other = Community("commons-other")
    declare(other, "poll_answered", "answer")
    answers(community, 0, 2, poll_id="1")
    answers(other, 0, 1, answer="yes")
    other.fill()
    community.fill()
    assert rows(community) == {"poll_answered.poll_id": (0, 2), "poll_answered.answer": (2, 2)}
    assert rows(other) == {"poll_answered.answer": (0, 1)}

    versions.retire(polls.versions.get())
    community.fill()
    assert rows(community) == {}
    assert other.fill().rows == 0
    assert rows(other) == {"poll_answered.answer": (0, 1)}


def test_a_version_published_later_counts_for_the_days_before_it(community, polls):
    answers(community, 0, 2, poll_id="1", mood="good")
    answers(community, 1, 1, poll_id="1")
    community.fill()
    draft = versions.draft(polls, schema("poll_id", "answer", "mood"))
    community.fill()
    assert set(rows(community)) == {"poll_answered.poll_id", "poll_answered.answer"}

    second = versions.publish(draft)
    community.fill()
    assert rows(community)["poll_answered.mood"] == (0, 2)
    assert rows(community, 1)["poll_answered.mood"] == (1, 1)

    versions.retire(second)
    community.fill()
    assert set(rows(community)) == {"poll_answered.poll_id", "poll_answered.answer"}


def test_types_that_are_shipped_later_count_for_the_past(community):
    kind = EventType.objects.get(workspace=community.workspace, name="search_performed")
    kind.versions.all().delete()
    EventType.objects.filter(pk=kind.pk).update(discovered=True)
    community.happens("search_performed", "ada", at(0), properties={"query": "bread"})
    community.fill()
    found = FieldNullDaily.objects.filter(workspace=community.workspace, field__startswith="search_performed.")
    assert not found.exists()

    catalog.load(community.workspace)
    community.fill()
    assert found.get(field="search_performed.query").nulls == 0


def test_days_are_those_of_the_workspace(db):
    community = Community("commons-west", "America/New_York")
    declare(community, "poll_answered", "answer")
    community.happens("poll_answered", "ada", at(0, "04:30"), properties={})
    community.happens("poll_answered", "ada", at(0, "05:30"), properties={"answer": "yes"})
    community.fill()
    assert rows(community, -1) == {"poll_answered.answer": (1, 1)}
    assert rows(community, 0) == {"poll_answered.answer": (0, 1)}


def test_a_late_event_changes_its_day(community, polls):
    answers(community, 0, 1, poll_id="1", answer="yes")
    community.fill()
    community.happens("poll_answered", "bob", at(0), received=at(9), properties={"poll_id": "1"})
    community.fill()
    assert rows(community)["poll_answered.answer"] == (1, 2)


def test_a_big_day_is_sampled_and_a_refill_looks_at_the_same(community, polls):
    looked_at(community, 40)
    answers(community, 0, 300, poll_id="1", answer="yes")
    answers(community, 0, 100, poll_id="1")
    answers(community, 1, 40, poll_id="1")
    community.fill()
    first = rows(community)
    nulls, events = first["poll_answered.answer"]
    assert 10 <= events <= 100
    assert 0 < nulls < events
    assert rows(community, 1)["poll_answered.answer"] == (40, 40)

    community.happens("page_view", "ada", at(0), received=at(9))
    looked_at(community, 41)
    FieldNullDaily.objects.filter(workspace=community.workspace).update(events=0)
    community.fill()
    assert rows(community) == first

    looked_at(community, 1_000)
    community.fill()
    assert rows(community)["poll_answered.answer"] == (100, 400)


def looked_at(community, most):
    definition_changes.apply(community.workspace, Change("field_nulls", {"most_events": most}, at(-1).date()))


def test_fields_of_any_name_are_told(community):
    long = "x" * 500
    declare(community, "poll_answered", "", "a.b", 'say "hi"\\', "größe", long, long + "y")
    declare(community, "poll_answered.a", "b")
    answers(community, 0, 1, **{"a.b": "1", "größe": "1"})
    community.happens("poll_answered.a", "ada", at(0), properties={})
    community.fill()
    assert rows(community) == {
        "poll_answered.": (1, 1),
        "poll_answered.a.b": (1, 2),
        'poll_answered.say "hi"\\': (1, 1),
        "poll_answered.größe": (0, 1),
        f"poll_answered.{long}"[:400]: (2, 2),
    }


def test_the_command_tells_every_field_or_one(community, polls):
    answers(community, 0, 4, poll_id="1")
    community.fill()
    arguments = ("metric", "null_rate", "--workspace", "commons", "--at", "2026-03-02")
    every = json.loads(ask(*arguments, "--json"))
    assert (every["per"], every["each"]["poll_answered.answer"]["value"]) == ("field", 1)
    assert every["each"]["poll_answered.poll_id"]["value"] == 0
    one = json.loads(ask(*arguments, "--json", "--of", "poll_answered.answer"))
    assert (one["field"], one["value"], one["data_points"]) == ("poll_answered.answer", 1, 4)
    assert "poll_answered.answer  2026-03-02" in ask(*arguments)


def ask(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_workspace_of_nobody_may_publish(community, polls):
    versions.publish(versions.draft(polls, schema("poll_id", "answer", "mood")))
    community.workspace = Workspace.objects.get(pk=community.workspace.pk)
    community.fill()
    assert rows(community) == {}
