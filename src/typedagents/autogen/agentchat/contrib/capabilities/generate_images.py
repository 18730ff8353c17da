"""Pictures that an agent has made when it is asked for one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeVar

import anyio
from attrs import evolve

from typedagents.autogen.agentchat.agent import LLMAgent
from typedagents.autogen.agentchat.contrib.img_utils import Picture, get_pil_image, pil_to_data_uri
from typedagents.autogen.agentchat.contrib.text_analyzer_agent import TextAnalyzerAgent, agreed, asked
from typedagents.autogen.exception_utils import FailedAssertion, InvalidValue
from typedagents.autogen.formatting_utils import colored
from typedagents.autogen.io.base import IOStream
from typedagents.autogen.layer.ag2.asking import Questions, gone_through
from typedagents.autogen.layer.drawing import Drawing, drawn, painter_of
from typedagents.autogen.layer.messages import Plain, text_of
from typedagents.autogen.layer.models import checked, entries_of
from typedagents.core.json_text import json_text

from .agent_capability import AgentCapability
from .transforms_util import Values

if TYPE_CHECKING:
    from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
    from typedagents.autogen.layer.configs import GivenConfig

T = TypeVar("T")
DESCRIPTION_MESSAGE: Final = "Has pictures made of what is described to it."
PROMPT_INSTRUCTIONS: Final = (
    "Describe the picture that the text asks for, for somebody who paints it and has not read the text. "
    "Leave nothing out that the text says of the picture, and add nothing."
)
ASKS: Final = "Does the text ask for a picture to be made? Answer yes or no."
SIZE: Final = re.compile(r"[1-9]\d*x[1-9]\d*")
REPLY_POSITION: Final = 2


class ImageGenerator(Protocol):
    """Makes pictures of words."""

    def generate_image(self, prompt: str) -> Picture:
        """A picture, as Pillow has it."""
        ...

    def cache_key(self, prompt: str) -> str:
        """The same for the same words and settings, and only for them."""
        ...


class DalleImageGenerator:
    """Asks a service for pictures, in OpenAI's format. The entries of ``llm_config`` are asked in order, until one makes it.

    ``resolution``: width and height in pixels, as far as the model knows them. ``num_images`` are asked for, and the first
    is taken.
    """

    def __init__(
        self,
        llm_config: Mapping[str, object],
        resolution: Literal["256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"] = "1024x1024",
        quality: Literal["standard", "hd"] = "standard",
        num_images: int = 1,
    ) -> None:
        if not SIZE.fullmatch(resolution):
            raise InvalidValue(
                f"resolution is width and height, such as '1024x1024'; found {resolution!r:.60}"
            )
        if num_images < 1:
            raise InvalidValue(f"num_images is a number from 1; found {num_images}")
        self._painters = [painter_of(entry) for entry in entries_of(checked(llm_config))]
        self._wanted = Drawing("", resolution, quality, num_images)

    def generate_image(self, prompt: str) -> Picture:
        """The picture that a service makes of ``prompt``; ``ProviderError`` where none does."""
        return get_pil_image(drawn(self._painters, evolve(self._wanted, prompt=prompt)))

    def cache_key(self, prompt: str) -> str:
        """Words, settings, and the models that may be asked."""
        return json_text([evolve(self._wanted, prompt=prompt).body(one.model) for one in self._painters])


class ImageGeneration(AgentCapability):
    """Has an agent answer with a picture where it is asked for one.

    A model says whether it is, and what for: that of ``text_analyzer_llm_config``; None: the agent's own.
    ``text_analyzer_instructions``: how it is to describe the picture. ``cache`` keeps pictures by what they show;
    ``verbosity``: 1 prints what is painted, 2 also what the model said. ``register_reply_position``: before which of
    the agent's other reply functions it is asked.
    """

    def __init__(
        self,
        image_generator: ImageGenerator,
        cache: Values | None = None,
        text_analyzer_llm_config: GivenConfig = None,
        text_analyzer_instructions: str = PROMPT_INSTRUCTIONS,
        verbosity: int = 0,
        register_reply_position: int = REPLY_POSITION,
    ) -> None:
        self._generator = image_generator
        self._cache = cache
        self._config: GivenConfig = text_analyzer_llm_config
        self._instructions = text_analyzer_instructions
        self._verbosity = verbosity
        self._position = register_reply_position
        self._reads: TextAnalyzerAgent | None = None

    def add_to_agent(self, agent: ConversableAgent) -> None:
        config = agent.llm_config if self._config is None else self._config
        if config:
            self._reads = TextAnalyzerAgent(llm_config=config)
        agent.register_reply([LLMAgent, None], self.image_reply, position=self._position)
        agent.description = f"{agent.description}\n{DESCRIPTION_MESSAGE}".strip()

    def image_reply(
        self,
        recipient: ConversableAgent,
        messages: Sequence[Mapping[str, object]],
        sender: ConversableAgent | None = None,
        config: object = None,
    ) -> tuple[bool, Plain | None] | Awaitable[tuple[bool, Plain | None]]:
        """A picture, where the last message asks for one."""
        del recipient, sender, config
        text = text_of(messages[-1].get("content"))
        if not text:
            return False, None
        wanted = self._should_generate_image(text)
        if isinstance(wanted, Awaitable):
            return self._later(wanted, text)
        prompt = self._extract_prompt(text) if wanted else ""
        return (True, self._painted(str(prompt))) if wanted else (False, None)

    async def _later(self, wanted: Awaitable[bool], text: str) -> tuple[bool, Plain | None]:
        if not await wanted:
            return False, None
        prompt = self._extract_prompt(text)
        words = prompt if isinstance(prompt, str) else await prompt
        return True, await anyio.to_thread.run_sync(self._painted, words)

    def _should_generate_image(self, text: str) -> bool | Awaitable[bool]:
        return gone_through(self._analyzer(), self._told(agreed(text, ASKS), "A picture is asked for"))

    def _extract_prompt(self, text: str) -> str | Awaitable[str]:
        return gone_through(self._analyzer(), self._told(asked(text, self._instructions), "It is to show"))

    def _analyzer(self) -> TextAnalyzerAgent:
        if self._reads is None:
            raise FailedAssertion(
                "ImageGeneration reads messages with a model; add it to an agent that has an llm_config, "
                "or give text_analyzer_llm_config"
            )
        return self._reads

    def _told(self, questions: Questions[T], what: str) -> Questions[T]:
        """The answer to ``questions``, printed where that is wanted."""
        answer = yield from questions
        self._tell(2, f"{what}: {answer}")
        return answer

    def _tell(self, least: int, words: str) -> None:
        if self._verbosity >= least:
            IOStream.get_default().print(colored(words, "green"))

    def _painted(self, prompt: str) -> Plain:
        """The reply with a picture of ``prompt``."""
        self._tell(1, f"A picture is made of: {prompt}")
        picture = {"type": "image_url", "image_url": {"url": self._data_uri(prompt)}}
        return {"content": [{"type": "text", "text": f"Here is a picture of: {prompt}"}, picture]}

    def _data_uri(self, prompt: str) -> str:
        if self._cache is None:
            return pil_to_data_uri(self._generator.generate_image(prompt))
        key = self._generator.cache_key(prompt)
        known = self._cache.get(key)
        if isinstance(known, str):
            return known
        made = pil_to_data_uri(self._generator.generate_image(prompt))
        self._cache.set(key, made)
        return made
