"""What of the point economy can be taken out as a table."""

from functools import partial

from analytics.exports import EXPORTS, Dataset, of_statement
from config.lib.table_files import Column

EXPORTS.register(
    Dataset(
        "transfers",
        "Transfers of points",
        "A row a transfer of the ledger: how much was given, by whom and to whom. Test accounts are in it.",
        (
            Column("number", "whole"),
            Column("occurred_at", "instant"),
            Column("kind"),
            Column("amount", "whole"),
            Column("from_kind"),
            Column("from_person"),
            Column("to_kind"),
            Column("to_person"),
            Column("reference"),
            Column("rule"),
            Column("reverses", "whole"),
        ),
        partial(of_statement, "economy", "export_transfers"),
        # A reference is a text of the team's own.
        frozenset({"from_person", "to_person", "reference"}),
    )
)
