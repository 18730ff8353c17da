"""What a conversation came to: ways of a team to sum it up (``Team.summed_up_by``)."""

from __future__ import annotations

from attrs import field, frozen

from typedagents.core.effect import Steps
from typedagents.core.errors import ConfigError
from typedagents.core.log import Log
from typedagents.core.message import AgentName, Message
from typedagents.core.model import CallModel, Prompt, Settings

from .model import DEFAULTS
from .prompts import END_WORD, SUMMARY
from .words import written


@frozen(repr=False)
class LastWords:
    """See ``last_words``."""

    without: str = END_WORD

    def __call__(self, log: Log, /) -> str:
        last = log.transcript.last
        text = "" if last is None else last.text
        return (text.replace(self.without, "") if self.without else text).strip()

    def __repr__(self) -> str:
        return written("last_words", self)


def last_words(without: str = END_WORD) -> LastWords:
    """The text of the last message, without the word that ends conversations wherever it stands."""
    return LastWords(without)


def _asking(given: Prompt | str) -> Prompt:
    prompt = Prompt(given) if isinstance(given, str) else given
    if not prompt.text.strip():
        raise ConfigError("a reflection needs a prompt that says what to sum up; found an empty one")
    return prompt


@frozen(repr=False)
class Reflection:
    """See ``reflection``."""

    prompt: Prompt = field(default=SUMMARY, converter=_asking)
    model: str = ""
    instructions: Prompt | None = None
    settings: Settings = DEFAULTS
    me: AgentName = AgentName("summary")

    def __call__(self, log: Log, /) -> Steps[str, CallModel]:
        asked = log.transcript.fork().append(Message(AgentName("reader"), self.prompt.text))
        reply = yield from CallModel(asked, self.me, self.model, self.instructions, settings=self.settings)
        return reply.text.strip()

    def __repr__(self) -> str:
        return written("reflection", self)


def reflection(
    prompt: Prompt | str = SUMMARY,
    model: str = "",
    instructions: Prompt | str | None = None,
    *,
    settings: Settings = DEFAULTS,
) -> Reflection:
    """What a model makes of the conversation: it is shown all of it, then ``prompt`` as the last message."""
    system = Prompt(instructions) if isinstance(instructions, str) else instructions
    return Reflection(prompt, model, system, settings)
