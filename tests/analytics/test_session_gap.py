"""The session gap as a definition: changed from a day on, handled at the border, the same from whatever range."""

from datetime import timedelta

import pytest

from analytics import definition_changes
from analytics.definition_changes import Change
from analytics.models import DefinitionVersion, OpenBucket, Session
from tests.analytics.community import Community, at
from tests.analytics.test_sessions import lengths

FILLS = ("hourly_metrics", "platform_daily")


def set_gap(community, minutes, day, **more):
    change = Change("session_gap_minutes", {"minutes": minutes}, at(day).date(), **more)
    return definition_changes.apply(community.workspace, change)


def views(community, *moments, who="ada"):
    for moment in moments:
        community.happens("post_view", who, moment)


def test_a_gap_equal_to_the_limit_stays_one_session_whatever_the_limit(community):
    set_gap(community, 5, 0)
    views(community, at(0, "10:00"), at(0, "10:05"), at(0, "10:10:01"))
    community.fill()

    assert lengths(community) == [(at(0, "10:00"), 300, 2), (at(0, "10:10:01"), 0, 1)]


def test_a_longer_gap_from_a_day_on_changes_that_day_and_not_the_one_before(community):
    views(community, *(at(day, clock) for day in (0, 1, 2) for clock in ("10:00", "10:45")))
    community.fill()
    assert len(lengths(community)) == 6

    set_gap(community, 60, 1)
    community.fill()

    assert [start for start, _, _ in lengths(community)] == [
        at(0, "10:00"),
        at(0, "10:45"),
        at(1, "10:00"),
        at(2, "10:00"),
    ]
    assert [community.metric("sessions", day).value for day in (0, 1, 2)] == [2, 1, 1]
    assert [community.metric("session_duration", day).value for day in (0, 1, 2)] == [0, 2700, 2700]


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        # The pause ends on the day of the longer gap: one session, which belongs to the day before.
        (60, [(at(0, "23:40"), 2400, 2)]),
        (40, [(at(0, "23:40"), 2400, 2)]),
        (39, [(at(0, "23:40"), 0, 1), (at(1, "00:20"), 0, 1)]),
    ],
)
def test_a_pause_over_the_border_is_told_by_the_gap_of_the_day_it_ends_on(community, minutes, found):
    views(community, at(0, "23:40"), at(1, "00:20"))
    community.fill()
    assert len(lengths(community)) == 2

    set_gap(community, minutes, 1)
    community.fill()

    assert lengths(community) == found
    assert community.activity("ada", 0).session_seconds == found[0][1]


def test_a_shorter_gap_cuts_a_session_that_ran_over_the_border(community):
    views(community, at(0, "23:50"), at(1, "00:10"), at(1, "00:25"))
    community.fill()

    set_gap(community, 15, 1)
    community.fill()

    assert lengths(community) == [(at(0, "23:50"), 0, 1), (at(1, "00:10"), 900, 2)]


def test_a_version_holds_up_to_the_next_one_only(community):
    views(community, *(at(day, clock) for day in (0, 1, 2) for clock in ("10:00", "10:45")))
    set_gap(community, 60, 1)
    set_gap(community, 20, 2)
    community.fill()

    assert [community.metric("sessions", day).value for day in (0, 1, 2)] == [2, 1, 2]


def test_retiring_a_version_gives_the_numbers_from_before_it(community):
    views(community, at(0, "23:40"), at(1, "00:20"), at(1, "10:00"), at(1, "10:45"))
    community.fill()
    before = lengths(community)
    set_gap(community, 60, 1)
    community.fill()
    assert lengths(community) != before

    definition_changes.apply(community.workspace, Change("session_gap_minutes", None, at(1).date(), note="a mistake"))
    community.fill()

    assert lengths(community) == before
    (row,) = DefinitionVersion.objects.all()
    assert (row.retired_note, row.value) == ("a mistake", {"minutes": 60})


def test_another_version_of_the_same_day_replaces_the_first_and_keeps_it_as_history(community):
    views(community, at(1, "10:00"), at(1, "10:45"))
    set_gap(community, 60, 1)
    set_gap(community, 10, 1)
    community.fill()

    assert community.metric("sessions", 1).value == 2
    assert DefinitionVersion.objects.count() == 2
    assert DefinitionVersion.objects.get(retired_at=None).value == {"minutes": 10}


def test_only_the_days_that_change_are_opened(community):
    views(community, *(at(day, "10:00") for day in range(0, 60, 5)))
    community.fill()
    set_gap(community, 60, 20)
    set_gap(community, 30, 25)
    community.fill()

    definition_changes.apply(community.workspace, Change("session_gap_minutes", None, at(20).date()))

    opened = OpenBucket.objects.filter(workspace=community.workspace)
    assert set(opened.filter(rollup="sessions").values_list("bucket", flat=True)) == {
        at(day, "00:00") for day in (20, 21, 22, 23, 24, 25)
    }
    assert not opened.filter(rollup="hourly_metrics").exists()
    assert opened.filter(rollup="platform_daily").earliest("bucket").bucket == at(20, "00:00")
    assert opened.filter(rollup="platform_daily").latest("bucket").bucket == at(25 + 29, "00:00")
    assert [community.metric("dau", day).state for day in (19, 20, 54, 55)] == [
        "closed",
        "settling",
        "settling",
        "closed",
    ]


def test_a_late_event_reaches_as_far_as_the_longest_gap(community):
    set_gap(community, 120, 0)
    views(community, at(0, "23:10"), at(1, "02:00"))
    community.fill()
    assert len(lengths(community)) == 2

    views(community, at(1, "00:40"))
    community.fill()

    assert lengths(community) == [(at(0, "23:10"), 10200, 3)]


def test_a_live_session_with_a_long_gap_goes_on_over_midnight(community, now_is):
    type(community.workspace).objects.update(created_at=at(0))
    community.workspace.refresh_from_db()
    now_is(at(0, "12:00"))
    set_gap(community, 180, 0)
    for day, clock in ((0, "21:30"), (1, "00:20"), (1, "03:10")):
        now_is(at(day, clock))
        views(community, at(day, clock))
        community.fill()

    assert lengths(community) == [(at(0, "21:30"), 20400, 3)]


def test_any_order_of_fills_and_changes_gives_the_same_sessions(community):
    whole = Community("commons-whole")
    moments = [at(0, "20:00") + timedelta(minutes=step) for step in (0, 20, 65, 95, 200, 250, 259, 320, 355, 460)]
    set_gap(whole, 60, 1)
    for moment in moments:
        views(whole, moment)
    whole.fill()
    for moment in reversed(moments):
        views(community, moment)
        community.fill()
    set_gap(community, 60, 1)
    community.fill()

    assert lengths(community) == lengths(whole)
    assert Session.objects.count() == 2 * len(lengths(whole))


def test_another_tenant_keeps_its_own_gap(community):
    other = Community("commons-other")
    for one in (community, other):
        views(one, at(0, "10:00"), at(0, "10:45"))
        one.fill()
    set_gap(community, 60, 0)
    assert not OpenBucket.objects.filter(workspace=other.workspace).exists()
    for one in (community, other):
        one.fill()

    assert [one.metric("sessions", 0).value for one in (community, other)] == [1, 2]
