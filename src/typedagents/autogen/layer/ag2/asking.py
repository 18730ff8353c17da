"""Questions that a hook asks a model: a plan of them, that is gone through in this thread or in an event loop; and other work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from anyio.to_thread import run_sync

from typedagents.autogen.layer.agentchat.calling import current
from typedagents.autogen.layer.messages import Plain, text_of

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

T = TypeVar("T")
Questions: TypeAlias = Generator[list[Plain], str, T]
"""Yields the messages of a question, is sent the answer, and returns what it comes to."""


def gone_through(agent: ConversableAgent, questions: Questions[T]) -> T | Awaitable[T]:
    """What ``questions`` come to, answered by the model of ``agent``; to be awaited within an async chat."""
    now = current.get()
    if now is not None and now.running.mode == "async":
        return _later(agent, questions)
    try:
        asked = next(questions)
        while True:
            asked = questions.send(_words(agent.generate_reply(asked)))
    except StopIteration as ended:
        came: T = ended.value
        return came


async def _later(agent: ConversableAgent, questions: Questions[T]) -> T:
    try:
        asked = next(questions)
        while True:
            asked = questions.send(_words(await agent.a_generate_reply(asked)))
    except StopIteration as ended:
        came: T = ended.value
        return came


def _words(reply: str | Plain | None) -> str:
    return reply if isinstance(reply, str) else "" if reply is None else text_of(reply.get("content"))


def beside(work: Callable[[], T]) -> T | Awaitable[T]:
    """What ``work`` comes to; within an async chat it is done in a thread, and to be awaited."""
    now = current.get()
    return run_sync(work) if now is not None and now.running.mode == "async" else work()
