"""Calling a language model: the effect, and what comes back."""

from __future__ import annotations

from decimal import Decimal
from json import loads
from math import isfinite
from typing import ClassVar, Literal, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, gt, optional

from .effect import Effect, Repetition, proved
from .errors import ConfigError
from .log import Transcript
from .message import AgentName, agent_name, as_parts, words_of
from .parts import Part, cleaned
from .usage import NO_USAGE, Charge, Charged, Usage, together

Finish: TypeAlias = Literal[
    "stop", "tool_calls", "length", "content_filter", "refusal", "context_length", "pause", "error", "other"
]


class ByDigest:
    """Marks values that stand in a trace once, and by their digest wherever an effect carries them."""

    __slots__ = ()


@frozen
class Prompt(ByDigest):
    """Instructions to a model: text with a name and a version, so that a trace says which one was used."""

    text: str = field(converter=cleaned)
    name: str = ""
    version: str = ""


@frozen
class ToolSpec(ByDigest):
    """A tool as a model is told of it. ``parameters`` is a JSON Schema of an object, as JSON text."""

    name: str
    description: str
    parameters: str
    strict: bool = False


@frozen
class OutputSpec(ByDigest):
    """The shape the answer must have: a JSON Schema, as JSON text."""

    name: str
    schema: str
    strict: bool = True


def _finite(value: float | None) -> float | None:
    if value is not None and not isfinite(value):
        raise ConfigError(f"a model setting is a finite number; found {value}")
    return value


@frozen
class Settings:
    """How to sample. None: the provider's default. ``extra`` holds further JSON texts by name, sent as they are."""

    temperature: float | None = field(default=None, converter=_finite, validator=optional(ge(0)))
    top_p: float | None = field(default=None, converter=_finite, validator=optional(gt(0)))
    max_tokens: int | None = field(default=None, validator=optional(gt(0)))
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning_effort: str | None = None
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    extra: tuple[tuple[str, str], ...] = ()


@frozen
class ModelReply(Charged):
    """One answer of a model. ``finish`` follows from the content; ``raw_finish`` is the provider's own word.

    ``usage`` and ``cost_usd`` are None where the provider did not say; ``cached`` answers cost nothing. ``lost`` is what
    attempts before this one may have cost that came to nothing.
    """

    parts: tuple[Part, ...] = field(converter=as_parts)
    finish: Finish = "stop"
    raw_finish: str = ""
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    cached: bool = False
    model: str = ""
    provider: str = ""
    id: str = ""
    lost: Charge | None = None

    @property
    def text(self) -> str:
        return words_of(self.parts)

    @property
    def charge(self) -> Charge:
        own = Charge(
            model=self.model,
            usage=self.usage or NO_USAGE,
            unmetered=int(self.usage is None),
            cost_usd=self.cost_usd,
            cached=self.cached,
        )
        return own if self.lost is None or self.cached else together((own, self.lost))


@frozen
class CallModel(Effect[ModelReply]):
    """Ask ``model`` (a name the handler knows; empty: its default) to speak as ``me`` in this conversation.

    The conversation is carried by reference: a trace holds its digest, and each message once.
    """

    kind: ClassVar[str] = "CallModel"
    repeats: ClassVar[Repetition] = "idempotent"
    metered: ClassVar[bool] = True

    transcript: Transcript
    me: AgentName = field(converter=agent_name)
    model: str = ""
    instructions: Prompt | None = None
    tools: tuple[ToolSpec, ...] = ()
    output: OutputSpec | None = None
    settings: Settings = Settings()

    def to(self, model: str) -> CallModel:
        """The same asked of another model. Once a turn, and three times as fast as ``evolve``."""
        return CallModel(
            self.transcript, self.me, model, self.instructions, self.tools, self.output, self.settings
        )

    def accept(self, value: object, /) -> ModelReply:
        return proved(value, ModelReply)


@frozen
class TextDelta:
    """Words that a model is just saying: shown to watchers, never to policies."""

    text: str


@frozen
class ReasoningDelta:
    """Thoughts that a model is just having."""

    text: str


@frozen
class PartialAnswer:
    """A typed answer as far as a model has written it: JSON of an object, in which what is not whole yet is missing.

    Texts grow. It is held to no type before it is whole.
    """

    json: str

    @property
    def value(self) -> object:
        return loads(self.json, strict=False)
