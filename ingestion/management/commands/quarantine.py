from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.models import Workspace
from config.runs import AlreadyRunning, recorded
from ingestion import previews, quarantine, remapping, replays
from ingestion.models import QuarantinedEvent, Source
from ingestion.quarantine import Selection
from ingestion.remapping import Step

# Another replay may be at work.
PATIENCE = timedelta(seconds=10)


class Command(BaseCommand):
    help = (
        "What was not stored and why: list it in groups, see what would pass now, store that once, or discard. "
        "A preview is the dry run of a replay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|preview|replay|discard")
        for name, words in (
            ("list", "Groups by reason and event name."),
            ("preview", "How many would pass now; writes nothing."),
            ("replay", "Store what passes now, with the time it was received."),
            ("discard", "Decide that it is not needed; the payloads are gone for good."),
        ):
            action = actions.add_parser(name, help=words, description=words)
            self.add_workspace(action)
            action.add_argument("--reason", choices=QuarantinedEvent.Reason.values, help="Only those of this reason.")
            action.add_argument("--event", metavar="NAME", help="Only events of this name.")
            action.add_argument("--source", metavar="NAME", help="Only those of the source of this name.")
            if name in {"preview", "replay"}:
                change = "Change a field before it is stored, such as 'move /data /properties'; may be given often."
                action.add_argument("--change", action="append", default=[], metavar="STEP", help=change)
            if name == "discard":
                action.add_argument("--note", required=True, help="Why; it is kept with each row.")
                action.add_argument("--dry-run", action="store_true", help="Only say how many that would be.")
            self.add_json(action)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        selection = self._selection(workspace, options)
        facts: Any = getattr(self, f"_{options['action']}")(workspace, selection, options)
        if options["json"]:
            self.answer(facts)
        elif options["action"] != "list":
            self.stdout.write("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))
        else:
            for row in facts:
                self.stdout.write(f"{row['events']:>9,}  {row['reason']:<20} {row['event_name'] or '(no name)'}")
            if not facts:
                self.stdout.write("Nothing waits.")

    def _selection(self, workspace: Workspace, options: dict[str, Any]) -> Selection:
        found = Selection(reason=options["reason"], event_name=options["event"])
        if options["source"] is None:
            return found
        source = Source.objects.filter(workspace=workspace, name=options["source"]).first()
        if source is None:
            known = ", ".join(Source.objects.filter(workspace=workspace).values_list("name", flat=True)) or "none yet"
            raise CommandError(f"There is no source {options['source']!r} (there are: {known})")
        return replace(found, source=source.pk)

    def _list(self, workspace: Workspace, selection: Selection, options: dict[str, Any]) -> list[dict[str, Any]]:
        return [group.facts() for group in quarantine.groups(workspace, selection)]

    def _preview(self, workspace: Workspace, selection: Selection, options: dict[str, Any]) -> dict[str, Any]:
        return previews.preview(workspace, selection, self._steps(options)).facts()

    def _steps(self, options: dict[str, Any]) -> list[Step]:
        try:
            return remapping.parse("\n".join(options["change"]))
        except ValueError as error:
            raise CommandError(str(error)) from None

    def _replay(self, workspace: Workspace, selection: Selection, options: dict[str, Any]) -> dict[str, Any]:
        self._steps(options)
        done = replays.ask(workspace, selection, changes="\n".join(options["change"]))
        try:
            with recorded("ingestion.replay_quarantine", workspace=workspace, wait=PATIENCE) as recorder:
                replays.run(recorder, workspace)
        except AlreadyRunning:
            raise CommandError(f"Another replay is at work; this one ({done.pk}) follows it") from None
        done.refresh_from_db()
        names = ("pk", "events", "looked_at", "stored", "duplicates", "refused", "failing")
        return {"replay" if name == "pk" else name: getattr(done, name) for name in names}

    def _discard(self, workspace: Workspace, selection: Selection, options: dict[str, Any]) -> dict[str, Any]:
        if options["dry_run"]:
            return {"would_discard": selection.waiting(workspace).count()}
        return {"discarded": quarantine.discard(workspace, selection, options["note"], None)}
