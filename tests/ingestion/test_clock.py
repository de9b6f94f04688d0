"""The four times of an event (events.md 2): which one counts, and what the flags say of it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.clock import EARLIEST, occurred, parse
from ingestion.flags import Flag

from .conftest import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize("missing", [None, ""])
def test_no_time_is_none(missing):
    assert parse(missing) is None


@pytest.mark.parametrize(
    ("given_time", "instant"),
    [
        ("2026-03-02T12:00:00Z", NOW),
        ("2026-03-02T12:00:00.000Z", NOW),
        ("2026-03-02T13:00:00+01:00", NOW),
        ("2026-03-02T12:00:00", NOW),
        ("2026-03-02", NOW - 12 * HOUR),
        ("2026-03-02T12:00:00.123456789Z", NOW + timedelta(microseconds=123456)),
        (1772452800, NOW),
        (1772452800.5, NOW + timedelta(seconds=0.5)),
        (1772452800000, NOW),
        (1772452800250, NOW + timedelta(milliseconds=250)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
    ],
)
def test_iso_text_and_epochs_are_read_as_utc(given_time, instant):
    assert parse(given_time) == instant
    assert parse(given_time).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "unreadable",
    [
        "yesterday",
        "1772452800",
        "2026-13-01",
        "year 99999",
        "99999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "\ud800",
        1e300,
        -1e300,
        10**400,
        float("nan"),
        float("inf"),
        True,
        [],
        {},
    ],
)
def test_what_is_no_time_raises_value_error(unreadable):
    with pytest.raises(ValueError, match=r"."):
        parse(unreadable)


@given(ANY_JSON)
def test_any_json_value_is_a_time_none_or_a_value_error(value):
    try:
        moment = parse(value)
    except ValueError:
        return
    assert moment is None or moment.tzinfo is UTC


def test_without_a_client_time_it_happened_when_it_was_received():
    assert occurred(None, None, NOW) == (NOW, None, 0)


def test_the_client_time_counts_to_the_microsecond_when_nothing_speaks_against_it():
    client_at = NOW - HOUR - timedelta(microseconds=7)
    assert occurred(client_at, None, NOW) == (client_at, None, 0)


@pytest.mark.parametrize("skew", [timedelta(0), 10 * MINUTE, -10 * MINUTE])
def test_a_skew_of_up_to_ten_minutes_is_tolerated(skew):
    client_at = NOW - HOUR
    assert occurred(client_at, NOW - skew, NOW) == (client_at, None, 0)


@pytest.mark.parametrize("skew", [timedelta(hours=3, seconds=10), -timedelta(hours=3, seconds=10)])
def test_a_larger_skew_is_corrected_by_whole_minutes(skew):
    sent_at = NOW - skew
    moment, seconds, flags = occurred(sent_at - HOUR, sent_at, NOW)
    assert moment == NOW - HOUR - timedelta(seconds=10 if skew > timedelta(0) else -10)
    assert seconds == (10_800 if skew > timedelta(0) else -10_800)
    assert flags == Flag.CLOCK_CORRECTED


def test_a_resent_event_of_a_wrong_clock_keeps_its_time():
    client_at, ahead = NOW + 5 * HOUR, 6 * HOUR
    first = occurred(client_at, NOW + ahead, NOW)
    again = occurred(client_at, NOW + ahead + timedelta(seconds=40), NOW + timedelta(seconds=42))
    assert first[0] == again[0] == NOW - HOUR


def test_five_minutes_of_future_are_believed():
    assert occurred(NOW + 5 * MINUTE, None, NOW) == (NOW + 5 * MINUTE, None, 0)


def test_more_future_than_that_is_the_time_of_receipt():
    assert occurred(NOW + 5 * MINUTE + timedelta(microseconds=1), None, NOW) == (NOW, None, Flag.CLOCK_CORRECTED)


@pytest.mark.parametrize(("age", "flags"), [(timedelta(days=1), 0), (timedelta(days=1, microseconds=1), Flag.LATE)])
def test_an_event_is_late_after_a_day(age, flags):
    assert occurred(NOW - age, None, NOW) == (NOW - age, None, flags)


def test_a_clock_off_by_thousands_of_years_does_not_overflow():
    far = datetime(9999, 12, 31, tzinfo=UTC)
    moment, _, flags = occurred(far, datetime(1, 1, 1, tzinfo=UTC), NOW)
    assert (moment, flags) == (NOW, Flag.CLOCK_CORRECTED)


@pytest.mark.parametrize("sent_at", [datetime(2112, 5, 9, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_time_of_sending_far_in_the_future_sends_no_event_to_the_last_century(sent_at):
    moment, _, flags = occurred(NOW - HOUR, sent_at, NOW)
    assert (moment, flags) == (NOW, Flag.CLOCK_CORRECTED)


@given(client_at=st.none() | INSTANTS, sent_at=st.none() | INSTANTS)
def test_whatever_the_clocks_say_the_time_can_be_stored(client_at, sent_at):
    moment, skew, _ = occurred(client_at, sent_at, NOW)
    assert moment <= NOW + 5 * MINUTE
    assert skew is None or abs(skew) < 2**31, "the column has 32 bits"


@given(INSTANTS)
def test_the_same_event_sent_again_falls_on_the_same_time(client_at):
    """As long as its clock is right and it is not from the future."""
    if EARLIEST <= client_at <= NOW:
        first = occurred(client_at, NOW, NOW)[0]
        assert occurred(client_at, NOW + HOUR, NOW + HOUR)[0] == first == client_at


def test_an_offset_of_the_client_does_not_move_the_instant():
    local = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert parse(local.isoformat()) == NOW
