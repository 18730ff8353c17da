"""Reply functions and hooks: how they are registered, when they apply, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, TypedDict

from attrs import frozen

from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue, SenderRequired
from typedagents.autogen.layer.python import Python

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.agentchat.groupchat import GroupChat

REPLIES: Final = (
    "check_termination_and_human_reply",
    "generate_function_call_reply",
    "generate_tool_calls_reply",
    "generate_code_execution_reply",
    "generate_oai_reply",
)
"""AutoGen's own reply functions, in their order."""

HOOKS: Final = (
    "process_last_received_message",
    "process_all_messages_before_reply",
    "process_message_before_send",
    "update_agent_state_before_reply",
)


@frozen(eq=False)
class NestedChats:
    """The reply of ``register_nested_chats``: the last summary of these chats."""

    queue: Sequence[Mapping[str, object]]
    use_async: bool


ReplyFunction: TypeAlias = "Python | NestedChats"


class ReplyEntry(TypedDict):
    """One entry of an agent's list of reply functions."""

    trigger: object
    reply_func: ReplyFunction
    config: object
    init_config: object
    reset_config: Python | None
    ignore_async_in_sync_chat: bool


def _is_agent(value: object) -> bool:
    from typedagents.autogen.agentchat.agent import Agent

    return isinstance(value, Agent)


def prove_trigger(trigger: object) -> None:
    """``ValueError`` where ``trigger`` is none."""
    if trigger is None or isinstance(trigger, type | str | list) or _is_agent(trigger) or callable(trigger):
        return
    raise InvalidValue(
        f"a trigger is a class of agents, a name, an agent, a function of the sender, or a list of them; found {trigger!r:.60}"
    )


def may_vary(trigger: object) -> bool:
    """Whether this trigger, or one in it, is a function of the program's, whose answer may be another each time."""
    if isinstance(trigger, list):
        return any(may_vary(one) for one in trigger)
    return not (trigger is None or isinstance(trigger, str | type) or _is_agent(trigger))


def applies(trigger: object, sender: ConversableAgent | None) -> bool:
    """Whether a reply function with this trigger is asked when ``sender`` has spoken (None: nobody in particular)."""
    if trigger is None:
        return sender is None
    if isinstance(trigger, str):
        if sender is None:
            raise SenderRequired
        return trigger == sender.name
    if isinstance(trigger, type):
        return isinstance(sender, trigger)
    if _is_agent(trigger):
        return trigger is sender
    if isinstance(trigger, list):
        return any(applies(one, sender) for one in trigger)
    if callable(trigger):
        answer = trigger(sender)
        if isinstance(answer, bool):
            return answer
        raise FailedAssertion(
            f"the trigger {called(trigger)} returns True or False; it returned {answer!r:.60}"
        )
    raise InvalidValue(f"this is no trigger: {trigger!r:.60}")


def called(function: object) -> str:
    """A function by its qualified name, as a trace names it."""
    name: object = getattr(function, "__qualname__", None)
    if not isinstance(name, str):
        return type(function).__qualname__
    module: object = getattr(function, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) and module != "__main__" else name


def native_name(function: object) -> tuple[str | None, bool]:
    """The name of AutoGen's own reply function, where this is one; and whether it is the ``a_`` twin."""
    name: object = getattr(function, "__qualname__", "")
    owner, _, method = str(name).rpartition(".")
    if owner == "OwnReplies" and method.removeprefix("a_") in REPLIES:
        return method.removeprefix("a_"), method.startswith("a_")
    return None, False


def group_of_entry(entry: ReplyEntry) -> GroupChat | None:
    """The group that a reply function has speak, where it is AutoGen's ``GroupChatManager.run_chat``."""
    from typedagents.autogen.agentchat.groupchat import GroupChat, GroupChatManager

    if entry["reply_func"] not in (GroupChatManager.run_chat, GroupChatManager.a_run_chat):
        return None
    config = entry["init_config"]
    return config if isinstance(config, GroupChat) else None


def managed_by(agent: ConversableAgent) -> GroupChat | None:
    """The group that ``agent`` has speak when it is asked to reply."""
    return next((found for entry in agent.reply_entries if (found := group_of_entry(entry))), None)


def same_function(one: object, other: object) -> bool:
    """Whether both are the same function, or twins of one of AutoGen's own."""
    name, _ = native_name(one)
    if name is not None:
        return native_name(other)[0] == name
    return one is other or one == other


def answering(function: Python, queue: Sequence[Mapping[str, object]]) -> Python:
    """A reply function of the program's for nested chats, as any other."""

    def reply(recipient: object, messages: object, sender: object, config: object) -> object:
        return function(queue, recipient, messages, sender, config)

    reply.__qualname__ = getattr(function, "__qualname__", reply.__qualname__)
    reply.__module__ = getattr(function, "__module__", reply.__module__)
    return reply
