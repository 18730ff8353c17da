"""What a tool is given besides the model's arguments: dependencies, which a world holds and no trace shows."""

from __future__ import annotations

from attrs import frozen
from typing_extensions import TypeVar

from typedagents.core.errors import ConfigError

T = TypeVar("T")


@frozen
class Given:
    """The dependencies of a world's tools, found by their type."""

    values: tuple[object, ...] = ()

    def all_of(self, kind: type[T]) -> tuple[T, ...]:
        """The values that are a ``kind``."""
        return tuple(value for value in self.values if isinstance(value, kind))

    def find(self, kind: type[T]) -> T:
        """The one value that is a ``kind``; ``ConfigError`` where there is none, or more than one."""
        found = self.all_of(kind)
        if len(found) != 1:
            known = ", ".join(type(value).__name__ for value in self.values) or "nothing"
            raise ConfigError(
                f"a tool needs one {kind.__name__}; found {len(found)} in what its world was given: {known}"
            )
        return found[0]
