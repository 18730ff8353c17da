"""Group chats: who takes part and who speaks when, and the agent that has them speak."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, overload

from typedagents.autogen.exception_utils import InvalidValue
from typedagents.autogen.graph_utils import check_graph_validity, invert_disallowed_to_allowed
from typedagents.autogen.layer.agentchat.calling import current
from typedagents.autogen.layer.agentchat.chats import Chat
from typedagents.autogen.layer.agentchat.describing import HumanInputMode
from typedagents.autogen.layer.agentchat.remembering import group_dict, group_message
from typedagents.autogen.layer.agentchat.resuming import Resuming
from typedagents.autogen.layer.agentchat.selecting import method_of
from typedagents.autogen.layer.agentchat.snapshots import Snapshot
from typedagents.autogen.layer.agentchat.speakers import Speakers
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.autogen.layer.custom_clients import ModelClient
from typedagents.autogen.layer.messages import Plain, classic, normalized
from typedagents.autogen.layer.python import Python
from typedagents.core.log import Transcript

from .agent import LLMAgent
from .conversable_agent import ConversableAgent, Messages

logger = logging.getLogger(__name__)

SELECT_MESSAGE: Final = """\
You decide who speaks next in a conversation. These take part:
{roles}.
Choose one of {agentlist}. Answer with the name only."""
SELECT_PROMPT: Final = "Who of {agentlist} speaks next? Answer with the name only."
SELECT_AGAIN: Final = "Answer with exactly one of {agentlist}, as it is written, and with nothing else."


class MessageTransform(Protocol):
    """Something that changes the messages a model is shown."""

    def apply_transform(self, messages: list[Plain], /) -> list[Plain]: ...


def _is_count(given: object) -> bool:
    return isinstance(given, int) and given >= 0


class _Messages:
    """What was said in a group chat: read as a snapshot, and set by dicts."""

    @overload
    def __get__(self, chat: None, owner: type[object]) -> tuple[()]: ...
    @overload
    def __get__(self, chat: GroupChat, owner: type[object]) -> Snapshot: ...
    def __get__(self, chat: GroupChat | None, owner: type[object]) -> Snapshot | tuple[()]:
        return () if chat is None else Snapshot(map(group_dict, chat.transcript))

    def __set__(self, chat: GroupChat, given: Iterable[Mapping[str, object]]) -> None:
        chat.remember(Transcript(group_message(one, str(one.get("name") or "user")) for one in given))


@dataclass(eq=False)
class GroupChat(Speakers):
    """Who takes part in a group chat, who may speak after whom, and how that is chosen.

    ``speaker_selection_method`` is ``auto`` (by a model), ``manual``, ``random``, ``round_robin``, or a function of the last
    speaker and the group, that returns an agent, one of these methods, or None to end it.
    """

    agents: Sequence[ConversableAgent]
    messages: _Messages = _Messages()  # a descriptor: it holds nothing
    max_round: int = 10
    admin_name: str = "Admin"
    func_call_filter: bool = True
    speaker_selection_method: str | Python = "auto"
    max_retries_for_selecting_speaker: int = 2
    allow_repeat_speaker: bool | Sequence[ConversableAgent] | None = None
    allowed_or_disallowed_speaker_transitions: (
        Mapping[ConversableAgent, Sequence[ConversableAgent]] | None
    ) = None
    speaker_transitions_type: str | None = None
    enable_clear_history: bool = False
    send_introductions: bool = False
    select_speaker_message_template: str = SELECT_MESSAGE
    select_speaker_prompt_template: str | None = SELECT_PROMPT
    select_speaker_auto_multiple_template: str = SELECT_AGAIN
    select_speaker_auto_none_template: str = SELECT_AGAIN
    select_speaker_transform_messages: MessageTransform | None = None
    select_speaker_auto_verbose: bool = False
    select_speaker_auto_model_client_cls: type[ModelClient] | list[type[ModelClient]] | None = None
    select_speaker_auto_llm_config: GivenConfig = None
    role_for_select_speaker_messages: str = "system"
    _kept: list[Transcript] = field(init=False, repr=False)  # shared by shallow copies, as replies hold them

    DEFAULT_INTRO_MSG: ClassVar[str] = "Hello everyone. These take part in this conversation:"

    def __post_init__(self) -> None:
        repeat, transitions = self.allow_repeat_speaker, self.allowed_or_disallowed_speaker_transitions
        if not (repeat is None or isinstance(repeat, bool | list)):
            raise InvalidValue(
                f"allow_repeat_speaker is True, False or a list of agents; found {repeat!r:.60}"
            )
        kind = self.speaker_transitions_type = (
            self.speaker_transitions_type and self.speaker_transitions_type.lower()
        )
        if kind not in ("allowed", "disallowed", None):
            raise InvalidValue(f"speaker_transitions_type is 'allowed' or 'disallowed'; found {kind!r}")
        if transitions is None:
            self.allow_repeat_speaker = True if repeat is None else repeat
        elif repeat is not None:
            raise InvalidValue(
                "allow_repeat_speaker and allowed_or_disallowed_speaker_transitions both say who may speak; give one of them"
            )
        elif kind is None:
            raise InvalidValue(
                "the transitions are either 'allowed' or 'disallowed'; say which by speaker_transitions_type"
            )
        check_graph_validity(self.allowed_speaker_transitions_dict, self.agents)
        self._check_selection()

    def _check_selection(self) -> None:
        self.select_speaker_prompt_template = self.select_speaker_prompt_template or None
        for name in (
            "select_speaker_message_template",
            "select_speaker_auto_multiple_template",
            "select_speaker_auto_none_template",
            "role_for_select_speaker_messages",
        ):
            if not getattr(self, name):
                raise InvalidValue(f"{name} cannot be empty or None. Leave it out for the usual one")
        if not _is_count(self.max_retries_for_selecting_speaker):
            raise InvalidValue(
                f"max_retries_for_selecting_speaker is a number from 0; found {self.max_retries_for_selecting_speaker!r}"
            )
        if not isinstance(self.select_speaker_auto_verbose, bool):
            raise InvalidValue("select_speaker_auto_verbose is True or False")
        changes = self.select_speaker_transform_messages
        if changes is not None and not callable(getattr(changes, "apply_transform", None)):
            raise InvalidValue(
                f"select_speaker_transform_messages has a method apply_transform(messages); found {changes!r:.60}"
            )

    def check(self) -> None:
        """Raise what is wrong with it when it is held; ``ValueError``."""
        method, names = self.speaker_selection_method, self.agent_names
        if callable(method):
            return
        method = method_of(method)
        if len(names) < 2:
            raise InvalidValue(f"a group has at least two agents; found {', '.join(names) or 'none'}")
        if len(names) == 2 and method != "round_robin" and self.allow_repeat_speaker is True:
            logger.warning(
                "there are two agents in the group, and each may speak after itself: is that meant? Else choose "
                "allow_repeat_speaker=False or speaker_selection_method='round_robin', or have them chat without a group"
            )

    @property
    def allowed_speaker_transitions_dict(self) -> Mapping[ConversableAgent, Sequence[ConversableAgent]]:
        """Who may speak after whom."""
        given = self.allowed_or_disallowed_speaker_transitions
        if given is not None:
            allowed = self.speaker_transitions_type == "allowed"
            return given if allowed else invert_disallowed_to_allowed(given, self.agents)
        repeat = self.allow_repeat_speaker
        may = repeat if isinstance(repeat, list) else self.agents if repeat else ()
        return {
            agent: [one for one in self.agents if one is not agent or any(one is other for other in may)]
            for agent in self.agents
        }

    # --- what was said ------------------------------------------------------------------------------------------

    @property
    def transcript(self) -> Transcript:
        """What was said; within user Python of a run, as it stands there."""
        now = current.get()
        while now is not None:
            at = now.running.stands.get(id(self))
            if at is not None:
                return at.transcript
            now = now.outer
        return self._kept[0]

    def remember(self, transcript: Transcript) -> None:
        """Keep what was said."""
        if not hasattr(self, "_kept"):
            self._kept = []
        self._kept[:] = [transcript]

    def reset(self) -> None:
        """Forget what was said."""
        self.remember(Transcript())

    def append(self, message: Mapping[str, object], speaker: ConversableAgent) -> None:
        """Add a message to what was said, as one of ``speaker``."""
        self.remember(self.transcript.fork().append(group_message(message, speaker.name)))

    def nested_agents(self) -> list[ConversableAgent]:
        """The agents, with those of groups within the group."""
        inner = [agent.groupchat for agent in self.agents if isinstance(agent, GroupChatManager)]
        return [*self.agents, *(one for group in inner for one in group.nested_agents())]


class GroupChatManager(Resuming, ConversableAgent):
    """Has the agents of a group chat speak: whoever begins a chat with it, begins one with all of them."""

    def __init__(
        self,
        groupchat: GroupChat,
        name: str = "chat_manager",
        max_consecutive_auto_reply: int | None = sys.maxsize,
        human_input_mode: HumanInputMode = "NEVER",
        system_message: str | list[str] | None = "Group chat manager.",
        silent: bool = False,
        **kwargs: object,
    ) -> None:
        config = kwargs.get("llm_config")
        if isinstance(config, Mapping) and (config.get("functions") or config.get("tools")):
            raise InvalidValue(
                "a group chat's manager calls no functions: leave 'functions' and 'tools' out of its llm_config"
            )
        super().__init__(
            name,
            system_message,
            max_consecutive_auto_reply=max_consecutive_auto_reply,
            human_input_mode=human_input_mode,
            silent=silent or None,
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )
        self._groupchat = groupchat
        for run in (GroupChatManager.run_chat, GroupChatManager.a_run_chat):
            self.register_reply(
                LLMAgent,
                run,
                config=groupchat,
                reset_config=GroupChat.reset,
                ignore_async_in_sync_chat=run is GroupChatManager.a_run_chat,
            )

    @property
    def groupchat(self) -> GroupChat:
        """The group chat."""
        return self._groupchat

    @property
    def last_speaker(self) -> ConversableAgent | None:
        """Who said the last message of the group chat."""
        last = self._groupchat.transcript.last
        known = (*self._groupchat.agents, *self.chat_messages, self)
        return None if last is None else next((one for one in known if one.name == last.sender), None)

    def chat_messages_for_summary(self, agent: ConversableAgent) -> Snapshot:
        """What was said in the group chat, whoever asks."""
        del agent
        return self._groupchat.messages

    def _snapshot(self, partner: ConversableAgent) -> Snapshot:
        if partner not in self._groupchat.agents:
            return super()._snapshot(partner)
        said = [(one.sender, classic(one, "", grouped=True)) for one in self.history_with(partner)]
        return Snapshot(
            {**one, "role": "assistant"} if sender != partner.name and one["role"] == "user" else one
            for sender, one in said
        )

    # --- holding it ---------------------------------------------------------------------------------------------

    def run_chat(
        self, messages: Messages | None = None, sender: ConversableAgent | None = None, config: object = None
    ) -> tuple[bool, None]:
        """Hold the group chat, opened by the last of ``messages``, or by what ``sender`` said last."""
        del config
        self.hold(self._opened(messages, sender))
        return True, None

    async def a_run_chat(
        self, messages: Messages | None = None, sender: ConversableAgent | None = None, config: object = None
    ) -> tuple[bool, None]:
        """The same in the current event loop."""
        del config
        await self.a_hold(self._opened(messages, sender))
        return True, None

    def _opened(self, messages: Messages | None, sender: ConversableAgent | None) -> Chat:
        starter = self if sender is None else sender
        said = self.chat_messages[starter] if messages is None else messages
        if not said:
            raise InvalidValue(
                f"{self.name!r} is asked to go on from nothing: give messages=, or the sender of some"
            )
        return Chat(starter, self, normalized(said[-1]), clear_history=False, counts_on=True)
