"""What an agent answers, asked without a chat: its policy run for one turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue
from typedagents.autogen.layer.messages import Plain, answer_of
from typedagents.autogen.layer.python import Python
from typedagents.core.limits import Limits
from typedagents.core.log import Log, Transcript
from typedagents.core.message import Message, agent_name
from typedagents.core.stop import PolicyStopped
from typedagents.core.team import Agent, Team, group
from typedagents.core.view import STANDING
from typedagents.interpreter.outcome import Outcome

from .asked_for import Run
from .calling import LayerEffect
from .chats import UNLIMITED, log_of
from .compiling import Compiler, Step
from .policies import ClassicAgent, message_in, nothing_said
from .running import Running

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

Reply: TypeAlias = str | Plain | None


@frozen(eq=False)
class Asked:
    """A reply of ``agent`` that is asked for: to ``messages``, or to what was said with ``sender``.

    ``only``: by this one of AutoGen's own reply functions.
    """

    agent: ConversableAgent
    messages: Sequence[Mapping[str, object]] | None
    sender: ConversableAgent | None
    exclude: Sequence[Python] = ()
    only: str = ""

    def team(self, running: Running) -> tuple[Team[LayerEffect], Log]:
        """The agent alone, and what it is to answer."""
        agent, sender = self.agent, self.sender
        compiler = Compiler(running, agent, sender, silent=True, counts_on=True)
        if self.only:
            step = compiler.native(self.only)
            steps: tuple[Step, ...] = () if step is None else (step,)
            policy = ClassicAgent(compiler.side, steps)
            asked = Agent(agent_name(agent.name), policy, agent.description)
        else:
            asked = compiler.agent_of(exclude=self.exclude)
        limits: Limits = evolve(UNLIMITED, max_decisions=1)
        return group(asked, name=f"{agent.name} answers", limits=limits), log_of(
            self._said(running, compiler.partner_name)
        )

    @property
    def run(self) -> Run[tuple[bool, Reply]]:
        """The run that comes to whether there is a final reply, and which."""
        return Run(self.team, partial(_reply_of, self))

    def _said(self, running: Running, partner: str) -> Transcript:
        if self.messages is None:
            if self.sender is None:
                raise FailedAssertion(
                    f"{self.agent.name!r} is asked to reply to nothing: give messages=, or the sender of some"
                )
            return running.past_of(self.agent, self.sender)
        if not self.messages:
            raise InvalidValue(f"{self.agent.name!r} is asked to reply to no message: messages is empty")
        me = agent_name(self.agent.name)
        return Transcript(_message(one, me, partner) for one in self.messages)


def _message(given: Mapping[str, object], me: str, partner: str) -> Message:
    """A dict of a history as a message; who is named in it said it."""
    named = given.get("name")
    if given.get("role", "user") == "user" and isinstance(named, str) and named and named != me:
        partner = named
    return message_in(given, agent_name(me), agent_name(partner))


def _reply_of(asked: Asked, running: Running, outcome: Outcome) -> tuple[bool, Reply]:
    """Whether there was a final reply, and which; the count of automatic replies goes on."""
    running.leave()
    agent, sender = asked.agent, asked.sender
    message = outcome.transcript.last if outcome.log.fold(STANDING).messages else None
    if sender is not None and not asked.only:
        spoke = message is not None and message.origin != "human"
        agent.counted(sender, agent.auto_replies_to(sender) + 1 if spoke else 0)
    if message is None:
        final = outcome.reason != PolicyStopped(agent.name, str(nothing_said(agent.name).reason))
        return final, None
    reply = answer_of(message)
    if not isinstance(reply, str) and "role" not in reply and message.origin == "human":
        reply["role"] = "user"
    return True, reply
