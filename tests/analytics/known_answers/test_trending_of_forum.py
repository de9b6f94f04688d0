"""What trended in the shipped forum sample, against plain Python over the CSV file and drawn likes and comments."""

import csv
import gzip
import random
from datetime import UTC, datetime, timedelta

import pytest

from analytics.rollups import engine
from analytics.trending import trending
from ingestion import workspaces
from ingestion.importers import import_envelopes, import_file
from tests.analytics.known_answers.test_forum_sample import SAMPLES

UNTIL = "2010-08-05"
QUESTION, ANSWER = "1", "2"


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    """The first weeks of the sample: path, and id -> creation of its posts."""
    with gzip.open(SAMPLES / "forum_posts.csv.gz", "rt", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["CreationDate"] < UNTIL]
    path = tmp_path_factory.mktemp("sample") / "posts.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    created = {
        row["Id"]: datetime.fromisoformat(row["CreationDate"]).replace(tzinfo=UTC)
        for row in rows
        if row["PostTypeId"] != ANSWER
    }
    return path, created


def drawn(created):
    """(name, post, person, instant): the sample has no likes and does not say what an answer answers."""
    draw = random.Random(11)
    ids = sorted(created)
    for number in range(2500):
        post = draw.choice(ids)
        name = draw.choice(["like_given", "like_given", "like_given", "comment_created", "post_deleted"])
        if name == "post_deleted" and draw.random() < 0.9:
            continue
        yield name, post, f"reader-{number % 300}", created[post] + timedelta(seconds=draw.expovariate(1 / 90_000))


def envelopes(acts):
    for number, (name, post, person, moment) in enumerate(acts):
        yield {
            "event_name": name,
            "event_id": f"drawn-{number}",
            "user_id": person,
            "timestamp": moment.isoformat(),
            "properties": {"post_id": post},
        }


def by_hand(created, acts, moment):
    """All that trends, as (id, score)."""
    found = []
    for post, at in created.items():
        done = [name for name, of, _, when in acts if of == post and when <= moment]
        if moment - timedelta(days=7) <= at <= moment and "post_deleted" not in done:
            points = 10 * done.count("like_given") + 5 * done.count("comment_created")
            found.append((post, points / max((moment - at).total_seconds() / 3600, 1)))
    return sorted(found, key=lambda one: (-one[1], -created[one[0]].timestamp(), one[0]))


def test_what_trended_at_any_instant_is_what_a_reading_by_hand_says(db, posts):
    path, created = posts
    workspace = workspaces.create("sample").workspace
    import_file(workspace, path, mapping="forum")
    acts = list(drawn(created))
    early = acts[:1500]
    assert len(acts) > 1800
    import_envelopes(workspace, envelopes(early), source_name="Drawn")
    assert engine.bring_up_to_date(workspace).failed == {}
    moments = [
        datetime(2010, 7, 20, 9, 30, tzinfo=UTC),
        datetime(2010, 7, 26, tzinfo=UTC),
        datetime(2010, 8, 3, 23, 1, tzinfo=UTC),
    ]

    for done in (early, acts):
        for moment in moments:
            expected = by_hand(created, done, moment)
            found = [(one.content_id, one.score) for one in trending(workspace, moment, 10_000)]
            assert len(found) > 50
            assert found == [(post, pytest.approx(score)) for post, score in expected]
        # What comes late is told before it is filled.
        import_envelopes(workspace, list(envelopes(acts))[1500:], source_name="Drawn")
