"""A tool of an MCP server: told to models as the server describes it, and called there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

import msgspec
from attrs import evolve, frozen

from typedagents.core.effect import E_co, Repetition
from typedagents.core.handler import Call
from typedagents.core.model import ToolSpec
from typedagents.core.parts import ResultContent
from typedagents.core.tool import Approve, CallTool
from typedagents.tools.decoding import decoded
from typedagents.tools.functions.calls import Called, WhenApproved
from typedagents.tools.functions.options import MOST_LETTERS
from typedagents.tools.given import Given
from typedagents.tools.shapes import Anything, Shaped, String, Table

if TYPE_CHECKING:
    from mcp_types import Tool as ListedTool
    from mcp_types import ToolAnnotations

ARGUMENTS = Shaped(Table(String(), Anything()))
"""Any JSON object: whether it fits is for the server to say, whose schema it is."""

NO_LETTER = re.compile(r"[^a-zA-Z0-9_-]")


@frozen
class ToolProgress:
    """How far a call is that goes on: shown to watchers. ``total`` is None where the server does not know it."""

    tool: str
    progress: float
    total: float | None = None
    message: str = ""


Watch = Callable[[ToolProgress], None]


class Caller(Protocol):
    """Who calls a server's tools by the names that it gave them."""

    async def call(
        self, tool: str, arguments: dict[str, object], watch: Watch, /
    ) -> tuple[ResultContent, ...]:
        """What it came to; ``ToolError`` where the server says that it failed, or cannot be asked."""
        ...


@frozen(repr=False)
class McpTool(Called[E_co]):
    """A tool that a server performs. ``remote`` is its name there; ``spec.name`` is what models call it."""

    server: Caller
    remote: str

    def check(self, arguments: str, /) -> object:
        return decoded(arguments, ARGUMENTS)

    async def invoke(self, effect: CallTool, call: Call, given: Given, /) -> tuple[ResultContent, ...]:
        arguments = decoded(effect.arguments, ARGUMENTS)
        assert isinstance(arguments, dict)
        return await self.server.call(
            self.remote, arguments, lambda seen: call.emit(evolve(seen, tool=effect.name))
        )

    def rendered(self, value: object, /) -> tuple[ResultContent, ...]:
        """What the server sent, long texts cut. Nothing stays nothing, where a function's would be ``[]``."""
        return self.manner.rendered(value) if value else ()

    def with_approval(self) -> McpTool[E_co | Approve]:
        """The same tool, each of whose calls needs approval."""
        return McpTool(self.told, WhenApproved(self.calling), self.manner, self.server, self.remote)

    def __repr__(self) -> str:
        return f"McpTool({self.told.name!r} of {self.server!r})"


def spec_of(listed: ListedTool, name: str) -> ToolSpec:
    """What models are told, in the server's own words and with its own schema."""
    schema = msgspec.json.encode(listed.input_schema).decode()
    return ToolSpec(name, listed.description or listed.title or "", schema)


def repetition_of(said: ToolAnnotations | None, *, trusted: bool) -> Repetition:
    """What calling it twice means, by what a server says that is trusted; else it is never called twice."""
    if said is None or not trusted:
        return "at_most_once"
    if said.read_only_hint:
        return "pure"
    return "idempotent" if said.idempotent_hint else "at_most_once"


def names_for_models(names: Iterable[str]) -> list[str]:
    """The same names, in their order, as providers take them: other letters become ``_``, long ones are cut.

    Where that makes two alike, the later gets a number. A name that is given twice stays so.
    """
    given = list(names)
    taken = {name for name in given if _fits(name)}
    told: dict[str, str] = {}
    for name in given:
        if not _fits(name) and name not in told:
            told[name] = _free(NO_LETTER.sub("_", name)[:MOST_LETTERS] or "_", taken)
            taken.add(told[name])
    return [told.get(name, name) for name in given]


def _fits(name: str) -> bool:
    return 0 < len(name) <= MOST_LETTERS and not NO_LETTER.search(name)


def _free(name: str, taken: set[str]) -> str:
    count, found = 1, name
    while found in taken:
        count += 1
        ending = f"_{count}"
        found = name[: MOST_LETTERS - len(ending)] + ending
    return found
