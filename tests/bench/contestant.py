"""This library's contestant for a side-by-side benchmark of multi-agent libraries.

The harness puts its module ``common`` on the path and calls this file with a scenario and its arguments.
"""

from __future__ import annotations

import common
from common import KEY, TEXT, URL

from typedagents.core.decision import Decision, Reply
from typedagents.core.effect import Steps
from typedagents.core.limits import Limits, Unlimited
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.team import Agent, Team, group_of
from typedagents.core.view import View
from typedagents.interpreter.ports import with_models
from typedagents.interpreter.secrets import Secret
from typedagents.interpreter.tools import with_tools
from typedagents.interpreter.world import World
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.model import model_reply
from typedagents.providers.openai import OpenAIChat
from typedagents.tools.functions.decorator import tool
from typedagents.tools.toolset import toolset


def speak(view: View) -> Steps[Decision, CallModel]:
    reply = yield from CallModel(view.transcript, view.me)
    return Reply(reply.parts, "model")


def team(agents: int, turns: int) -> Team[CallModel]:
    limits = Limits(max_decisions=turns, max_model_calls=Unlimited, max_effects=Unlimited)
    return group_of([Agent(f"a{i}", speak) for i in range(agents)], limits=limits)


def world(model: str) -> World[CallModel]:
    provider = OpenAIChat(model=model, base_url=URL, api_key=Secret(KEY))
    return World(with_models(provider), store=None)


async def two_agent(n: int, model: str) -> dict[str, float]:
    await world(model).run(team(2, n), TEXT)
    return {"units": n}


FAKE = ModelReply(TEXT)


async def inproc(n: int) -> dict[str, float]:
    await World(CallModel.by(lambda call: FAKE), store=None).run(team(2, n), TEXT)
    return {"units": n}


async def group(agents: int, rounds: int, model: str) -> dict[str, float]:
    await world(model).run(team(agents, rounds), TEXT)
    return {"units": rounds}


async def group_inproc(agents: int, rounds: int) -> dict[str, float]:
    await World(CallModel.by(lambda call: FAKE), store=None).run(team(agents, rounds), TEXT)
    return {"units": rounds}


async def concurrent(convs: int, turns: int, model: str) -> dict[str, float]:
    shared = world(model)
    return await common.gather(shared.run(team(2, turns), TEXT) for _ in range(convs))


async def stream(n: int, model: str) -> dict[str, float]:
    provider = OpenAIChat(model=model, base_url=URL, api_key=Secret(KEY), delivery="streamed")
    await World(with_models(provider), store=None).run(team(1, 1), TEXT)
    return {"units": n}


@tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


async def tools_seq(n: int, model: str) -> dict[str, float]:
    provider = OpenAIChat(model=model, base_url=URL, api_key=Secret(KEY))
    tools = toolset(add)
    loop = tool_loop(model_reply(tools=tools), tools, max_calls=Unlimited)
    limits = Limits(max_decisions=1, max_model_calls=Unlimited)
    handler = with_models(provider) | with_tools(tools)
    await World(handler, store=None).run(group_of([Agent("a", loop)], limits=limits), TEXT)
    return {}


tools_par = tools_seq


if __name__ == "__main__":
    common.main(globals())
