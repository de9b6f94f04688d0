"""`python -m tests.bench [BENCH ...]`: all of BENCHES when none is named.

It runs on PostgreSQL and Redis of its own below var/bench, durable as in production, and leaves nothing running.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ("ingest", "rollups", "ledger", "points", "desk", "patterns", "supply", "reading", "live", "bigday")
HOUR, BIG_DAY = 416_667, 10_000_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"among {', '.join(BENCHES)}")
    parser.add_argument("--events", type=int, default=200_000, help="events sent over HTTP (200000)")
    parser.add_argument("--day", type=int, default=1_000_000, help="events of the day that is filled (1000000)")
    parser.add_argument("--transfers", type=int, default=1_000_000, help="of the ledger that is looked at (1000000)")
    parser.add_argument("--reports", type=int, default=1_000_000, help="of the desk that is looked at (1000000)")
    parser.add_argument("--read", type=int, default=3_000_000, help="events behind the dashboards (3000000)")
    options = parser.parse_args()
    wanted = options.benches or BENCHES
    if unknown := set(wanted) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    os.environ["VAR_DIR"] = str(ROOT / "var" / "bench")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["LOG_LEVEL"] = "WARNING"
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)

    from config.embedded import Services

    with Services(Path(os.environ["VAR_DIR"])):
        import django

        django.setup()
        _measure(wanted, options)
    return 0


def _measure(wanted, options):
    """Each from an empty database, once Django is set up."""
    from tests.bench import economy, ingest, live, moderation, patterns, points, reading, rollups, supply
    from tests.bench.report import heading, reset

    heading()
    reset()
    if "ingest" in wanted:
        ingest.measure(options.events)
    if "rollups" in wanted:
        reset()
        rollups.measure(options.day)
        reset()
        rollups.measure_hour(HOUR)
        rollups.measure_late()
    if "ledger" in wanted:
        reset()
        economy.measure()
        economy.measure_pages(options.transfers)
    if "points" in wanted:
        reset()
        points.measure(options.events)
    if "desk" in wanted:
        reset()
        moderation.measure(options.reports)
    if "patterns" in wanted:
        reset()
        patterns.measure(HOUR)
        reset()
        patterns.measure_last_hour(options.day)
    each = {
        "supply": partial(supply.measure, options.transfers),
        "reading": partial(reading.measure, options.read),
        "live": live.measure,
    }
    for name in [name for name in each if name in wanted]:
        each[name]()
    if "bigday" in wanted:
        reset()
        rollups.measure(BIG_DAY)


if __name__ == "__main__":
    sys.exit(main())
