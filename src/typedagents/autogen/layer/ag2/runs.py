"""Chats that go on by themselves, while the program follows them. A mixin of ``ConversableAgent``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

from typedagents.autogen.events.agent_events import Completed
from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.io.run_response import AsyncRunResponse, RunResponse
from typedagents.autogen.layer.agentchat.chats import SummaryMethod
from typedagents.autogen.layer.agentchat.describing import Described
from typedagents.autogen.layer.messages import Said, TerminalMessage
from typedagents.autogen.layer.python import Python
from typedagents.autogen.tools.tool import Tool

from .following import completed

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.chat import ChatResult
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

Tools: TypeAlias = "Tool | Python | Sequence[Tool | Python] | None"
MessageTo: TypeAlias = Literal["agent", "user"]


class Runs(Described):
    """See the module's text."""

    def run(
        self,
        message: Said | Python | None,
        *,
        tools: Tools = None,
        executor_kwargs: Mapping[str, object] | None = None,
        max_turns: int | None = None,
        msg_to: MessageTo = "agent",
        clear_history: bool = False,
        user_input: bool = True,
        summary_method: SummaryMethod = "last_msg",
        **kwargs: object,
    ) -> RunResponse:
        """Begin a chat, and return at once; what is returned tells its events, and what it comes to.

        The other party is ``recipient``, where that is given; else a ``user``, made for this with ``executor_kwargs``, who
        calls ``tools`` and those that the agent has, asks its human where there is ``user_input``, and ends the chat at a
        message with TERMINATE in it.
        ``msg_to`` says which of both is told ``message``. All else that ``initiate_chat`` takes is taken.
        """
        user = {
            "human_input_mode": "ALWAYS" if user_input else "NEVER",
            "recipient": kwargs.pop("recipient", None),
        }
        chat = planned(self._me(), message, tools, executor_kwargs, msg_to, user)
        kwargs |= {"max_turns": max_turns, "clear_history": clear_history, "summary_method": summary_method}
        return RunResponse(lambda: chat.held(kwargs), chat.agents)

    async def a_run(
        self,
        message: Said | Python | None,
        *,
        tools: Tools = None,
        executor_kwargs: Mapping[str, object] | None = None,
        max_turns: int | None = None,
        msg_to: MessageTo = "agent",
        clear_history: bool = False,
        user_input: bool = True,
        summary_method: SummaryMethod = "last_msg",
        **kwargs: object,
    ) -> AsyncRunResponse:
        """``run`` in the current event loop, as a task."""
        user = {
            "human_input_mode": "ALWAYS" if user_input else "NEVER",
            "recipient": kwargs.pop("recipient", None),
        }
        chat = planned(self._me(), message, tools, executor_kwargs, msg_to, user)
        kwargs |= {"max_turns": max_turns, "clear_history": clear_history, "summary_method": summary_method}
        return AsyncRunResponse(lambda: chat.a_held(kwargs), chat.agents)


def has_terminate(message: TerminalMessage) -> bool:
    """Whether there is TERMINATE in a message."""
    return "TERMINATE" in message["content"]


@frozen(eq=False)
class Planned:
    """A chat that is to go on by itself: ``starter`` begins it with ``recipient``, ``agent`` is told of ``tools``."""

    agent: ConversableAgent
    starter: ConversableAgent
    recipient: ConversableAgent
    message: object
    tools: tuple[Tool, ...]

    @property
    def agents(self) -> Sequence[ConversableAgent]:
        """Who takes part."""
        return [self.starter, self.recipient]

    def held(self, options: Mapping[str, object]) -> Completed:
        """Hold it."""
        with self._told():
            result = self.starter.initiate_chat(self.recipient, message=self.message, **options)  # type: ignore[arg-type]  # handed on as they were given; the chat proves them
        return self._came(result)

    async def a_held(self, options: Mapping[str, object]) -> Completed:
        """Hold it in the current event loop."""
        with self._told():
            result = await self.starter.a_initiate_chat(self.recipient, message=self.message, **options)  # type: ignore[arg-type]  # the same
        return self._came(result)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Within this block, the agent's model is told of the tools."""
        for tool in self.tools:
            tool.register_for_llm(self.agent)
        try:
            yield
        finally:
            for tool in self.tools:
                self.agent.remove_tool_for_llm(tool)

    def _came(self, result: ChatResult) -> Completed:
        last = result.chat_history[-1] if result.chat_history else {}
        speaks = self.recipient if last.get("role") == "user" else self.starter
        return completed(result, str(last.get("name") or speaks.name), self.agent.context_variables)


def planned(
    agent: ConversableAgent,
    message: object,
    tools: Tools,
    executor_kwargs: Mapping[str, object] | None,
    msg_to: MessageTo,
    user: Mapping[str, object],
) -> Planned:
    """The chat that ``run`` begins: with ``user`` (an agent, or what one is made with)."""
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

    if msg_to not in ("agent", "user"):
        raise InvalidValue(f"msg_to is 'agent' or 'user'; found {msg_to!r:.60}")
    own = agent.tools
    given = (one if isinstance(one, Tool) else Tool(func_or_tool=one) for one in _each(tools))
    made = tuple(one for one in given if one not in own)
    recipient = user.get("recipient")
    if isinstance(recipient, ConversableAgent):
        return Planned(agent, agent, recipient, message, _had(made, recipient))
    kind = {"human_input_mode": user["human_input_mode"], "is_termination_msg": has_terminate}
    other = ConversableAgent("user", **{**kind, **(executor_kwargs or {})})  # type: ignore[arg-type]  # the base proves them
    parties = (other, agent) if msg_to == "agent" else (agent, other)
    _had(made, other)
    _had(tuple(one for one in own if one.name not in other.function_map), other)
    return Planned(agent, *parties, message, made)


def _each(tools: Tools) -> Sequence[Tool | Python]:
    if tools is None:
        return ()
    return (tools,) if callable(tools) else tools


def _had(tools: tuple[Tool, ...], by: ConversableAgent) -> tuple[Tool, ...]:
    """``tools``, which ``by`` calls."""
    for tool in tools:
        tool.register_for_execution(by)
    return tools
