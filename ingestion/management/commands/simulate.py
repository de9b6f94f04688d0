import json
import logging
import math
import os
import sys
import time
from dataclasses import asdict
from typing import Any

import httpx
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from config import runs
from config.lib.commands import Command as BaseCommand
from config.lib.commands import positive, workspace_of
from config.lib.timer import Timer
from ingestion.importers import import_envelopes
from ingestion.simulation import DEFAULT_MEMBERS, SYSTEMS, history, live
from ingestion.simulation.player import Player
from ingestion.simulation.sender import DeliveryError, Sender, Totals

KEY_VARIABLE = "AGORA_WRITE_KEY"
SOURCE_NAME = "Simulation"
TIMEOUT_SECONDS = 30.0


def system_of(slug: str) -> str:
    """The system named in a workspace's slug, else the forum."""
    return next((system for system in SYSTEMS if system in slug), "forum")


class Command(BaseCommand):
    help = (
        "Simulate the members of a community. Live (the default): post their events to a running server, late, twice "
        "and invalid ones among them. With --history: store the past of a growing community, without a server. "
        "The same seed gives the same members."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        parser.add_argument(
            "--system", choices=SYSTEMS, help="Kind of community; when left out, the one named in the slug, else forum."
        )
        parser.add_argument("--seed", type=int, default=1, help="The same seed, the same members (default: 1).")
        parser.add_argument(
            "--members",
            type=positive(int),
            default=DEFAULT_MEMBERS,
            metavar="N",
            help=f"Members at the end of the history and the start of the live stream (default: {DEFAULT_MEMBERS}).",
        )
        parser.add_argument(
            "--history",
            type=positive(int),
            metavar="DAYS",
            help="Store so many days of history up to the last full hour, and end. Twice within the hour is once.",
        )
        parser.add_argument(
            "--rate",
            type=positive(float),
            default=5.0,
            help="Live: mean events a second over a week; nights are calmer, evenings busier (default: 5).",
        )
        parser.add_argument(
            "--duration",
            type=positive(float),
            default=math.inf,
            metavar="SECONDS",
            help="Live: end after so many seconds; when left out, on SIGINT or SIGTERM.",
        )
        parser.add_argument(
            "--url",
            default="http://127.0.0.1:8000",
            help="Live: address of the server (default: http://127.0.0.1:8000).",
        )
        parser.add_argument("--key", help=f"Live: write key; when left out, from the environment ({KEY_VARIABLE}).")
        self.add_json(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        system = options["system"] or system_of(options["workspace"])
        if options["history"]:
            self._store_history(system, options)
        else:
            self._play_live(system, options)

    def _store_history(self, system: str, options: dict[str, Any]) -> None:
        workspace = workspace_of(options["workspace"])
        days, members, seed = options["history"], options["members"], options["seed"]
        end = timezone.now().replace(minute=0, second=0, microsecond=0)
        envelopes = history(system, seed=seed, days=days, end=end, members=members)
        facts = {"system": system, "seed": seed, "days": days, "members": members}
        quiet = options["json"] or not sys.stderr.isatty()
        try:
            with (
                runs.recorded("ingestion.simulate", workspace=workspace, arguments=facts) as recorder,
                tqdm(unit=" events", disable=quiet) as bar,
            ):

                def tell(events: int) -> None:
                    bar.update(events)

                totals = import_envelopes(workspace, envelopes, source_name=SOURCE_NAME, progress=tell)
                recorder.rows_in, recorder.rows_out = totals.received, totals.accepted
        except runs.AlreadyRunning as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(asdict(totals))
            return
        self.stdout.write(
            f"{totals.received:,} events of {members:,} {system} members in {days} days: {totals.accepted:,} accepted, "
            f"{totals.duplicates:,} duplicates, {totals.rejected:,} rejected"
        )

    def _play_live(self, system: str, options: dict[str, Any]) -> None:
        key = options["key"] or os.environ.get(KEY_VARIABLE)
        if not key:
            raise CommandError(f"Give the write key with --key or in {KEY_VARIABLE}", returncode=2)
        # It would tell of every batch.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        report = self._report_json if options["json"] else self._report
        stream = live(
            system,
            seed=options["seed"],
            start=timezone.now(),
            rate=options["rate"],
            members=options["members"],
        )
        timer = Timer(options["duration"])
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client, timer.on_signals():
            sender = Sender(client, options["url"], key, wait=timer.wait, say=self.stderr.write)
            player = Player(sender, clock=time.monotonic, wait=timer.wait, report=report)
            try:
                player.play(stream)
            except DeliveryError as error:
                raise CommandError(str(error)) from None
            finally:
                report(sender.totals)

    def _report(self, totals: Totals) -> None:
        lost = f", {totals.unsent:,} not delivered" if totals.unsent else ""
        self.stdout.write(
            f"{timezone.now():%H:%M:%S} {totals.sent:,} events in {totals.batches:,} batches: "
            f"{totals.accepted:,} accepted, {totals.duplicates:,} duplicates, {totals.rejected:,} rejected, "
            f"{totals.retries:,} retries{lost}"
        )
        self.stdout.flush()

    def _report_json(self, totals: Totals) -> None:
        self.stdout.write(json.dumps(asdict(totals)))
        self.stdout.flush()
