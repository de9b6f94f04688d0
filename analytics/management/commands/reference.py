from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from analytics import reference_api, reference_views
from analytics.reference import PAGES
from config.lib.commands import Command as BaseCommand
from ingestion.snippets import filled


class Command(BaseCommand):
    help = (
        "Write the generated pages of docs/reference from the code, and the snippets of docs/howto from their "
        "templates; with --check only say which are out of date."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; end with 1 when a page is stale.")

    def handle(self, *args: Any, **options: Any) -> None:
        docs = settings.BASE_DIR / "docs"
        texts = {docs / "reference" / name: build() for name, build in PAGES.items()}
        texts[docs / "reference" / "api.md"] = reference_api.api_page()
        texts[docs / "reference" / "views.md"] = reference_views.views_page()
        texts |= {path: filled(path.read_text(encoding="utf-8")) for path in sorted((docs / "howto").glob("*.md"))}
        stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        if stale and options["check"]:
            names = ", ".join(path.name for path in stale)
            raise CommandError(f"Out of date in docs: {names}. Run `manage.py reference` and commit it")
        for path in stale:
            path.write_text(texts[path], encoding="utf-8")
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written")
        if not stale:
            self.stdout.write("All pages say what the code says")
