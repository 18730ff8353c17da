"""What a chat came to, and several chats at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from typedagents.autogen.layer.agentchat.asked_for import Run
from typedagents.autogen.layer.agentchat.chats import Chat, in_words
from typedagents.autogen.layer.agentchat.nesting import Queued, chats_team, plan_of, queue_of
from typedagents.autogen.layer.agentchat.running import Held, Running
from typedagents.autogen.layer.agentchat.snapshots import Snapshot
from typedagents.autogen.layer.messages import Plain, history
from typedagents.autogen.layer.settings import answering_from
from typedagents.autogen.layer.usage import Cost, charges_in, cost_of
from typedagents.core.stop import Silence, StopReason
from typedagents.core.turn import Ended

if TYPE_CHECKING:
    from typedagents.interpreter.outcome import Outcome

    from .conversable_agent import ConversableAgent

_post_process_carryover_item = in_words


@dataclass
class ChatResult:
    """What a chat came to. ``stop_reason`` says why it ended, ``run`` and ``trace`` where it is recorded."""

    chat_id: int | None = None
    chat_history: list[Plain] = field(default_factory=list)
    summary: str = ""
    cost: Cost = field(default_factory=cost_of)
    human_input: list[str] = field(default_factory=list)
    stop_reason: StopReason = field(default_factory=Silence)
    run: str = ""
    trace: str | None = None


def result_of(held: Held, outcome: Outcome, chat_id: int | None = None) -> ChatResult:
    """The result of a chat that was held in a run."""
    log, chat = held.ended.log, held.chat
    return ChatResult(
        chat_id,
        Snapshot(history(log.transcript, chat.starter.name)),
        log.summary if log.summed is not None and not log.summed.failure else "",
        cost_of(charges_in(log)),
        [message.text for message in log.transcript if message.origin == "human"],
        held.ended.reason,
        outcome.run,
        outcome.trace,
    )


def initiate_chats(
    chat_queue: Sequence[Mapping[str, object]], sender: ConversableAgent | None = None
) -> list[ChatResult]:
    """Hold chats one after the other, each told what those before it came to.

    An entry names ``recipient``, ``message`` and ``sender``, and else what ``initiate_chat`` takes. They are one run, so
    that the first ``cache`` named is that of all.
    """
    queue = queue_of(chat_queue, sender)
    if not queue:
        return []
    with answering_from(_cache_in(chat_queue)):
        return list(_chats(queue, any_order=False).held().values())


async def a_initiate_chats(
    chat_queue: Sequence[Mapping[str, object]], sender: ConversableAgent | None = None
) -> dict[int, ChatResult]:
    """Hold chats as concurrently as their ``prerequisites`` allow; the results by ``chat_id``."""
    queue = plan_of(chat_queue, sender)
    if not queue:
        return {}
    with answering_from(_cache_in(chat_queue)):
        return await _chats(queue, any_order=True).a_held()


def _cache_in(chat_queue: Sequence[Mapping[str, object]]) -> object:
    return next((cache for entry in chat_queue if (cache := entry.get("cache")) is not None), None)


def _chats(queue: Sequence[Queued], *, any_order: bool) -> Run[dict[int, ChatResult]]:
    def results(running: Running, outcome: Outcome) -> dict[int, ChatResult]:
        running.leave()
        by_id = {held.id: held for held in running.held if held.outermost}
        return {one.id: result_of(by_id[one.id], outcome, one.id) for one in queue if one.id in by_id}

    return Run(lambda running: (chats_team(running, queue, any_order=any_order), None), results)


def chat_run(chat: Chat) -> Run[ChatResult]:
    """The run that holds one chat, and has its agents remember it."""

    def over(running: Running, outcome: Outcome) -> ChatResult:
        held = Held(0, chat, Ended(outcome.log, outcome.reason))
        running.leave(held)
        return result_of(held, outcome)

    return Run(lambda running: chat.recipient.conversation(running, chat), over)


def consolidate_chat_info(
    chat_info: dict[str, object] | Sequence[dict[str, object]], uniform_sender: ConversableAgent | None = None
) -> None:
    """Prove that an entry, or each of several, is one of a queue of chats."""
    entries = [chat_info] if isinstance(chat_info, dict) else list(chat_info)
    queue_of(entries, uniform_sender)
