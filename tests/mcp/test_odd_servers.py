"""Whatever a server does, a call has a result and a run an end: by a server that does what servers should not do."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import anyio
import pytest
from attrs import evolve

from tests.mcp.calling import ONE, Answers, Ran, alive, call, odd, results_in, run, starts
from typedagents.core.effect import E
from typedagents.core.parts import ToolCall
from typedagents.core.stop import Cancelled
from typedagents.core.team import Agent, group
from typedagents.core.tool import Approve, Approved, Denied
from typedagents.interpreter.control import Control
from typedagents.interpreter.events import EffectFinished, Event, Observed
from typedagents.interpreter.lifetime import keeping
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.world import World
from typedagents.mcp import McpServer, McpTool, ToolProgress
from typedagents.tools.tool import Tool
from typedagents.tools.toolset import toolset, toolset_of

# --- what goes well ---------------------------------------------------------------------------------------------


def test_tools_are_told_in_the_servers_words_and_order(log: Path) -> None:
    tools = odd(log).tools_sync()

    assert tools.names[:4] == ("echo", "read", "put", "die")
    assert tools["echo"].spec.description == "Does echo."
    assert tools["echo"].spec.parameters == (
        '{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"integer"}}}'
    )


def test_a_name_that_no_provider_takes_is_changed_for_models_only(way: str, log: Path) -> None:
    tools = odd(log).tools_sync().only("never_heard_of_it").prefixed("odd_")

    assert call(way, tools, ("odd_never_heard_of_it", '{"z":"a"}')).texts == ['{"z": "a"}']


def test_all_calls_of_a_run_share_one_process_that_ends_with_the_run(way: str, log: Path) -> None:
    tools = odd(log).tools_sync()
    log.unlink()
    ran = call(way, tools, ("echo", '{"a":1}'), ("echo", ""), ("read", '{"a":2}'))

    assert ran.texts == ['{"a": 1}', "{}", '{"a": 2}']
    (pid,) = starts(log)
    assert not alive(pid)
    assert log.read_text().endswith("ended\n")


def test_within_keeping_runs_and_listings_share_one_process(log: Path) -> None:
    server = odd(log)

    async def go() -> None:
        async with keeping():
            for _ in range(2):
                await server.tools()

    anyio.run(go)
    assert len(starts(log)) == 1


def test_a_server_is_told_of_nothing_but_what_it_is_given(
    log: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("SOME_SERVICES_KEY", "very-secret-indeed")
    tools = odd(log, env={"MODE": "quick"}).tools_sync()
    told = call(way, tools, ("env", "{}")).texts[0]

    assert '"MODE": "quick"' in told
    assert '"PATH"' in told
    assert "SOME_SERVICES_KEY" not in told


def test_progress_is_shown_to_watchers_before_the_result(way: str, log: Path) -> None:
    seen: list[Event] = []
    call(way, odd(log).tools_sync().prefixed("x_"), ("x_steps", "{}"), watchers=(seen.append,))
    kinds = [event for event in seen if isinstance(event, Observed | EffectFinished)]

    assert [event.observation for event in kinds[:3] if isinstance(event, Observed)] == [
        ToolProgress("x_steps", step, 3, f"step {step}") for step in (1, 2, 3)
    ]
    assert isinstance(kinds[3], EffectFinished)


def test_a_cancelled_run_tells_the_server_and_ends_it(way: str, log: Path) -> None:
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, Observed):
            control.cancel("enough")

    ran = call(way, odd(log).tools_sync(), ("hang", "{}"), watchers=(stop,), control=control)

    assert ran.outcome.reason == Cancelled("enough")
    assert "while hanging: notifications/cancelled" in log.read_text()
    assert not alive(starts(log)[-1])


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_trusted_server_says_what_may_be_repeated(log: Path, *, trusted: bool) -> None:
    tools = odd(log, trusted=trusted).tools_sync()
    said = {name: tool.manner.repeats for name, tool in tools.items() if isinstance(tool, McpTool)}

    assert said["echo"] == "at_most_once"
    assert said["put"] == ("idempotent" if trusted else "at_most_once")
    assert said["read"] == ("pure" if trusted else "at_most_once")


def test_all_pages_are_listed(way: str, log: Path) -> None:
    tools = odd(log, "paged").tools_sync()

    assert len(tools) == 11
    assert call(way, tools, ("put", "{}"), ("put", "{}")).texts == ["{}", "{}"]


def test_lines_that_are_no_messages_are_passed_over(way: str, log: Path) -> None:
    assert call(way, odd(log, "noisy").tools_sync(), ("echo", '{"a":1}')).texts == ['{"a": 1}']


# --- what goes wrong in a call ----------------------------------------------------------------------------------


def moved(tool: Tool[E], server: McpServer) -> McpTool[E]:
    """The same tool, at another server."""
    assert isinstance(tool, McpTool)
    return McpTool(tool.told, tool.calling, tool.manner, server, tool.remote)


def one_failed(ran: Ran, at: int = 0) -> str:
    assert ran.results[at].failed
    return ran.results[at].text


def test_a_server_killed_in_a_call_is_a_failed_result_and_the_next_call_starts_it_again(
    way: str, log: Path
) -> None:
    tools = odd(log).tools_sync()
    log.unlink()
    ran = call(way, tools, ("echo", '{"a":1}'), ("die", "{}"), ("echo", '{"a":2}'))
    text = one_failed(ran, 1)

    assert "odd_server.py" in text
    assert "its process was ended by SIGKILL" in text
    assert "something terrible happened" in text
    assert ran.texts[2] == '{"a": 2}'
    assert len(starts(log)) == 2


def test_a_server_that_leaves_in_a_call_is_a_failed_result(way: str, log: Path) -> None:
    assert "its process ended with exit code 7" in one_failed(
        call(way, odd(log).tools_sync(), ("leave", "{}"))
    )


def test_a_call_that_takes_too_long_is_a_failed_result_and_the_server_is_told(way: str, log: Path) -> None:
    known = odd(log).tools_sync()
    hang = known["hang"]
    assert isinstance(hang, McpTool)
    impatient = evolve(hang, manner=evolve(hang.manner, timeout_s=0.3))
    ran = call(way, known.without("hang") | toolset(impatient), ("echo", "{}"), ("hang", "{}"))

    assert "timed out after 0.3 s" in one_failed(ran, 1)
    assert "while hanging: notifications/cancelled" in log.read_text()


def test_what_a_server_calls_an_error_is_a_failed_result_in_its_words(way: str, log: Path) -> None:
    assert one_failed(call(way, odd(log).tools_sync(), ("fail", "{}"))) == "no such thing"


def test_content_that_the_protocol_does_not_know_is_a_failed_result(way: str, log: Path) -> None:
    assert "odd_server.py" in one_failed(call(way, odd(log).tools_sync(), ("strange", "{}")))


@pytest.mark.parametrize("arguments", ["null", "[1]", '{"a":1,"a":2}', '{"a":'])
def test_arguments_that_are_no_object_never_reach_the_server(log: Path, arguments: str) -> None:
    one_failed(call("asyncio", odd(log).tools_sync(), ("echo", arguments)))
    assert "tools/call" not in log.read_text()


@pytest.mark.parametrize("habit", ["silent", "rubbish", "dies"])
def test_a_server_that_cannot_be_started_is_a_failed_result(way: str, log: Path, habit: str) -> None:
    known = odd(log).tools_sync()
    tools = toolset_of(moved(tool, odd(log, habit, start_timeout_s=0.7)) for tool in known.values())
    text = one_failed(call(way, tools, ("echo", "{}")))

    assert "no connection" in text
    assert not any(map(alive, starts(log)))


def test_a_server_that_hears_no_more_is_a_failed_result(way: str, log: Path) -> None:
    """What is written to it arrives nowhere: no answer can come."""
    known = odd(log).tools_sync()
    tools = toolset_of(moved(tool, odd(log, "deaf")) for tool in known.values())

    assert "it went away before it answered" in one_failed(call(way, tools, ("echo", "{}")))
    assert not any(map(alive, starts(log)))


def test_a_long_text_is_cut(way: str, log: Path) -> None:
    (ran,) = call(way, odd(log).tools_sync(), ("echo", json.dumps({"z": "x" * 200_000}))).results

    assert 100_000 <= len(ran.text) < 101_000
    assert not ran.failed


def test_nothing_is_shown_as_nothing(log: Path) -> None:
    ran = call("asyncio", odd(log, "mute").tools_sync(), ("echo", "{}"))
    assert [(result.content, result.failed) for result in ran.results] == [((), False)]


def test_a_server_without_resources_or_prompts_has_none(log: Path) -> None:
    assert odd(log).resources_sync() == ()
    assert odd(log).prompts_sync() == ()


def test_a_call_may_need_approval(way: str, log: Path) -> None:
    tools = odd(log).tools_sync(approval=True)
    asked: list[Approve] = []

    def rule(question: Approve) -> Approved | Denied:
        asked.append(question)
        return Denied("not today") if question.name == "put" else Approved()

    team = group(Agent("a", Answers(tools, (ToolCall("1", "put"), ToolCall("2", "echo")))), limits=ONE)
    outcome = run(way, team, World(with_tools(tools) | Approve.by(rule), store=None))

    assert sorted(one.name for one in asked) == ["echo", "put"]
    assert [result.text for result in results_in(outcome)] == [
        "The call of put was not approved: not today",
        "{}",
    ]
    assert "started" in log.read_text()


# --- giving up --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_who_gives_up_while_a_server_starts_leaves_no_process(log: Path, backend: str) -> None:
    async def go() -> bool:
        with anyio.move_on_after(0.5) as scope:
            await odd(log, "silent").tools()
        return scope.cancelled_caught

    assert anyio.run(go, backend=backend)
    assert not any(map(alive, starts(log)))


def test_a_run_cancelled_while_a_server_starts_leaves_no_process(way: str, log: Path) -> None:
    ready = log.with_name("ready")
    os.mkfifo(ready)
    silent = odd(log, "silent", env={"READY": str(ready)})
    tools = toolset_of(moved(tool, silent) for tool in odd(log).tools_sync().values())
    control = Control()
    stopper = Thread(target=cancel_when_started, args=(ready, control), daemon=True)
    stopper.start()
    ran = call(way, tools, ("echo", "{}"), control=control)
    stopper.join()

    assert ran.outcome.reason == Cancelled("enough")
    assert not any(map(alive, starts(log)))


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C is heard, even where the shell that runs the tests made this process deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_in_a_call_ends_the_program_and_the_server(way: str, log: Path) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, Observed):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        call(way, odd(log).tools_sync(), ("hang", "{}"), watchers=(interrupt,))
    assert not any(map(alive, starts(log)))


def cancel_when_started(ready: Path, control: Control) -> None:
    """Waits until the server has said that it runs."""
    ready.read_text()
    control.cancel("enough")
