"""Both servers as one, leaving out what the environment already supplies."""

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from config.embedded.postgres import Postgres
from config.embedded.redis import Redis


class Services:
    """`with Services(var_dir): ...` has PostgreSQL and Redis running inside the block.

    DATABASE_URL or REDIS_URL in the environment means that somebody else supplies that one: it is left out. At the end
    of the block those that this block started are stopped; those found running go on.
    """

    def __init__(self, var_dir: Path, *, durable: bool = True) -> None:
        self.members: dict[str, Postgres | Redis] = {}
        if not os.environ.get("DATABASE_URL"):
            self.members["postgres"] = Postgres(var_dir, durable=durable)
        if not os.environ.get("REDIS_URL"):
            self.members["redis"] = Redis(var_dir, durable=durable)
        self._started = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as started:
            for member in self.members.values():
                if member.start():
                    started.callback(member.stop)
            self._started = started.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._started.close()
