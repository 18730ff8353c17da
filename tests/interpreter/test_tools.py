"""Whatever a tool that is called does, the model is told, and the trace holds it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable

import pytest

from tests.interpreter.calling import WAYS, Work, asking, came, doing, later, raising, results, run, world_of
from tests.policies.hand_made import Pretended
from typedagents.core.effect import EffectFailed, Failed
from typedagents.core.errors import ConfigError, PolicyError, ProviderError, Suspended, ToolError
from typedagents.core.handler import Call
from typedagents.core.parts import Text, ToolResult
from typedagents.core.stop import EffectFailure
from typedagents.core.tool import CallTool
from typedagents.interpreter.tool_outcomes import MOST, words_or_up
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.tools.bad_arguments import BadArguments, Problem
from typedagents.tools.given import Given
from typedagents.tools.toolset import toolset


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- what goes well ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize("timeout_s", [None, 60])
def test_plain_async_and_blocking_tools_come_to_what_they_return(
    way: str, timeout_s: float | None, *, blocking: bool
) -> None:
    plain = doing(lambda: 42, "plain", timeout_s=timeout_s, blocking=blocking)
    coming = doing(later(lambda: 43), "coming", timeout_s=timeout_s, blocking=blocking)

    assert came(way, plain, coming, plain) == [
        ToolResult("c0", "plain", (Text("42"),)),
        ToolResult("c1", "coming", (Text("43"),)),
        ToolResult("c2", "plain", (Text("42"),)),
    ]


def test_a_plain_function_may_return_what_is_awaited(way: str) -> None:
    async def count() -> int:
        return 7

    assert came(way, doing(count))[0].text == "7"


def test_a_tool_is_given_the_call_and_what_the_world_holds(way: str) -> None:
    seen: list[tuple[CallTool, str, int, int]] = []

    def does(effect: CallTool, call: Call, given: Given) -> object:
        seen.append((effect, call.agent, call.attempt, given.find(int)))
        return call.id

    tool = Pretended("t", does, needs=(int,))
    world = World(with_tools(toolset(tool), given=["text", 5]), TraceMemory())
    outcome = run(way, asking("t"), world)

    assert seen == [(CallTool("t", "{}", "c0"), "a", 1, 5)]
    assert results(outcome)[0].text.startswith("r/t0.")


# --- what goes wrong --------------------------------------------------------------------------------------------


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def deep() -> object:
    return deep()


GROUP = ExceptionGroup("several", [ValueError("a"), ExceptionGroup("more", [KeyError("b")])])

WRONG: list[tuple[Work, str]] = [
    (raising(ValueError("too big")), "ValueError: too big"),
    (raising(ValueError()), "ValueError"),
    (raising(KeyError("x")), "KeyError: 'x'"),
    (raising(StopIteration("x")), "StopIteration: x"),
    (raising(ToolError("the oven is cold", kind="cold")), "the oven is cold"),
    (
        raising(BadArguments([Problem(("a",), "a number", "a text")])),
        "The call was not made, its arguments do not fit: $.a: expected a number; found a text",
    ),
    (raising(ProviderError("busy", kind="rate_limit")), "ProviderError: busy"),
    (raising(EffectFailed(Failed("tool.raised", "x"))), "EffectFailed: tool.raised: x"),
    (raising(SystemExit(3)), "SystemExit: 3"),
    (sys.exit, "SystemExit"),
    (raising(asyncio.CancelledError("by itself")), "CancelledError: by itself"),
    (raising(GROUP), "ValueError: a; KeyError: 'b'"),
    (raising(BaseExceptionGroup("g", [SystemExit(1), ValueError("a")])), "SystemExit: 1; ValueError: a"),
    (raising(Unspeakable()), "Unspeakable: (its message cannot be shown: ValueError)"),
    (raising(MemoryError()), "MemoryError"),
]


@pytest.mark.parametrize(("work", "text"), WRONG, ids=[text for _, text in WRONG])
@pytest.mark.parametrize("kind", ["plain", "async", "blocking", "timed", "async timed"])
def test_what_a_tool_raises_the_model_is_told(way: str, kind: str, work: Work, text: str) -> None:
    tool = doing(
        later(work) if "async" in kind else work,
        blocking=kind == "blocking",
        timeout_s=60 if "timed" in kind else None,
    )
    if "async" in kind and text.startswith("StopIteration"):
        text = "RuntimeError: coroutine raised StopIteration"  # so says Python

    assert came(way, tool, tool) == [
        ToolResult("c0", "t", (Text(text),), failed=True),
        ToolResult("c1", "t", (Text(text),), failed=True),
    ]


@pytest.mark.parametrize("kind", ["plain", "async", "blocking"])
def test_endless_recursion_is_a_failed_result(way: str, kind: str) -> None:
    (result,) = came(way, doing(later(deep) if kind == "async" else deep, blocking=kind == "blocking"))

    assert result.failed
    assert result.text.startswith("RecursionError: maximum recursion depth exceeded")


@pytest.mark.parametrize("error", [PolicyError("x"), KeyboardInterrupt()])
def test_what_goes_up_does_so_out_of_a_group_too(way: str, error: BaseException) -> None:
    group = BaseExceptionGroup("several", [ValueError("a"), error])

    with pytest.raises(type(error)) as caught:
        run(way, asking("t"), world_of(doing(later(raising(group)))))
    assert caught.value is error


def test_a_long_message_is_cut() -> None:
    assert (
        words_or_up(ValueError("x" * MOST))
        == "ValueError: " + "x" * (MOST - 12) + " ... (12 more characters)"
    )


def test_a_tool_that_the_world_does_not_have_is_a_failed_result(way: str) -> None:
    world = world_of(doing(lambda: 1, "add"), doing(lambda: 1, "mul"))
    (result,) = results(run(way, asking("sub"), world))

    assert result == ToolResult(
        "c0", "sub", (Text("there is no tool 'sub'; there are: add, mul"),), failed=True
    )
    (none,) = results(run(way, asking("sub"), world_of()))
    assert none.text == "there is no tool 'sub'; there are: none"


def test_a_coroutine_that_is_returned_by_mistake_is_closed_and_told_of(way: str) -> None:
    async def inner() -> int:
        return 1

    async def outer() -> Awaitable[int]:
        return inner()

    (result,) = came(way, doing(outer))

    assert result.failed
    assert "returned a coroutine instead of its result" in result.text


def test_an_awaitable_without_close_that_is_returned_by_mistake_is_told_of(way: str) -> None:
    class Waits:
        def __await__(self) -> object:
            raise AssertionError("nobody awaits it")

    async def outer() -> Waits:
        return Waits()

    assert "returned a Waits instead" in came(way, doing(outer))[0].text


def test_a_result_that_cannot_be_shown_says_that_it_was_done(way: str) -> None:
    def refuses(value: object) -> str:
        raise ConfigError(f"{value} cannot be written as JSON")

    (result,) = came(way, Pretended("t", renders=refuses))

    assert result.failed
    assert result.text == (
        "it was done, but what it returned cannot be shown: ConfigError: {} cannot be written as JSON"
    )


@pytest.mark.parametrize("kind", ["plain", "async", "blocking"])
@pytest.mark.parametrize("error", [ConfigError("not set up"), PolicyError("not pure"), Suspended("for now")])
def test_faults_of_the_program_go_up(way: str, kind: str, error: Exception) -> None:
    work = raising(error)
    world = world_of(doing(later(work) if kind == "async" else work, blocking=kind == "blocking"))

    with pytest.raises(type(error), match=str(error)):
        run(way, asking("t"), world)
    with pytest.raises(type(error), match=str(error)):
        run(way, asking("t", "t"), world, name="two")


class Odd(BaseException):
    """What no program expects."""


@pytest.mark.parametrize("kind", ["plain", "async", "blocking"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), Odd()])
def test_ctrl_c_in_a_tool_goes_up_and_the_run_can_be_resumed(
    way: str, kind: str, error: BaseException
) -> None:
    work = raising(error)
    store = TraceMemory()
    world = world_of(
        doing(later(work) if kind == "async" else work, blocking=kind == "blocking"), store=store
    )
    with pytest.raises((type(error), BaseExceptionGroup)):
        run(way, asking("t"), world)

    assert not any(b'"line":"done"' in line or b'"line":"end"' in line for line in store.read("r"))
    resumed = world.resume_sync(asking("t"), "r")
    assert isinstance(resumed.reason, EffectFailure)
    assert resumed.reason.failure.kind == "unknown"
