"""What tool calls cost beside the HTTP requests that bring them: 100 one after the other, and 100 in one reply.

The anchor is a hand-written loop over a bare httpx client that does the same: sends the conversation, reads the calls,
calls the function, and sends the conversation again with the results. Both talk to a server on the loopback interface
that answers from a script, in a thread of its own, which is not measured: what is compared is the CPU time of the thread
that asks. Both alternate, so that load strikes both.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import msgspec

from tests.bench.conftest import Measured
from tests.policies.hand_made import Pretended
from tests.providers.loopback import Answer, said, serving, whole
from typedagents import Limits, Team, Unlimited, World, group, with_models
from typedagents.core.handler import Call
from typedagents.core.model import CallModel
from typedagents.core.team import Agent
from typedagents.core.tool import CallTool
from typedagents.interpreter.secrets import Secret
from typedagents.interpreter.tools import with_tools
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.model import model_reply
from typedagents.providers.openai import OpenAIChat
from typedagents.tools.given import Given
from typedagents.tools.toolset import toolset

CALLS = 100
SPEC = {"type": "function", "function": {"name": "add", "description": "", "parameters": {}}}


def call(number: int) -> dict[str, object]:
    function = {"name": "add", "arguments": f'{{"a":{number},"b":1}}'}
    return {"id": f"call_{number}", "type": "function", "function": function}


def asks_for(*numbers: int) -> Answer:
    message = {"role": "assistant", "content": None, "tool_calls": [call(number) for number in numbers]}
    return whole(said(choices=[{"index": 0, "message": message, "finish_reason": "tool_calls"}]))


SEQUENTIAL = (*(asks_for(number) for number in range(CALLS)), whole(said("done")))
PARALLEL = (asks_for(*range(CALLS)), whole(said("done")))


def added(arguments: str) -> str:
    """The tool: as little as a tool can do."""
    values = msgspec.json.decode(arguments, type=dict[str, int])
    return str(values["a"] + values["b"])


# --- the anchor -------------------------------------------------------------------------------------------------


async def by_hand(url: str, *, certificates: bool = True) -> None:
    """The loop, with a client as it comes, or with one that leaves out the certificates that plain HTTP does not need.

    Loading them takes longer than the hundred calls of one reply.
    """
    messages: list[object] = [{"role": "user", "content": "go"}]
    async with httpx.AsyncClient(timeout=60, verify=certificates) as client:
        while True:
            body = msgspec.json.encode({"model": "m", "messages": messages, "tools": [SPEC]})
            headers = {"content-type": "application/json", "authorization": "Bearer sk"}
            reply = await client.post(f"{url}/chat/completions", content=body, headers=headers)
            message = msgspec.json.decode(reply.content)["choices"][0]["message"]
            messages.append(message)
            for one in message.get("tool_calls") or ():
                result = added(one["function"]["arguments"])
                messages.append({"role": "tool", "tool_call_id": one["id"], "content": result})
            if not message.get("tool_calls"):
                return


# --- the library ------------------------------------------------------------------------------------------------


def add(effect: CallTool, asked: Call, given: Given) -> object:
    del asked, given
    return added(effect.arguments)


TOOLS = toolset(Pretended("add", add))


def team() -> Team[CallModel | CallTool]:
    loop = tool_loop(model_reply(tools=TOOLS), TOOLS, max_calls=Unlimited)
    return group(Agent("a", loop), limits=Limits(max_decisions=1, max_model_calls=Unlimited))


async def by_team(url: str) -> None:
    provider = OpenAIChat(model="m", base_url=url, api_key=Secret("sk"))
    outcome = await World(with_models(provider) | with_tools(TOOLS), store=None).run(team(), "go")
    assert outcome.summary == "done", outcome.reason


# --- the comparison ---------------------------------------------------------------------------------------------


def cpu_s(work: Callable[[str], Awaitable[None]], script: tuple[Answer, ...]) -> float:
    """CPU seconds of this thread."""

    async def run() -> None:
        await work(server.url)

    with serving(*script) as server:
        gc.collect()
        start = time.thread_time()
        asyncio.run(run())
        return time.thread_time() - start


def test_calls_over_http(measured: Measured) -> None:
    bare = partial(by_hand, certificates=False)
    for name, script in (("sequential", SEQUENTIAL), ("parallel", PARALLEL)):
        rounds = [[cpu_s(work, script) for work in (by_hand, bare, by_team)] for _ in range(7)]
        anchor, barest, ours = (min(column) for column in zip(*rounds, strict=True))
        measured(f"{CALLS} {name} tool calls, to bare httpx", ours / anchor, "x", at_most=1.5)
        bar = (
            1.5 if name == "sequential" else None
        )  # two requests have no cost that a hundred calls could hide in
        measured(f"{CALLS} {name} tool calls, without certificates", ours / barest, "x", at_most=bar)
        measured(f"a {name} tool call, requests and all", ours / CALLS * 1e6, "us")


def test_a_call_in_process(measured: Measured) -> None:
    """A plain function that is called costs no task and no thread: most of it is the framework's own work."""
    effect = CallTool("add", '{"a":1,"b":1}', "1")
    handler = with_tools(TOOLS).answer_to(CallTool)
    assert handler is not None

    class Nobody:
        id = run = agent = ""
        attempt, deadline_s = 1, None

        def emit(self, observation: object, /) -> None:
            raise AssertionError(observation)

    start = time.thread_time()
    for _ in range(10_000):
        handler(effect, Nobody())
    measured("performing CallTool", (time.thread_time() - start) / 10_000 * 1e6, "us")
