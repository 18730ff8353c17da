"""Code that a program has an agent run itself: as a run of its own, or within the call of the run it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from typedagents.autogen.layer.agentchat.calling import RunProgram
from typedagents.autogen.layer.agentchat.chats import UNLIMITED
from typedagents.autogen.layer.agentchat.policies import Steps
from typedagents.autogen.layer.agentchat.running import Running
from typedagents.core.code import CodeBlock, CodeLimits, CodeResult
from typedagents.core.decision import Draft, Reply, Stop
from typedagents.core.message import agent_name
from typedagents.core.team import Agent, group
from typedagents.core.view import View

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent


@frozen
class Runs:
    """Has these blocks run, and says what they came to."""

    blocks: tuple[CodeBlock, ...]
    limits: CodeLimits
    whose: str

    def __call__(self, view: View, /) -> Steps:
        result = yield from RunProgram(self.blocks, self.limits, whose=self.whose)
        return Reply((Draft((result,), "code"),), origin="code", ends=Stop("the code was run"))


def code_result(agent: ConversableAgent, code_blocks: Sequence[tuple[str, str]]) -> CodeResult:
    """What pairs of a language and code come to."""
    running = Running("sync")
    timeout = None if agent.code_settings is None else agent.code_settings.timeout
    limits = CodeLimits() if timeout is None else CodeLimits(wall_s=timeout, cpu_s=timeout)
    blocks = tuple(CodeBlock(language.lower(), code) for language, code in code_blocks)
    policy = Runs(blocks, limits, running.key_of(agent))
    outcome = running.run(group(Agent(agent_name(agent.name), policy), name="code", limits=UNLIMITED))
    last = outcome.transcript.last
    parts = () if last is None else last.parts
    return next((part for part in parts if isinstance(part, CodeResult)), CodeResult(()))
