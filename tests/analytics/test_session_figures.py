"""Sessions summed up: `manage.py metric sessions`, against a computation of its own over a log of messages."""

import json
import random
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.analytics.community import Community, at

FILLS = ("platform_daily",)

GAP = timedelta(minutes=30)


def sessions(*arguments, workspace="commons"):
    out = StringIO()
    call_command("metric", "sessions", "--workspace", workspace, "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def a_log(rng, people=12, messages=60, days=4):
    """(person, instant, is a page, client session id) of people who come in bursts, also around midnight."""
    found = []
    for number in range(people):
        moment = at(0) + timedelta(minutes=rng.randrange(days * 600))
        session = None
        for _ in range(messages):
            # Gaps of exactly the limit among them, and of a second more.
            moment += timedelta(seconds=rng.choice([0, 5, 60, 600, 1799, 1800, 1801, 9000, 30000]))
            session = rng.choice([session, session, session, None, f"s{rng.randrange(3)}"])
            found.append((f"person-{number}", moment, rng.random() < 0.5, session))
    rng.shuffle(found)
    return found


def computed(log):
    """The figures by the words of metrics.md, nothing of ours."""
    lasting, bounces, pages, waits = [], 0, 0, []
    for person in {who for who, *_ in log}:
        mine = sorted((row for row in log if row[0] == person), key=lambda row: (row[1], row[4]))
        together = []
        for row in mine:
            if together:
                before = together[-1][-1]
                changed = None not in (row[3], before[3]) and row[3] != before[3]
                if row[1] - before[1] <= GAP and not changed:
                    together[-1].append(row)
                    continue
            together.append([row])
        for one in together:
            seconds = (one[-1][1] - one[0][1]).total_seconds()
            looked, did = sum(row[2] for row in one), [row for row in one if not row[2]]
            lasting.append(seconds)
            pages += looked
            bounces += looked == 1 and (not did or seconds < 10)
            if did:
                waits.append((did[0][1] - one[0][1]).total_seconds())
    return {
        "count": len(lasting),
        "mean_seconds": pytest.approx(sum(lasting) / len(lasting)),
        "bounces": bounces,
        "pages": pages,
        "pages_per_session": pytest.approx(pages / len(lasting)),
        "interactive": len(waits),
        "time_to_first_interaction": pytest.approx(sum(waits) / len(waits)),
    }


def told(figures):
    names = (
        "count",
        "mean_seconds",
        "bounces",
        "pages",
        "pages_per_session",
        "interactive",
        "time_to_first_interaction",
    )
    return {name: figures[name] for name in names}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_log_of_messages_gives_the_sessions_of_an_independent_computation(community, seed):
    # Messages of one instant come in the order of their arrival, which is that of the log.
    log = [(*row, f"00000000-0000-4000-8000-{number:012d}") for number, row in enumerate(a_log(random.Random(seed)))]
    half = len(log) // 2
    for hour, part in enumerate((log[:half], log[half:])):
        envelopes = [
            {
                "event_name": "page_view" if page else "message_sent",
                "event_id": event_id,
                "user_id": who,
                "timestamp": moment.isoformat(),
                "properties": {},
                **({"session_id": session} if session else {}),
            }
            for who, moment, page, session, event_id in part
        ]
        community.store(envelopes, at(40) + hour * timedelta(hours=1))
        community.fill()

    assert told(sessions()) == computed(log)


def test_a_range_counts_the_sessions_that_start_in_it(community):
    for day, clock in ((0, "23:50"), (1, "00:10"), (1, "12:00"), (2, "12:00")):
        community.happens("page_view", "ada", at(day, clock))
    community.fill()

    first, both = sessions("--from", "2026-03-02", "--to", "2026-03-02"), sessions("--to", "2026-03-03")
    assert (first["count"], first["mean_seconds"], first["bounces"]) == (1, 1200, 0)
    assert (both["count"], both["mean_seconds"], both["bounces"]) == (2, 600, 1)
    assert (both["from"], both["to"], both["state"]) == ("2026-03-02", "2026-03-03", "closed")


def test_without_sessions_means_are_unknown(community):
    found = sessions()
    assert (found["count"], found["bounces"]) == (0, 0)
    assert (found["mean_seconds"], found["pages_per_session"], found["time_to_first_interaction"]) == (None,) * 3
    assert found["confidence"] == "low"


def test_bots_and_other_workspaces_are_not_among_them_unless_asked_for(community):
    community.happens("page_view", "ada", at(0))
    envelope = {"type": "page", "userId": "crawler", "timestamp": at(0).isoformat(), "messageId": "crawled"}
    community.store([envelope | {"context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}}], at(0))
    other = Community("elsewhere")
    other.happens("page_view", "ada", at(0))
    community.fill()
    other.fill()

    assert sessions()["count"] == 1
    assert sessions("--with-bots")["count"] == 2
    assert sessions(workspace="elsewhere")["count"] == 1


def test_the_time_to_the_first_interaction_is_of_sessions_that_have_one(community):
    community.happens("page_view", "ada", at(0, "10:00"))
    community.happens("post_created", "ada", at(0, "10:02"))
    community.happens("page_view", "bob", at(0, "10:00"))
    community.fill()

    value = community.metric("time_to_first_interaction", 0)
    assert (value.value, value.numerator, value.denominator) == (120, 120, 1)


def test_people_read_lines_and_a_reversed_range_is_refused(community):
    community.happens("page_view", "ada", at(0))
    community.fill()
    out = StringIO()
    call_command("metric", "sessions", "--workspace", "commons", stdout=out)

    assert ["sessions", "1"] in [line.split() for line in out.getvalue().splitlines()]
    with pytest.raises(CommandError, match="earlier"):
        sessions("--from", "2026-03-05", "--to", "2026-03-01")
