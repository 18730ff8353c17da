"""AutoGen's own reply functions as methods, and what they do that a subclass may do otherwise.

A mixin of ``ConversableAgent``. In a chat these reply functions are steps of the agent's policy (``layer.agentchat.policies``); called
as methods, each is run by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio
from attrs import evolve

from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.configs import code_settings_of
from typedagents.autogen.layer.messages import Plain, normalized
from typedagents.core.code import CodeResult

from .asked_for import Run
from .chats import PROMPT, carried
from .describing import Described
from .replying import Asked

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent

Messages: TypeAlias = Sequence[Mapping[str, object]] | None
ReplyResult: TypeAlias = tuple[bool, str | Plain | None]


class OwnReplies(Described):
    """See the module's text."""

    def _only(
        self, name: str, messages: Messages, sender: ConversableAgent | None, config: object
    ) -> Run[ReplyResult]:
        """What this one of the reply functions answers. ``config`` is there for those that go by one."""
        del config
        return Asked(self._me(), messages, sender, only=name).run

    def check_termination_and_human_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """Whether the chat is over for this agent, and what its human says."""
        return self._only("check_termination_and_human_reply", messages, sender, config).held()

    async def a_check_termination_and_human_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """The same in the current event loop."""
        return await self._only("check_termination_and_human_reply", messages, sender, config).a_held()

    def generate_function_call_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """What the function comes to that the last message calls."""
        return self._only("generate_function_call_reply", messages, sender, config).held()

    async def a_generate_function_call_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """The same in the current event loop."""
        return await self._only("generate_function_call_reply", messages, sender, config).a_held()

    def generate_tool_calls_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """What the tools come to that the last message calls."""
        return self._only("generate_tool_calls_reply", messages, sender, config).held()

    async def a_generate_tool_calls_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """The same in the current event loop."""
        return await self._only("generate_tool_calls_reply", messages, sender, config).a_held()

    def generate_code_execution_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """What the code in the last messages comes to; ``config`` is another code_execution_config."""
        me = self._me()
        own = other = me.code_settings
        if isinstance(config, Mapping):
            other = code_settings_of(config)
            other = evolve(own, last_n=other.last_n) if own and other else other
        with me.running_code_as(other):
            return self._only("generate_code_execution_reply", messages, sender, config).held()

    def generate_oai_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """What the model says."""
        return self._only("generate_oai_reply", messages, sender, config).held()

    async def a_generate_oai_reply(
        self, messages: Messages = None, sender: ConversableAgent | None = None, config: object = None
    ) -> ReplyResult:
        """The same in the current event loop."""
        return await self._only("generate_oai_reply", messages, sender, config).a_held()

    # --- the human ----------------------------------------------------------------------------------------------

    def get_human_input(self, prompt: str) -> str:
        """What the human types when asked ``prompt``."""
        text = IOStream.get_default().input(prompt)
        self._me().heard_human(text)
        return text

    async def a_get_human_input(self, prompt: str) -> str:
        """The same, while other things go on."""
        return await anyio.to_thread.run_sync(partial(self.get_human_input, prompt), abandon_on_cancel=True)

    def generate_init_message(self, message: object, **kwargs: object) -> str | Plain:
        """What a chat is opened with: ``message``, or what the human types, and what is carried over."""
        if message is None:
            message = self.get_human_input(PROMPT)
        return self._handle_carryover(message, kwargs)

    @staticmethod
    def _handle_carryover(message: object, kwargs: Mapping[str, object]) -> str | Plain:
        plain = carried(normalized(message), kwargs.get("carryover"))
        content = plain.get("content")
        return content if isinstance(message, str) and isinstance(content, str) else plain

    @staticmethod
    def _process_carryover(content: object, kwargs: Mapping[str, object]) -> object:
        return carried({"content": content}, kwargs.get("carryover"))["content"]

    async def a_generate_init_message(self, message: object, **kwargs: object) -> str | Plain:
        """The same, while other things go on."""
        if message is None:
            message = await self.a_get_human_input(PROMPT)
        return self.generate_init_message(message, **kwargs)

    # --- code ---------------------------------------------------------------------------------------------------

    def run_code(self, code: str, **kwargs: object) -> tuple[int, str, str | None]:
        """Run ``code`` where this agent runs code: its exit code, what it printed, and None for the image."""
        exit_code, logs = self._ran([(str(kwargs.get("lang") or "python"), code)])
        return exit_code, logs, None

    def execute_code_blocks(self, code_blocks: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """Run pairs of a language and code, one after the other: the exit code, and what they printed."""
        me = self._me()
        if me.overridden("run_code") is None:
            return self._ran(code_blocks)
        logs = ""
        for language, code in code_blocks:
            exit_code, printed, _ = me.run_code(code, lang=language)
            logs += f"\n{printed}"
            if exit_code:
                return exit_code, logs
        return 0, logs

    def _ran(self, code_blocks: Sequence[tuple[str, str]]) -> tuple[int, str]:
        from typedagents.autogen.layer.code.on_demand import code_result

        result: CodeResult = code_result(self._me(), code_blocks)
        return result.exit_code, "\n".join(text for block in result.blocks if (text := block.text))

    # --- hooks --------------------------------------------------------------------------------------------------

    def update_agent_state_before_reply(self, messages: Sequence[Mapping[str, object]]) -> None:
        """Call the hooks of this name."""
        for hook in self.hook_lists["update_agent_state_before_reply"]:
            hook(self, messages)

    def process_all_messages_before_reply(self, messages: object) -> object:
        """``messages`` as the hooks of this name would have them shown."""
        for hook in self.hook_lists["process_all_messages_before_reply"]:
            messages = hook(messages)
        return messages

    def process_last_received_message(self, messages: Sequence[Mapping[str, object]]) -> list[Plain]:
        """``messages``, the last of them as the hooks of this name would have it shown."""
        plain = [dict(one) for one in messages]
        last = plain[-1] if plain else {}
        if last.get("content") in (None, "exit") or any(
            key in last for key in ("function_call", "tool_calls", "tool_responses")
        ):
            return plain
        content = last["content"]
        for hook in self.hook_lists["process_last_received_message"]:
            content = hook(content)
        return [*plain[:-1], {**last, "content": content}]
