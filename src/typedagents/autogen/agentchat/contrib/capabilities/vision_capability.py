"""Pictures in words, for models that see none."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from typedagents.autogen.agentchat.contrib.img_utils import (
    convert_base64_to_data_uri,
    get_image_data,
    get_pil_image,
    gpt4v_formatter,
)
from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.exception_utils import FailedAssertion, NotInstalled
from typedagents.autogen.layer.ag2.asking import Questions, gone_through
from typedagents.autogen.layer.messages import Plain
from typedagents.autogen.layer.python import Python

from .agent_capability import AgentCapability

if TYPE_CHECKING:
    from typedagents.autogen.layer.configs import GivenConfig

DEFAULT_DESCRIPTION_PROMPT: Final = "Describe this picture for somebody who cannot see it: what is in it, where, and any text in it, word by word."


class VisionCapability(AgentCapability):
    """Tells an agent in words what the pictures of the last message show.

    ``lmm_config`` is the llm_config of a model that sees, asked with ``description_prompt``; or
    ``custom_caption_func(url, picture, client)`` says it, with the picture as Pillow has it, and None without Pillow.
    """

    def __init__(
        self,
        lmm_config: GivenConfig,
        description_prompt: str | None = DEFAULT_DESCRIPTION_PROMPT,
        custom_caption_func: Python | None = None,
    ) -> None:
        if not (lmm_config or custom_caption_func):
            raise FailedAssertion("VisionCapability needs an lmm_config, or a custom_caption_func")
        self._sees = ConversableAgent("vision", llm_config=lmm_config or False, human_input_mode="NEVER")
        self._prompt = description_prompt or DEFAULT_DESCRIPTION_PROMPT
        self._caption = custom_caption_func

    def add_to_agent(self, agent: ConversableAgent) -> None:
        words = "Pictures in messages are described to you in words."
        agent.update_system_message(f"{agent.system_message}\n{words}".strip())
        agent.register_hook("process_last_received_message", self.process_last_received_message)

    def process_last_received_message(
        self, content: str | Sequence[Mapping[str, object]] | None
    ) -> str | Awaitable[str] | None:
        """The message, with words in the place of its pictures."""
        if content is None:
            return None
        return gone_through(self._sees, self._in_words(content))

    def _in_words(self, content: str | Sequence[Mapping[str, object]]) -> Questions[str]:
        told: list[str] = []
        for item in gpt4v_formatter(content, "url") if isinstance(content, str) else content:
            url = item.get("image_url")
            if isinstance(url, Mapping):
                address = str(url.get("url"))
                caption = yield from self._captioned(address)
                told.append(f"<img {address}> (In words, for those who cannot see it: {caption})\n")
            else:
                told.append(str(item.get("text", "")))
        return "".join(told)

    def _captioned(self, url: str) -> Questions[str]:
        if self._caption is not None:
            return str(self._caption(url, _picture(url), self._sees))
        data = convert_base64_to_data_uri(str(get_image_data(url)))
        asked: list[Plain] = [
            {"type": "text", "text": self._prompt},
            {"type": "image_url", "image_url": {"url": data}},
        ]
        return (yield [{"role": "user", "content": asked}])


def _picture(url: str) -> object:
    try:
        return get_pil_image(url)
    except NotInstalled:
        return None
