"""What a rollup is: a declaration and one SQL file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.apps import apps
from django.db.models import Model

from config.lib import buckets
from config.lib.registry import Registry
from config.lib.sql import statement
from config.models import Workspace

STEPS = {"hour": buckets.HOUR, "day": buckets.DAY, "week": 7 * buckets.DAY, "month": 31 * buckets.DAY}
# A year of days is a dozen statements; a month of hours is one.
MOST_BUCKETS = {"hour": 31 * 24, "day": 31, "week": 13, "month": 12}
# Times as many at once where there are few events: what a statement costs whatever its range is most of it there.
OF_FEW = 4


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table that the engine fills from <app>/sql/<key>.sql.

    The statement takes workspace_id, bucket_start and bucket_end (instants), date_start and date_end (days, for grains
    from a day up; weeks begin on Monday), time_zone and the definitions it names; it adds the rows of [start, end),
    whose old rows the engine has deleted. With `own_delete` it replaces its rows itself. It may return days of
    dependents that changed beyond the range; with the key of a dependent as a second column, days of that one alone. A
    row without a day says in its third column how many rows were written, where returned ones would count instead.
    """

    key: str
    title: str
    table: str
    grain: Literal["hour", "day", "week", "month"]
    app: str = "analytics"
    # The statement that it shares with the same rollup of another grain, where it has none of its key: {table} and
    # {grain} in it are this one's.
    shared_sql: str = ""
    # Other rollups it reads, each with the number of buckets after a changed one that change with it; None where only
    # those change that the other's statement names with this key.
    depends_on: dict[str, int | None] = field(default_factory=dict)
    # Definitions (analytics.definitions) that the statement gets as parameters of their names: JSON arrays of
    # {since, until, field...}, for jsonb_to_recordset.
    definitions: tuple[str, ...] = ()
    # Makes the statements of a workspace, each with its parameters, where there is one for each of some rows.
    statements: Callable[[Workspace, dict[str, Any]], Iterable[tuple[str, dict[str, Any]]]] | None = None
    reads_events: bool = False
    # Parameters with the ids of the event types that have one of these names, or count as one of these, or are of that
    # kind: as numbers in the statement they let the planner use the index of events by type, which words behind a join
    # do not.
    event_types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # How far before and after its buckets the statement reads events: the parameters reach_start and reach_end.
    reach: timedelta = timedelta(0)
    # Column that holds the bucket: an instant, or a day of the workspace's zone.
    bucket_column: str = "date"
    bucket_is_instant: bool = False
    own_delete: bool = False
    # Rollups whose changed buckets, within their reach, the statement names itself, and no others are opened: it
    # compares its rows with those of before, and replaces them itself.
    tells: tuple[str, ...] = ()
    # Other rollups of whose rows the statement changes some: locked with its own.
    also_writes: tuple[str, ...] = ()
    # Statement that names further buckets which a change in [bucket_start, bucket_end) reaches back to.
    widen: str = ""
    # How far beyond its end a change of events can change what is in a bucket; of a workspace, where it differs.
    spill: timedelta | Callable[[Workspace], timedelta] = timedelta(0)
    # Buckets that are filled at once at least, where there are so many: of one that reads all that came after them.
    at_once: int = 0
    # Freshness limits in hours: older is late, then broken. Weeks and months are as old as their last day.
    late_hours: float = 26
    broken_hours: float = 50

    def spill_in(self, workspace: Workspace) -> timedelta:
        return self.spill if isinstance(self.spill, timedelta) else self.spill(workspace)

    @property
    def sql(self) -> str:
        if self.shared_sql:
            return statement(self.app, self.shared_sql).format(table=self.table, grain=self.grain)
        return statement(self.app, self.key)

    @property
    def sql_file(self) -> str:
        """Where the statement stands, from the project's folder."""
        return f"{self.app}/sql/{self.shared_sql or self.key}.sql"

    def statements_for(self, workspace: Workspace, parameters: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
        """What a fill executes, with the parameters of each."""
        return [(self.sql, parameters)] if self.statements is None else self.statements(workspace, parameters)

    @property
    def model(self) -> type[Model]:
        """The model of the table. Raises StopIteration when there is none."""
        return next(model for model in apps.get_models() if model._meta.db_table == self.table)  # noqa: SLF001 its public name

    @property
    def step(self) -> timedelta:
        """The length of the longest bucket."""
        return STEPS[self.grain]

    @property
    def limits_from(self) -> str:
        """Words that follow the freshness limits: a week or month is not late before its last day is over."""
        return f", from the last day of the {self.grain} on" if self.step > buckets.DAY else ""

    def most_buckets(self, *, of_few: bool = False) -> int:
        """How many are filled by one statement; of_few: where all events of the installation are few."""
        return max(self.at_once, MOST_BUCKETS[self.grain] * (OF_FEW if of_few else 1))

    def bucket_of(self, moment: datetime, workspace: Workspace) -> datetime:
        """The first instant of the bucket an instant lies in."""
        if self.grain == "hour":
            return buckets.hour_start(moment)
        return buckets.day_start(self.first_day(buckets.day_of(moment, workspace.zone)), workspace.zone)

    def after(self, bucket: datetime, workspace: Workspace) -> datetime:
        """The first instant of the next bucket, which is the end of this one."""
        if self.grain == "hour":
            return bucket + buckets.HOUR
        return buckets.day_start(self.next_day(buckets.day_of(bucket, workspace.zone)), workspace.zone)

    def next_day(self, day: date) -> date:
        """The first day of the bucket after that of a day; hours are as their days."""
        # A step leads into the next bucket, if not to its beginning.
        return self.first_day(self.first_day(day) + max(self.step, buckets.DAY))

    def first_day(self, day: date) -> date:
        """The first day of the bucket a day lies in."""
        if self.grain == "week":
            return day - day.weekday() * buckets.DAY
        return day.replace(day=1) if self.grain == "month" else day

    def between(self, start: datetime, end: datetime, workspace: Workspace) -> list[datetime]:
        """The buckets that begin in [start, end); start is the beginning of one."""
        if self.grain == "hour":
            return list(buckets.hours(start, end))
        found, bucket = [], self.bucket_of(start, workspace)
        while bucket < end:
            found.append(bucket)
            bucket = self.after(bucket, workspace)
        return found


ROLLUPS: Registry[Rollup] = Registry("rollup")


def in_order() -> list[Rollup]:
    """All rollups, each after those it depends on. Raises ValueError for a circle or an unknown dependency."""
    done: dict[str, Rollup] = {}
    waiting = list(ROLLUPS)
    while waiting:
        ready = [rollup for rollup in waiting if set(rollup.depends_on) <= set(done)]
        if not ready:
            raise ValueError(f"Rollups wait for each other or for unknown ones: {[r.key for r in waiting]}")
        done |= {rollup.key: rollup for rollup in ready}
        waiting = [rollup for rollup in waiting if rollup.key not in done]
    return list(done.values())
