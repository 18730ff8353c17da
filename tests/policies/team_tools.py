"""An agent and a pair as tools, three ways to call them, and models that answer by what is asked alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from typedagents.core.ambient import Now
from typedagents.core.context import Variable
from typedagents.core.decision import Decision, Pass, Reply
from typedagents.core.effect import E
from typedagents.core.limits import Limits
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, ModelReply
from typedagents.core.parts import ToolCall, ToolResult
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.interpreter.outcome import Outcome
from typedagents.interpreter.world import World
from typedagents.policies.calling.loop import tool_loop
from typedagents.policies.calling.reply import tool_reply
from typedagents.policies.calling.team_tool import TeamTool, as_tool
from typedagents.policies.model import model_reply
from typedagents.policies.recipes import assistant
from typedagents.policies.rules.events import plain_words
from typedagents.tools.toolset import Toolset, toolset

Asked: TypeAlias = CallModel | Now
ONE = Limits(max_decisions=1)
CITY = Variable("city", str, "Lyon")


def research(topic: str, depth: int = 1) -> str:
    """Finds out about a topic.

    Args:
        topic: What it is about.
        depth: How far to look.

    """
    return f"{topic} x{depth}"


EXPERT = Agent("expert", model_reply("expert"), description="Knows it all.")
PAIR = group(EXPERT, Agent("critic", model_reply("critic")), limits=Limits(max_decisions=2), name="pair")
ASK, RESEARCH = as_tool(EXPERT), as_tool(PAIR, research)
TOOLS = toolset(ASK, RESEARCH)


def loop(tools: Toolset[Asked] = TOOLS, limits: Limits = ONE) -> Team[Asked]:
    """One agent that calls its tools itself."""
    return group(Agent("boss", tool_loop(model_reply(tools=tools), tools)), limits=limits, name="loop")


def ready_made(tools: Toolset[Asked] = TOOLS) -> Team[Asked]:
    return group(assistant("boss", tools=tools), limits=ONE, name="ready made")


def apart(tools: Toolset[Asked] = TOOLS) -> Team[Asked]:
    """One agent that calls, and another that runs."""
    runner = Agent("runner", tool_reply(tools))
    return group(Agent("boss", model_reply(tools=tools)), runner, until=plain_words(by="boss"), name="apart")


class Models:
    """Answers by what is asked alone, so that a run can go on anywhere; and counts."""

    def __init__(self, *calls: ToolCall) -> None:
        self.calls = calls
        self.asked: Counter[str] = Counter()

    def __call__(self, request: CallModel) -> ModelReply:
        self.asked[request.me] += 1
        heard = [part for said in request.transcript for part in said.parts if isinstance(part, ToolResult)]
        if request.me != "boss":
            return ModelReply(f"{request.me}: {request.transcript[0].text}", model=request.model)
        return ModelReply(f"So: {heard[-1].text}" if heard else self.calls)


def call(name: str, arguments: str, at: str = "1") -> ToolCall:
    return ToolCall(at, name, arguments)


def results(outcome: Outcome) -> list[ToolResult]:
    return [part for said in outcome.transcript for part in said.parts if isinstance(part, ToolResult)]


def answered(one: TeamTool[E], world: World[E], arguments: str = '{"message":"go"}') -> ToolResult:
    """What a call of ``one`` comes to."""

    def calls_once(view: View) -> Decision:
        return Reply(ToolCall("1", one.spec.name, arguments)) if len(view.transcript) < 2 else Pass()

    tools = toolset(one)
    team = group(Agent("boss", tool_loop(calls_once, tools)), limits=ONE)
    (result,) = results(world.run_sync(team, "hi"))
    return result


def held(policy: Callable[[View], Decision], limits: Limits = ONE) -> TeamTool:
    return as_tool(group(Agent("x", policy), limits=limits, name="inner"))


QUIET = World(CallModel.by(Models()), store=None)

CLIENT = Message(AgentName("client"), "go")
