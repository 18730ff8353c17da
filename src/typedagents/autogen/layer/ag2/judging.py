"""A guardrail's look at one text, as a run of its own."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.autogen.layer.agentchat.chats import UNLIMITED
from typedagents.autogen.layer.agentchat.policies import Steps
from typedagents.core.decision import Draft, Reply
from typedagents.core.message import agent_name
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import View
from typedagents.policies.guardrails import Inspection

if TYPE_CHECKING:
    from typedagents.autogen.layer.agentchat.running import Running
    from typedagents.interpreter.outcome import Outcome


@frozen(eq=False)
class Judges:
    """Says what ``inspection`` finds wrong with ``text``."""

    inspection: Inspection[LayerEffect]
    text: str

    @property
    def team(self) -> tuple[Team[LayerEffect], None]:
        """The team of one who does."""
        return group(Agent(agent_name("guardrail"), self), limits=evolve(UNLIMITED, max_decisions=1)), None

    def __call__(self, view: View, /) -> Steps:
        found = self.inspection(self.text)
        why = (yield from found) if isinstance(found, GeneratorType) else found
        return Reply((Draft(str(why), blank=True),))


def verdict_of(running: Running, outcome: Outcome) -> str:
    """What was found wrong."""
    last = outcome.transcript.last
    return "" if last is None else last.text
