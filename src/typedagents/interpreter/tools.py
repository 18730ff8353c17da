"""Calling tools: the handler of ``CallTool``. What goes wrong with a tool is a failed result, which the model is told.

A plain function is called in place, in the thread that drives the run: no task, no thread. What it returns to be awaited
is awaited in the run's event loop. What is ``blocking``, or plain and limited by ``timeout_s``, is called in a thread of
its own, which is given up at the time-out and goes on by itself. What a tool prints goes where this process prints.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from types import MappingProxyType

import anyio
from attrs import field, frozen

from typedagents.core.effect import AnyEffect, proved
from typedagents.core.errors import ConfigError
from typedagents.core.handler import Call, Handler
from typedagents.core.parts import Text, ToolResult
from typedagents.core.tool import CallTool
from typedagents.tools.answered import result_of
from typedagents.tools.given import Given
from typedagents.tools.tool import Performed
from typedagents.tools.toolset import Toolset

from .tool_outcomes import Came, Went, Wrong, awaited, in_words, made, unwanted
from .tool_threads import a_place, in_thread


def _read_only(tools: Mapping[str, Performed]) -> Mapping[str, Performed]:
    return MappingProxyType(dict(tools))


@frozen(eq=False)
class ToolAnswer:
    """What answers ``CallTool`` in a world: its tools by their names, and what they are given."""

    tools: Mapping[str, Performed] = field(converter=_read_only)
    given: Given = Given()

    def __call__(self, effect: AnyEffect, call: Call) -> ToolResult | Awaitable[ToolResult]:
        asked = proved(effect, CallTool)
        tool = self.tools.get(asked.name)
        if tool is None:
            known = ", ".join(self.tools) or "none"
            return _result(asked, Wrong(f"there is no tool {asked.name!r}; there are: {known}"))
        invoke = partial(tool.invoke, asked, call, self.given)
        if tool.blocking or (tool.timeout_s is not None and not _is_async(tool)):
            return _elsewhere(tool, asked, invoke)
        came = made(invoke)
        if isinstance(came, Went) and isawaitable(came.value):
            return _later(tool, asked, came.value)
        return _shown(tool, asked, came)


def _is_async(tool: Performed) -> bool:
    """Whether calling it only begins what must be awaited: so says its function, where it is made of one."""
    return iscoroutinefunction(getattr(tool, "__wrapped__", tool.invoke))


async def _later(tool: Performed, asked: CallTool, pending: Awaitable[object]) -> ToolResult:
    """The result of a call that is awaited, in this task."""
    came: Came = _too_late(tool)
    with anyio.move_on_after(tool.timeout_s):
        came = await awaited(pending)
    return _shown(tool, asked, came)


async def _elsewhere(tool: Performed, asked: CallTool, invoke: Callable[[], object]) -> ToolResult:
    """The result of a call in a thread."""
    came: Came = _too_late(tool)
    async with a_place():
        with anyio.move_on_after(tool.timeout_s):
            came = await _through(await in_thread(partial(made, invoke), unwanted))
    return _shown(tool, asked, came)


async def _through(came: Came) -> Came:
    """``came``, or what it comes to when it is awaited."""
    return await awaited(came.value) if isinstance(came, Went) and isawaitable(came.value) else came


def _too_late(tool: Performed) -> Wrong:
    return Wrong(f"timed out after {tool.timeout_s} s")


def _shown(tool: Performed, asked: CallTool, came: Came) -> ToolResult:
    """What the model is shown of what a tool came to."""
    if isinstance(came, Wrong):
        return _result(asked, came)
    try:
        return result_of(asked.call_id, asked.name, came.value, tool.rendered)
    except Exception as error:
        return _result(asked, Wrong(f"it was done, but what it returned cannot be shown: {in_words(error)}"))


def _result(asked: CallTool, wrong: Wrong) -> ToolResult:
    return ToolResult(asked.call_id, asked.name, (Text(wrong.text),), failed=True)


def with_tools(tools: Toolset[AnyEffect], given: Iterable[object] = ()) -> Handler[CallTool]:
    """The handler that calls these tools, giving them what they need of ``given``, found by its type.

    ``ConfigError`` where a tool needs what is not in ``given``, or is there more than once.
    """
    if not isinstance(tools, Toolset):
        raise ConfigError(
            f"with_tools takes a toolset; found {type(tools).__name__}: write with_tools(toolset(add, mul))"
        )
    performed = {tool.spec.name: tool for tool in tools.tools if isinstance(tool, Performed)}
    had = Given(tuple(given))
    for name, tool in performed.items():
        for kind in tool.needs:
            _check_given(name, kind, had)
    return Handler({CallTool: ToolAnswer(performed, had)})


def _check_given(name: str, kind: type, had: Given) -> None:
    found = len(had.all_of(kind))
    if found != 1:
        known = ", ".join(type(value).__name__ for value in had.values) or "nothing"
        raise ConfigError(
            f"tool {name!r} needs one {kind.__name__}; found {found} in what with_tools was given: {known}; write "
            f"with_tools(tools, given=[...]) with one {kind.__name__} in it"
        )
