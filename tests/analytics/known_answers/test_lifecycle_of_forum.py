"""Lifecycle, segments, activation and sessions of the shipped forum sample, against plain Python over its CSV files."""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest

from analytics import metrics, session_figures
from analytics.lifecycle import LIFECYCLES, SEGMENTS
from analytics.metrics import METRICS
from analytics.rollups import engine
from ingestion import workspaces
from ingestion.importers import import_file
from tests.analytics.known_answers.test_forum_sample import SAMPLES

UNTIL = "2010-08-20"
FIRST, LAST = date(2010, 7, 18), date(2010, 12, 5)
# Some posts were brought along from elsewhere.
OLDEST = date(2009, 1, 1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The first weeks of the sample: rows by name, and their files."""
    folder, found = tmp_path_factory.mktemp("sample"), {}
    for name in ("posts", "users"):
        with gzip.open(SAMPLES / f"forum_{name}.csv.gz", "rt", encoding="utf-8") as stream:
            found[name] = [row for row in csv.DictReader(stream) if row["CreationDate"] < UNTIL]
        with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, found[name][0])
            writer.writeheader()
            writer.writerows(found[name])
    return found, folder


@pytest.fixture
def forum(db, files):
    """What a person would read: posts before those who wrote them, each filled."""
    workspace = workspaces.create("sample").workspace
    for name in ("posts", "users"):
        import_file(workspace, files[1] / f"{name}.csv.gz", mapping="forum")
        assert engine.bring_up_to_date(workspace).failed == {}
    return workspace


@pytest.fixture(scope="module")
def people(files):
    """Id -> (day of the sign-up, instants of all events, days of posts with repeats)."""
    happened, acts, signed_up = defaultdict(list), defaultdict(list), {}
    for row in files[0]["users"]:
        moment = datetime.fromisoformat(row["CreationDate"])
        happened[row["Id"]].append(moment)
        signed_up[row["Id"]] = moment.date()
    for row in files[0]["posts"]:
        if row["OwnerUserId"] not in {"", "-1"}:
            moment = datetime.fromisoformat(row["CreationDate"])
            happened[row["OwnerUserId"]].append(moment)
            acts[row["OwnerUserId"]].append(moment.date())
    return {
        who: (signed_up.get(who, min(moments).date()), sorted(moments), sorted(acts[who]))
        for who, moments in happened.items()
    }


def stands(signed_up, moments, acts, day):
    idle = (day - max(moment.date() for moment in moments if moment.date() <= day)).days
    week = {moment.date() for moment in moments if day - 6 * DAY <= moment.date() <= day}
    in_week = sum(day - 6 * DAY <= act <= day for act in acts)
    if idle > 90:
        stage = "churned"
    elif idle > 30:
        stage = "dormant"
    elif any(day - 29 * DAY <= act <= day for act in acts):
        stage = "engaged"
    else:
        stage = "new" if (day - signed_up).days <= 7 else "registered"
    if len(week) == 7 and in_week >= 5:
        return stage, "power"
    if week and in_week >= 2:
        return stage, "active"
    return stage, "churned" if idle >= 30 else "at_risk" if idle >= 14 else "casual"


def check_standing(forum, people):
    keys = [
        f"{prefix}_{name}" for prefix, names in (("lifecycle", LIFECYCLES), ("segment", SEGMENTS)) for name in names
    ]
    found = metrics.read_many([METRICS[key] for key in keys], forum, FIRST, LAST)
    for number in range(0, (LAST - FIRST).days, 5):
        day = FIRST + number * DAY
        expected = [stands(*person, day) for person in people.values() if person[0] <= day]
        stages, segments = (Counter(one[place] for one in expected) for place in (0, 1))
        assert {name: found[f"lifecycle_{name}"][number].value for name in LIFECYCLES} == {
            name: stages[name] for name in LIFECYCLES
        }, day
        assert {name: found[f"segment_{name}"][number].value for name in SEGMENTS} == {
            name: segments[name] for name in SEGMENTS
        }, day


def check_activation(forum, people):
    days = [FIRST + number * DAY for number in range(34)]
    found = metrics.read_many([METRICS["activation_rate"], METRICS["days_to_first_activity"]], forum, days[0], days[-1])
    for number, day in enumerate(days):
        cohort = [person for person in people.values() if person[0] == day]
        waited = [max((acts[0] - signed_up).days, 0) for signed_up, _, acts in cohort if acts]
        rate, wait = found["activation_rate"][number], found["days_to_first_activity"][number]
        assert (rate.numerator, rate.denominator) == (len(waited), len(cohort)), day
        assert (wait.numerator, wait.denominator) == (sum(waited), len(waited)), day


def check_sessions(forum, people):
    lasted = []
    for _, moments, _ in people.values():
        start = before = moments[0]
        for moment in moments[1:]:
            if moment - before > timedelta(minutes=30):
                lasted.append((before - start).total_seconds())
                start = moment
            before = moment
        lasted.append((before - start).total_seconds())

    told = session_figures.figures(forum, OLDEST, LAST)
    assert (told.count, told.bounces, told.pages) == (len(lasted), 0, 0)
    assert told.mean_seconds == pytest.approx(sum(lasted) / len(lasted))


def test_lifecycle_segments_activation_and_sessions_equal_the_independent_ones(forum, people):
    # Of one import, which takes as long as all the rest.
    check_standing(forum, people)
    check_activation(forum, people)
    check_sessions(forum, people)
