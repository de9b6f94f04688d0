from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

from config.lib.commands import Command as BaseCommand
from config.runs import AlreadyRunning, recorded
from ingestion import spool


class Command(BaseCommand):
    help = (
        "Say what waits in Redis for PostgreSQL to come back, or store it now (which the schedule does every minute)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drain", action="store_true", help="Store what waits, oldest first.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        facts = self._drain() if options["drain"] else self._state()
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()))

    def _state(self) -> dict[str, Any]:
        state = spool.state()
        if state.batches is None:
            raise CommandError("Redis cannot be asked")
        waits = timedelta(0) if state.oldest is None else timezone.now() - state.oldest
        return {"batches": state.batches, "oldest": state.oldest, "waits_seconds": round(waits.total_seconds())}

    def _drain(self) -> dict[str, Any]:
        try:
            with recorded("ingestion.drain_spool") as recorder:
                done = spool.drain(recorder.say)
                recorder.rows_in, recorder.rows_out = done.events, done.accepted
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        except DatabaseError as error:
            raise CommandError(f"PostgreSQL is away: {error}") from None
        return {
            "batches": done.batches,
            "events": done.events,
            "accepted": done.accepted,
            "dropped_batches": done.dropped,
        }
