from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.models import Workspace
from config.runs import AlreadyRunning, recorded
from ingestion import sweep


class Command(BaseCommand):
    help = (
        "Take out events that were stored under two times, from the days that events came for within the last days "
        "(which the schedule does every night)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="Slug of the workspace; all where it is left out.")
        parser.add_argument("--dry-run", action="store_true", help="Count them and change nothing.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["workspace"]
        places = [workspace_of(slug)] if slug else list(Workspace.objects.order_by("slug"))
        facts = [self._sweep(place, dry_run=options["dry_run"]) for place in places]
        if options["json"]:
            self.answer(facts)
            return
        verb = "would be taken out" if options["dry_run"] else "were taken out"
        for one in facts:
            self.stdout.write(f"{one['workspace']}: {one['removed']} events {verb}, of {one['days']} days looked at")

    def _sweep(self, workspace: Workspace, *, dry_run: bool) -> dict[str, Any]:
        if dry_run:
            swept = sweep.sweep(workspace, dry_run=True)
        else:
            try:
                with recorded("ingestion.sweep_duplicates", workspace=workspace) as recorder:
                    swept = sweep.recorded_sweep(recorder, workspace)
            except AlreadyRunning as error:
                raise CommandError(str(error)) from None
        return {"workspace": workspace.slug, "days": len(swept.days), "removed": swept.removed, "dry_run": dry_run}
