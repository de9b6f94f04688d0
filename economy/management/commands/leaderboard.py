from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import positive, workspace_of
from economy import leaderboards
from economy.leaderboards import BOARDS, PERIODS, PLACES


class Command(BaseCommand):
    help = "Who leads by points or posts: of all time, or of this day, week or month. --rebuild counts them anew first."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_workspace(parser)
        self.add_json(parser)
        parser.add_argument("--board", choices=BOARDS, default="points", help="points (as it is) or posts.")
        parser.add_argument("--period", choices=PERIODS, default="all", help="all (as it is), day, week or month.")
        parser.add_argument("--limit", type=positive(int), default=10, metavar="N", help="People (10).")
        parser.add_argument("--rebuild", action="store_true", help="Write all boards of the workspace anew.")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        if options["rebuild"]:
            leaderboards.rebuild(workspace)
        limit = min(options["limit"], PLACES)
        found = leaderboards.leaders(workspace, options["board"], options["period"], limit)
        if options["json"]:
            self.answer(asdict(found))
            return
        for one in found.leaders:
            self.stdout.write(f"{one.rank:>6}  {one.value:>14,}  {one.person_id}")
        if not found.leaders:
            self.stdout.write("Nobody yet.")
