from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from analytics import change_previews, time_zones
from analytics.change_previews import Unfinished
from analytics.preview_tables import facts_of, lines_of
from config.lib.commands import Command as BaseCommand
from config.lib.commands import message_of, positive, workspace_of

FILL = "manage.py rollup --workspace"


class Command(BaseCommand):
    help = (
        "Give a workspace another time zone and open all its days to be filled again; with --dry-run tell what moves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("zone", help="Name of the zone, such as Europe/Vienna.")
        self.add_workspace(parser)
        parser.add_argument("--dry-run", action="store_true", help="Change nothing; say what would change, by numbers.")
        parser.add_argument(
            "--seconds", type=positive(float), default=60.0, help="How long a dry run may compute before it tells (60)."
        )
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace, zone = workspace_of(options["workspace"]), options["zone"]
        facts: dict[str, Any] = {"workspace": workspace.slug, "from": workspace.time_zone, "to": zone}
        before = workspace.time_zone
        try:
            if options["dry_run"]:
                found = change_previews.preview(
                    workspace, lambda: time_zones.change(workspace, zone), seconds=options["seconds"]
                )
                facts |= {"dry_run": True} | facts_of(found)
                lines = lines_of(found)
            else:
                opened = time_zones.change(workspace, zone).opened
                facts["opened_buckets"] = opened
                lines = [
                    f"Days are those of {zone} instead of {before}; {opened:,} buckets wait: {FILL} {workspace.slug}"
                ]
        except ValidationError as error:
            raise CommandError(message_of(error)) from None
        except Unfinished as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write("\n".join(lines))
