"""What a process remembers of tables, so that it need not ask or write again."""

from typing import Any


class Seen:
    """Ids this process knows to be committed. Starts over when full, which costs one needless statement each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.ids: set[Any] = set()

    def add(self, ids: set[Any]) -> None:
        if len(self.ids) + len(ids) > self.most:
            self.ids.clear()
        self.ids |= ids
