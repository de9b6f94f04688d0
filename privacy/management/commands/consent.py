from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from config.lib.commands import Command as BaseCommand
from config.lib.commands import workspace_of
from config.lib.uuids import uuid5
from privacy import consents
from privacy.answers import Answer
from privacy.models import Consent, ConsentRecord
from privacy.purposes import ASKED

YES_OR_NO = {"yes": True, "no": False}


class Command(BaseCommand):
    help = "Show what a distinct id has agreed to, or record an answer, which counts from the next event on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("distinct_id", help="User id or anonymous id, as the application sends it.")
        self.add_workspace(parser)
        parser.add_argument(
            "--answer",
            action="append",
            default=[],
            metavar="PURPOSE=yes|no",
            help=f"Record an answer for one of {', '.join(ASKED)}; may be given several times.",
        )
        parser.add_argument("--source", default="manage.py", help="How the person said so (manage.py).")
        parser.add_argument("--policy-version", default="", help="The text the person had before them.")
        self.add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_of(options["workspace"])
        actor_id = uuid5(workspace.uuid, options["distinct_id"])
        now = timezone.now()
        answers = [
            Answer(actor_id, purpose, granted, now, options["source"][:100], options["policy_version"][:50])
            for purpose, granted in map(_answer, options["answer"])
        ]
        if answers:
            consents.record(workspace.pk, answers, evidence=ConsentRecord.Evidence.OPERATOR)
        held = Consent.objects.filter(workspace=workspace, actor_id=actor_id).order_by("purpose")
        facts = [{"purpose": one.purpose, "granted": one.granted, "decided_at": one.decided_at} for one in held]
        if options["json"]:
            self.answer(facts)
        elif facts:
            for one in facts:
                self.stdout.write(f"{one['purpose']}: {'yes' if one['granted'] else 'no'}, since {one['decided_at']}")
        else:
            self.stdout.write(f"Never asked: the policy of {workspace.slug} decides ({workspace.consent_policy}).")


def _answer(text: str) -> tuple[str, bool]:
    purpose, _, answer = text.partition("=")
    if purpose not in ASKED or answer not in YES_OR_NO:
        raise CommandError(f"{text!r} is not an answer such as {ASKED[0]}=no (purposes: {', '.join(ASKED)})")
    return purpose, YES_OR_NO[answer]
