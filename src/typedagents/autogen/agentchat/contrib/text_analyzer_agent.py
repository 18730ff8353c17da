"""An agent that reads texts for others."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from typedagents.autogen.agentchat.conversable_agent import ConversableAgent
from typedagents.autogen.layer.ag2.asking import Questions, gone_through
from typedagents.autogen.layer.agentchat.describing import HumanInputMode
from typedagents.autogen.layer.configs import GivenConfig

system_message: Final = (
    "You read texts, and answer what you are asked about them, precisely and with nothing else."
)


class TextAnalyzerAgent(ConversableAgent):
    """Has its model answer questions about texts. Its model is told of no tools, whatever its configuration says."""

    def __init__(
        self,
        name: str = "analyzer",
        system_message: str | None = system_message,
        human_input_mode: HumanInputMode = "NEVER",
        llm_config: GivenConfig = None,
        **kwargs: object,
    ) -> None:
        super().__init__(
            name,
            system_message,
            human_input_mode=human_input_mode,
            llm_config=_without_tools(llm_config),
            **kwargs,  # type: ignore[arg-type]  # handed on as they were given; the base proves them
        )

    def analyze_text(self, text: str, instructions: str) -> str | Awaitable[str]:
        """What its model answers; to be awaited within an async chat."""
        return gone_through(self, asked(text, instructions))


def _without_tools(config: GivenConfig) -> GivenConfig:
    return config and {key: value for key, value in config.items() if key not in ("tools", "functions")}


def asked(text: str, question: str) -> Questions[str]:
    """What is answered to a question about ``text``."""
    return (yield [{"role": "user", "content": f"The text:\n{text}\n\n{question}"}])


def agreed(text: str, question: str) -> Questions[bool]:
    """Whether the answer is yes."""
    answer = yield from asked(text, question)
    return "yes" in answer.lower()
