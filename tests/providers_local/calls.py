"""What a provider is asked with, outside of a run."""

from __future__ import annotations

from attrs import field, frozen

from typedagents.core.log import Transcript
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, Prompt, Settings

ASSISTANT = AgentName("assistant")
USER = AgentName("user")


@frozen
class PlainCall:
    """A call that keeps what it is shown."""

    shown: list[object] = field(factory=list)
    id: str = "t0.0"
    run: str = "run"
    agent: str = "assistant"
    attempt: int = 1
    deadline_s: float | None = None

    def emit(self, observation: object, /) -> None:
        self.shown.append(observation)


def asking(*words: str, system: str = "", settings: Settings | None = None) -> CallModel:
    """A request in a chat in which the user and the assistant said ``words`` in turn, the user first."""
    transcript = Transcript()
    for place, text in enumerate(words):
        transcript = transcript.append(Message(ASSISTANT if place % 2 else USER, text))
    prompt = Prompt(system) if system else None
    return CallModel(
        transcript=transcript, me=ASSISTANT, instructions=prompt, settings=settings or Settings()
    )
