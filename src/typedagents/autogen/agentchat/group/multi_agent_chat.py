"""Group chats by patterns."""

from __future__ import annotations

from collections.abc import Mapping

from typedagents.autogen.agentchat.chat import ChatResult
from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.events.agent_events import Completed
from typedagents.autogen.io.run_response import AsyncRunResponse, RunResponse
from typedagents.autogen.layer.ag2.following import completed
from typedagents.autogen.layer.agentchat.snapshots import Snapshot

from .context_variables import ContextVariables
from .patterns.pattern import USER, Opened, Pattern

Held = tuple[ChatResult, ContextVariables, ConversableAgent | None]


def initiate_group_chat(
    pattern: Pattern, messages: list[dict[str, object]] | str, max_rounds: int = 20
) -> Held:
    """Hold the group chat of a pattern: what it came to, its context variables, and who spoke last."""
    opened = pattern.opened(max_rounds, messages)
    result = opened.starter.initiate_chat(
        opened.manager,
        not opened.goes_on,
        message=opened.message,
        summary_method=pattern.summary_method,
    )
    return _held(opened, pattern, result)


async def a_initiate_group_chat(
    pattern: Pattern, messages: list[dict[str, object]] | str, max_rounds: int = 20
) -> Held:
    """The same in the current event loop."""
    opened = pattern.opened(max_rounds, messages)
    result = await opened.starter.a_initiate_chat(
        opened.manager,
        not opened.goes_on,
        message=opened.message,
        summary_method=pattern.summary_method,
    )
    return _held(opened, pattern, result)


def run_group_chat(
    pattern: Pattern, messages: list[dict[str, object]] | str, max_rounds: int = 20
) -> RunResponse:
    """Begin the group chat of a pattern, and return at once; what is returned tells its events, and what it comes to."""
    return RunResponse(lambda: _completed(initiate_group_chat(pattern, messages, max_rounds)), pattern.agents)


async def a_run_group_chat(
    pattern: Pattern, messages: list[dict[str, object]] | str, max_rounds: int = 20
) -> AsyncRunResponse:
    """The same in the current event loop, as a task."""

    async def holds() -> Completed:
        return _completed(await a_initiate_group_chat(pattern, messages, max_rounds))

    return AsyncRunResponse(holds, pattern.agents)


def _completed(held: Held) -> Completed:
    result, variables, last = held
    return completed(result, None if last is None else last.name, variables)


def _held(opened: Opened, pattern: Pattern, result: ChatResult) -> Held:
    result.chat_history = Snapshot(map(_unnamed, result.chat_history))
    return result, pattern.context_variables, opened.manager.last_speaker


def _unnamed(message: Mapping[str, object]) -> dict[str, object]:
    """A message, without the name of a user who is not there."""
    return {key: value for key, value in message.items() if (key, value) != ("name", USER)}
