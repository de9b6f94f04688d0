from typing import Any

from django.core.management.base import CommandParser

from analytics import realtime
from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.models import Workspace


class Command(BaseCommand):
    help = "Write the live counters in Redis again from the events, for one workspace or all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="All workspaces when left out.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["workspace"]
        workspaces = [workspace_of(slug)] if slug else list(Workspace.objects.all())
        written = {workspace.slug: realtime.rebuild(workspace) for workspace in workspaces}
        if options["json"]:
            self.answer(written)
        else:
            for name, keys in written.items():
                self.stdout.write(f"{name}: {keys:,} counters written")
