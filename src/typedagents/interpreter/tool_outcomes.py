"""What becomes of a tool that was called: a value, or the words in which a model is told what went wrong.

What it raises is told as this table says; what goes up does so as from any code, and the trace can be resumed.

    ToolError, BadArguments                  its text, as it is
    any other exception                      its class and message; those of a group one by one
    SystemExit                               the same, and the process goes on
    a CancelledError nobody asked for        the same, and the run goes on
    KeyboardInterrupt, being cancelled       goes up
    a fault of the program (PolicyError, ConfigError, ...), and Suspended     goes up

"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import TypeAlias

import anyio
from attrs import frozen

from typedagents.core.errors import EffectError, ToolError, TypedAgentsError
from typedagents.tools.bad_arguments import BadArguments

MOST = 10_000
"""Characters of an error's text; what is longer is cut."""


@frozen
class Went:
    """A tool came to this value."""

    value: object


@frozen
class Wrong:
    """A tool failed; ``text`` is for the model."""

    text: str


Came: TypeAlias = Went | Wrong


def made(call: Callable[[], object]) -> Came:
    """What a plain ``call`` comes to, here and now."""
    try:
        return Went(call())
    except BaseException as error:
        return Wrong(words_or_up(error))


async def awaited(pending: Awaitable[object]) -> Came:
    """What ``pending`` comes to. What it raises because it was given up is no outcome: then this is given up as well."""
    before = _times_cancelled()
    try:
        value = await pending
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        await anyio.lowlevel.checkpoint_if_cancelled()
        if _times_cancelled() > before:
            raise asyncio.CancelledError from error
        return Wrong(words_or_up(error))
    if isawaitable(value):
        _dismiss(value)
        return Wrong(
            f"the tool is wrong: it returned a {type(value).__name__} instead of its result; it must await that itself"
        )
    return Went(value)


def unwanted(came: Came) -> None:
    """Let go of what came too late."""
    if isinstance(came, Went) and isawaitable(came.value):
        _dismiss(came.value)


def _times_cancelled() -> int:
    """How often the task has been asked to end, where it is one of asyncio's."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # the loop is another library's
        return 0
    return task.cancelling() if task is not None else 0


def _dismiss(value: object) -> None:
    """Close a coroutine that nobody will await, so that Python does not warn of it."""
    close: object = getattr(value, "close", None)
    if callable(close):
        close()


# --- words ------------------------------------------------------------------------------------------------------


def words_or_up(error: BaseException) -> str:
    """What a model is told of ``error``, which a tool raised; what goes up is raised, also out of a group."""
    told: list[str] = []
    for one in _leaves(error):
        words = _told(one)
        if words is None:
            raise one
        told.append(words)
    text = "; ".join(told)
    return text if len(text) <= MOST else f"{text[:MOST]} ... ({len(text) - MOST} more characters)"


def _told(error: BaseException) -> str | None:
    """What a model is told of one error; None where it goes up."""
    match error:
        case ToolError() | BadArguments():
            return str(error)
        case EffectError() | asyncio.CancelledError() | SystemExit():
            return in_words(error)
        case Exception() if not isinstance(error, TypedAgentsError):
            return in_words(error)
        case _:
            return None


def in_words(error: BaseException) -> str:
    """The class of ``error`` and its message, which its own code may fail to give."""
    try:
        message = str(error)
    except Exception as other:
        message = f"(its message cannot be shown: {type(other).__name__})"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """``error``; the errors in it, where it is a group."""
    todo = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseExceptionGroup):
            todo.extend(reversed(one.exceptions))
        else:
            yield one
