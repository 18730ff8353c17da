"""Several tools, by name: what agents are told of, what they run, and what a world is given to perform.

    basics = toolset(add, multiply)
    files = toolset(read, write).prefixed("file_").without("file_write")
    everything = basics | files

A toolset never changes; each of these makes another. A tool under a new name is performed under it, by a world that is
given the same toolset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Generic, Never, overload

from attrs import field, frozen
from typing_extensions import TypeVar

from typedagents.core.effect import AnyEffect, E_co, Request
from typedagents.core.errors import ConfigError
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.view import View

from .functions.calls import failed_result
from .functions.options import tool_name
from .tool import Tool

E = TypeVar("E", bound=AnyEffect, default=Never)
E1 = TypeVar("E1", bound=AnyEffect, default=Never)
E2 = TypeVar("E2", bound=AnyEffect, default=Never)
E3 = TypeVar("E3", bound=AnyEffect, default=Never)
E4 = TypeVar("E4", bound=AnyEffect, default=Never)
E5 = TypeVar("E5", bound=AnyEffect, default=Never)
E6 = TypeVar("E6", bound=AnyEffect, default=Never)
E7 = TypeVar("E7", bound=AnyEffect, default=Never)
E8 = TypeVar("E8", bound=AnyEffect, default=Never)

Test = Callable[[Tool[AnyEffect]], bool]


def _named_once(tools: Iterable[Tool[E]]) -> tuple[Tool[E], ...]:
    given = tuple(tools)
    for one in given:
        if not isinstance(one, Tool):
            raise ConfigError(f"a toolset is made of tools; found {one!r:.60}: make it one with `tool(...)`")
    twice = [name for name, count in Counter(one.spec.name for one in given).items() if count > 1]
    if twice:
        raise ConfigError(
            f"two tools are named {', '.join(map(repr, twice))}; of {_listed(one.spec.name for one in given)}:"
            " give one another name (`renamed`, `prefixed`), or leave it out (`without`)"
        )
    return given


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


@frozen(repr=False)
class Toolset(Mapping[str, Tool[E_co]], Generic[E_co]):
    """Tools by their names, in order. Made by ``toolset``; what the calls ask of the world is in the type."""

    tools: tuple[Tool[E_co], ...] = field(default=(), converter=_named_once)
    _by_name: Mapping[str, Tool[E_co]] = field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {one.spec.name: one for one in self.tools})

    def __getitem__(self, name: str) -> Tool[E_co]:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.tools)

    def __repr__(self) -> str:
        return f"toolset({', '.join(self)})"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self)

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What a model is told, for ``CallModel.tools``."""
        return tuple([one.spec for one in self.tools])

    def __or__(self: Toolset[E1], other: Toolset[E2]) -> Toolset[E1 | E2]:
        """Both. A tool that is in both counts once; two tools of one name are a ``ConfigError``."""
        if not isinstance(other, Toolset):
            raise ConfigError(
                f"a toolset is joined with a toolset; found {other!r:.60}: wrap it in `toolset(...)`"
            )
        return Toolset((*self.tools, *(one for one in other.tools if self.get(one.spec.name) != one)))

    def prefixed(self, prefix: str) -> Toolset[E_co]:
        """The same tools, each name with ``prefix`` before it."""
        return self.renamed({name: f"{prefix}{name}" for name in self})

    def renamed(self, names: Mapping[str, str]) -> Toolset[E_co]:
        """The same tools, some under other names: ``{"old": "new"}``."""
        self._prove_known(names)
        return Toolset(
            [
                one.renamed(tool_name(names[one.spec.name])) if one.spec.name in names else one
                for one in self.tools
            ]
        )

    @overload
    def only(self, test: Test, /) -> Toolset[E_co]: ...
    @overload
    def only(self, *names: str) -> Toolset[E_co]: ...
    def only(self, *wanted: str | Test) -> Toolset[E_co]:
        """Those of these names, or those that pass a test."""
        test = self._test(wanted)
        return Toolset([one for one in self.tools if test(one)])

    @overload
    def without(self, test: Test, /) -> Toolset[E_co]: ...
    @overload
    def without(self, *names: str) -> Toolset[E_co]: ...
    def without(self, *unwanted: str | Test) -> Toolset[E_co]:
        """All but those of these names, or all but those that pass a test."""
        test = self._test(unwanted)
        return Toolset([one for one in self.tools if not test(one)])

    def _test(self, wanted: Sequence[str | Test]) -> Test:
        names = [one for one in wanted if isinstance(one, str)]
        tests = [one for one in wanted if not isinstance(one, str)]
        self._prove_known(names)
        return lambda one: one.spec.name in names or any(test(one) for test in tests)

    def _prove_known(self, names: Iterable[str]) -> None:
        unknown = [name for name in names if name not in self]
        if unknown:
            raise ConfigError(f"no tool is named {_listed(map(repr, unknown))}; there are: {_listed(self)}")

    def answer(self, call: ToolCall, view: View, /) -> Generator[Request[E_co], object, ToolResult]:
        """The program that answers ``call``. A tool that does not exist, or a call cut off, is a failed result."""
        found = self.get(call.name)
        if found is None:
            return failed_result(call.id, call.name, self._unknown(call.name))
        if not call.complete:
            return failed_result(call.id, call.name, _cut_off(call))
        return (yield from found.answer(call, view))

    def _unknown(self, name: str) -> str:
        near = get_close_matches(name, self, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"There is no tool {name!r}; there are: {_listed(self)}.{hint}"


def _cut_off(call: ToolCall) -> str:
    return (
        f"The call of {call.name} was cut off after {len(call.arguments)} characters of its arguments, and was not made."
        " Call it again, with shorter arguments or in several calls."
    )


def toolset_of(tools: Iterable[Tool[E]]) -> Toolset[E]:
    """A toolset of any number of tools, as a list or any other iterable."""
    return Toolset(tools)


@overload
def toolset(a: Tool[E1], /) -> Toolset[E1]: ...
@overload
def toolset(a: Tool[E1], b: Tool[E2], /) -> Toolset[E1 | E2]: ...
@overload
def toolset(a: Tool[E1], b: Tool[E2], c: Tool[E3], /) -> Toolset[E1 | E2 | E3]: ...
@overload
def toolset(a: Tool[E1], b: Tool[E2], c: Tool[E3], d: Tool[E4], /) -> Toolset[E1 | E2 | E3 | E4]: ...
@overload
def toolset(
    a: Tool[E1], b: Tool[E2], c: Tool[E3], d: Tool[E4], e: Tool[E5], /
) -> Toolset[E1 | E2 | E3 | E4 | E5]: ...
@overload
def toolset(
    a: Tool[E1], b: Tool[E2], c: Tool[E3], d: Tool[E4], e: Tool[E5], f: Tool[E6], /
) -> Toolset[E1 | E2 | E3 | E4 | E5 | E6]: ...
@overload
def toolset(
    a: Tool[E1], b: Tool[E2], c: Tool[E3], d: Tool[E4], e: Tool[E5], f: Tool[E6], g: Tool[E7], /
) -> Toolset[E1 | E2 | E3 | E4 | E5 | E6 | E7]: ...
@overload
def toolset(
    a: Tool[E1], b: Tool[E2], c: Tool[E3], d: Tool[E4], e: Tool[E5], f: Tool[E6], g: Tool[E7], h: Tool[E8], /
) -> Toolset[E1 | E2 | E3 | E4 | E5 | E6 | E7 | E8]: ...
@overload
def toolset(*tools: Tool[E]) -> Toolset[E]: ...
def toolset(*tools: Tool[AnyEffect]) -> Toolset[AnyEffect]:
    """A toolset of these tools. For a list of tools use ``toolset_of``."""
    return Toolset(tools)
