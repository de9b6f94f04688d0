from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError

from config.lib.commands import Command as BaseCommand
from config.lib.commands import message_of, positive, workspace_of
from config.models import Workspace
from moderation import pattern_hits, pattern_search, patterns
from moderation.models import Pattern

MOST_DAYS = 366


class Command(BaseCommand):
    help = "The abuse patterns of a workspace. test tells the hits that one would have had; it writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|test")
        for name, words in (("list", "All, with how often they were met."), ("test", "The hits of the last days.")):
            action = actions.add_parser(name, help=words, description=words)
            if name == "test":
                action.add_argument("key", metavar="KEY", help="Key of the pattern.")
                action.add_argument("--days", type=positive(int), default=7, metavar="N", help="Of so many days (7).")
                action.add_argument(
                    "--seconds", type=positive(float), default=600.0, help="How long it may search (600)."
                )
            self.add_workspace(action)
            self.add_json(action)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        patterns.ensure(workspace.pk)
        getattr(self, f"_{options['action']}")(workspace, options)

    def _list(self, workspace: Workspace, options: dict[str, Any]) -> None:
        rows = Pattern.objects.filter(workspace=workspace).order_by("key")
        facts = [
            {"key": row.key, "title": row.title, "enabled": row.enabled, "hits": row.hits.count(), "error": row.error}
            for row in rows
        ]
        if options["json"]:
            self.answer(facts)
            return
        for one in facts:
            self.stdout.write(
                f"{one['key']:<28} {'on ' if one['enabled'] else 'off'} {one['hits']:>7,} hits  {one['title']}"
            )

    def _test(self, workspace: Workspace, options: dict[str, Any]) -> None:
        pattern = Pattern.objects.select_related("workspace").filter(workspace=workspace, key=options["key"]).first()
        if pattern is None:
            known = ", ".join(Pattern.objects.filter(workspace=workspace).order_by("key").values_list("key", flat=True))
            raise CommandError(f"There is no pattern {options['key']!r} (there are: {known})")
        if options["days"] > MOST_DAYS:
            raise CommandError(f"--days is at most {MOST_DAYS}")
        try:
            patterns.check(pattern)
            timeout = timedelta(seconds=min(options["seconds"], 86_400.0))
            found = pattern_search.history(pattern, options["days"], timeout)
        except ValidationError as error:
            raise CommandError(message_of(error)) from None
        except OperationalError as error:
            raise CommandError(f"It was not searched to the end: {error}".strip()) from None
        facts = [pattern_hits.facts_of(pattern, one) for one in found]
        if options["json"]:
            self.answer(facts)
            return
        for one in facts:
            self.stdout.write(
                f"{one['at']:%Y-%m-%d %H:%M:%S}  {one['subject']}: {one['events']:,} events by {one['people']:,}"
            )
        more = " or more" if len(found) == pattern_search.MOST_HITS else ""
        self.stdout.write(f"{len(found):,}{more} hits in {options['days']} days.")
