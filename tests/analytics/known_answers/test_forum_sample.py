"""The shipped forum sample against a computation of its own, straight from the CSV files."""

import csv
import gzip
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from analytics import cohorts, metrics
from analytics.metrics import METRICS
from analytics.rollups import engine
from ingestion import workspaces
from ingestion.importers import import_file

SAMPLES = Path(__file__).resolve().parents[3] / "ingestion" / "samples"
# A quarter of the sample, chosen to hold the months before the first sign-up: the whole takes half a minute.
UNTIL = "2011-04-01"


def rows(name):
    with gzip.open(SAMPLES / f"forum_{name}.csv.gz", "rt", encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["CreationDate"] < UNTIL]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The two files, cut."""
    folder = tmp_path_factory.mktemp("sample")
    for name in ("posts", "users"):
        found = rows(name)
        with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, found[0])
            writer.writeheader()
            writer.writerows(found)
    return folder


@pytest.fixture(scope="module")
def filled(lasting_db, sample):
    """Stored and filled once for all that read it."""
    workspace = workspaces.create("sample").workspace
    for name in ("posts", "users"):
        import_file(workspace, sample / f"{name}.csv.gz", mapping="forum")
    assert engine.bring_up_to_date(workspace).failed == {}
    return workspace


@pytest.fixture
def forum(filled, db):
    return filled


@pytest.fixture(scope="module")
def active():
    """Day -> ids of people active on it."""
    found = {}
    for row in rows("users"):
        found.setdefault(date.fromisoformat(row["CreationDate"][:10]), set()).add(row["Id"])
    for row in rows("posts"):
        if row["OwnerUserId"] not in {"", "-1"}:
            found.setdefault(date.fromisoformat(row["CreationDate"][:10]), set()).add(row["OwnerUserId"])
    return found


@pytest.fixture(scope="module")
def signed_up():
    """Id -> day of sign-up."""
    found = {row["Id"]: date.fromisoformat(row["CreationDate"][:10]) for row in rows("users")}
    known = set(found)
    # Whoever is not in the account list signed up when first seen.
    for row in rows("posts"):
        who, day = row["OwnerUserId"], date.fromisoformat(row["CreationDate"][:10])
        if who not in {"", "-1"} and who not in known:
            found[who] = min(found.get(who, day), day)
    return found


def test_every_number_of_every_day_equals_the_independent_one(forum, active):
    first, last = min(active), max(active) + timedelta(days=40)
    names = ["dau", "wau", "mau", "posts_created", "comments_created", "total_users"]
    found = metrics.read_many([metrics.METRICS[name] for name in names], forum, first, last)

    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for name, length in (("dau", 1), ("wau", 7), ("mau", 30)):
        expected = [
            len(set().union(*(active.get(day - timedelta(days=back), set()) for back in range(length)))) for day in days
        ]
        assert [value.value for value in found[name]] == expected, name
    for name, kinds in (("posts_created", {"1", "3", "4", "5", "6", "7", "8"}), ("comments_created", {"2"})):
        written = Counter(
            row["CreationDate"][:10]
            for row in rows("posts")
            if row["PostTypeId"] in kinds and row["OwnerUserId"] not in {"", "-1"}
        )
        assert [value.value for value in found[name]] == [written[str(day)] for day in days], name


@pytest.mark.parametrize("grain", ["week", "month"])
def test_every_number_of_every_week_and_month_equals_the_independent_one(forum, active, signed_up, grain):
    def bucket(day):
        return day.replace(day=1) if grain == "month" else day - timedelta(days=day.weekday())

    def doing(*kinds):
        found = {}
        for row in rows("posts"):
            if row["PostTypeId"] in kinds and row["OwnerUserId"] not in {"", "-1"}:
                found.setdefault(bucket(date.fromisoformat(row["CreationDate"][:10])), []).append(row["OwnerUserId"])
        return found

    people = {}
    for day, ids in active.items():
        people.setdefault(bucket(day), set()).update(ids)
    starts = metrics.bucket_starts(min(active), max(active) + timedelta(days=70), grain)
    came = [people.get(start, set()) for start in starts]
    before = [set(), *came]
    posts, answers = doing("1", "3", "4", "5", "6", "7", "8"), doing("2")
    days = [[day for day in active if bucket(day) == start] for start in starts]
    lengths = [(bucket(start + timedelta(days=32 if grain == "month" else 7)) - start).days for start in starts]
    expected = {
        "active_people": [(len(now), None) for now in came],
        "retention": [(len(now & then), len(then)) for now, then in zip(came, before, strict=False)],
        "active_posters": [(len(set(posts.get(start, []))), None) for start in starts],
        "active_commenters": [(len(set(answers.get(start, []))), None) for start in starts],
        "social_people": [(len({*posts.get(start, []), *answers.get(start, [])}), None) for start in starts],
        "activities_per_user": [
            (len(posts.get(start, []) + answers.get(start, [])), len(now))
            for start, now in zip(starts, came, strict=True)
        ],
        "avg_dau": [(sum(len(active[day]) for day in of), length) for of, length in zip(days, lengths, strict=True)],
        "growth_rate": [],
    }
    for start, length in zip(starts, lengths, strict=True):
        total = sum(day < start for day in signed_up.values())
        expected["growth_rate"].append(
            (sum(day < start + timedelta(days=length) for day in signed_up.values()) - total, total)
        )

    names = [METRICS[name] for name in expected]
    found = metrics.read_many(names, forum, starts[0], starts[-1], grain)
    for name, numbers in expected.items():
        assert [(value.numerator, value.denominator) for value in found[name]] == numbers, name


def month(day):
    return day.replace(day=1)


def monday(day):
    return day - timedelta(days=day.weekday())


def test_cohorts_equal_the_independent_ones(forum, active, signed_up):
    # In the middle of it, so that some cohorts have not lived long enough.
    seen = date(2010, 12, 15)
    offsets = {}
    for day, people in active.items():
        for who in people:
            if day <= seen:
                offsets.setdefault(who, set()).add((day - signed_up[who]).days)
    assert {one.start: one.size for one in cohorts.sizes(forum, "month")} == Counter(map(month, signed_up.values()))
    for grain, start_of in (("month", month), ("week", monday)):
        for by, length, count in (("day", 1, 91), ("week", 7, 53)):
            expected = {}
            for who, day in signed_up.items():
                if day > seen:
                    continue
                cells = expected.setdefault(start_of(day), [[0, 0] for _ in range(count)])
                for number, cell in enumerate(cells):
                    if day + timedelta(days=length * (number + 1) - 1) <= seen:
                        mine = range(length * number, length * (number + 1))
                        cell[0] += 1
                        cell[1] += not offsets.get(who, set()).isdisjoint(mine)
            found = {
                one.start: [[cell.eligible, cell.retained or 0] for cell in one.cells]
                for one in cohorts.retention(forum, grain, by=by, at=seen)
            }
            assert found == expected, (grain, by)


def test_churn_equals_the_independent_one(forum, active):
    first, last = min(active), max(active) + timedelta(days=100)

    def between(day, longest, shortest):
        return set().union(*(active.get(day - timedelta(days=back), ()) for back in range(shortest, longest + 1)))

    for value in metrics.read(METRICS["churn_rate"], forum, first, last):
        before, since = between(value.date, 59, 30), between(value.date, 29, 0)
        assert (value.numerator, value.denominator) == (len(before - since), len(before)), value.date


def test_retention_by_day_and_month_equals_the_independent_one(forum, active, signed_up):
    months = sorted({month(day) for day in signed_up.values()})
    for key, grain in (("retention_day_7", "day"), ("retention_day_30", "month")):
        length = timedelta(days=int(key.rsplit("_", 1)[1]))
        expected = {}
        for who, day in signed_up.items():
            pair = expected.setdefault(day if grain == "day" else month(day), [0, 0])
            pair[0] += who in active.get(day + length, ())
            pair[1] += 1
        found = metrics.read(METRICS[key], forum, months[0], max(signed_up.values()), grain)
        assert {v.date: [v.numerator, v.denominator] for v in found if v.denominator} == expected, key


def test_rolling_retention_equals_the_independent_one(forum, active, signed_up):
    latest = {}
    for day in sorted(active):
        latest |= dict.fromkeys(active[day], day)
    seen = max(active)
    expected = {}
    for who, day in signed_up.items():
        cells = expected.setdefault(month(day), [[0, 0] for _ in range(91)])
        for number, cell in enumerate(cells):
            if day + timedelta(days=number) <= seen:
                cell[0] += 1
                cell[1] += (latest[who] - day).days >= number
    found = cohorts.retention(forum, "month", at=seen)
    assert {one.start: [[c.eligible, c.still_active or 0] for c in one.cells] for one in found} == expected


def test_the_same_files_twice_store_nothing_twice(forum, sample):
    for name in ("posts", "users"):
        totals = import_file(forum, sample / f"{name}.csv.gz", mapping="forum")
        assert (totals.accepted, totals.rejected) == (0, 0)
        assert totals.duplicates == totals.received > 0
