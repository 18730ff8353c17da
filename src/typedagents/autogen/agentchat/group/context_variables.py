"""What the agents of a group know together, by name."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView


class ContextVariables:
    """Context variables, as a program reads and sets them.

    In a group chat they stand in its log: what a function changes here is recorded with what it returned. They hold what
    JSON can say.
    """

    def __init__(self, data: Mapping[str, object] | None = None) -> None:
        self.data: dict[str, object] = dict(data or {})

    def get(self, key: str, default: object = None) -> object:
        """What is called ``key``."""
        return self.data.get(key, default)

    def set(self, key: str, value: object) -> None:
        """Call this ``key``."""
        self.data[key] = value

    def remove(self, key: str) -> bool:
        """Take ``key`` away; whether it was there."""
        found = key in self.data
        self.data.pop(key, None)
        return found

    def keys(self) -> KeysView[str]:
        """All names."""
        return self.data.keys()

    def values(self) -> ValuesView[object]:
        """All values."""
        return self.data.values()

    def items(self) -> ItemsView[str, object]:
        """All names with their values."""
        return self.data.items()

    def clear(self) -> None:
        """Take all away."""
        self.data.clear()

    def contains(self, key: str) -> bool:
        """Whether there is one of this name."""
        return key in self.data

    def update(self, other: Mapping[str, object]) -> None:
        """Set several."""
        self.data.update(other)

    def to_dict(self) -> dict[str, object]:
        """A dict of them."""
        return self.data.copy()

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> ContextVariables:
        """Those of a dict."""
        return cls(data)

    def __getitem__(self, key: str) -> object:
        if key not in self.data:
            raise KeyError(
                f"there is no context variable {key!r}; there are: {', '.join(self.data) or 'none'}"
            )
        return self.data[key]

    def __setitem__(self, key: str, value: object) -> None:
        self.data[key] = value

    def __delitem__(self, key: str) -> None:
        del self.data[key]

    def __contains__(self, key: object) -> bool:
        return key in self.data

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ContextVariables) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]  # as of dicts, which it stands for

    def __repr__(self) -> str:
        return f"ContextVariables({self.data!r})"
