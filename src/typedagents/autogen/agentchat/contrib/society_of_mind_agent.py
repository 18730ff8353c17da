"""An agent that is a group chat inside."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, Literal

from typedagents.autogen.agentchat.agent import LLMAgent
from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.agentchat.groupchat import GroupChatManager
from typedagents.autogen.layer.ag2.asking import Questions, gone_through
from typedagents.autogen.layer.agentchat.describing import HumanInputMode, Terminal
from typedagents.autogen.layer.agentchat.remembering import group_message
from typedagents.autogen.layer.configs import GivenConfig
from typedagents.autogen.layer.messages import Plain, Said, text_of
from typedagents.autogen.layer.python import Python
from typedagents.core.log import Transcript

Messages = Sequence[Mapping[str, object]]
PREPARE: Final = "Answer the first request in words that stand by themselves. Do not mention the discussion."
OWN: Final = (
    "check_termination_and_human_reply",
    "generate_function_call_reply",
    "generate_tool_calls_reply",
    "generate_code_execution_reply",
)


class SocietyOfMindAgent(ConversableAgent):
    """Has the group of ``chat_manager`` talk about what it is asked, and answers with what that comes to.

    ``response_preparer``: what its model is asked for, when it has read the discussion; or ``function(agent, messages)``.
    Without either and without a model, the last message of the group is the answer. The group begins anew each time.
    """

    def __init__(
        self,
        name: str,
        chat_manager: GroupChatManager | None,
        response_preparer: str | Python | None = None,
        is_termination_msg: Terminal | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: HumanInputMode = "TERMINATE",
        function_map: Mapping[str, Python] | None = None,
        code_execution_config: Mapping[str, object] | Literal[False] = False,
        llm_config: GivenConfig = False,
        default_auto_reply: Said | None = "",
        **kwargs: object,
    ) -> None:
        super().__init__(
            name,
            "",
            is_termination_msg,
            max_consecutive_auto_reply,
            human_input_mode,
            function_map,
            code_execution_config,
            llm_config,
            default_auto_reply,
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )
        self._chat_manager = chat_manager
        self.response_preparer = response_preparer
        self._replies.clear()
        both = [LLMAgent, None]
        self.register_reply(both, SocietyOfMindAgent.generate_inner_monologue_reply)
        self.register_reply(
            both, SocietyOfMindAgent.a_generate_inner_monologue_reply, ignore_async_in_sync_chat=True
        )
        for method in reversed(OWN):
            self.register_reply(both, getattr(ConversableAgent, method))

    @property
    def chat_manager(self) -> GroupChatManager | None:
        """Who has the group talk."""
        return self._chat_manager

    def update_chat_manager(self, chat_manager: GroupChatManager | None) -> None:
        """Have another group talk; None: none."""
        self._chat_manager = chat_manager

    def generate_inner_monologue_reply(
        self, messages: Messages | None = None, sender: ConversableAgent | None = None, config: object = None
    ) -> tuple[bool, object]:
        """What the group comes to."""
        del config
        found = self._asked(messages, sender)
        if found is None:
            return False, None
        manager, said = found
        self.initiate_chat(manager, False, message=said)
        return True, self._prepared(manager)

    async def a_generate_inner_monologue_reply(
        self, messages: Messages | None = None, sender: ConversableAgent | None = None, config: object = None
    ) -> tuple[bool, object]:
        """The same in the current event loop."""
        del config
        found = self._asked(messages, sender)
        if found is None:
            return False, None
        manager, said = found
        await self.a_initiate_chat(manager, False, message=said)
        prepared = self._prepared(manager)
        return True, await prepared if isinstance(prepared, Awaitable) else prepared

    def _asked(
        self, messages: Messages | None, sender: ConversableAgent | None
    ) -> tuple[GroupChatManager, Plain] | None:
        """The group, which knows what was said before, and what it is asked."""
        manager = self._chat_manager
        given = self.chat_messages[sender] if messages is None and sender is not None else messages
        if manager is None or not given:
            return None
        other = "user" if sender is None else sender.name
        named = [{**one, "name": one.get("name") or self._speaker(one, other)} for one in given]
        before = Transcript(group_message(one, str(one["name"])) for one in named[:-1])
        manager.reset()
        manager.groupchat.reset()
        for agent in manager.groupchat.agents:
            agent.reset()
            agent.remember(manager, before)
            manager.remember(agent, before)
        return manager, {key: value for key, value in given[-1].items() if key not in ("name", "role")}

    def _speaker(self, message: Mapping[str, object], other: str) -> str:
        return self.name if message.get("role") == "assistant" else other

    def _prepared(self, manager: GroupChatManager) -> object:
        """The answer to what the group has said."""
        said, prepare = manager.groupchat.messages, self.response_preparer
        if callable(prepare):
            found: object = prepare(self, said)
            return found
        if prepare is None and not self.has_model:
            last = said[-1] if said else {}
            return text_of(last.get("content")).replace("TERMINATE", "").strip()
        model = ConversableAgent(self.name, "", llm_config=self.llm_config, human_input_mode="NEVER")
        return gone_through(model, _preparing(said, prepare or PREPARE))


def _preparing(said: Messages, prompt: str) -> Questions[str]:
    first = text_of(said[0].get("content")) if said else ""
    told = "\n\n".join(f"{one.get('name')}: {_words(one)}" for one in said)
    asked = f"You were asked:\n{first}\n\nThis was said about it:\n{told}\n\n{prompt}"
    return (yield [{"role": "user", "content": asked}])


def _words(message: Mapping[str, object]) -> str:
    """What a message says, calls in words too."""
    call = message.get("function_call")
    called = f"{call['name']}({call['arguments']})" if isinstance(call, Mapping) else ""
    return text_of(message.get("content")) or called
