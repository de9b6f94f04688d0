from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config.lib.commands import Command as BaseCommand
from config.lib.commands import positive, workspace_of
from config.models import Workspace
from economy import statements, verification
from economy.models import Account
from ingestion import people

SHA256_DIGITS = 64
# Any number of so many digits has 64 bits.
MOST_DIGITS = 18
PLACES = [kind.value for kind in Account.Kind if kind != Account.Kind.PERSON]


class Command(BaseCommand):
    help = (
        "The ledger of points. verify hashes every transfer again and compares sums with balances; it ends with 1 and "
        "the first broken number where anything was changed. balance, statement and refused tell of a person or of "
        "one of the workspace's own accounts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="verify|balance|statement|refused")
        for name, words in (
            ("verify", "Whether the ledger is as it was written."),
            ("balance", "What lies in an account; of all of the workspace's own without an ID."),
            ("statement", "What moved an account, the latest first."),
            ("refused", "What an account could not pay, the latest first; of all accounts without an ID."),
        ):
            action = actions.add_parser(name, help=words, description=words)
            if name == "verify":
                through = "Number and hash that an earlier verify told: the chain must still lead through it."
                action.add_argument("--anchor", type=an_anchor, metavar="NUMBER:HASH", help=through)
            else:
                whose = f"A distinct id or uuid of a person, or one of {', '.join(PLACES)} with --own."
                action.add_argument("id", metavar="ID", nargs=None if name == "statement" else "?", help=whose)
                action.add_argument("--own", action="store_true", help="ID is one of the workspace's own accounts.")
            if name in {"statement", "refused"}:
                action.add_argument("--limit", type=positive(int), default=statements.PAGE_LINES, metavar="N")
            if name == "statement":
                action.add_argument("--before", type=positive(int), metavar="NUMBER", help="Only what is older.")
            self.add_workspace(action)
            self.add_json(action)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(workspace_of(options["workspace"]), options)

    def _verify(self, workspace: Workspace, options: dict[str, Any]) -> None:
        report = verification.verify(workspace, options["anchor"])
        if options["json"]:
            self.answer(asdict(report) | {"is_right": report.is_right})
        else:
            self.stdout.write(f"transfers that are right: {report.transfers:,}\nanchor: {report.number}:{report.hash}")
            for one in report.off:
                self.stdout.write(
                    f"account {one.account} ({one.person_id or one.kind}): balance {one.balance:,}, "
                    f"transfers say {one.transfers:,}"
                )
        if report.broken is not None:
            raise CommandError(f"Transfer {report.broken:,} is broken: {report.why}")
        if not report.is_right:
            raise CommandError("Balances are not what the transfers say")

    def _balance(self, workspace: Workspace, options: dict[str, Any]) -> None:
        if options["id"] is None:
            rows = Account.objects.filter(workspace=workspace).exclude(kind=Account.Kind.PERSON)
            facts = dict.fromkeys(PLACES, 0) | dict(rows.values_list("kind", "balance"))
            # All balances together are 0, so people have what the others lack.
            facts["people"] = -sum(facts.values())
        else:
            account = self._account(workspace, options)
            facts = {options["id"]: 0 if account is None else account.balance}
        if options["json"]:
            self.answer(facts)
        else:
            self.stdout.write("\n".join(f"{name}: {points:,}" for name, points in facts.items()))

    def _statement(self, workspace: Workspace, options: dict[str, Any]) -> None:
        account = self._account(workspace, options)
        before = None if options["before"] is None else min(options["before"], 2**63 - 1)
        found = [] if account is None else statements.lines(account, before, min(options["limit"], 10_000))[0]
        if options["json"]:
            self.answer([asdict(line) for line in found])
            return
        for line in found:
            other = line.other_person or line.other_kind
            self.stdout.write(
                f"{line.number:>9}  {line.occurred_at:%Y-%m-%d %H:%M}  {line.points:>+10,}  {line.balance:>12,}  "
                f"{line.kind:<20} {other}  {line.reference}"
            )
        if not found:
            self.stdout.write("Nothing has moved it.")

    def _refused(self, workspace: Workspace, options: dict[str, Any]) -> None:
        account = None if options["id"] is None else self._account(workspace, options)
        is_empty = options["id"] is not None and account is None
        found = [] if is_empty else statements.refused(workspace, account, min(options["limit"], 10_000))
        if options["json"]:
            names = ("event_id", "rule", "kind", "amount", "balance", "why", "reference", "occurred_at", "refused_at")
            self.answer(
                [{"person_id": row.from_account.person_id} | {n: getattr(row, n) for n in names} for row in found]
            )
            return
        for row in found:
            self.stdout.write(
                f"{row.occurred_at:%Y-%m-%d %H:%M}  {row.amount:>9,} of {row.balance:>12,}  {row.kind:<20} {row.why}  "
                f"{row.rule or ''}  {row.from_account}  {row.reference}"
            )
        if not found:
            self.stdout.write("Nothing was refused.")

    def _account(self, workspace: Workspace, options: dict[str, Any]) -> Account | None:
        """None for a person who has never had points, and where no ledger was begun."""
        if options["own"]:
            if options["id"] not in PLACES:
                raise CommandError(f"There is no account {options['id']!r} (there are: {', '.join(PLACES)})")
            return Account.objects.filter(workspace=workspace, kind=options["id"]).first()
        person_id = people.person_named(workspace, options["id"])
        if person_id is None:
            raise CommandError(f"Nobody in {workspace.slug} has the id {options['id']!r}")
        return statements.account_of(workspace, person_id)


def an_anchor(text: str) -> tuple[int, str]:
    """An argparse type: NUMBER:HASH as verify tells it."""
    number, _, digits = text.partition(":")
    is_hash = len(digits) == SHA256_DIGITS and set(digits) <= set("0123456789abcdef")
    if not (number.isascii() and number.isdigit() and is_hash and len(number) <= MOST_DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is not an anchor such as verify tells: NUMBER:HASH")
    return int(number), digits
