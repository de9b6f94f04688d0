"""Named declarations, each once: the lists that admin pages, docs, API and tests are derived from."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Entry = TypeVar("Entry", bound=Keyed)


class Registry(Generic[Entry]):
    """Entries by key, in the order of registration. Registering a key twice is a mistake and raises ValueError."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._entries: dict[str, Entry] = {}

    def register(self, *entries: Entry) -> None:
        for entry in entries:
            if entry.key in self._entries:
                raise ValueError(f"There is already a {self.noun} {entry.key!r}")
            self._entries[entry.key] = entry

    def __getitem__(self, key: str) -> Entry:
        """Raises KeyError with the keys there are."""
        try:
            return self._entries[key]
        except KeyError:
            raise KeyError(f"There is no {self.noun} {key!r} (there are: {', '.join(self._entries)})") from None

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
