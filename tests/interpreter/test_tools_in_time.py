"""Tools that take too long, tools in threads, what a tool prints, and what a world must have before a run starts."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from contextvars import ContextVar
from inspect import CORO_CLOSED, getcoroutinestate

import anyio
import pytest

from tests.interpreter.calling import WAYS, Work, asking, came, doing, later, results, run, world_of
from tests.policies.hand_made import Pretended, Quiet
from typedagents.core.decision import Pass
from typedagents.core.errors import ConfigError, Suspended
from typedagents.core.parts import Text, ToolResult
from typedagents.core.stop import Cancelled
from typedagents.core.team import Agent, group
from typedagents.core.tool import CallTool
from typedagents.interpreter import tool_threads
from typedagents.interpreter.control import Control
from typedagents.interpreter.tool_outcomes import Went, Wrong, unwanted
from typedagents.interpreter.tool_threads import in_thread
from typedagents.interpreter.tools import ToolAnswer, with_tools
from typedagents.interpreter.traces import TraceMemory
from typedagents.interpreter.world import World
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.combinators import first_of
from typedagents.policies.fixed import says
from typedagents.tools.toolset import Toolset, toolset


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- what takes too long, and what is given up ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["plain", "async", "both"])
def test_a_tool_that_hangs_is_given_up_when_its_time_is_over(way: str, kind: str) -> None:
    released = threading.Event()

    def hangs() -> object:
        return released.wait(60)

    async def comes_never() -> None:
        await anyio.sleep_forever()

    def plain_and_async() -> object:
        return comes_never()

    work: Work = {"plain": hangs, "async": comes_never, "both": plain_and_async}[kind]
    try:
        first, second = came(way, doing(work, timeout_s=0.02), doing(lambda: 5, "quick", timeout_s=60))
    finally:
        released.set()

    assert first == ToolResult("c0", "t", (Text("timed out after 0.02 s"),), failed=True)
    assert second.text == "5"


def test_what_a_tool_raises_or_returns_when_it_is_given_up(way: str) -> None:
    async def complains() -> object:
        try:
            await anyio.sleep_forever()
        finally:
            raise ValueError("not like this")

    async def has_done_it() -> object:
        with suppress(anyio.get_cancelled_exc_class()):
            await anyio.sleep_forever()
        return "done all the same"

    assert [one.text for one in came(way, doing(complains, "a", timeout_s=0.01))] == [
        "timed out after 0.01 s"
    ]
    # What was done is told, even where it took too long: enough time for it to begin on any machine.
    assert [one.text for one in came(way, doing(has_done_it, "b", timeout_s=0.5))] == ["done all the same"]


@pytest.mark.parametrize("stop", ["cancel", "suspend"])
@pytest.mark.parametrize("kind", ["async", "blocking"])
def test_raising_when_the_run_is_stopped_breaks_nothing_and_is_no_outcome(
    way: str, kind: str, stop: str
) -> None:
    control, store, released = Control(), TraceMemory(), threading.Event()

    async def complains() -> object:
        (control.cancel if stop == "cancel" else control.suspend)()
        try:
            await anyio.sleep_forever()
        finally:
            raise ValueError("not like this")

    def blocks() -> object:
        (control.cancel if stop == "cancel" else control.suspend)()
        released.wait(60)
        raise ValueError("too late")

    tool = doing(blocks if kind == "blocking" else complains, blocking=kind == "blocking")
    world, reason = world_of(tool, store=store), None
    try:
        reason = run(way, asking("t", "t"), world, control=control).reason
    except Suspended:
        assert stop == "suspend"
    finally:
        released.set()

    assert (reason == Cancelled()) is (stop == "cancel")
    assert not any(b'"line":"done"' in line for line in store.read("r"))
    if stop == "cancel":
        assert world.replay(asking("t", "t"), "r").reason == Cancelled()


def test_a_task_that_is_cancelled_from_outside_ends_even_when_its_tool_objects() -> None:
    async def objects() -> object:
        try:
            await anyio.sleep_forever()
        finally:
            raise ValueError("not now")

    async def main() -> None:
        world = world_of(doing(objects))
        task = asyncio.ensure_future(world.run(asking("t"), "hi", name="r"))
        await anyio.wait_all_tasks_blocked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_task_of_a_tool_that_is_cancelled_is_a_failed_result() -> None:
    async def loses_a_task() -> None:
        task = asyncio.ensure_future(asyncio.sleep(60))
        task.cancel("lost")
        await task

    for way in ("sync", "asyncio"):
        assert [one.text for one in came(way, doing(loses_a_task))] == ["CancelledError: lost"]
        # Side by side: nothing waits for ever for the one that is gone.
        both = came(way, doing(loses_a_task), doing(later(lambda: 1), "u"))
        assert [one.failed for one in both] == [True, False]


# --- threads ----------------------------------------------------------------------------------------------------


def test_a_hundred_calls_of_plain_tools_run_in_this_thread_in_order(way: str) -> None:
    seen: list[tuple[int, int]] = []

    def work() -> object:
        seen.append((threading.get_ident(), threading.active_count()))
        return len(seen)

    world, before = world_of(doing(work)), threading.active_count()
    outcome = run(way, asking(*["t"] * 100), world)

    assert [one.text for one in results(outcome)] == [str(i) for i in range(1, 101)]
    assert [one.call_id for one in results(outcome)] == [f"c{i}" for i in range(100)]
    assert set(seen) == {(threading.get_ident(), before)}


def test_blocking_tools_run_in_daemon_threads_side_by_side(way: str) -> None:
    together = threading.Barrier(3, timeout=60)

    def meets() -> object:
        together.wait()
        here = threading.current_thread()
        return f"{here.daemon} {here is threading.main_thread()}"

    assert [one.text for one in came(way, *[doing(meets, blocking=True)] * 3)] == ["True False"] * 3


def test_no_more_than_so_many_threads_run_at_once(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_threads, "AT_ONCE", 2)
    lock, running, most = threading.Lock(), 0, 0

    def counts() -> object:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return most

    results = came(way, *[doing(counts, blocking=True)] * 12)

    assert len(results) == 12
    assert most <= 2


def test_a_thread_that_ends_when_nobody_listens_any_more_ends_quietly() -> None:
    released, ended = threading.Event(), threading.Event()

    def hangs() -> object:
        released.wait(60)
        threading.current_thread().name = "done"
        ended.set()
        return 1

    came("asyncio", doing(hangs, timeout_s=0.01))
    before = [one for one in threading.enumerate() if one.name == "tool"]
    released.set()
    for one in before:
        one.join(60)
    assert ended.is_set()


def test_context_variables_are_seen_in_the_thread(way: str) -> None:
    user: ContextVar[str] = ContextVar("user", default="nobody")
    token = user.set("ada")
    try:
        plain, blocking = came(way, doing(user.get, "p"), doing(user.get, "b", blocking=True))
    finally:
        user.reset(token)

    assert plain.text == "ada"
    assert blocking.text == "ada"


# --- what is printed, and what is lacking -----------------------------------------------------------------------


def test_what_a_tool_prints_goes_where_the_process_prints(
    way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def prints() -> object:
        sys.stdout.write("ping")
        return "pong"

    (result,) = came(way, doing(prints))

    assert result.text == "pong"
    assert capsys.readouterr().out == "ping"


class Database:
    """What a tool may need."""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), "found 0 in what with_tools was given: nothing"),
        ((Database(), Database()), "found 2"),
        (("x",), "str;"),
    ],
)
def test_what_a_tool_needs_is_asked_for_before_anything_runs(given: tuple[object, ...], found: str) -> None:
    tool = Pretended("query", needs=(Database,))

    with pytest.raises(ConfigError, match=r"tool 'query' needs one Database; ") as caught:
        with_tools(toolset(tool), given=given)
    assert found in str(caught.value)
    assert with_tools(toolset(tool), given=iter([Database(), 1]))


def test_a_world_is_given_a_toolset_and_nothing_else() -> None:
    with pytest.raises(
        ConfigError, match=r"with_tools takes a toolset; found list: write with_tools\(toolset\("
    ):
        with_tools([Pretended("t")])  # type: ignore[arg-type]  # what a program without a checker may do


def test_a_tool_that_no_world_performs_is_none_of_its_tools() -> None:
    answer = with_tools(toolset(Quiet("q"), Pretended("t"))).answer_to(CallTool)

    assert isinstance(answer, ToolAnswer)
    assert list(answer.tools) == ["t"]


def test_a_team_that_runs_what_the_world_lacks_is_refused_before_it_starts(way: str) -> None:
    have, lack = Pretended("have"), Pretended("lack")
    team = group(
        Agent("a", lambda view: Pass()),
        Agent("exec", first_of(says(""), tool_reply(toolset(have, lack)))),
        name="crew",
    )
    store = TraceMemory()

    with pytest.raises(ConfigError) as caught:
        run(way, team, world_of(have, store=store))
    assert str(caught.value) == (
        "agent 'exec' of team 'crew' runs tools that this world does not have: lack; it has: have; "
        "give them to its with_tools"
    )
    assert not store.traces
    with pytest.raises(ConfigError, match="this world does not have: have, lack; it has: none"):
        run(way, team, World(with_tools(Toolset()), store))
    assert run(way, team, world_of(have, lack, store=store)).reason


def test_a_function_that_calls_tools_may_know_any() -> None:
    tools = toolset(Pretended("a"))
    handler = CallTool.by(lambda effect: ToolResult(effect.call_id, effect.name, ()))

    assert World(handler, None).run_sync(group(Agent("exec", tool_reply(tools))), "hi").reason


@pytest.mark.parametrize("late", [True, False])
def test_what_comes_too_late_is_let_go(late: bool) -> None:  # noqa: FBT001  # pytest hands it over by name
    released, let_go = threading.Event(), threading.Event()
    gone: list[str] = []

    def slow() -> str:
        released.wait(60)
        return "late"

    def unwanted(value: str) -> None:
        gone.append(value)
        let_go.set()

    async def gives_up() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            if not late:
                released.set()
            await in_thread(slow, unwanted)

    anyio.run(gives_up)
    released.set()

    assert let_go.wait(60)
    assert gone == ["late"]


def test_a_coroutine_that_comes_too_late_is_closed() -> None:
    async def work() -> None:
        raise AssertionError("nobody waits for it")

    pending = work()
    unwanted(Went(pending))
    unwanted(Went("a value"))
    unwanted(Wrong("too big"))

    assert getcoroutinestate(pending) == CORO_CLOSED
