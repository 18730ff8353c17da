"""What an agent is made of: its words, its reply functions and hooks, its limits, and what it remembers of others.

The base of ``ConversableAgent``: nothing in here holds a conversation.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue
from typedagents.autogen.layer.messages import Plain, TerminalMessage, history
from typedagents.autogen.layer.python import Python
from typedagents.autogen.layer.usage import Metered
from typedagents.core.log import Transcript
from typedagents.core.message import agent_name

from .calling import Current, current
from .policies import message_in
from .registering import HOOKS, NestedChats, ReplyEntry, ReplyFunction, answering, managed_by, prove_trigger
from .snapshots import Histories, Snapshot, last_of

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

HumanInputMode: TypeAlias = Literal["ALWAYS", "NEVER", "TERMINATE"]
Terminal: TypeAlias = Callable[[TerminalMessage], object]
MODES = ("ALWAYS", "NEVER", "TERMINATE")


def is_terminate(message: TerminalMessage) -> bool:
    """Whether a message is ``TERMINATE`` and nothing else: what ends a chat where nothing was chosen."""
    return message.get("content") == "TERMINATE"


class Described(Metered):
    """See the module's text."""

    MAX_CONSECUTIVE_AUTO_REPLY: ClassVar[int] = 100
    DEFAULT_SUMMARY_PROMPT: ClassVar[str] = (
        "Summarize the takeaway from the conversation. Do not add any introductory phrases."
    )
    DEFAULT_SUMMARY_METHOD: ClassVar[str] = "last_msg"

    _name: str
    _system_message: str
    _description: str
    _is_termination_msg: Terminal
    _limit: int
    _replies: list[ReplyEntry]
    silent: bool | None
    human_input_mode: HumanInputMode
    default_auto_reply: object

    def _begin(self, name: str, system_message: str, description: str | None) -> None:
        """Be called so, and remember nobody yet."""
        self._name = name
        self._system_message = system_message
        self._description = system_message if description is None else description
        self._replies = []
        self._limits: dict[int, int] = {}
        self._counts: dict[int, int] = {}
        self._histories: dict[int, tuple[ConversableAgent, Transcript]] = {}
        self.forget_usage()
        self._human_input: list[str] = []
        self.reply_at_receive: dict[ConversableAgent, bool] = {}
        self.hook_lists: dict[str, list[Python]] = {name: [] for name in HOOKS}

    def _me(self) -> ConversableAgent:
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

        assert isinstance(self, ConversableAgent)
        return self

    # --- words --------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str:
        """What others are told of it."""
        return self._description

    @description.setter
    def description(self, description: str) -> None:
        self._description = description

    @property
    def system_message(self) -> str:
        """What its model is instructed by."""
        return self._system_message

    def update_system_message(self, system_message: str) -> None:
        """Instruct its model otherwise; within a chat, from its next call on."""
        self._system_message = system_message

    @property
    def _oai_system_message(self) -> Sequence[Plain]:
        return ({"content": self._system_message, "role": "system"},)

    @property
    def goes_by_default(self) -> bool:
        """Whether only a message that is TERMINATE ends its chats."""
        return self._is_termination_msg is is_terminate

    def is_terminal(self, message: TerminalMessage) -> object:
        """Whether ``message`` ends a chat with this agent."""
        return self._is_termination_msg(message)

    # --- limits -------------------------------------------------------------------------------------------------

    def update_max_consecutive_auto_reply(self, value: int, sender: ConversableAgent | None = None) -> None:
        """How often it may answer ``sender``, or anybody, by itself."""
        if sender is None:
            self._limit = value
            self._limits = dict.fromkeys(self._limits, value)
        else:
            self._limits[id(sender)] = value

    def max_consecutive_auto_reply(self, sender: ConversableAgent | None = None) -> int:
        """How often it may answer ``sender``, or anybody, by itself."""
        return self._limit if sender is None else self._limits.get(id(sender), self._limit)

    def auto_replies_to(self, sender: ConversableAgent | None) -> int:
        """How often it answered ``sender`` by itself when they last talked."""
        return 0 if sender is None else self._counts.get(id(sender), 0)

    def reset_consecutive_auto_reply_counter(self, sender: ConversableAgent | None = None) -> None:
        """Begin to count anew for ``sender``, or for everybody."""
        if sender is None:
            self._counts.clear()
        else:
            self._counts[id(sender)] = 0

    def counted(self, sender: ConversableAgent, count: int) -> None:
        """Keep how often it answered ``sender`` by itself."""
        self._counts[id(sender)] = count

    @property
    def _consecutive_auto_reply_counter(self) -> Mapping[ConversableAgent, int]:
        return MappingProxyType({one: self.auto_replies_to(one) for one, _ in self._histories.values()})

    # --- reply functions and hooks ------------------------------------------------------------------------------

    @property
    def reply_entries(self) -> Sequence[ReplyEntry]:
        """Its reply functions, in the order in which they are asked."""
        return tuple(self._replies)

    _reply_func_list = reply_entries

    def register_reply(
        self,
        trigger: object,
        reply_func: ReplyFunction,
        position: int = 0,
        config: object = None,
        reset_config: Python | None = None,
        *,
        ignore_async_in_sync_chat: bool = False,
        remove_other_reply_funcs: bool = False,
    ) -> None:
        """Have ``reply_func(recipient, messages, sender, config)`` asked where ``trigger`` applies.

        It returns whether its reply is final, and the reply. The one registered last is asked first, unless ``position``
        says otherwise. ``ValueError`` where ``trigger`` is none.
        """
        prove_trigger(trigger)
        entry: ReplyEntry = {
            "trigger": trigger,
            "reply_func": reply_func,
            "config": copy.copy(config),
            "init_config": config,
            "reset_config": reset_config,
            "ignore_async_in_sync_chat": ignore_async_in_sync_chat,
        }
        if remove_other_reply_funcs:
            self._replies.clear()
        self._replies.insert(position, entry)

    register_auto_reply = register_reply

    def replace_reply_func(self, old_reply_func: Python, new_reply_func: Python) -> None:
        """Have another function asked in the place of one."""
        for entry in self._replies:
            if entry["reply_func"] == old_reply_func:
                entry["reply_func"] = new_reply_func

    def register_nested_chats(
        self,
        chat_queue: Sequence[Mapping[str, object]],
        trigger: object,
        reply_func_from_nested_chats: str | Python = "summary_from_nested_chats",
        position: int = 2,
        use_async: bool | None = None,
        **kwargs: object,
    ) -> None:
        """Answer those that ``trigger`` applies to with what the last of these chats comes to.

        ``reply_func_from_nested_chats(chat_queue, recipient, messages, sender, config)`` answers in their place.
        """
        if use_async and not all("chat_id" in chat for chat in chat_queue):
            raise InvalidValue("use_async: each of the nested chats needs a chat_id")
        function = reply_func_from_nested_chats
        reply: ReplyFunction
        if function == "summary_from_nested_chats":
            reply = NestedChats(chat_queue, bool(use_async))
        elif callable(function):
            reply = answering(function, chat_queue)
        else:
            raise InvalidValue(
                f"reply_func_from_nested_chats is a function, or 'summary_from_nested_chats'; found {function!r:.60}"
            )
        self.register_reply(
            trigger, reply, position, kwargs.get("config"), ignore_async_in_sync_chat=bool(use_async)
        )

    def register_hook(self, hookable_method: str, hook: Python) -> None:
        """Have ``hook`` called at this point of every turn: see ``hook_lists`` for the points there are."""
        if hookable_method not in self.hook_lists:
            raise FailedAssertion(f"no hook is named {hookable_method!r}; there are: {', '.join(HOOKS)}")
        if hook in self.hook_lists[hookable_method]:
            raise FailedAssertion(f"{hook!r:.60} is registered for {hookable_method!r} already")
        self.hook_lists[hookable_method].append(hook)

    def overridden(self, name: str) -> Python | None:
        """The method of this name, where a subclass has its own."""
        from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

        own: object = getattr(type(self), name, None)
        if own is getattr(ConversableAgent, name, None) or not callable(own):
            return None
        return own

    # --- histories ----------------------------------------------------------------------------------------------

    def history_with(self, partner: ConversableAgent) -> Transcript:
        """What it has of its conversation with ``partner``: within user Python of a run, as it stands there."""
        now = current.get()
        while now is not None:
            found = self._in_run(now, partner)
            if found is not None:
                return found
            now = now.outer
        kept = self._histories.get(id(partner))
        return Transcript() if kept is None else kept[1]

    def _in_run(self, now: Current, partner: ConversableAgent) -> Transcript | None:
        mine = now.running.agents.get(now.whose) is self and now.partner == partner.name
        if mine and self is not partner:
            return now.transcript
        return now.running.heard(self, partner)

    def remember(self, partner: ConversableAgent, transcript: Transcript) -> None:
        """Keep what it has of its conversation with ``partner``."""
        self._histories[id(partner)] = (partner, transcript)

    def remember_given(self, given: Mapping[ConversableAgent, Iterable[Mapping[str, object]]] | None) -> None:
        """Remember conversations that are given as dicts."""
        for partner, messages in (given or {}).items():
            said = [message_in(one, agent_name(self.name), agent_name(partner.name)) for one in messages]
            self.remember(partner, Transcript(said))

    @property
    def chat_messages(self) -> Histories:
        """Its conversations by partner, as lists of dicts that cannot be changed."""
        partners = [partner for partner, _ in self._histories.values()]
        now = current.get()
        if now is not None:
            partners += [
                one for one in now.running.agents.values() if one not in partners and one is not self
            ]
        return Histories(partners, self._snapshot)

    _oai_messages = chat_messages

    def _snapshot(self, partner: ConversableAgent) -> Snapshot:
        grouped = managed_by(partner) is not None
        return Snapshot(history(self.history_with(partner), self.name, grouped=grouped))

    def chat_messages_for_summary(self, agent: ConversableAgent) -> Snapshot:
        """Its conversation with ``agent``, as it is summed up."""
        return self._snapshot(agent)

    def last_message(self, agent: ConversableAgent | None = None) -> Plain | None:
        """The last message with ``agent``, or with the only one it ever talked to."""
        known = self.chat_messages
        if agent is None:
            if not known:
                return None
            if len(known) > 1:
                raise InvalidValue(
                    f"{self.name!r} talked with {', '.join(one.name for one in known)}; say which: last_message(agent)"
                )
            agent = next(iter(known))
        if agent not in known:
            raise KeyError(f"{self.name!r} never talked with {agent.name!r}")
        messages = known[agent]
        return messages[-1] if messages else None

    def clear_history(
        self, recipient: ConversableAgent | None = None, nr_messages_to_preserve: int | None = None
    ) -> None:
        """Forget what was said with ``recipient``, or with everybody, but for so many last messages.

        A result whose call would be forgotten keeps it.
        """
        if recipient is not None:
            if nr_messages_to_preserve:
                warnings.warn(
                    "clear_history: with a recipient all is forgotten, and nr_messages_to_preserve means nothing",
                    stacklevel=2,
                )
            self._histories.pop(id(recipient), None)
            return
        if nr_messages_to_preserve:
            for partner, transcript in list(self._histories.values()):
                self.remember(partner, last_of(transcript, nr_messages_to_preserve))
        else:
            self._histories.clear()

    def stop_reply_at_receive(self, sender: ConversableAgent | None = None) -> None:
        """Answer ``sender``, or anybody, no longer unless asked to."""
        if sender is None:
            self.reply_at_receive.clear()
        else:
            self.reply_at_receive[sender] = False

    def reset(self) -> None:
        """Forget everything, and set the reply functions up as at first."""
        self.clear_history()
        self.reset_consecutive_auto_reply_counter()
        self.stop_reply_at_receive()
        self.forget_usage()
        for entry in self._replies:
            if entry["reset_config"] is not None:
                entry["reset_config"](entry["config"])
            else:
                entry["config"] = copy.copy(entry["init_config"])
