import os
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError
from django.utils import timezone
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

from analytics import demo, guarding
from config.embedded import ServiceError, Services
from config.lib.commands import Command as BaseCommand
from ingestion import partitions

READY_WITHIN_SECONDS = 120


class Command(BaseCommand):
    help = (
        "Start all of Agora with demo data and stay in the foreground: PostgreSQL, Redis, web, worker, beat and live "
        "traffic. Ctrl-C stops all of it; the data stay in VAR_DIR. PORT (8000) is where it listens."
    )
    # Its database is only started by the command itself.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        port = os.environ.get("PORT", "8000")
        try:
            with Services(settings.VAR_DIR):
                state = self._prepare()
                self._run(port, state, started)
        except ServiceError as error:
            raise CommandError(str(error)) from None

    def _prepare(self) -> demo.DemoState:
        self.stdout.write("Preparing the database ...")
        call_command("migrate", verbosity=0)
        # A server of one's own need not let Agora make roles.
        with suppress(ProgrammingError):
            guarding.make_role()
        call_command("sync_schedules", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123 lives as long as the command
        partitions.ensure_ahead(timezone.now().date())
        return demo.load(settings.VAR_DIR / "demo.json", self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _run(self, port: str, state: demo.DemoState, started: float) -> None:
        environment = os.environ | {"PORT": port, "VAR_DIR": str(settings.VAR_DIR)}
        environment |= {f"{slug.upper()}_WRITE_KEY": key for slug, key in state.write_keys.items()}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        log = settings.VAR_DIR / "demo.log"
        with log.open("w", encoding="utf-8") as output:
            manager = Manager(printer=Printer(output))
            procfile = (settings.BASE_DIR / "deploy" / "Procfile").read_text(encoding="utf-8")
            for name, command in parse_procfile(procfile).processes.items():
                manager.add_process(name, command, env=environment, cwd=str(settings.BASE_DIR))
            watcher = threading.Thread(target=self._announce, args=(port, state, started, log), daemon=True)
            watcher.start()
            manager.loop()
        self.stdout.write("Stopped.")
        if manager.returncode not in {0, None, -2, -15, 130, 143}:
            raise CommandError(f"A process ended by itself; {log} says why")

    def _announce(self, port: str, state: demo.DemoState, started: float, log: Path) -> None:
        """Say where everything is, once all of it answers."""
        url = f"http://127.0.0.1:{port}"
        while time.monotonic() < started + READY_WITHIN_SECONDS + 300:
            try:
                with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 our own loopback address
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        else:
            self._say(f"Not ready yet; {log} says what the processes do")
            return
        lines = [
            "",
            f"Agora is ready after {time.monotonic() - started:.0f} s.",
            "",
            f"  Dashboard   {url}/admin/",
            f"  Log in as   {demo.EMAIL}",
            f"  Password    {state.password}",
            f"  Health      {url}/readyz",
            f"  Processes   {log}",
            "",
            "  Workspace   write key (sends)                                server key (sends and reads)",
        ]
        lines += [f"  {slug:11} {key}  {state.server_keys[slug]}" for slug, key in state.write_keys.items()]
        lines += [
            "",
            "  Send one event:",
            f"    curl {url}/api/events -H 'Authorization: Bearer {state.write_keys['forum']}' \\",
            '      -d \'{"event_name": "post_created", "user_id": "42", "properties": {"post_id": "7"}}\'',
            "  Read a day:",
            f"    curl {url}/api/metrics/platform-summary -H 'Authorization: Bearer {state.server_keys['forum']}'",
            "",
            "Ctrl-C stops all of it; the data stay.",
        ]
        self._say("\n".join(lines))
