"""Types that have a name, each read once: records and aliases.

Those under way form a stack. A type that is met while it is on the stack is recursive, and so is each that leads back
to one below itself: these become definitions. They are the strongly connected components of the types, found in one
walk as Tarjan does. All others are written out where they are used.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping

from attrs import field, mutable

from typedagents.core.errors import ConfigError
from typedagents.tools.shapes import Reference, Shape

_MOST_NESTED = 32


@mutable(eq=False)
class _Named:
    """A type that has a name, under way (no shape yet) or done."""

    target: object
    title: str
    depth: int
    definition: str = ""
    shape: Shape | None = None
    lowest: _Named | None = None
    """The lowest type on the stack that this one leads to, itself included."""

    def still_open(self) -> _Named | None:
        """The lowest type under way that this one leads to, as far as is known."""
        node: _Named | None = self
        while node is not None and node.shape is not None:
            node = None if node.lowest is node else node.lowest
        return node


@mutable(eq=False)
class Names:
    """What has been read, and the definitions of what is recursive."""

    definitions: dict[str, Shape] = field(factory=dict)
    known: dict[object, _Named] = field(factory=dict)
    stack: list[_Named] = field(factory=list)

    def open(self) -> Mapping[str, object]:
        """The types under way by name: what annotations in them may call by it, wherever they were defined."""
        return {getattr(node.target, "__name__", ""): node.target for node in self.stack}

    def read(
        self, target: object, arguments: tuple[object, ...], title: str, read: Callable[[], Shape], at: str
    ) -> Shape:
        """The shape of ``target[arguments]``: as it is known, else as ``read`` finds it."""
        key = _key(target, arguments)
        node = self.known.get(key)
        if node is None:
            if len(self.stack) == _MOST_NESTED:
                raise ConfigError(
                    f"{at:.60}: {self.stack[0].title} holds types {_MOST_NESTED} deep, and on; a type has to end"
                )
            node = self.known[key] = _Named(target, title, len(self.stack))
            self.stack.append(node)
            shape = read()
            self.stack.pop()
            if node.lowest is not None:
                self.definitions[self._definition(node)] = shape
                shape = Reference(node.definition)
            node.shape = shape
        self._led_to(node)
        return Reference(self._definition(node)) if node.shape is None else node.shape

    def _led_to(self, node: _Named) -> None:
        lowest = node.still_open()
        if lowest is not None and self.stack:
            top = self.stack[-1]
            if top.lowest is None or lowest.depth < top.lowest.depth:
                top.lowest = lowest

    def _definition(self, node: _Named) -> str:
        """The name of its definition, in letters that any provider takes; no other type has it."""
        if not node.definition:
            taken = {one.definition for one in self.known.values()}
            name = re.sub(r"[^A-Za-z0-9_.-]+", "_", node.title).strip("_") or "type"
            names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
            node.definition = next(one for one in names if one not in taken)
        return node.definition


def _key(target: object, arguments: tuple[object, ...]) -> object:
    try:
        hash(arguments)
    except TypeError:  # a note in an Annotated that cannot be hashed
        return target, repr(arguments)
    return target, arguments
