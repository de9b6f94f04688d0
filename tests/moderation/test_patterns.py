"""Abuse patterns: what is met and what just is not, once, whatever comes late or again; nothing of other tenants."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection

from config.runs import JOBS
from ingestion import merging
from ingestion.models import Event
from moderation import pattern_hits, pattern_hours, pattern_search, patterns, tasks
from moderation.models import Action, Case, Pattern, PatternHit, PatternHour, Report
from tests.moderation.forum import NOW, at

BEFORE = NOW - timedelta(days=1)


@pytest.fixture
def shipped(forum):
    """The shipped patterns by key, all switched on since the day before."""
    patterns.ensure(forum.workspace.pk)
    rows = Pattern.objects.filter(workspace=forum.workspace)
    assert not rows.filter(enabled=True).exists()
    rows.update(enabled=True, enabled_at=BEFORE)
    pattern_hours.forget()
    return {row.key: row for row in rows}


def make(forum, **facts):
    given = {"key": "mine", "title": "Mine", "steps": ["likes_given"], "count": 3, "window_seconds": 600}
    facts = given | {"reason": "spam", "enabled": True, "enabled_at": BEFORE} | facts
    return Pattern.objects.create(workspace=forum.workspace, **facts)


def like(person, minute, post="p1", author="bob", **more):
    return ("like_given", person, minute, {"post_id": post, "author_id": author} | more)


def find(forum):
    done = pattern_hits.find(forum.workspace)
    assert done.failed == []
    return done.found, done.grown


def minute_of(moment):
    return (moment - NOW).total_seconds() / 60


def hits(forum):
    """(pattern, minute it was met, minute it was last met, events, people), the first first."""
    rows = PatternHit.objects.filter(pattern__workspace=forum.workspace).order_by("at", "pattern__key", "subject")
    return [(row.pattern.key, minute_of(row.at), minute_of(row.last_at), row.events, row.people) for row in rows]


def searched(pattern, first=-60, last=600):
    found = pattern_search.search(pattern, at(first), at(last), timedelta(seconds=30))
    return [(minute_of(one.at), one.events, one.people) for one in found]


class TestShipped:
    def test_three_reports_by_three_people_against_one_whichever_way_they_came(self, forum, shipped):
        told = {"content_type": "post", "content_id": "p1", "content_author_id": "bob", "reason": "nsfw"}
        forum.send(
            ("report_submitted", "ada", 0, told | {"report_id": "r1"}),
            ("report_submitted", "cleo", 10, told | {"report_id": "r2", "content_id": "p2"}),
        )
        forum.take()
        # A second of the same person does not make three.
        forum.report("ada", post="p3", submitted_at=at(20))
        assert find(forum) == (0, 0)
        forum.report("dan", post="bob", target="person", content_type="", submitted_at=at(59))
        assert find(forum) == (1, 0)
        assert hits(forum) == [("reports-against-one", 59, 59, 4, 3)]
        hit = PatternHit.objects.get()
        assert sorted(hit.evidence)[-2:] == ["report:r1", "report:r2"]
        assert hit.person_id == forum.actor("bob")

    def test_a_hit_opens_a_case_at_the_priority_of_the_row_and_does_nothing_itself(self, forum, shipped):
        Pattern.objects.filter(key="likes-in-a-minute").update(priority=5)
        forum.send(*(like("eve", number / 60, f"p{number}", f"author{number}") for number in range(20)))
        assert find(forum) == (1, 0)
        report = PatternHit.objects.get().report
        case = report.case
        assert (case.target, case.target_id, case.person_id) == ("person", "eve", forum.actor("eve"))
        assert (case.priority, report.priority, report.reporter_id) == (5, 5, None)
        assert report.text == "20 likes in 60 s: 20 events by 1, from 2026-03-02 12:00:00 UTC on."
        assert not Action.objects.exists()

    def test_post_delete_post_the_same(self, forum, shipped):
        def post(minute, post, title="Cheap watches", person="eve"):
            return ("post_created", person, minute, {"post_id": post, "title": title})

        def delete(minute, post, person="eve"):
            return ("post_deleted", person, minute, {"post_id": post, "author_id": person})

        forum.send(post(0, "a"), delete(5, "a"), post(6, "b", "Other words"))
        forum.send(post(1, "c", person="ada"), delete(2, "d", person="ada"), post(3, "e", person="ada"))
        forum.send(post(0, "f", person="dan"), delete(1, "f", person="dan"), post(61, "g", person="dan"))
        forum.send(post(0, "h", None, "cleo"), delete(1, "h", "cleo"), post(2, "i", None, "cleo"))
        assert find(forum) == (0, 0)
        forum.send(post(7, "j"))
        assert find(forum) == (1, 0)
        assert hits(forum) == [("posted-again", 7, 7, 3, 1)]
        names = Event.objects.filter(event_id__in=PatternHit.objects.get().evidence).values_list("object_id", flat=True)
        assert sorted(names) == ["a", "a", "j"]

    def test_likes_to_and_fro_from_few_and_from_new_accounts(self, forum, shipped):
        """How points are farmed: ada and bob like each other, three friends like dan, ten strangers like flo."""
        fro = [like("ada", number, f"b{number}") for number in range(12)]
        fro += [like("bob", number + 0.5, f"a{number}", "ada") for number in range(8)]
        few = [like(f"friend{number % 3}", 3 * number, f"d{number}", "dan") for number in range(51)]
        new = [like(f"stranger{number}", number, "f", "flo") for number in range(10)]
        one_way = [like("gus", number, f"g{number}", "hal") for number in range(30)]
        forum.send(*fro, *few, *new, *one_way)
        assert find(forum) == (3, 0)
        assert hits(forum) == [
            ("likes-from-new-accounts", 9, 9, 10, 10),
            ("likes-to-and-fro", 11, 11, 20, 2),
            ("likes-from-few", 147, 150, 51, 3),
        ]
        pair = PatternHit.objects.get(pattern__key="likes-to-and-fro")
        assert {pair.person_id, pair.other_person_id} == {forum.actor("ada"), forum.actor("bob")}
        assert "The other person: bob." in pair.report.text


class TestWindow:
    def test_the_window_ends_just_before_it_has_passed(self, forum):
        pattern = make(forum)
        forum.send(like("ada", 0, "a"), like("ada", 1, "b"), like("ada", 10, "c"), like("ada", 20, "d"))
        assert searched(pattern) == []
        forum.send(like("bob", 0, "a", "x"), like("bob", 1, "b", "x"), like("bob", 9.99, "c", "x"))
        assert searched(pattern) == [(pytest.approx(9.99), 3, 1)]

    def test_what_goes_on_is_one_hit_and_after_a_pause_of_the_window_another(self, forum):
        pattern = make(forum)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in (0, 1, 2, 8, 14, 15, 40, 41, 42)))
        assert searched(pattern) == [(2, 6, 1), (42, 3, 1)]

    def test_an_unlike_a_bot_and_ones_own_likes_do_not_count(self, forum):
        pattern = make(forum, per="author")
        forum.send(
            *(like("ada", n, f"a{n}", action="unlike") for n in range(3)),
            *(like("bob", n, f"b{n}") for n in range(3)),
        )
        assert searched(pattern) == []

    def test_at_most_so_many_different_ones(self, forum):
        pattern = make(forum, per="author", distinct_by="actor", distinct_most=1)
        forum.send(like("ada", 0), like("cleo", 1), like("ada", 2, "p2"))
        assert searched(pattern) == []
        forum.send(like("ada", 10.5, "p3"), like("ada", 11.5, "p4"))
        assert searched(pattern) == [(11.5, 3, 1)]

    def test_content_is_told_apart_by_its_kind(self, forum):
        pattern = make(forum, per="object", distinct_by="actor", distinct_least=3)
        forum.send(*(like(name, n, "7", content_type="comment") for n, name in enumerate(("ada", "dan"))))
        forum.send(*(like(name, n, "7") for n, name in enumerate(("cleo", "eve"))))
        assert searched(pattern) == []
        forum.send(like("flo", 4, "7"))
        assert find(forum) == (1, 0)
        case = Case.objects.get()
        assert (case.target, case.content_type, case.target_id) == ("content", "post", "7")
        assert case.person_id == forum.actor("bob")

    def test_steps_with_a_property_and_in_any_number(self, forum):
        pattern = make(
            forum, count=1, steps=["like_given[channel_id=a]", "comment_created", "like_given"], same=["object"]
        )
        comment = ("comment_created", "ada", 1, {"post_id": "p1", "post_author_id": "bob"})
        forum.send(like("ada", 0), comment, like("ada", 2, channel_id="a"))
        assert searched(pattern) == []
        forum.send(like("ada", 0.5, channel_id="a"))
        assert searched(pattern) == [(2, 3, 1)]


class TestOnce:
    def test_events_sent_again_and_hours_looked_at_again_add_nothing(self, forum):
        make(forum)
        likes = [like("ada", minute, f"a{minute}") for minute in range(3)]
        forum.send(*likes)
        assert find(forum) == (1, 0)
        assert forum.send(*likes) == ["duplicate"] * 3
        assert not pattern_hits.anything_waits(forum.workspace)
        PatternHour.objects.create(workspace=forum.workspace, hour=at(0))
        assert find(forum) == (0, 0)
        assert (PatternHit.objects.count(), Report.objects.count()) == (1, 1)

    def test_an_event_under_two_times_is_one(self, forum):
        make(forum)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        ids = list(Event.objects.order_by("occurred_at").values_list("event_id", flat=True))
        Event.objects.filter(event_id=ids[2]).update(event_id=ids[1])
        assert find(forum) == (0, 0)

    def test_late_events_make_a_hit_longer_and_none_twice(self, forum):
        """Across the turn of an hour, in whatever order: one hit, from the first to the last."""
        make(forum)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in (58, 60, 61)))
        assert find(forum) == (1, 0)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in (55, 66, 70)))
        assert find(forum) == (0, 1)
        assert hits(forum) == [("mine", 60, 70, 6, 1)]
        assert Report.objects.count() == 1

    def test_a_merge_of_people_finds_the_same_hit(self, forum):
        make(forum)
        forum.send(*(like("guest-1", minute, f"a{minute}") for minute in range(3)))
        assert find(forum) == (1, 0)
        forum.send(("user_login", "ada", 0, {}))
        merging.merge(forum.workspace, forum.actor("guest-1"), forum.actor("ada"), by=None, reason="The same")
        forum.send(like("ada", 4, "a4"))
        assert find(forum) == (0, 1)
        assert PatternHit.objects.count() == 1

    def test_whoever_is_killed_goes_on_where_they_were(self, forum, monkeypatch):
        make(forum)
        make(forum, key="second", count=2)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        real, asked = pattern_search.search, []

        def search(*given):
            asked.append(given)
            if len(asked) == 2:
                raise KeyboardInterrupt
            return real(*given)

        monkeypatch.setattr(pattern_search, "search", search)
        with pytest.raises(KeyboardInterrupt):
            find(forum)
        assert PatternHit.objects.count() == 1
        assert find(forum) == (1, 0)
        assert PatternHit.objects.count() == 2


class TestWhen:
    def test_a_pattern_that_is_off_notes_and_finds_nothing(self, forum):
        make(forum, enabled=False)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        assert not PatternHour.objects.exists()
        assert JOBS[tasks.find_patterns.name].run_as_asked() == []

    def test_what_happened_before_it_was_switched_on_is_only_history(self, forum):
        pattern = make(forum, enabled_at=at(2.5))
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        assert find(forum) == (0, 0)
        assert searched(pattern) == [(2, 3, 1)]

    def test_events_of_other_types_are_no_work(self, forum):
        make(forum)
        forum.send(("post_created", "ada", 0, {"post_id": "p1"}))
        assert not PatternHour.objects.exists()

    def test_the_job_runs_where_something_waits(self, forum):
        make(forum)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        job = JOBS[tasks.find_patterns.name]
        assert len(job.run_as_asked()) == 1
        assert PatternHit.objects.count() == 1
        assert job.run_as_asked() == []

    def test_a_pattern_that_cannot_be_searched_says_so_and_harms_no_other(self, forum, monkeypatch):
        make(forum, key="a", title="A")
        make(forum, key="b", title="B")
        Pattern.objects.filter(key="a").update(same=["nothing 7=8"])
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        done = pattern_hits.find(forum.workspace)
        assert (done.found, done.failed) == (1, ["A"])
        assert "names a step twice" in Pattern.objects.get(key="a").error

    def test_hours_that_were_in_the_way_of_somebody_are_searched_again(self, forum):
        make(forum)
        forum.send(*(like("ada", minute, f"a{minute}") for minute in range(3)))
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS"
                " $$BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END$$"
            )
            cursor.execute(
                "CREATE TRIGGER in_the_way BEFORE INSERT ON moderation_patternhit"
                " FOR EACH ROW EXECUTE FUNCTION in_the_way()"
            )
        with pytest.raises(OperationalError, match="deadlock"):
            pattern_hits.find(forum.workspace)
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION in_the_way CASCADE")
        assert find(forum) == (1, 0)

    def test_other_tenants_are_neither_read_nor_changed(self, forum, other):
        make(forum)
        make(other)
        likes = [like("ada", minute, f"a{minute}") for minute in range(3)]
        other.send(*likes)
        forum.send(*likes[:2])
        assert find(forum) == (0, 0)
        assert PatternHour.objects.filter(workspace=other.workspace).exists()
        assert find(other) == (1, 0)
        assert set(Case.objects.values_list("workspace__slug", flat=True)) == {"other"}


@pytest.mark.parametrize(
    ("facts", "field", "why"),
    [
        ({"steps": []}, "steps", "1 to 4 steps"),
        ({"steps": ["likes_given"] * 5}, "steps", "not 5"),
        ({"steps": ["like_givn"]}, "steps", "there are like_given"),
        ({"steps": ["[a=b]"]}, "steps", "is no step"),
        ({"count": 1}, "count", "at least 2"),
        ({"same": ["title"]}, "same", "several steps"),
        ({"distinct_by": "actor"}, "distinct_by", "at least or at most"),
        ({"distinct_least": 2}, "distinct_by", "of different what"),
        ({"distinct_by": "actor", "distinct_least": 2}, "distinct_by", "there is one"),
        ({"distinct_by": "object", "distinct_least": 9}, "distinct_least", "no more than"),
        ({"distinct_by": "object", "distinct_least": 2, "distinct_most": 1}, "distinct_most", "below"),
        ({"window_seconds": 10**9}, "window_seconds", "at most 7d"),
        ({"steps": ["likes_given"] * 2}, "count", "once each"),
        ({"steps": ["likes_given"] * 2, "count": 1, "same": ["title 1=3"]}, "same", "not there"),
        ({"steps": ["likes_given"] * 2, "count": 1, "same": ["a b c"]}, "same", "write a field"),
        ({"steps": ["likes_given"] * 2, "count": 1, "distinct_by": "object"}, "distinct_by", "single step"),
    ],
    ids=str,
)
def test_a_pattern_that_makes_no_sense_is_refused_with_why(forum, facts, field, why):
    given = {"steps": ["likes_given"], "count": 3, "window_seconds": 600, "reason": "spam"}
    with pytest.raises(ValidationError) as refused:
        patterns.check(Pattern(workspace=forum.workspace, **given | facts))
    assert why in refused.value.message_dict[field][0]


def test_the_shipped_ones_make_sense_in_a_forum(forum):
    patterns.ensure(forum.workspace.pk)
    patterns.ensure(forum.workspace.pk)
    rows = Pattern.objects.filter(workspace=forum.workspace)
    assert rows.count() == len(patterns.DEFAULTS)
    for row in rows:
        patterns.check(row)
