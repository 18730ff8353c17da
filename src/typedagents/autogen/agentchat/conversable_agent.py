"""The agent of AutoGen: it is described here, and what it does is done by runs of the typed core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, ParamSpec, TypeAlias, TypeVar

from typedagents.autogen.exception_utils import FailedAssertion
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.ag2.grouped import Grouped
from typedagents.autogen.layer.ag2.runs import Runs
from typedagents.autogen.layer.ag2.updating import UpdateSystemMessage
from typedagents.autogen.layer.agentchat.calling import LayerEffect
from typedagents.autogen.layer.agentchat.chats import Chat, SummaryMethod, team_of
from typedagents.autogen.layer.agentchat.describing import MODES, HumanInputMode, Terminal, is_terminate
from typedagents.autogen.layer.agentchat.functions import Functions, prove_name
from typedagents.autogen.layer.agentchat.groups import group_team
from typedagents.autogen.layer.agentchat.own_replies import OwnReplies
from typedagents.autogen.layer.agentchat.registering import REPLIES, applies
from typedagents.autogen.layer.agentchat.replying import Asked
from typedagents.autogen.layer.agentchat.running import Running
from typedagents.autogen.layer.agentchat.speaking import Speaking
from typedagents.autogen.layer.caching import AnyCache
from typedagents.autogen.layer.code.coding import Coding
from typedagents.autogen.layer.configs import (
    LLM_OPTIONS,
    GivenConfig,
    LLMConfig,
)
from typedagents.autogen.layer.custom_clients import ModelClient, Registered, check_registered
from typedagents.autogen.layer.default_model import announced, announcement, default_model
from typedagents.autogen.layer.logged import log_agent
from typedagents.autogen.layer.messages import Plain, Said
from typedagents.autogen.layer.models import Rotation, entries_of, provider_of
from typedagents.autogen.layer.python import Python
from typedagents.autogen.layer.settings import answering_from
from typedagents.autogen.layer.slips import plain_check
from typedagents.core.log import Log
from typedagents.core.team import Team
from typedagents.interpreter.ports import ModelProvider
from typedagents.providers.caching import CacheStore
from typedagents.providers.configuration.llm_config import current_config

from .agent import LLMAgent
from .chat import ChatResult, a_initiate_chats, chat_run, initiate_chats
from .group.context_variables import ContextVariables
from .group.handoffs import Handoffs

__all__ = ["ConversableAgent", "UpdateSystemMessage", "register_function"]
Messages: TypeAlias = Sequence[Mapping[str, object]]
NO_ARGS: Mapping[str, object] = {}
P = ParamSpec("P")
R = TypeVar("R")


class ConversableAgent(Grouped, Runs, Functions, Coding, OwnReplies, Speaking, LLMAgent):
    """An agent that answers by its reply functions, in order: a human, functions, code, a model, and the program's own."""

    takes_default_model: bool = False
    """Whether it answers with the model that is configured on this machine, where it was given none."""

    DEFAULT_SYSTEM_MESSAGE: ClassVar[str] = "You are a helpful AI Assistant."

    def __init__(
        self,
        name: str,
        system_message: str | list[str] | None = DEFAULT_SYSTEM_MESSAGE,
        is_termination_msg: Terminal | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: HumanInputMode = "TERMINATE",
        function_map: Mapping[str, Python] | None = None,
        code_execution_config: Mapping[str, object] | Literal[False] = False,
        llm_config: GivenConfig = None,
        default_auto_reply: Said | None = "",
        description: str | None = None,
        chat_messages: Mapping[ConversableAgent, Messages] | None = None,
        silent: bool | None = None,
        *,
        context_variables: ContextVariables | Mapping[str, object] | None = None,
        functions: object = None,
        update_agent_state_before_reply: Python | Sequence[Python] | None = None,
        handoffs: Handoffs | None = None,
        **options: object,
    ) -> None:
        if human_input_mode not in MODES:
            raise FailedAssertion(
                f"human_input_mode is one of {', '.join(MODES)}; found {human_input_mode!r}"
            )
        words = "\n\n".join(system_message) if isinstance(system_message, list) else system_message or ""
        self._begin(name, words, description)
        plain_check(is_termination_msg)
        self._is_termination_msg = is_terminate if is_termination_msg is None else is_termination_msg
        most = max_consecutive_auto_reply
        self._limit = self.MAX_CONSECUTIVE_AUTO_REPLY if most is None else most
        self.human_input_mode = human_input_mode
        self.default_auto_reply: object = default_auto_reply
        self.silent = silent
        self._functions = {prove_name(key): value for key, value in (function_map or {}).items()}
        self._for_execution = {}
        if isinstance(functions, list) and not all(callable(one) for one in functions):
            options["functions"] = functions  # what a model is told of functions of the older kind
        self.llm_config = self._model_config(llm_config, options)
        self._code_execution_config = code_execution_config
        self._clients: list[Registered] = []
        self._rotation = Rotation()
        self._found: LLMConfig | None = None
        self._finished: list[ChatResult] | dict[int, ChatResult] = []
        self.remember_given(chat_messages)
        for method in reversed(REPLIES):
            if method != "generate_code_execution_reply" or self._code is not None:
                self._register_own(method)
        self._begin_grouped(context_variables, handoffs, functions, update_agent_state_before_reply)
        log_agent(self)

    def _model_config(self, given: GivenConfig, options: Mapping[str, object]) -> GivenConfig:
        """``llm_config``, or that of the block this stands in, with the options of a model that were given as keywords."""
        given = current_config() if given is None else given
        for key, value in options.items():
            if key not in LLM_OPTIONS:
                raise TypeError(
                    f"{type(self).__name__} takes no {key!r}, which is no option of a model either; "
                    "see the parameters of ConversableAgent"
                )
            given = {**(given or {}), key: value}
        return given

    _match_trigger = staticmethod(applies)
    _default_auto_reply = property(lambda self: self.default_auto_reply)

    def _register_own(self, method: str) -> None:
        self.register_reply([LLMAgent, None], getattr(ConversableAgent, method))
        if method != "generate_code_execution_reply":
            twin: Python = getattr(ConversableAgent, f"a_{method}")
            self.register_reply([LLMAgent, None], twin, ignore_async_in_sync_chat=True)

    # --- configuration ------------------------------------------------------------------------------------------

    def heard_human(self, text: str) -> None:
        """Keep what its human typed."""
        self._human_input.append(text)

    @property
    def model_config(self) -> LLMConfig:
        """What names its model: its llm_config, or, where it was given none, what is configured on this machine."""
        if self.llm_config or not self.takes_default_model:
            return self.llm_config or {}
        if self._found is None:
            found = default_model()
            announced(announcement(found), IOStream.get_default().print)
            self._found = {"config_list": list(found.entries)}
        return self._found

    def model_provider(self, *, in_threads: bool = True, store: CacheStore | None = None) -> ModelProvider:
        """The model that it answers with; the program's own model clients are asked in threads, or where they stand."""
        return provider_of(
            self.model_config, self._clients, in_threads=in_threads, store=store, rotation=self._rotation
        )

    def register_model_client(self, model_client_cls: type[ModelClient], **kwargs: object) -> None:
        """Have a class of the program's answer for the entries of llm_config that name it as model_client_cls."""
        registered = Registered(model_client_cls, kwargs)
        check_registered(entries_of(self.llm_config or {}), registered)
        self._clients.append(registered)

    @property
    def has_model(self) -> bool:
        """Whether it answers with a model."""
        return bool(self.llm_config) or self.takes_default_model

    # --- chats --------------------------------------------------------------------------------------------------

    def conversation(self, running: Running, chat: Chat) -> tuple[Team[LayerEffect], Log | None]:
        """The team that holds ``chat``, where this agent is the recipient, and the log that it goes on from."""
        group = chat.groupchat
        return team_of(running, chat) if group is None else group_team(running, chat, group)

    def initiate_chat(
        self,
        recipient: ConversableAgent,
        clear_history: bool = True,
        silent: bool | None = False,
        cache: AnyCache | None = None,
        max_turns: int | None = None,
        summary_method: SummaryMethod = "last_msg",
        summary_args: Mapping[str, object] = NO_ARGS,
        message: Said | Python | None = None,
        **kwargs: object,
    ) -> ChatResult:
        """Begin a chat with ``recipient``, hold it to its end, and return what it came to.

        ``message`` opens it: text, a dict, or ``function(sender, recipient, context)``; None asks the human. What is given
        further is the context. ``cache`` has the answers that are known.
        """
        chat = Chat(
            self, recipient, message, clear_history, silent, max_turns, summary_method, summary_args, kwargs
        )
        with answering_from(cache):
            return self.hold(self._initiated(chat))

    async def a_initiate_chat(
        self,
        recipient: ConversableAgent,
        clear_history: bool = True,
        silent: bool | None = False,
        cache: AnyCache | None = None,
        max_turns: int | None = None,
        summary_method: SummaryMethod = "last_msg",
        summary_args: Mapping[str, object] = NO_ARGS,
        message: Said | Python | None = None,
        **kwargs: object,
    ) -> ChatResult:
        """``initiate_chat`` in the current event loop."""
        chat = Chat(
            self, recipient, message, clear_history, silent, max_turns, summary_method, summary_args, kwargs
        )
        with answering_from(cache):
            return await self.a_hold(self._initiated(chat))

    def _initiated(self, chat: Chat) -> Chat:
        """``chat``, after which its two go on answering each other, unless its turns were numbered."""
        chat.check()
        self.reply_at_receive[chat.recipient] = chat.recipient.reply_at_receive[self] = chat.max_turns is None
        return chat

    def hold(self, chat: Chat) -> ChatResult:
        """Hold a chat that this agent begins: have all remember it, and return what it came to."""
        return chat_run(chat).held()

    async def a_hold(self, chat: Chat) -> ChatResult:
        """The same in the current event loop."""
        return await chat_run(chat).a_held()

    def initiate_chats(self, chat_queue: Sequence[Mapping[str, object]]) -> list[ChatResult]:
        """Begin these chats one after the other; each is told what those before it came to."""
        results = initiate_chats(chat_queue, self)
        self._finished = results
        return results

    async def a_initiate_chats(self, chat_queue: Sequence[Mapping[str, object]]) -> dict[int, ChatResult]:
        """Begin these chats, each when its ``prerequisites`` are over; the results by ``chat_id``."""
        results = await a_initiate_chats(chat_queue, self)
        self._finished = results
        return results

    def get_chat_results(
        self, chat_index: int | None = None
    ) -> list[ChatResult] | dict[int, ChatResult] | ChatResult:
        """What the chats of the last queue came to, or one of them."""
        return self._finished if chat_index is None else self._finished[chat_index]

    # --- replies ------------------------------------------------------------------------------------------------

    def generate_reply(
        self,
        messages: Messages | None = None,
        sender: ConversableAgent | None = None,
        *,
        exclude: Sequence[Python] = (),
    ) -> str | Plain | None:
        """What it answers to ``messages``, or to its conversation with ``sender``; None: nothing."""
        return Asked(self, messages, sender, exclude=exclude).run.held()[1]

    async def a_generate_reply(
        self,
        messages: Messages | None = None,
        sender: ConversableAgent | None = None,
        *,
        exclude: Sequence[Python] = (),
    ) -> str | Plain | None:
        """``generate_reply`` in the current event loop."""
        return (await Asked(self, messages, sender, exclude=exclude).run.a_held())[1]


def register_function(
    f: Callable[P, R],
    *,
    caller: ConversableAgent,
    executor: ConversableAgent,
    name: str | None = None,
    description: str,
) -> None:
    """Tell the model of ``caller`` of ``f``, and have ``executor`` call it."""
    told = caller.register_for_llm(name=name, description=description)(f)
    executor.register_for_execution(name=name)(told)
